"""Two versions of the knowledge compared in words: what a clinician has to look at and approve again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.value_sets import members
from cds.knowledge.in_words import citation, in_words, plain, suggestion
from cds.knowledge.model import Drug, Knowledge, Statement, Tier
from cds.knowledge.monograph import review_in_words
from cds.terminology.tables import ConditionTables, Tables

Version = tuple[Knowledge, Tables]


class Fate(StrEnum):
    """What became of something between two versions."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said otherwise. ``before`` or ``after`` is empty where nothing was or is said."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Part:
    """A statement with its changes; without an id, the changes of its section itself."""

    id: str
    fate: Fate
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A drug, or a list beside the drugs. ``id`` is the drug's, empty for a list."""

    id: str
    title: str
    fate: Fate
    parts: tuple[Part, ...]


def differences(old: Version, new: Version) -> tuple[Section, ...]:
    """What changed that a card depends on: drugs in the order of their files, then what they lean on."""
    return (*_drugs(old[0], new[0]), *_lists(old[0], new[0]), *_terms(old[1], new[1]))


def compare(old: Version, new: Version) -> str:
    """The differences as a text, drug by drug; a plain line when there are none."""
    rows = [row for section in differences(old, new) for row in _told(section)]
    head = f"From version {old[0].version} to {new[0].version}"
    if not rows:
        return f"{head}: nothing changed that a card depends on."
    return "\n".join([f"{head}. To be approved again:", *rows])


def _told(section: Section) -> Iterator[str]:
    yield ""
    yield section.title
    if section.fate is not Fate.CHANGED:
        yield f"  the whole drug is {section.fate}"
    for part in section.parts:
        deep = "    " if part.id else "  "
        if part.id:
            yield f"  {part.id}" if part.fate is Fate.CHANGED else f"  {part.id} is {part.fate}"
        for change in part.changes:
            yield from (f"{deep}{row}" for row in _change_told(change))


def _change_told(change: Change) -> Iterator[str]:
    if not change.before or not change.after:
        word = "now" if change.after else "no longer"
        yield f"{change.label}: {word} {change.after or change.before}"
    else:
        yield f"{change.label}: {change.before}"
        yield f"{' ' * len(change.label)}  now {change.after}"


def _drugs(old: Knowledge, new: Knowledge) -> Iterator[Section]:
    before = {drug.id: drug for drug in old.drugs}
    after = {drug.id: drug for drug in new.drugs}
    for name in _both(before, after):
        title = (after.get(name) or before[name]).name
        was, is_now = before.get(name), after.get(name)
        fate = Fate.NEW if was is None else Fate.GONE if is_now is None else Fate.CHANGED
        parts = tuple(_drug(was, is_now))
        if parts or fate is not Fate.CHANGED:
            yield Section(name, title, fate, parts)


def _drug(old: Drug | None, new: Drug | None) -> Iterator[Part]:
    if old is not None and new is not None:
        own = tuple(_changes(_about(old), _about(new)))
        if own:
            yield Part("", Fate.CHANGED, own)
    before = {each.id: each for each in old.statements} if old else {}
    after = {each.id: each for each in new.statements} if new else {}
    for name in _both(before, after):
        changes = tuple(_changes(_statement(before.get(name)), _statement(after.get(name))))
        if changes:
            fate = Fate.NEW if name not in before else Fate.GONE if name not in after else Fate.CHANGED
            yield Part(name, fate, changes)


def _about(drug: Drug) -> dict[str, str]:
    """What a drug's file says at its head, as labelled words."""
    return {
        "name": drug.name,
        "components": ", ".join(map(plain, drug.components)),
        "review": review_in_words(drug.review),
        "note for the reader": drug.reading_note,
    }


