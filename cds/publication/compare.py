"""Two versions of the knowledge compared in words: what a clinician has to look at and approve again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.value_sets import members
from cds.knowledge.in_words import citation, in_words, plain, suggestion
from cds.knowledge.model import Drug, Knowledge, Statement, Tier
from cds.terminology.tables import ConditionTables, Tables

Version = tuple[Knowledge, Tables]


def compare(old: Version, new: Version) -> str:
    """The differences, drug by drug; a plain line when there are none."""
    rows = [*_drugs(old[0], new[0]), *_lists(old[0], new[0]), *_terms(old[1], new[1])]
    head = f"From version {old[0].version} to {new[0].version}"
    if not rows:
        return f"{head}: nothing changed that a card depends on."
    return "\n".join([f"{head}. To be approved again:", *rows])


def _drugs(old: Knowledge, new: Knowledge) -> Iterator[str]:
    before = {drug.id: drug for drug in old.drugs}
    after = {drug.id: drug for drug in new.drugs}
    for name in [*before, *(name for name in after if name not in before)]:
        rows = list(_drug(before.get(name), after.get(name)))
        if rows:
            yield ""
            yield (after.get(name) or before[name]).name
            yield from (f"  {row}" for row in rows)


def _drug(old: Drug | None, new: Drug | None) -> Iterator[str]:
    if old is None or new is None:
        yield "the whole drug is new" if old is None else "the whole drug is gone"
    elif (old.name, old.components, old.review, old.reading_note) != (
        new.name, new.components, new.review, new.reading_note,
    ):  # fmt: skip
        yield f"review or name: {old.name}, {old.review.status}; now {new.name}, {new.review.status}"
    before = {each.id: each for each in old.statements} if old else {}
    after = {each.id: each for each in new.statements} if new else {}
    for name in [*before, *(name for name in after if name not in before)]:
        rows = list(_changes(_statement(before.get(name)), _statement(after.get(name))))
        if rows:
            yield name if name in before and name in after else f"{name} is {'gone' if name in before else 'new'}"
            yield from (f"  {row}" for row in rows)


def _statement(spoken: Statement | None) -> dict[str, str]:
    """A statement as labelled words."""
    if spoken is None:
        return {}
    found = {
        "kind": plain(spoken.kind),
        "about": "; ".join(" with ".join(sorted(group)) for group in spoken.about),
        "says": spoken.says,
        "figures": ", ".join(f"{plain(label)} {value}" for label, value in spoken.dose),
        "stands": "; ".join(map(citation, spoken.cites)),
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


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key, ""), new.get(key, "")
        if before == after:
            continue
        if not before or not after:
            yield f"{key}: {'now ' if after else 'no longer '}{after or before}"
        else:
            yield f"{key}: {before}"
            yield f"{' ' * len(key)}  now {after}"


def _lists(old: Knowledge, new: Knowledge) -> Iterator[str]:
    """Policy, documents, conflicts and the texts of cards."""
    pairs = (
        ("Policy", _policy(old), _policy(new)),
        ("Documents", {k: repr(v) for k, v in old.sources.items()}, {k: repr(v) for k, v in new.sources.items()}),
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


def _terms(old: Tables, new: Tables) -> Iterator[str]:
    yield from _titled("Members of classes", _members(old), _members(new))
    yield from _titled("What stands for conditions", _codes(old.conditions), _codes(new.conditions))


def _titled(title: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    rows = list(_changes(old, new))
    if rows:
        yield ""
        yield title
        yield from (f"  {row}" for row in rows)


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
