"""A drug as a page to read and check: what is said, when it speaks, how loudly, and where it stands."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cds.knowledge.in_words import ALWAYS, citation, in_words, plain, suggestion
from cds.knowledge.model import Conflict, Drug, Knowledge, Review, ReviewStatus, Statement, Tier

_WIDTH: Final = 100
_MARKS: Final = {True: "\u2713", False: "\u2717", None: "-"}


@dataclass(frozen=True, slots=True)
class Case:
    """A worked case of a statement: its name is a sentence; ``passed`` is None when it was not run."""

    name: str
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One tier in words."""

    level: str
    rule: str
    when: str
    say: str
    advice: str
    suggestions: tuple[str, ...]
    override: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement in words."""

    id: str
    kind: str
    says: str
    figures: tuple[tuple[str, str], ...]
    applies: str
    steps: tuple[Step, ...]
    citations: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    yields_to: tuple[str, ...]
    carries: tuple[str, ...]
    outside: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Monograph:
    """Everything said of one drug or combination, with what others say of it."""

    name: str
    components: tuple[str, ...]
    review: str
    note: str
    sources: tuple[str, ...]
    entries: tuple[Entry, ...]
    elsewhere: tuple[str, ...]


def monograph(knowledge: Knowledge, drug: Drug, cases: Mapping[str, tuple[Case, ...]] | None = None) -> Monograph:
    """The page of one drug. ``cases`` are worked cases by statement id, where there are any."""
    cited = dict.fromkeys(cite.source for statement in drug.statements for cite in statement.cites)
    here = {statement.id for statement in drug.statements}
    named = set(drug.components)
    return Monograph(
        name=drug.name,
        components=drug.components,
        review=review_in_words(drug.review),
        note=drug.reading_note,
        sources=tuple(_source(knowledge, slug) for slug in cited if slug in knowledge.sources),
        entries=tuple(
            _entry(knowledge, statement, (cases or {}).get(statement.id, ())) for statement in drug.statements
        ),
        elsewhere=tuple(
            statement.id
            for statement in knowledge.statements.values()
            if statement.id not in here and any(group & named for group in statement.about)
        ),
    )


def review_in_words(review: Review) -> str:
    """Who wrote it, who checked it, and whether it counts as reviewed."""
    if review.status is ReviewStatus.WRITING:
        return f"BEING WRITTEN by {review.author}; the service leaves it out"
    if review.status is ReviewStatus.DRAFT:
        checked = f"checked by {review.checker}" if review.checker else "not yet checked by a second person"
        return f"DRAFT, written by {review.author}, {checked}"
    until = f", next review {review.next_review}" if review.next_review else ""
    return f"{review.status}, written by {review.author}, checked by {review.checker} on {review.reviewed}{until}"


def _source(knowledge: Knowledge, slug: str) -> str:
    source = knowledge.sources[slug]
    dated = f", {source.updated}" if source.updated else ""
    return f"{slug}: {source.title}{dated}" + (f" ({source.caveat})" if source.caveat else "")


def _entry(knowledge: Knowledge, statement: Statement, cases: tuple[Case, ...]) -> Entry:
    return Entry(
        id=statement.id,
        kind=plain(statement.kind),
        says=statement.says,
        figures=statement.dose,
        applies=in_words(statement.applies),
        steps=tuple(_step(knowledge, tier) for tier in statement.tiers),
        citations=tuple(citation(cite) for cite in statement.cites),
        conflicts=tuple(knowledge.conflicts[name] for name in statement.conflicts if name in knowledge.conflicts),
        yields_to=statement.yields_to,
        carries=statement.inventory,
        outside=statement.outside,
        cases=cases,
    )


def _step(knowledge: Knowledge, tier: Tier) -> Step:
    return Step(
        level=tier.level,
        rule=tier.rule,
        when=in_words(tier.when),
        say=tier.say,
        advice=tier.advice,
        suggestions=tuple(suggestion(spec) for spec in tier.suggest),
        override=tuple(knowledge.override_reasons.get(code, code) for code in tier.override),
    )


def as_text(page: Monograph) -> str:
    """The page as plain text."""
    head = [page.name, "=" * len(page.name), "", f"Review: {page.review}"]
    if len(page.components) > 1:
        head.append(f"One product of: {', '.join(map(plain, page.components))}")
    head += [f"Source: {source}" for source in page.sources]
    if page.note:
        head += ["", *textwrap.wrap(page.note, _WIDTH)]
    body = [line for entry in page.entries for line in ("", *_entry_lines(entry))]
    tail = ["", f"Other files also speak of it: {', '.join(page.elsewhere)}"] if page.elsewhere else []
    return "\n".join([*head, *body, *tail])


def _entry_lines(entry: Entry) -> Iterator[str]:
    title = f"{entry.id}  [{entry.kind}]"
    yield from (title, "-" * len(title), *textwrap.wrap(entry.says, _WIDTH))
    figures = ", ".join(f"{plain(label)} {value}" for label, value in entry.figures)
    blocks = [("figures", figures), *(("stands", cite) for cite in entry.citations)]
    if not entry.steps:
        blocks.append(("speaks", "never on a card; kept for reading and for the export"))
    blocks.append(("applies", entry.applies if entry.steps or entry.applies != ALWAYS else ""))
    yield from _blocks(blocks)
    for step in entry.steps:
        yield from _step_lines(step)
    yield from _blocks(
        [
            ("yields to", ", ".join(entry.yields_to)),
            ("outside", entry.outside),
            *((each.id, f"{each.tension} Decided: {each.resolution} Why: {each.why}") for each in entry.conflicts),
            ("carries", ", ".join(entry.carries)),
            *((f"case {_MARKS[case.passed]}", case.name) for case in entry.cases),
            ("cases", "no cases" if entry.steps and not entry.cases else ""),
        ]
    )


def _step_lines(step: Step) -> Iterator[str]:
    yield from _blocks(
        [
            (step.level.upper(), step.when if step.when == ALWAYS else f"when {step.when}"),
            ("", f'"{step.say}" ({step.rule})'),
            ("  advice", step.advice),
            *(("  offers", offered) for offered in step.suggestions),
            ("  unless", "; ".join(step.override)),
        ]
    )


def _blocks(rows: list[tuple[str, str]]) -> Iterator[str]:
    """Labelled paragraphs; those without a text are left out."""
    for label, text in rows:
        if text:
            start = f"  {label:<9} "
            yield from textwrap.wrap(
                text, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
            )
