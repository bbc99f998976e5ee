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
from datetime import UTC, datetime
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
from cds.hooks.request import HookRequest
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
        encounter = self._encounter(asked, client)
        known = await self._overridden(encounter)
        mitigations = Mitigations.read(asked.context, asked.prefetch, fetched)
        if not known and not mitigations:
            return None

        def reason(finding: Finding) -> str:
            if known and self.key.of(encounter, finding.sameness) in known:
                return OVERRIDDEN
            orders = frozenset({finding.order, *(reference for reference, _ in finding.others)})
            return MITIGATED if mitigations.covers(finding.statement.id, orders) else ""

        return reason

    async def _overridden(self, encounter: str) -> frozenset[str]:
        if self.ledger is None or not encounter:
            return frozenset()
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                return await asyncio.to_thread(self.ledger.overridden, encounter)
        except (StoreError, TimeoutError) as error:
            log.failed("what was overridden could not be looked up", error)
            return frozenset()

    def remember(
        self, service_id: str, asked: HookRequest, found: Answered, service: Service, client: str, watch: Watch
    ) -> None:
        """Count an answer, and have it recorded. Never fails: the answer is worth more than its record."""
        metrics.HOOK_SECONDS.labels(service_id, "answered" if found.chart else "unchecked").observe(watch.seconds)
        try:
            decision = self._decision(service_id, asked, found, service, client, watch)
        except Exception as error:  # noqa: BLE001 - it is logged and counted, and the prescriber gets the cards
            metrics.DECISIONS.labels("lost").inc()
            log.failed("a decision could not be put down", error)
            return
        _count(decision)
        if self.ledger is not None:
            self.ledger.record(decision)

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
        orders = [order for order in found.drafts.orders if order.live or order.stopping]
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


def _count(decision: Decision) -> None:
    for card in decision.cards:
        metrics.CARDS.labels(card.topic, card.level).inc()
    for fired in decision.fired:
        metrics.FIRED.labels(fired.statement).set_to_current_time()
        if fired.withheld:
            metrics.WITHHELD.labels(fired.withheld).inc()
    for one in decision.not_checked:
        metrics.NOT_CHECKED.labels(one.lack).inc()
    if foreign := sum(one.lack == FOREIGN for one in decision.not_checked):
        structlog.get_logger().warning("data of another patient was sent", count=foreign, service=decision.service)
