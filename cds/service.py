"""The use cases, one short function each. Every door (CDS Hooks, command line, pages) goes through ``review``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from cds.cards.card import Reviewed
from cds.cards.compose import compose, told_of
from cds.clinical.chart import Chart
from cds.clinical.code import Concept
from cds.clinical.order import Drafts
from cds.errors import Fault, KnowledgeError, NoKnowledge, SettingsError
from cds.fhir.importing.bundle import load_bundle
from cds.fhir.publishing.canonical import is_base
from cds.knowledge.load import load, read_terms
from cds.knowledge.local_policy import with_policy
from cds.knowledge.model import Knowledge, Level
from cds.knowledge.overlay import Overlaid, apply, read_overlay
from cds.knowledge.slugs import known_slugs
from cds.rules.finding import Finding
from cds.rules.review import review
from cds.rules.situation import Situation
from cds.settings import Settings
from cds.terminology.lookup import Lookup
from cds.terminology.rxnorm import Drug, askable
from cds.terminology.rxnorm_codes import extended
from cds.terminology.rxnorm_files import Folder, Say
from cds.terminology.rxnorm_load import disagreements
from cds.terminology.rxnorm_load import load as load_release
from cds.terminology.rxnorm_store import Release
from cds.terminology.tables import Key

Repeated = Callable[[Finding], str]
"""Why a finding need not be shown again, in a word (``overridden``, ``mitigated``); empty: it is shown."""


@dataclass(frozen=True, slots=True)
class Service:
    """Knowledge and terminology, read once and never changed; every answer is made of exactly one of each.

    ``canonical`` is the base of canonical addresses under which the knowledge is published; empty: this project's own.
    """

    knowledge: Knowledge
    terminology: Lookup
    overlay: Overlaid | None = None
    canonical: str = ""

    @property
    def versions(self) -> tuple[str, str]:
        """Version of the knowledge, and name and version of the policy."""
        policy = self.knowledge.policy
        return self.knowledge.version, f"{policy.name} {policy.version}"

    @property
    def override_reasons(self) -> dict[str, str]:
        """Override reasons in words, by code."""
        return self.knowledge.override_reasons

    def review(self, drafts: Drafts, chart: Chart, repeated: Repeated | None = None) -> Reviewed:
        """Judge the drafts against the record and say what there is to say. Pure: the moment is in the chart.

        What ``repeated`` gives a reason for is not shown, but told of beside the cards. A critical finding always is.
        """
        situation = Situation(chart, drafts, self.knowledge.policy, self.terminology)
        findings = review(situation, self.knowledge)
        if repeated is None:
            return compose(findings, situation, self.knowledge)
        reasons = {one.key: repeated(one) for one in findings.found if one.level is not Level.CRITICAL}
        withheld = tuple(told_of(one, reasons[one.key]) for one in findings.found if reasons.get(one.key))
        shown = replace(findings, found=tuple(one for one in findings.found if not reasons.get(one.key)))
        reviewed = compose(shown, situation, self.knowledge)
        return replace(reviewed, withheld=(*withheld, *reviewed.withheld))

    def unknown_codes(self, drafts: Drafts, chart: Chart) -> frozenset[Key]:
        """Codes of medicines and allergies that our tables do not know and RxNorm could: what may be asked for
        before a review.
        """
        found = (key for concept in _concepts(drafts, chart) for key in self.terminology.unknown(concept))
        return frozenset(key for key in found if askable(key))

    def with_codes(self, found: Mapping[Key, Drug]) -> Service:
        """The same service, knowing these codes too; for one review."""
        return replace(self, terminology=self.terminology.with_codes(found)) if found else self


class NoService(Service):
    """What stands in the place of a service while no knowledge could be loaded. Whoever asks it for anything is told
    so by NoKnowledge; the hooks say it on a card.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """There is nothing to hold."""

    @property
    def knowledge(self) -> Knowledge:
        """NoKnowledge."""
        raise NoKnowledge

    @property
    def terminology(self) -> Lookup:
        """NoKnowledge."""
        raise NoKnowledge

    @property
    def overlay(self) -> Overlaid | None:
        """None."""
        return None

    @property
    def versions(self) -> tuple[str, str]:
        """No versions, in a word."""
        return "none", "none"

    @property
    def override_reasons(self) -> dict[str, str]:
        """None."""
        return {}


