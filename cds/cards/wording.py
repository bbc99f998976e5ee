"""Turns findings into sentences: the summary, and the detail with its arithmetic, citations and both sides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Final

from cds.clinical.order import Instruction
from cds.knowledge.criteria import Measure
from cds.knowledge.model import Citation, Conflict, Knowledge, ReviewStatus, Source, Statement
from cds.rules import amounts
from cds.rules.amount import Amount
from cds.rules.case import Case
from cds.rules.finding import Finding

SUMMARY_LIMIT: Final = 139


def drug_name(case: Case, statement: Statement | None = None) -> str:
    """The ordered drug's name: of the ingredient the statement is about, or of all in a combined product."""
    terms = case.situation.terminology
    names = case.seen.names
    about = statement.about if statement is not None else ()
    group = next((group for group in about if group <= names), names)
    spoken = [_uncapital(terms.names[name].name if name in terms.names else name) for name in sorted(group)]
    return "/".join(spoken) if spoken else "this drug"


def _uncapital(name: str) -> str:
    """A name as it stands inside a sentence: a capital at its start goes, ``MAO`` and ``S-`` stay as they are."""
    return name if name[1:2].isupper() or name[1:2] == "-" else name[:1].lower() + name[1:]


def ordered(instruction: Instruction) -> str:
    """The dose or rate as ordered."""
    pair = instruction.dose or instruction.rate
    if pair is None:
        return "dose not stated"
    low, high = pair
    return str(low) if low == high else f"{low} to {high}"


def filled(text: str, finding: Finding) -> str:
    """A card's text with its placeholders filled."""
    return sentence(text.format_map(_Values(finding)))


class _Values(dict[str, str]):
    """Values for the placeholders: what was found, else what the order says, worked out where the text asks for it.
    Placeholders without a value become nothing: a card is never lost to a word.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.values, **_others(finding))
        self.finding = finding

    def __missing__(self, key: str) -> str:
        case = self.finding.case
        if key == "drug":
            return drug_name(case, self.finding.statement)
        if key == "ordered":
            return ordered(case.instruction)
        return _daily(case) if key == "daily" else ""


def _daily(case: Case) -> str:
    found = amounts.amount_of(case, Measure.DAILY, amounts.MASS_RATE)
    return found.least.shown(amounts.MG_PER_DAY) if isinstance(found, Amount) else "an unknown daily dose"


def _others(finding: Finding) -> Mapping[str, str]:
    """The other drugs that are still spoken of, after those that a stronger finding took over."""
    terms = finding.case.situation.terminology
    names = dict.fromkeys(_uncapital(terms.names[ingredient].name) for _, ingredient in finding.others)
    return {"other": ", ".join(names)} if names else {}


def sentence(text: str) -> str:
    """One line with single spaces and a capital at its start."""
    line = " ".join(text.split())
    return line[:1].upper() + line[1:]


def short(text: str) -> str:
    """At most 139 characters, cut at a word: CDS Hooks wants summaries under 140."""
    if len(text) <= SUMMARY_LIMIT:
        return text
    return text[: SUMMARY_LIMIT - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def cited(citation: Citation, knowledge: Knowledge) -> str:
    """A citation as a reader follows it: document, section, lines."""
    source = knowledge.sources[citation.source]
    lines = _lines(citation.lines)
    where = "line" if len(citation.lines) == 1 else "lines"
    return f"{source.title}, {citation.section}, {where} {lines}"


def _lines(numbers: tuple[int, ...]) -> str:
    """1, 2, 3, 7 as ``1-3, 7``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def explained(finding: Finding, knowledge: Knowledge) -> list[str]:
    """The lines of a card's detail for the finding that leads it."""
    statement = finding.statement
    lines: list[str] = []
    advice = finding.tier.advice or statement.advice
    if advice:
        lines.append(f"**What to do:** {escaped(filled(advice, finding))}")
    shown = _shown(finding)
    if shown:
        lines.append(f"**Here:** {escaped(shown)}.")
    if finding.case.instruction.from_text:
        lines.append(
            "**Read from free text:** the order has no coded dose; what is reckoned here is what its words say."
        )
    lines.append(knowledge.text("source", statement.id, lambda: _source(statement, knowledge)))
    told = {statement.id}
    known = [knowledge.conflicts[name] for name in statement.conflicts if name in knowledge.conflicts]
    lines += [_both_sides(conflict, finding, knowledge, told) for conflict in known]
    if statement.outside:
        lines.append(knowledge.text("outside", statement.id, lambda: _outside(statement)))
    return lines


def _source(statement: Statement, knowledge: Knowledge) -> str:
    where = "; ".join(cited(citation, knowledge) for citation in statement.cites)
    return f"**The source:** {escaped(sentence(statement.says))} ({escaped(where)})"


def _outside(statement: Statement) -> str:
    return f"**Beyond the documents:** {escaped(sentence(statement.outside))}"