def _both(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [*before, *(name for name in after if name not in before)]


def _statement(spoken: Statement | None) -> dict[str, str]:
    """A statement as labelled words."""
    if spoken is None:
        return {}
    found = {
        "kind": plain(spoken.kind),
        "about": "; ".join(" with ".join(sorted(group)) for group in spoken.about),
        "says": spoken.says,
        "figures": ", ".join(f"{plain(label)} {value}" for label, value in spoken.dose),
        "written in": "; ".join(map(citation, spoken.cites)),
        "applies": in_words(spoken.applies),
        "yields to": ", ".join(spoken.yields_to),
        "topic": plain(spoken.topic),
        "conflicts": ", ".join(spoken.conflicts),
        "beyond the document": spoken.outside,
    }
    for number, tier in enumerate(spoken.tiers, 1):
        found |= {f"step {number}, {key}": text for key, text in _tier(tier).items()}
    return {key: text for key, text in found.items() if text}


def _tier(tier: Tier) -> dict[str, str]:
    return {
        "level": tier.level.value.upper(),
        "when": in_words(tier.when),
        "the card says": tier.say,
        "advice": tier.advice,
        "offers": "; ".join(map(suggestion, tier.suggest)),
        "may be overridden for": ", ".join(tier.override),
    }


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for key in _both(old, new):
        before, after = old.get(key, ""), new.get(key, "")
        if before != after:
            yield Change(key, before, after)


def _lists(old: Knowledge, new: Knowledge) -> Iterator[Section]:
    """Policy, documents, conflicts and the texts of cards."""
    pairs = (
        ("Policy", _policy(old), _policy(new)),
        ("Documents", _documents(old), _documents(new)),
        ("Conflicts", _conflicts(old), _conflicts(new)),
        ("Override reasons", old.override_reasons, new.override_reasons),
        ("Topics", old.topics, new.topics),
    )
    for title, before, after in pairs:
        yield from _titled(title, before, after)


def _policy(knowledge: Knowledge) -> dict[str, str]:
    policy = knowledge.policy
    items = {key: f"{item.value} {item.unit}".strip() for key, item in policy.items.items()}
    return {"name and version": f"{policy.name} {policy.version}", **items}


def _conflicts(knowledge: Knowledge) -> dict[str, str]:
    return {
        name: f"{each.tension} Decided: {each.resolution} Why: {each.why} ({', '.join(each.between)})"
        for name, each in knowledge.conflicts.items()
    }


def _documents(knowledge: Knowledge) -> dict[str, str]:
    return {
        name: "; ".join(f"{plain(key)} {value}" for key, value in asdict(each).items() if value)
        for name, each in knowledge.sources.items()
    }


def _terms(old: Tables, new: Tables) -> Iterator[Section]:
    yield from _titled("Members of classes", _members(old), _members(new))
    yield from _titled("What stands for conditions", _codes(old.conditions), _codes(new.conditions))


def _titled(title: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Section]:
    changes = tuple(_changes(old, new))
    if changes:
        yield Section("", title, Fate.CHANGED, (Part("", Fate.CHANGED, changes),))


def _members(tables: Tables) -> dict[str, str]:
    codes = Codes(tables)
    names = frozenset[str]().union(*tables.medicines.classes.values())
    return {plain(name): ", ".join(members(codes, name)) for name in sorted(names)}


def _codes(tables: ConditionTables) -> dict[str, str]:
    """Each code, word and observation of a condition, one by one, so that a change stands alone."""
    found: dict[str, str] = {}
    for (_, code), rows in tables.codes.items():
        found[f"code {code}"] = "; ".join(f"{plain(each.condition)} {each.severity}".strip() for each in rows)
    for system, prefixes in tables.prefixes.items():
        for code, rows in prefixes.items():
            key = f"code {code} of {system.rpartition('/')[2]}"
            found[key] = "; ".join(f"{plain(each.condition)} {each.severity}".strip() for each in rows)
    for phrase, rows in tables.spoken.known.items():
        if rows:
            found[f"word '{' '.join(phrase)}'"] = "; ".join(plain(each.condition) for each in rows)
    for (_, code), entries in tables.evidence.items():
        found[f"observation {code}"] = "; ".join(
            f"{plain(each.condition)} {_limits(each.below, each.above)}".strip() for each in entries
        )
    return found


def _limits(below: object, above: object) -> str:
    return " ".join(
        [*([f"below {below}"] if below is not None else []), *([f"above {above}"] if above is not None else [])]
    )
