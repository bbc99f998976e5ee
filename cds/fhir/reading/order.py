"""Medication orders, drafted or on record, and other services beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from cds.clinical.code import Concept
from cds.clinical.order import Instruction, Order, ServiceOrder
from cds.fhir.reading.coding import codes, concept
from cds.fhir.reading.dates import moment
from cds.fhir.reading.dosage import from_words, instruction, reasons_as_needed
from cds.fhir.reading.index import Index
from cds.fhir.reading.medication import read_medication
from cds.fhir.reading.release import Release
from cds.fhir.reading.releases import release_of
from cds.fhir.reading.sig import split_name
from cds.fhir.shape import Json, each, first, kind, obj, objs, reference_of, text

ORDERS: Final = frozenset({"MedicationRequest", "MedicationOrder"})
STATEMENTS: Final = frozenset({"MedicationStatement", "MedicationUsage"})
ADMINISTRATIONS: Final = frozenset({"MedicationAdministration"})
MEDICINES: Final = ORDERS | STATEMENTS | ADMINISTRATIONS
SERVICES: Final = frozenset(
    {"ServiceRequest", "ProcedureRequest", "DiagnosticOrder", "DeviceRequest", "DeviceUseRequest", "Procedure",
     "DeviceUseStatement", "DeviceUsage"}
)  # fmt: skip

ERROR: Final = "entered-in-error"
_NOT_LIVE: Final = frozenset({"cancelled", ERROR, "stopped", "completed", "ended", "nullified", "rejected"})
_NEVER_TAKEN: Final = frozenset({"not-taken", "not-done", "cancelled", "draft", "not-given"})
_NO_INTENT: Final = frozenset({"proposal", "option"})
_NOT_TAKING: Final = frozenset({"not-taking", "never-taken", "stopped"})
_SERVICE_OVER: Final = _NOT_LIVE | {"not-done", "revoked", "aborted", "failed"}


class Identity(NamedTuple):
    """Under what reference a resource is known in this review, and where it stands."""

    reference: str
    as_of: datetime


def draft(resource: Json, identity: Identity, index: Index) -> Order:
    """An order about to be signed. A re-signed order is live whatever its status, unless it is negated or over."""
    status = _status(resource)
    release = release_of(resource)
    ordered = read_medication(resource, release, index)
    negated = resource.get("doNotPerform") is True
    return Order(
        reference=identity.reference,
        medication=ordered.medication,
        reasons=_reasons(resource, release, index),
        category=_category(resource),
        started=_started(resource, identity),
        replaces=_replaces(resource, index),
        unread=ordered.unread,
        instructions=_instructions(resource, release, ordered.medication.concept),
        status=status,
        draft=True,
        live=not negated and status not in _NOT_LIVE,
        stopping=status == "stopped" and not negated,
        current=False,
        ended=_ended(resource, identity, status),
    )


def on_record(resource: Json, identity: Identity, index: Index) -> Order | None:
    """A medicine on record; None when it was never taken (negated, cancelled, entered in error, only drafted)."""
    status = _status(resource)
    if status == ERROR or status in _NEVER_TAKEN or _negated(resource):
        return None
    if codes(resource.get("intent")) & _NO_INTENT:
        return None
    # A status that nobody knows is no reason to leave a medicine out.
    current = status not in _NOT_LIVE and not codes(obj(resource.get("adherence")).get("code")) & _NOT_TAKING
    if current and kind(resource) in ORDERS:
        return OnRecord.read(resource, identity, index, status=status, current=True)
    ended = _ended(resource, identity, status)
    if kind(resource) not in ORDERS and ended is not None and ended < identity.as_of:
        current = False
    if current or (ended is not None and ended > identity.as_of):
        ended = None  # a planned end says nothing about when it was stopped
    return OnRecord.read(resource, identity, index, status=status, current=current, ended=ended)


def service(resource: Json, identity: Identity, index: Index, *, is_draft: bool) -> ServiceOrder | None:
    """A measurement, test or device that is ordered or running; None when it is negated or says nothing."""
    said = _service_concept(resource, index)
    status = _status(resource)
    if not said or status == ERROR or resource.get("doNotPerform") is True:
        return None
    return ServiceOrder(identity.reference, said, draft=is_draft, current=status not in _SERVICE_OVER)


# --- the order -----------------------------------------------------------------------------------------------


class OnRecord(Order):
    """A medicine on record. What it is and whether it is taken is read at once, all else when it is first asked for:
    most medicines of a record have nothing to do with the drafts.
    """

    _written: Callable[[], tuple[Json, Release, Identity, Index]]

    @classmethod
    def read(
        cls, resource: Json, identity: Identity, index: Index, *, status: str, current: bool,
        ended: datetime | None = None,
    ) -> OnRecord:  # fmt: skip
        """The medicine of a resource, of which the rest is left where it stands."""
        release = release_of(resource)
        ordered = read_medication(resource, release, index)
        found = cls.__new__(cls)
        said = {
            "reference": identity.reference, "medication": ordered.medication, "status": status, "draft": False,
            "live": True, "current": current, "stopping": False, "ended": ended, "unread": ordered.unread,
            "_written": lambda: (resource, release, identity, index),
        }  # fmt: skip
        for name, value in said.items():
            object.__setattr__(found, name, value)
        return found

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """The instructions."""
        resource, release, _, _ = self._written()
        return _instructions(resource, release, self.medication.concept)

    @cached_property
    def reasons(self) -> tuple[Concept, ...]:
        """What it is taken for."""
        resource, release, _, index = self._written()
        return _reasons(resource, release, index)

    @cached_property
    def category(self) -> tuple[str, ...]:
        """Where it was ordered."""
        return _category(self._written()[0])

    @cached_property
    def started(self) -> datetime | None:
        """When use began."""
        resource, _, identity, _ = self._written()
        return _started(resource, identity)

    @cached_property
    def over_by(self) -> datetime | None:
        """When it was over at the latest, where the end itself is not said."""
        resource, _, identity, _ = self._written()
        return None if self.current or self.ended is not None else _over_by(resource, identity)

    @cached_property
    def replaces(self) -> str:
        """The order it took the place of."""
        resource, _, _, index = self._written()
        return _replaces(resource, index)

    @cached_property
    def tells_of(self) -> tuple[str, ...]:
        """The orders and statements that a statement or an administration reports on."""
        resource, _, _, index = self._written()
        names = () if kind(resource) in ORDERS else ("basedOn", "derivedFrom", "request", "prescription")
        found = (index.target(one) for name in names for one in each(resource.get(name)) if reference_of(one))
        return tuple(one for one in found if one.partition("/")[0] in MEDICINES)


def _category(resource: Json) -> tuple[str, ...]:
    return tuple(sorted(code for one in each(resource.get("category")) for code in codes(one)))


def _ended(resource: Json, identity: Identity, status: str) -> datetime | None:
    """When use ended or is to end, where it says."""
    zone = identity.as_of.tzinfo
    return next((found for one in _ends(resource, status) if (found := moment(one, zone)) is not None), None)


def _instructions(resource: Json, release: Release, medication: Concept) -> tuple[Instruction, ...]:
    """One instruction for each that is written, in their order, so that a change finds its place again."""
    written = release.instructions(resource)
    found = [
        instruction(obj(one), release) if obj(one) else Instruction(unread=("an instruction that is not readable",))
        for one in each(written)
    ]
    if not found and isinstance(written, str) and written.strip():
        found = [instruction({"text": written}, release)]
    if not found and (rendered := text(resource.get("renderedDosageInstruction"))):
        found = [instruction({"text": rendered}, release)]
    if not found:
        _, words = split_name(medication.text)
        inside = from_words(words) if words else None
        found = [inside] if inside is not None else []
    notes = tuple(words for one in each(resource.get("note")) if (words := _note(one)))
    return tuple(replace(one, beside=(*one.beside, *notes)) for one in found) if notes else tuple(found)


def _note(written: object) -> str:
    """The words of a note: an Annotation, or in DSTU2 a text alone."""
    return written.strip() if isinstance(written, str) else text(obj(written).get("text")).strip()


def _reasons(resource: Json, release: Release, index: Index) -> tuple[Concept, ...]:
    """The stated indications; what a medicine is taken for when needed counts where no other is stated."""
    concepts, references = release.reasons(resource)
    found = [said for one in concepts if (said := concept(one))]
    for reference in references:
        target = index.resolve(reference, resource)
        said = concept(target.get("code")) if target is not None else Concept()
        said = said or Concept(text=text(obj(reference).get("display")).strip())
        if said:
            found.append(said)
    if not found:
        for one in each(release.instructions(resource)):
            found += reasons_as_needed(obj(one))
    return tuple(dict.fromkeys(found))


def _bounds(resource: Json) -> list[Json]:
    """The periods that the instructions are bounded by."""
    dosages = objs(resource.get("dosageInstruction")) or objs(resource.get("dosage"))
    found = [obj(obj(obj(one.get("timing")).get("repeat")).get("boundsPeriod")) for one in dosages]
    return [one for one in found if one]


def _over_by(resource: Json, identity: Identity) -> datetime | None:
    """When what says that it is over was written down or last changed: it cannot have ended later than that."""
    written = [*_moments(resource), resource.get("dateAsserted"), obj(resource.get("meta")).get("lastUpdated")]
    found = [one for one in (moment(word, identity.as_of.tzinfo) for word in written) if one is not None]
    return min((one for one in found if one <= identity.as_of), default=None)


def _effective(resource: Json) -> Json:
    return obj(first(resource, "effectivePeriod", "occurrencePeriod", "occurencePeriod", "effectiveTimePeriod"))


def _started(resource: Json, identity: Identity) -> datetime | None:
    """When use began: the period of use, the moment of use, else the day it was written."""
    written = [_effective(resource).get("start")]
    written += [one.get("start") for one in _bounds(resource)]
    written += [*_moments(resource), first(resource, "authoredOn", "dateWritten")]
    found = (moment(one, identity.as_of.tzinfo) for one in written)
    return next((one for one in found if one is not None), None)


def _ends(resource: Json, status: str) -> list[object]:
    """Where the end of use may be written, the surest first."""
    over = status in _NOT_LIVE
    found = [_effective(resource).get("end"), resource.get("dateEnded")]
    found += [resource.get("statusChanged")] if over else []
    found += [one.get("end") for one in _bounds(resource)]
    found.append(obj(obj(resource.get("dispenseRequest")).get("validityPeriod")).get("end"))
    return [*found, *_moments(resource)] if kind(resource) in ADMINISTRATIONS else found


def _moments(resource: Json) -> list[object]:
    """The single moment of a statement or an administration."""
    return [
        resource.get(name)
        for name in ("effectiveDateTime", "occurrenceDateTime", "occurenceDateTime", "effectiveTimeDateTime")
    ]


def _replaces(resource: Json, index: Index) -> str:
    """The order this one takes the place of, or carries on."""
    for name in ("priorPrescription", "basedOn"):
        for reference in each(resource.get(name)):
            target = index.target(reference)
            if reference_of(reference) and (name == "priorPrescription" or target.partition("/")[0] in ORDERS):
                return target
    return ""


# --- states --------------------------------------------------------------------------------------------------


def _status(resource: Json) -> str:
    return min(codes(resource.get("status")), default="")


def _negated(resource: Json) -> bool:
    if any(resource.get(name) is True for name in ("doNotPerform", "wasNotTaken", "wasNotGiven", "notGiven")):
        return True
    return text(resource.get("taken")) == "n"


def _service_concept(resource: Json, index: Index) -> Concept:
    """What is requested: a code, a CodeableReference (R5), a device, or the items of a DSTU2 DiagnosticOrder."""
    code = first(resource, "code", "codeCodeableConcept")
    said = concept(obj(code).get("concept")) if "concept" in obj(code) else concept(code)
    if said:
        return said
    items = objs(resource.get("item"))
    if items:
        return concept(items[0].get("code"))
    reference = first(resource, "codeReference", "device") or obj(code).get("reference")
    inner = obj(reference)
    if "concept" in inner:
        return concept(inner.get("concept"))
    target = index.resolve(reference, resource)
    if target is not None:
        return concept(first(target, "type", "code", "definition"))
    return Concept(text=text(inner.get("display")).strip())