def mentioned(finding: Finding, knowledge: Knowledge) -> str:
    """One line for a finding that stands in another's card: how loud, what, the arithmetic, where it is written."""
    statement = finding.statement
    advice = finding.tier.advice or statement.advice
    shown = _shown(finding)
    parts = [
        f"**{finding.level.value.capitalize()}:** {escaped(filled(finding.tier.say, finding))}",
        escaped(filled(advice, finding)) if advice else "",
        f"Here: {escaped(shown)}." if shown else "",
        knowledge.text("cited", statement.id, lambda: f"({escaped(cited(statement.cites[0], knowledge))})"),
    ]
    return "- " + " ".join(part for part in parts if part)


def _shown(finding: Finding) -> str:
    """What was found on the way, once each, as sentences."""
    return ". ".join(dict.fromkeys(sentence(fact.shown) for fact in finding.facts if fact.shown))


def _both_sides(conflict: Conflict, finding: Finding, knowledge: Knowledge, told: set[str]) -> str:
    """A disagreement of the documents: what it is, what was decided, and the other side in our own words, as far
    as it speaks of this drug, stands elsewhere, and was not told on this card already (``told`` grows).
    """
    mine = {(citation.source, citation.lines) for citation in finding.statement.cites}
    names = finding.case.seen.names
    others = [
        other
        for name in conflict.between
        if (other := knowledge.statements.get(name)) is not None
        and any(group & names for group in other.about)
        and other.topic in ("", finding.statement.topic)
        and other.id not in told
        and not mine & {(citation.source, citation.lines) for citation in other.cites}
    ]
    # A disagreement of the whole documents has too many sides for a card; its decision is said, its sides are in
    # the knowledge.
    shown = others[:_OTHER_SIDES] if len(conflict.between) <= _SPECIFIC else []
    told.update(other.id for other in shown)
    decided = knowledge.text("decided", conflict.id, lambda: _decided(conflict))
    return " ".join((decided, *(knowledge.text("also", one.id, partial(_also, one, knowledge)) for one in shown)))


def _decided(conflict: Conflict) -> str:
    told = f"{sentence(conflict.tension)} Decided: {sentence(conflict.resolution)}"
    return f"**The documents differ:** {escaped(told)}"


def _also(other: Statement, knowledge: Knowledge) -> str:
    return escaped(f"Also stated: {sentence(other.says)} ({cited(other.cites[0], knowledge)}).")


# The other sides of a disagreement that a card has room for; all of them stand in the knowledge.
_OTHER_SIDES: Final = 2
_SPECIFIC: Final = 8


def footer(statements: Iterable[Statement], knowledge: Knowledge, today: date) -> str:
    """Which documents, how old, in what state of review, under which version and policy."""
    chosen = list(statements)
    names = dict.fromkeys(citation.source for one in chosen for citation in one.cites)
    parts = [knowledge.text("document", name, partial(_document, knowledge.sources[name])) for name in names]
    drafts = {knowledge.drug_of[one.id].review.status for one in chosen}
    state = "" if drafts == {ReviewStatus.REVIEWED} else " (draft, not yet checked by a second person)"
    drugs = {knowledge.drug_of[one.id].name: knowledge.drug_of[one.id].review.next_review for one in chosen}
    overdue = [name for name, due in drugs.items() if due and due < today]
    state += f" (review OVERDUE: {escaped(', '.join(overdue))})" if overdue else ""
    sources = f"Documents: {'; '.join(parts)}. " if parts else ""
    policy = f"{knowledge.policy.name} {knowledge.policy.version}"
    release = f", {escaped(knowledge.release)}" if knowledge.release else ""
    version = f"Knowledge {knowledge.version}{state if chosen else ''}"
    return f"_{sources}{version}, policy {escaped(policy)}{release}._"


def _document(source: Source) -> str:
    dated = f"updated {source.updated.isoformat()}" if source.updated else "undated"
    caveat = f"; {source.caveat}" if source.caveat else ""
    return escaped(f"{source.title} ({dated}{caveat})")


# The backslash and the ampersand come first: the others are written with them.
_MARKUP: Final = (
    *((char, f"\\{char}") for char in r"\`*_[]#|~"), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"),
)  # fmt: skip
_LINKS: Final = re.compile(r"(:(?=//)|\bwww(?=\.)|@)", re.IGNORECASE)


def escaped(text: str) -> str:
    """Text that GitHub-flavoured markdown shows as it is: no markup, no HTML, no links, one line."""
    visible = text if text.isprintable() else "".join(char for char in text if char.isprintable())
    # Some viewers make links of bare addresses after all escapes are undone; only a space keeps them from it.
    if "//" in visible or "@" in visible or "www." in visible.lower():
        visible = _LINKS.sub(r"\1 ", visible)
    for char, written in _MARKUP:
        if char in visible:
            visible = visible.replace(char, written)
    return visible
