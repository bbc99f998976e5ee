"""A file of ``drugs/`` or ``combinations/``: who wrote it, and everything said of one ingredient or combination."""

from __future__ import annotations

from typing import Final

from cds.knowledge.fields import Fields, Noted
from cds.knowledge.model import Drug, Review, ReviewStatus
from cds.knowledge.read_statement import Places, StatementReader
from cds.knowledge.strict import Node, Scalar
from cds.knowledge.vocabulary import SLUG, Vocabulary

REVIEW_KEYS: Final = ("author", "checker", "status", "reviewed", "next_review")
_BOTH: Final = 2


def read_drug(node: Node, noted: Noted, vocabulary: Vocabulary, places: Places) -> Drug:
    """The drug or combination of one file; with empty parts where there are faults."""
    combined = noted.path.startswith("combinations/")
    sort = "combination" if combined else "drug"
    keys = (sort, *(("components",) if combined else ()), "name", "review", "note", "statements")
    fields = Fields(node, noted, keys, f"a {sort} file")
    fields.require(sort, "name", "review", "statements", *(("components",) if combined else ()))
    slug = fields.text(sort)
    stem = noted.path.rpartition("/")[2].removesuffix(".yaml")
    if slug and slug != stem:
        fields.fault(sort, f"'{slug}' stands in the file {stem}.yaml: both should have the same name")
    components = _components(fields, vocabulary, slug, combined)
    reader = StatementReader(noted, vocabulary, components, places)
    return Drug(
        id=slug,
        name=fields.text("name"),
        components=components,
        review=_review(fields),
        file=noted.path,
        statements=tuple(reader.read(each) for each in fields.each("statements")),
        reading_note=fields.text("note"),
    )


def _components(fields: Fields, vocabulary: Vocabulary, slug: str, combined: bool) -> tuple[str, ...]:
    if combined:
        scalars = fields.scalars("components")
        if "components" in fields and len(scalars) < _BOTH:
            fields.fault("components", "a combination has two or more components")
    else:
        node = fields.raw("drug")
        scalars = (node,) if isinstance(node, Scalar) else ()
        if slug and not SLUG.fullmatch(slug):
            fields.fault("drug", f"'{slug}' is not a name in lower case with hyphens")
    if vocabulary.ingredients is not None:
        for scalar in scalars:
            fields.known(scalar, vocabulary.ingredients, "an ingredient we know (knowledge/terminology)")
    return tuple(scalar.text for scalar in scalars)


def _review(fields: Fields) -> Review:
    node = fields.raw("review")
    if node is None:
        return Review("", ReviewStatus.DRAFT)
    inner = Fields(node, fields.noted, REVIEW_KEYS, "review")
    inner.require("author", "status")
    found = Review(
        author=inner.text("author"),
        status=inner.choice("status", ReviewStatus, "a review status") or ReviewStatus.DRAFT,
        checker=inner.text("checker"),
        reviewed=inner.day("reviewed"),
        next_review=inner.day("next_review"),
    )
    if found.checker and found.checker == found.author:
        inner.fault("checker", "the checker must be another person than the author")
    if found.status is ReviewStatus.REVIEWED:
        inner.require("checker", "reviewed", "next_review")
    if found.reviewed and found.next_review and found.next_review <= found.reviewed:
        inner.fault("next_review", "the next review must be later than the last")
    return found
