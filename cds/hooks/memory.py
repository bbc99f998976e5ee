"""What the service remembers of its answers, as far as the wire is concerned: the record of each, and repeats.

Nothing here delays or changes an answer when the store is away: then nothing counts as said before, so everything is
shown, and the record waits.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from uuid import uuid4

import structlog

from cds import __version__, metrics
from cds.cards.card import Told
from cds.clinical.chart import Category
from cds.clinical.code import RXNORM
from cds.clinical.order import Order
from cds.errors import StoreError
from cds.fhir.reading.mitigated import Mitigations
from cds.fhir.shape import text
from cds.hooks import log
from cds.hooks.answer import Answered
from cds.hooks.feedback import Feedback
from cds.hooks.request import ORDER_SELECT, HookRequest
from cds.hooks.strict import Json
from cds.rules.finding import Finding
from cds.service import Repeated, Service
from cds.store.decision import Decision, Fired, NotChecked, OrderedDrug, ShownCard
from cds.store.feedback import Said
from cds.store.keyed import Key
from cds.store.ledger import Ledger
from cds.store.moments import stamp

LOOK_UP_SECONDS: Final = 0.25
"""How long an answer waits to learn what was overridden before."""

FEEDBACK_SECONDS: Final = 3.0

OVERRIDDEN: Final = "overridden"
MITIGATED: Final = "mitigated"
SHOWN: Final = "shown"
SHOWN_FOR: Final = timedelta(hours=24)
"""How long what was shown at order-select counts as seen: a working day, with the night after it."""

LATE: Final = "time"
FAILED: Final = "failed"
UNLOADED: Final = "knowledge"
"""Why nothing of a call was checked."""

FOREIGN: Final = "foreign"
"""Another patient's data came in the place of a part of the record."""
_RXCUI: Final = re.compile(r"[0-9]{1,8}", re.ASCII)
_PARTS: Final = frozenset(category.value for category in Category)


class Watch:
    """Times one call, in whole milliseconds."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._asked = self._begun
        self.waited = 0

    def fetching(self) -> None:
        """The client's FHIR server is being asked."""
        self._asked = time.perf_counter()

    def fetched(self) -> None:
        """It has answered."""
        self.waited = round((time.perf_counter() - self._asked) * 1000)

    @property
    def seconds(self) -> float:
        """Since the call came."""
        return time.perf_counter() - self._begun


@dataclass(slots=True)
class Memory:
    """What is remembered. Without a ledger nothing is kept. ``quieten``: repeats may be withheld at all."""

    ledger: Ledger | None = None
    quieten: bool = True
    key: Key = field(default_factory=Key)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def problems(self) -> list[str]:
        """What is wrong with it, in words."""
        return [self.ledger.problem] if self.ledger and self.ledger.problem else []

    async def repeated(self, asked: HookRequest, fetched: Mapping[str, object], client: str) -> Repeated | None:
        """Tells of a finding whether it need not be shown again; None when there is nothing to go by."""
        if not self.quieten:
            return None
        encounter = self._encounter(asked, client) if self.ledger else ""
        known = await self._said_before(encounter, shown=asked.not_again)

        @cache
        def mitigations() -> Mitigations:  # most answers have no finding that would ask for them
            return Mitigations.read(asked.context, asked.prefetch, fetched)

        def reason(finding: Finding) -> str:
            if known and (before := known.get(self.key.of(encounter, finding.sameness))):
                return before
            if not mitigations():
                return ""
            orders = frozenset({finding.order, *(reference for reference, _ in finding.others)})
            return MITIGATED if mitigations().covers(finding.statement.id, orders) else ""

        return reason

    async def _said_before(self, encounter: str, *, shown: bool) -> dict[str, str]:
        """Findings of this encounter (keyed hashes) that need not be said again, and why. ``shown``: those that
        order-select showed are among them.
        """
        if self.ledger is None or not encounter:
            return {}
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                return await asyncio.to_thread(self._looked_up, self.ledger, encounter, shown)
        except (StoreError, TimeoutError) as error:
            log.failed("what was said before could not be looked up", error)
            return {}

    def _looked_up(self, ledger: Ledger, encounter: str, shown: bool) -> dict[str, str]:
        seen = ledger.shown(encounter, ORDER_SELECT, stamp(self.now() - SHOWN_FOR)) if shown else frozenset()
        return dict.fromkeys(seen, SHOWN) | dict.fromkeys(ledger.overridden(encounter), OVERRIDDEN)

    def remember(
        self, service_id: str, asked: HookRequest, found: Answered, service: Service, client: str, watch: Watch
    ) -> None:
        """Count an answer, and have it recorded. Never fails: the answer is worth more than its record."""
        metrics.HOOK_SECONDS.labels(service_id, "answered" if found.chart else "unchecked").observe(watch.seconds)
        try:
            if self.ledger is not None:
                self.ledger.record(self._decision(service_id, asked, found, service, client, watch))
            _count(service_id, found)
        except Exception as error:  # noqa: BLE001 - it is logged and counted, and the prescriber gets the cards
            metrics.DECISIONS.labels("lost").inc()
            log.failed("a decision could not be put down", error)

    async def take(self, reports: Sequence[Feedback], client: str) -> None:
        """Have feedback kept. StoreError when that cannot be done now."""
        if self.ledger is None:
            return
        batch = [Said(one.card, one.outcome, one.when, one.reason, one.accepted, one.comment) for one in reports]
        try:
            async with asyncio.timeout(FEEDBACK_SECONDS):
                taken = await asyncio.wrap_future(self.ledger.take(batch, client))
        except TimeoutError:
            raise StoreError("feedback was not kept in time") from None
        for name in ("kept", "again", "unknown", "ahead"):
            metrics.FEEDBACK.labels(name).inc(getattr(taken, name))

    # --- the record -------------------------------------------------------------------------------------------

    def _encounter(self, asked: HookRequest, client: str) -> str:
        """The encounter as a keyed hash; empty when the client does not say which it is."""
        encounter = text(asked.context.get("encounterId")).removeprefix("Encounter/")
        return self.key.of("encounter", client, asked.server, asked.patient, encounter) if encounter else ""

    def _decision(
        self, service_id: str, asked: HookRequest, found: Answered, service: Service, client: str, watch: Watch
    ) -> Decision:
        encounter = self._encounter(asked, client)
        orders = _judged(found)
        places = {order.reference: place for place, order in enumerate(orders, 1)}
        cards = [_card(card) for card in _cards(found.body)]
        told = [(one, card) for card, shown in zip(cards, found.reviewed.cards, strict=False) for one in shown.told]
        checked = [(one, card) for one, card in told if one.found]
        knowledge, policy = service.versions
        return Decision(
            id=str(uuid4()),
            at=stamp(self.now()),
            hook=asked.hook,
            service=service_id,
            instance=asked.instance.lower().removeprefix("urn:uuid:"),
            knowledge=knowledge,
            policy=policy,
            program=__version__,
            client=client,
            patient=self.key.of("patient", client, asked.server, asked.patient),
            encounter=encounter,
            setting=_setting(found, service),
            orders=tuple(_ordered(order, places[order.reference], service) for order in orders),
            cards=tuple(cards),
            fired=(
                *(self._fired(one, encounter, card.uuid) for one, card in checked),
                *(self._fired(one, encounter) for one in found.reviewed.withheld),
            ),
            not_checked=_not_checked(found, places),
            milliseconds=round(watch.seconds * 1000),
            fetching=watch.waited,
        )

    def _fired(self, told: Told, encounter: str, card: str = "") -> Fired:
        finding = self.key.of(encounter, told.sameness) if encounter else ""
        return Fired(
            told.statement, told.rule, told.level.value, card, told.drugs, finding, "" if card else told.reason
        )


