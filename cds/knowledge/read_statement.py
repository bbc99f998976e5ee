"""One statement of a knowledge file: what it says, where it stands, when and how it speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from cds.knowledge.criteria import Criteria
from cds.knowledge.fields import Fields, Noted
from cds.knowledge.model import Citation, Kind, Level, Statement, SuggestionKind, SuggestionSpec, Tier
from cds.knowledge.read_criteria import read_criteria, slugs
from cds.knowledge.strict import Mapping, Node, Scalar, Sequence
from cds.knowledge.vocabulary import REQUESTS, SLUG, STATEMENT_ID, Vocabulary

STATEMENT_KEYS: Final = (
    "id", "kind", "rule", "topic", "about", "says", "cite", "carries", "dose", "conflicts", "outside", "yields-to",
    "applies", "advice", "tiers",
)  # fmt: skip
TIER_KEYS: Final = ("level", "rule", "when", "say", "advice", "suggest", "override")
_SUGGESTION_KEYS: Final = ("set", "state-use", "order", "delete", "delete-other", "recommended")
_LINES: Final = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_MOST_LINES: Final = 10_000


@dataclass(slots=True)
class Places:
    """Lines of parts of statements, for faults that are only seen when all files are read.

    The key is the statement's id and a part: ``says``, ``tiers.1.say`` (counted from 1), ``yields-to:<id>``.
    ``crooked`` are ids of statements that could not be read whole: what seems to be missing in them may be there.
    """

    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    crooked: set[str] = field(default_factory=set)

    def of(self, statement: Statement, part: str) -> int:
        """The line of a part. A tier's part that is not written is the statement's; else the statement's line."""
        own = self.lines.get((statement.id, part))
        return own or self.lines.get((statement.id, part.rpartition(".")[2]), statement.line)


def read_lines(text: str) -> tuple[int, ...]:
    """``"41-43,50"`` as (41, 42, 43, 50). ValueError when it is not lines counting upwards."""
    found: list[int] = []
    for part in text.split(","):
        match = _LINES.fullmatch(part.strip())
        if match is None:
            message = f"'{text}' is not a list of lines such as 41-43,50"
            raise ValueError(message)
        first = int(match[1])
        last = int(match[2] or first)
        if not 0 < first <= last <= _MOST_LINES or (found and first <= found[-1]):
            message = f"the lines '{text}' do not count upwards"
            raise ValueError(message)
        found.extend(range(first, last + 1))
    return tuple(found)


def lines_of(fields: Fields, key: str) -> tuple[int, ...]:
    """Document lines under ``key``; a fault and nothing when they cannot be read."""
    text = fields.text(key)
    if not text:
        return ()
    try:
        return read_lines(text)
    except ValueError as error:
        fields.fault(key, str(error))
        return ()


def _items(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, Sequence):
        return node.items
    return () if node is None else (node,)


