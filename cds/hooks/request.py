"""The body of a hook call, read into a frozen value: tolerant of what real clients add, strict in what we use.

Real clients leave out ``Bundle.type``, send extra fields and fire with hollow orders; none of that is an error
here. What cannot be told apart (two values for one key, another hook's body) is refused rather than guessed.
A message names the place in the body and never a value of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cds.errors import RequestError
from cds.hooks import strict
from cds.hooks.strict import Json

ORDER_SIGN: Final = "order-sign"
ORDER_SELECT: Final = "order-select"
PATIENT_VIEW: Final = "patient-view"
REPORT: Final = "org.medication-order-cds.report"
"""Extension of the request: true asks for the report on every order, even where no card is shown."""

FILTER: Final = "filter-out-repeated-alerts"
CACHE: Final = "cache-for-order-sign-filtering"
"""Options of the PDDI-CDS implementation guide: at order-sign, not to show again what order-select showed; and at
order-select, to keep what is shown. Here every answer is kept, so the second one changes nothing.
"""

OPTIONS: Final = ("pddi-configuration-items", "configuration-items")
"""The extension that holds these options: the guide calls it one way in discovery and another in requests."""

_OF_ORDERS: Final = frozenset({"draftOrders", "selections"})
"""What has no place at patient-view: some clients send one body to every hook."""

_UUID: Final = re.compile(r"(?:urn:uuid:)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that must not be seen by accident: it prints as ``***``."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the one header that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Authorization:
    """``fhirAuthorization``: a bearer token for the client's FHIR server, good for ``expires_in`` seconds.

    ``patient`` is the patient the token is bound to, or empty.
    """

    token: Secret
    expires_in: int
    scope: str
    subject: str
    patient: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class HookRequest:
    """One hook call. ``patient`` is the patient's id, ``drafts`` the Bundle of draft orders (none at patient-view);
    ``selections`` only come with order-select. ``size`` is that of the body in bytes.

    ``wants_report`` and ``not_again`` are what the client asks for in its extension: the report on every order, and
    not to be shown at order-sign what order-select showed.

    ``prefetch`` keeps JSON's difference between a key that is absent and one that is null: they mean "not
    fetched" and "fetched, nothing there".
    """

    hook: str
    instance: str
    patient: str
    drafts: Mapping[str, Json]
    selections: tuple[str, ...] = ()
    context: Mapping[str, Json] = field(default_factory=dict)
    prefetch: Mapping[str, Json] = field(default_factory=dict)
    server: str = ""
    authorization: Authorization | None = None
    wants_report: bool = False
    not_again: bool = False
    size: int = 0

    def __repr__(self) -> str:
        return f"HookRequest({self.hook})"


def read(body: bytes, hook: str) -> HookRequest:
    """Read the body of a call to a service of ``hook``. RequestError, with the place, when it cannot be used."""
    value = strict.read(body)
    if not isinstance(value, dict):
        raise RequestError("The body must be a JSON object.")
    if _text(value, "hook", "hook") != hook:
        raise RequestError(f"This service answers {hook} only.", "hook")
    instance = _text(value, "hookInstance", "hookInstance")
    if not _UUID.fullmatch(instance):
        raise RequestError("hookInstance must be a UUID.", "hookInstance")
    context = _object(value, "context", "context")
    if hook == PATIENT_VIEW:
        context = {name: one for name, one in context.items() if name not in _OF_ORDERS}
    server = _text(value, "fhirServer", "fhirServer") if value.get("fhirServer") is not None else ""
    extension = value.get("extension")
    return HookRequest(
        hook=hook,
        instance=instance,
        patient=_text(context, "patientId", "context.patientId").removeprefix("Patient/"),
        drafts=_drafts(context) if hook != PATIENT_VIEW else {},
        selections=_selections(context) if hook == ORDER_SELECT else (),
        context=context,
        prefetch=_object(value, "prefetch", "prefetch") if value.get("prefetch") is not None else {},
        server=server,
        authorization=_authorization(value, server),
        wants_report=isinstance(extension, dict) and extension.get(REPORT) is True,
        not_again=hook == ORDER_SIGN and any(_is_set(_options(extension, name).get(FILTER)) for name in OPTIONS),
        size=len(body),
    )


def _options(extension: Json, name: str) -> Mapping[str, Json]:
    options = extension.get(name) if isinstance(extension, dict) else None
    return options if isinstance(options, dict) else {}


def _is_set(value: Json) -> bool:
    """Some clients write ``"true"``. What cannot be read as yes is no: everything is shown."""
    return value is True or value == "true"


def _text(of: Mapping[str, Json], key: str, where: str) -> str:
    value = of.get(key)
    if value is None:
        raise RequestError(f"{where} is missing.", where)
    if not isinstance(value, str) or not value.strip():
        raise RequestError(f"{where} must be a text that is not empty.", where)
    return value


def _object(of: Mapping[str, Json], key: str, where: str) -> dict[str, Json]:
    value = of.get(key)
    if value is None:
        raise RequestError(f"{where} is missing.", where)
    if not isinstance(value, dict):
        raise RequestError(f"{where} must be an object.", where)
    return value


def _drafts(context: Mapping[str, Json]) -> Mapping[str, Json]:
    where = "context.draftOrders"
    bundle = _object(context, "draftOrders", where)
    if bundle.get("resourceType", "Bundle") != "Bundle":
        raise RequestError(f"{where} must be a Bundle.", where)
    entries = bundle.get("entry")
    if entries is not None and not isinstance(entries, list):
        raise RequestError(f"{where}.entry must be a list.", f"{where}.entry")
    for number, entry in enumerate(entries or ()):
        place = f"{where}.entry[{number}]"
        if not isinstance(entry, dict):
            raise RequestError(f"{place} must be an object.", place)
        if not isinstance(entry.get("resource", {}), dict):
            raise RequestError(f"{place}.resource must be an object.", f"{place}.resource")
    return bundle


def _selections(context: Mapping[str, Json]) -> tuple[str, ...]:
    where = "context.selections"
    value = context.get("selections")
    if value is None:
        raise RequestError(f"{where} is missing.", where)
    if not isinstance(value, list):
        raise RequestError(f"{where} must be a list.", where)
    return tuple(_texts(value, where))


def _texts(values: Sequence[Json], where: str) -> list[str]:
    found: list[str] = []
    for number, item in enumerate(values):
        if not isinstance(item, str) or not item:
            raise RequestError(f"{where}[{number}] must be a text that is not empty.", f"{where}[{number}]")
        found.append(item)
    return found


def _authorization(value: Mapping[str, Json], server: str) -> Authorization | None:
    """Whole or not at all: half a grant cannot be told from a mistake."""
    where = "fhirAuthorization"
    if value.get(where) is None:
        return None
    grant = _object(value, where, where)
    if not server:
        raise RequestError("fhirAuthorization needs fhirServer beside it.", "fhirServer")
    if _text(grant, "token_type", f"{where}.token_type").lower() != "bearer":
        raise RequestError(f"{where}.token_type must be Bearer.", f"{where}.token_type")
    seconds = grant.get("expires_in")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        raise RequestError(f"{where}.expires_in must be a whole number of seconds.", f"{where}.expires_in")
    return Authorization(
        token=Secret(_text(grant, "access_token", f"{where}.access_token")),
        expires_in=seconds,
        scope=_text(grant, "scope", f"{where}.scope"),
        subject=_text(grant, "subject", f"{where}.subject"),
        patient=_text(grant, "patient", f"{where}.patient") if grant.get("patient") is not None else "",
    )
