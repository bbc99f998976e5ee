"""Reads routes and settings."""

from __future__ import annotations

from cds.knowledge.codes import coded
from cds.knowledge.fields import Fields
from cds.knowledge.shelf import Shelf
from cds.knowledge.vocabulary import ROUTES, SETTINGS
from cds.terminology.model import Named
from cds.terminology.tables import Key, PlaceTables
from cds.terminology.words import Phrases, words

_ROUTE = ("route", "name", "codes", "words", "exact")
_SETTING = ("setting", "name", "classes", "codes", "words", "exact", "reasons")


def read_places(shelf: Shelf) -> PlaceTables:
    """The tables of routes and settings."""
    routes: dict[Key, str] = {}
    route_words: dict[tuple[str, ...], str] = {}
    route_exact: dict[str, str] = {}
    for fields in shelf.entries("terminology/routes.yaml", "routes", _ROUTE, "a route"):
        slug = _slug(shelf, fields, "route", ROUTES)
        _codes(shelf, fields, slug, routes)
        _words(fields, slug, route_words)
        _exact(fields, slug, route_exact)
    classes: dict[str, str] = {}
    places: dict[Key, str] = {}
    place_words: dict[tuple[str, ...], str] = {}
    place_exact: dict[str, str] = {}
    reason_words: dict[tuple[str, ...], str] = {}
    for fields in shelf.entries("terminology/settings.yaml", "settings", _SETTING, "a setting"):
        slug = _slug(shelf, fields, "setting", SETTINGS)
        for code in fields.words("classes"):
            if classes.setdefault(code.casefold(), slug) != slug:
                fields.fault("classes", f"'{code}' already stands for '{classes[code.casefold()]}'")
        _codes(shelf, fields, slug, places)
        _words(fields, slug, place_words)
        _words(fields, slug, reason_words, "reasons")
        _exact(fields, slug, place_exact)
    return PlaceTables(
        routes,
        Phrases(route_words),
        route_exact,
        classes,
        places,
        Phrases(place_words),
        place_exact,
        Phrases(reason_words),
    )


def _slug(shelf: Shelf, fields: Fields, key: str, allowed: frozenset[str]) -> str:
    fields.require(key, "name", "words")
    slug = fields.text(key)
    if slug and slug not in allowed:
        fields.fault(key, f"'{slug}' is not a {key} that statements can name")
    shelf.name(Named(slug, fields.text("name")))
    return slug


def _codes(shelf: Shelf, fields: Fields, slug: str, table: dict[Key, str]) -> None:
    for node in fields.each("codes"):
        code, key = coded(node, fields.noted, shelf.displays)
        if table.setdefault(key, slug) != slug:
            code.fault("code", f"'{key[1]}' already stands for '{table[key]}'")


def _words(fields: Fields, slug: str, table: dict[tuple[str, ...], str], key: str = "words") -> None:
    for word in fields.scalars(key):
        if table.setdefault(words(word.text), slug) != slug:
            fields.noted.at(word, f"'{word.text}' already stands for '{table[words(word.text)]}'")


def _exact(fields: Fields, slug: str, table: dict[str, str]) -> None:
    for word in fields.scalars("exact"):
        if table.setdefault(word.text.casefold(), slug) != slug:
            fields.noted.at(word, f"'{word.text}' already stands for '{table[word.text.casefold()]}'")