def _concepts(drafts: Drafts, chart: Chart) -> Iterator[Concept]:
    for order in (*drafts.orders, *chart.medicines):
        yield order.medication.concept
        yield from (ingredient.concept for ingredient in order.medication.ingredients)
    yield from (allergy.concept for allergy in chart.allergies)


def build(settings: Settings, today: date | None = None) -> Service:
    """Read and check all knowledge, as this site has it ``today``. KnowledgeError names every fault,
    TerminologyError says what is wrong with the loaded release of RxNorm.
    """
    service = _without_overlay(settings)
    overlaid = sited(settings, service.knowledge, today or datetime.now(UTC).date())
    return replace(service, knowledge=overlaid.knowledge, overlay=overlaid) if overlaid else service


def sited(settings: Settings, knowledge: Knowledge, today: date) -> Overlaid | None:
    """The knowledge with the site's overlay over it; None where there is no overlay."""
    if settings.overlay is None:
        return None
    overlay = read_overlay(settings.overlay, knowledge, known_slugs(settings.knowledge))
    return apply(overlay, knowledge, today)


def _without_overlay(settings: Settings) -> Service:
    service = _read(settings)
    if settings.rxnorm is None:
        return service
    knowledge, lookup = service.knowledge, service.terminology
    release = Release(settings.rxnorm)
    _agree(release, knowledge, lookup)
    known = Lookup(extended(lookup.tables, release))
    return replace(service, knowledge=replace(knowledge, release=release.name), terminology=known)


def _agree(release: Release, knowledge: Knowledge, lookup: Lookup) -> None:
    """KnowledgeError where the release says other than our tables of what we judge: one of them is wrong."""
    faults = disagreements(release, lookup.tables.medicines, knowledge.covered)
    if faults:
        raise KnowledgeError([Fault(release.name, 0, words) for words in faults])


def load_rxnorm(settings: Settings, folder: Path, to: Path, named: str, say: Say) -> str:
    """Make the file ``to`` of the release in ``folder`` and tell what is in it. TerminologyError or KnowledgeError in
    words, and ``to`` is as it was.
    """
    knowledge, lookup = load(settings.knowledge, settings.policy)
    release = Folder.open(folder, named)
    counts = load_release(release, to, say, lambda made: _agree(made, knowledge, lookup))
    return (
        f"RxNorm {release.release} is ready in {to}: {counts['drug']:,} codes, {counts['moved']:,} retired codes that "
        f"lead to them, {counts['ndc']:,} NDCs, {counts['atc']:,} ATC codes. Name the file in CDS_RXNORM."
    )


def _read(settings: Settings) -> Service:
    """From the knowledge folder, or from a published bundle over the terminology of the folder."""
    if settings.canonical and not is_base(settings.canonical):
        raise SettingsError(
            f"CDS_CANONICAL must be an address of the publisher's own, and {settings.canonical!r} is none"
        )
    if settings.bundle is None:
        read, lookup = load(settings.knowledge, settings.policy, cache=settings.cache)
        return Service(read, lookup, canonical=settings.canonical)
    installed, faults = read_terms(settings.knowledge)
    if installed is None:
        raise KnowledgeError(faults)
    imported = load_bundle(settings.bundle.read_bytes(), installed.tables)
    knowledge = imported.knowledge
    if settings.policy:
        knowledge = with_policy(knowledge, settings.policy)
    return Service(knowledge, Lookup(imported.tables), canonical=settings.canonical or imported.base)
