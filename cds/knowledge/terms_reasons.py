"""Reads uses, services and the observations that are read for their value."""

from __future__ import annotations

from cds.clinical.code import ICD10, ICD10CM
from cds.errors import Fault
from cds.knowledge.codes import coded
from cds.knowledge.fields import nearest
from cds.knowledge.shelf import Shelf
from cds.terminology.model import Named
from cds.terminology.tables import Key, ReasonTables
from cds.terminology.words import Phrases, words

_ICD = frozenset({ICD10, ICD10CM})
_WEIGHT = "body-weight"


def read_reasons(shelf: Shelf) -> ReasonTables:
    """The tables of uses, services and body weight."""
    codes: dict[Key, frozenset[str]] = {}
    prefixes: dict[str, dict[str, frozenset[str]]] = {}
    spoken: dict[tuple[str, ...], str] = {}
    parents: dict[str, frozenset[str]] = {}
    follows: dict[str, frozenset[str]] = {}
    keys = ("use", "name", "broader", "follows-from", "codes", "words")
    listed = shelf.entries("terminology/uses.yaml", "uses", keys, "a use")
    slugs = {fields.text("use") for fields in listed}
    for fields in listed:
        fields.require("use", "name", "words")
        slug = fields.text("use")
        parents[slug] = fields.chosen("broader", slugs, "a use")
        if needed := fields.chosen("follows-from", slugs, "a use"):
            follows[slug] = needed
        first: tuple[str, str, str] | None = None
        for node in fields.each("codes"):
            code, key = coded(node, fields.noted, shelf.displays)
            first = first or (*key, code.text("display"))
            if key[0] in _ICD:
                table = prefixes.setdefault(key[0], {})
                table[key[1].upper()] = table.get(key[1].upper(), frozenset()) | {slug}
            else:
                codes[key] = codes.get(key, frozenset()) | {slug}
        for word in fields.scalars("words"):
            if spoken.setdefault(words(word.text), slug) != slug:
                fields.noted.at(word, f"'{word.text}' already stands for '{spoken[words(word.text)]}'")
        shelf.name(Named(slug, fields.text("name"), _above(slug, parents) - {slug}, first))
    broader = {slug: _above(slug, parents) for slug in parents}
    for slug, above in broader.items():
        shelf.name(Named(slug, shelf.names[slug].name, above - {slug}))
    services, service_words = _services(shelf)
    return ReasonTables(codes, prefixes, Phrases(spoken), broader, follows, services, service_words, _weights(shelf))


def _above(slug: str, parents: dict[str, frozenset[str]]) -> frozenset[str]:
    """A use and everything above it."""
    found = {slug}
    ahead = [slug]
    while ahead:
        for parent in parents.get(ahead.pop(), frozenset()) - found:
            found.add(parent)
            ahead.append(parent)
    return frozenset(found)


def _services(shelf: Shelf) -> tuple[dict[Key, frozenset[str]], Phrases[frozenset[str]]]:
    codes: dict[Key, frozenset[str]] = {}
    spoken: dict[tuple[str, ...], frozenset[str]] = {}
    keys = ("service", "name", "counts-as", "order", "codes", "words", "unlike")
    listed = shelf.entries("terminology/services.yaml", "services", keys, "a service")
    slugs = {fields.text("service") for fields in listed}
    for fields in listed:
        fields.require("service", "name", "words")
        slug = fields.text("service")
        stands_for = frozenset({slug}) | fields.chosen("counts-as", slugs, "a service")
        order = fields.raw("order")
        written: tuple[str, str, str] | None = None
        if order is not None:
            code, key = coded(order, fields.noted, shelf.displays)
            written = (*key, code.text("display"))
        shelf.name(Named(slug, fields.text("name"), code=written))
        for node in fields.each("codes"):
            _, key = coded(node, fields.noted, shelf.displays)
            codes[key] = codes.get(key, frozenset()) | stands_for
        for word in fields.words("words"):
            spoken[words(word)] = spoken.get(words(word), frozenset()) | stands_for
        for word in fields.words("unlike"):
            spoken.setdefault(words(word), frozenset())
    return codes, Phrases(spoken)


def _weights(shelf: Shelf) -> frozenset[Key]:
    name, keys = "terminology/observations.yaml", ("observation", "name", "codes")
    listed = shelf.entries(name, "observations", keys, "an observation")
    found: dict[str, frozenset[Key]] = {}
    for fields in listed:
        fields.require("observation", "name", "codes")
        slug = fields.text("observation")
        found[slug] = frozenset(coded(node, fields.noted, shelf.displays)[1] for node in fields.each("codes"))
    if listed and _WEIGHT not in found:
        shelf.faults.append(Fault(name, 0, f"'{_WEIGHT}' is missing{nearest(_WEIGHT, found)}"))
    return found.get(_WEIGHT, frozenset())