def _judged(found: Answered) -> list[Order]:
    """The drafts; where there are none, the medicines on record that there was something to check about."""
    if not found.drafts.taken or found.chart is None:
        return [order for order in found.drafts.orders if order.live or order.stopping]
    covered = {report.order for report in found.reviewed.orders if report.covered}
    return [order for order in found.chart.medicines if order.reference in covered]


def _cards(body: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    cards = body.get("cards")
    return [card for card in cards if isinstance(card, dict)] if isinstance(cards, list) else []


def _card(card: Mapping[str, Json]) -> ShownCard:
    source = card.get("source")
    topic = source.get("topic") if isinstance(source, dict) else None
    code = topic.get("code") if isinstance(topic, dict) else ""
    return ShownCard(text(card.get("uuid")), text(card.get("indicator")), text(code))


def _ordered(order: Order, place: int, service: Service) -> OrderedDrug:
    """Our slugs, and RxNorm codes: digits alone, for whatever else stands there is not a code."""
    medication = order.medication
    concepts = (medication.concept, *(part.concept for part in medication.ingredients))
    codings = (coding for concept in concepts for coding in concept.codings)
    rxnorm = {coding.code for coding in codings if coding.system == RXNORM and _RXCUI.fullmatch(coding.code)}
    ingredients = service.terminology.product(medication).ingredients
    return OrderedDrug(place, tuple(sorted(ingredients)), tuple(sorted(rxnorm, key=int)))


def _setting(found: Answered, service: Service) -> str:
    encounter = found.chart.encounter if found.chart else None
    return "+".join(sorted(service.terminology.settings(encounter))) if encounter else ""


def _not_checked(found: Answered, places: Mapping[str, int]) -> tuple[NotChecked, ...]:
    """What was lacking for each order. Of the words beside it only the name of a part of the record is kept."""
    if found.chart is None and _cards(found.body):
        return (NotChecked(0, found.lack or LATE),)
    gaps = found.chart.gaps if found.chart else ()
    foreign = tuple(NotChecked(0, FOREIGN, gap.category.value) for gap in gaps if gap.foreign)
    return foreign + tuple(
        NotChecked(places.get(report.order, 0), lack, words if words in _PARTS else "")
        for report in found.reviewed.orders
        for lack, words in report.not_assessed
    )


def _count(service_id: str, found: Answered) -> None:
    for card in map(_card, _cards(found.body)):
        metrics.CARDS.labels(card.topic, card.level).inc()
    for told in (*(one for card in found.reviewed.cards for one in card.told), *found.reviewed.withheld):
        if told.found:
            metrics.FIRED.labels(told.statement).set_to_current_time()
    for told in found.reviewed.withheld:
        metrics.WITHHELD.labels(told.reason).inc()
    not_checked = _not_checked(found, {})
    for lacking in not_checked:
        metrics.NOT_CHECKED.labels(lacking.lack).inc()
    if foreign := sum(one.lack == FOREIGN for one in not_checked):
        structlog.get_logger().warning("data of another patient was sent", count=foreign, service=service_id)