class StatementReader:
    """Reads the statements of one file."""

    def __init__(self, noted: Noted, vocabulary: Vocabulary, components: tuple[str, ...], places: Places) -> None:
        self._noted = noted
        self._vocabulary = vocabulary
        self._components = components
        self._places = places

    def read(self, node: Node) -> Statement:
        """The statement; with empty parts where there are faults."""
        before = len(self._noted.faults)
        fields = Fields(node, self._noted, STATEMENT_KEYS, "a statement")
        fields.require("id", "kind", "says", "cite")
        name = fields.text("id")
        if name and not STATEMENT_ID.fullmatch(name):
            fields.fault("id", f"'{name}' is not an id such as drug.iv-bolus.adult (lower case, dots and hyphens)")
        rule, advice = fields.text("rule"), fields.text("advice")
        statement = Statement(
            id=name,
            file=self._noted.path,
            line=fields.line,
            kind=fields.choice("kind", Kind, "a kind of statement") or Kind.OTHER,
            about=self._about(fields),
            says=fields.text("says"),
            cites=tuple(self._cite(each) for each in fields.each("cite")),
            rule=rule,
            topic=self._topic(fields),
            applies=self._criteria(fields, "applies"),
            tiers=tuple(self._tier(each, rule, advice) for each in fields.each("tiers")),
            advice=advice,
            yields_to=fields.words("yields-to"),
            conflicts=fields.words("conflicts"),
            dose=self._dose(fields),
            inventory=fields.words("carries"),
            outside=fields.text("outside"),
        )
        self._note_places(fields, statement)
        if len(self._noted.faults) > before:
            self._places.crooked.add(statement.id)
        return statement

    def _topic(self, fields: Fields) -> str:
        topic = fields.text("topic")
        if "tiers" in fields and "topic" not in fields:
            fields.fault("tiers", "a statement with tiers needs a 'topic', which groups its card")
        if "tiers" in fields and "rule" not in fields:
            fields.fault("tiers", "a statement with tiers needs a 'rule', the label of the clinical reading")
        node = fields.raw("topic")
        if isinstance(node, Scalar) and topic and self._vocabulary.topics is not None:
            fields.known(node, self._vocabulary.topics, "a topic (knowledge/topics.yaml)")
        return topic

    def _about(self, fields: Fields) -> tuple[frozenset[str], ...]:
        if "about" not in fields:
            return (frozenset(self._components),)
        found: list[frozenset[str]] = []
        for node in fields.each("about"):
            if isinstance(node, Mapping):
                inner = Fields(node, self._noted, ("together",), "about")
                inner.require("together")
                found.append(self._ingredients(inner, "together"))
            elif isinstance(node, Scalar):
                known = self._vocabulary.ingredients
                if known is None or fields.known(node, known, "an ingredient we know"):
                    found.append(frozenset({node.text}))
            else:
                self._noted.at(node, "'about' is a list of ingredients, or {together: [..]} for one product")
        return tuple(group for group in found if group)

    def _ingredients(self, fields: Fields, key: str) -> frozenset[str]:
        return slugs(fields, key, self._vocabulary.ingredients, "an ingredient we know")

    def _cite(self, node: Node) -> Citation:
        fields = Fields(node, self._noted, ("source", "section", "lines"), "a citation")
        fields.require("source", "section", "lines")
        source = fields.raw("source")
        if isinstance(source, Scalar) and self._vocabulary.sources is not None:
            fields.known(source, self._vocabulary.sources, "a source (knowledge/sources)")
        return Citation(fields.text("source"), fields.text("section"), lines_of(fields, "lines"))

    def _dose(self, fields: Fields) -> tuple[tuple[str, str], ...]:
        node = fields.raw("dose")
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            fields.fault("dose", "'dose' should be labels with figures such as {low: 5 mg/d, high: 10 mg/d}")
            return ()
        inner = Fields(node, self._noted, {key.text for key, _ in node.entries}, "dose")
        for key, _ in node.entries:
            if not SLUG.fullmatch(key.text):
                self._noted.at(key, f"'{key.text}' is not a label such as start-low")
        return tuple((key.text, inner.text(key.text)) for key, _ in node.entries)

    def _criteria(self, fields: Fields, key: str) -> Criteria:
        node = fields.raw(key)
        return () if node is None else read_criteria(node, self._noted, self._vocabulary, key)

    def _tier(self, node: Node, rule: str, advice: str) -> Tier:
        fields = Fields(node, self._noted, TIER_KEYS, "a tier")
        fields.require("level", "say")
        tier = Tier(
            level=fields.choice("level", Level, "a level") or Level.INFO,
            when=self._criteria(fields, "when"),
            say=fields.text("say"),
            rule=fields.text("rule") or rule,
            advice=fields.text("advice") or advice,
            suggest=tuple(spec for each in fields.each("suggest", empty=True) for spec in self._suggestion(each)),
            override=self._override(fields),
        )
        if sum(spec.recommended for spec in tier.suggest) > 1:
            fields.fault("suggest", "only one suggestion can be recommended")
        return tier

    def _override(self, fields: Fields) -> tuple[str, ...]:
        known = self._vocabulary.reasons
        return tuple(
            scalar.text
            for scalar in fields.scalars("override", empty=True)
            if known is None or fields.known(scalar, known, "an override reason (knowledge/override-reasons.yaml)")
        )

    def _suggestion(self, node: Node) -> tuple[SuggestionSpec, ...]:
        if isinstance(node, Scalar):
            if node.text in ("delete", "delete-other"):
                return (SuggestionSpec(SuggestionKind(node.text)),)
            self._noted.at(
                node, f"'{node.text}' is not a suggestion; use delete, delete-other, set, state-use or order"
            )
            return ()
        fields = Fields(node, self._noted, _SUGGESTION_KEYS, "a suggestion")
        kinds = [key for key in _SUGGESTION_KEYS[:-1] if key in fields]
        if len(kinds) != 1:
            self._noted.at(node, "a suggestion does one thing: set, state-use, order, delete or delete-other")
            return ()
        kind = SuggestionKind(kinds[0])
        if kind in (SuggestionKind.DELETE, SuggestionKind.DELETE_OTHER):
            fields.yes(kind)
        return (
            SuggestionSpec(
                kind=kind,
                amount=fields.quantity("set"),
                uses=self._uses(fields),
                service=next(iter(fields.chosen("order", REQUESTS, "something we can request")), ""),
                recommended=fields.yes("recommended"),
            ),
        )

    def _uses(self, fields: Fields) -> tuple[str, ...]:
        known = self._vocabulary.uses
        return tuple(
            scalar.text
            for scalar in fields.scalars("state-use")
            if known is None or fields.known(scalar, known, "a use we know (knowledge/terminology/uses.yaml)")
        )

    def _note_places(self, fields: Fields, statement: Statement) -> None:
        lines = self._places.lines
        for key in STATEMENT_KEYS:
            if key in fields:
                lines[statement.id, key] = fields.line_of(key)
        for key in ("yields-to", "conflicts", "carries"):
            named = [item for item in _items(fields.raw(key)) if isinstance(item, Scalar)]
            lines.update({(statement.id, f"{key}:{item.text}"): item.line for item in named})
        for number, node in enumerate(_items(fields.raw("cite")), 1):
            lines[statement.id, f"cite.{number}"] = node.line
        for number, node in enumerate(_items(fields.raw("tiers")), 1):
            lines[statement.id, f"tiers.{number}"] = node.line
            for key in ("when", "say", "advice", "suggest"):
                part = node.get(key) if isinstance(node, Mapping) else None
                if part:
                    lines[statement.id, f"tiers.{number}.{key}"] = part.line
