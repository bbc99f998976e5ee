"""Reads the tables of medicines: ingredients, other names, products, forms, diluents and classes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache

from cds.clinical.code import ATC, RXNORM, SNOMED
from cds.clinical.order import Strength
from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge.codes import VERIFIED, snomed_digit_fits
from cds.knowledge.fields import Fields, Noted, nearest
from cds.knowledge.shelf import Shelf
from cds.knowledge.vocabulary import ROUTES, SLUG
from cds.terminology.model import Component, Named
from cds.terminology.tables import Form, Key, MedicineTables, ProductRow
from cds.terminology.words import Phrases, words

_INGREDIENTS = ("slug", "name", "rxnorm", "atc", "snomed", "synonyms", "verified")
_NAMES = ("name", "ingredients", "origin")
_PRODUCTS = ("code", "display", "ingredients", "per", "form", "brand", "verified")
_MEASURED = frozenset({"volume", "mass"})
Row = dict[str, str]


def read_medicines(shelf: Shelf) -> MedicineTables:
    """The medicines' tables."""
    spoken: dict[tuple[str, ...], frozenset[str]] = {}
    diluents, diluted = _diluents(shelf, spoken)
    slugs, codes = _ingredients(shelf, spoken)
    _other_names(shelf, spoken, slugs)
    forms, form_words = _forms(shelf)

    def pick(key: str) -> frozenset[str]:
        return frozenset(shelf.words.words(key)) if shelf.words else frozenset()

    return MedicineTables(
        ingredients=codes,
        products=_products(shelf, slugs, forms),
        spoken=Phrases(spoken),
        forms=forms,
        form_words=form_words,
        diluents=diluents,
        diluted=diluted,
        alternatives=pick("alternatives"),
        negations=pick("negations"),
        no_product=pick("not-a-product"),
        classes=_classes(shelf, slugs),
    )


def _rows(shelf: Shelf, name: str, columns: tuple[str, ...]) -> Iterator[tuple[int, Row, Noted]]:
    text, noted = shelf.text(name)
    reader = csv.reader(io.StringIO(text))
    head = next(reader, [])
    if tuple(head) != columns:
        noted.at(1, f"the columns should be {', '.join(columns)}")
        return
    for row in reader:
        if len(row) != len(columns):
            noted.at(reader.line_num, f"{len(row)} columns instead of {len(columns)}")
        else:
            yield reader.line_num, dict(zip(columns, row, strict=True)), noted


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _ingredients(shelf: Shelf, spoken: dict[tuple[str, ...], frozenset[str]]) -> tuple[frozenset[str], dict[Key, str]]:
    slugs: set[str] = set()
    codes: dict[Key, str] = {}
    for line, row, noted in _rows(shelf, "terminology/ingredients.csv", _INGREDIENTS):
        slug = row["slug"]
        if not SLUG.fullmatch(slug):
            noted.at(line, f"'{slug}' is not a slug: lower case letters, digits and hyphens")
        if slug in slugs:
            noted.at(line, f"'{slug}' stands here a second time")
        if row["verified"] and row["verified"] not in VERIFIED:
            noted.at(line, f"'{row['verified']}' does not say how a code was checked")
        slugs.add(slug)
        shelf.name(Named(slug, row["name"]))
        for system, column in ((RXNORM, "rxnorm"), (ATC, "atc"), (SNOMED, "snomed")):
            for code in _split(row[column]):
                if system == SNOMED and not snomed_digit_fits(code):
                    noted.at(line, f"'{code}' has a wrong check digit: a figure is mistyped")
                owner = codes.setdefault((system, code), slug)
                if owner != slug:
                    noted.at(line, f"'{code}' already stands for '{owner}'")
        for name in (row["name"], slug, *_split(row["synonyms"])):
            _speak(spoken, name, frozenset({slug}), line, noted)
    return frozenset(slugs), codes


def _speak(
    spoken: dict[tuple[str, ...], frozenset[str]], name: str, slugs: frozenset[str], line: int, noted: Noted
) -> None:
    phrase = words(name)
    before = spoken.setdefault(phrase, slugs)
    if before != slugs:
        noted.at(line, f"the name '{name}' already stands for {', '.join(sorted(before))}")


def _other_names(shelf: Shelf, spoken: dict[tuple[str, ...], frozenset[str]], known: frozenset[str]) -> None:
    for line, row, noted in _rows(shelf, "terminology/names.csv", _NAMES):
        slugs = frozenset(_split(row["ingredients"]))
        if not slugs:
            noted.at(line, f"'{row['name']}' lacks its ingredients")
        for slug in sorted(slugs - known):
            noted.at(line, f"'{slug}' is not an ingredient{nearest(slug, known)}")
        if not row["origin"]:
            noted.at(line, f"'{row['name']}' lacks its origin: a document, or 'outside'")
        _speak(spoken, row["name"], slugs, line, noted)


@cache
def _amount(text: str) -> Quantity:
    number, _, code = text.partition(" ")
    return Quantity(Decimal(number), UNITS[code or "1"])


@cache
def _strength(amount: str, per: str) -> Strength:
    return Strength(_amount(amount), _amount(per))


def _products(shelf: Shelf, known: frozenset[str], forms: dict[str, Form]) -> dict[Key, ProductRow]:
    products: dict[Key, ProductRow] = {}
    for line, row, noted in _rows(shelf, "terminology/products.csv", _PRODUCTS):
        components: list[Component] = []
        for part in row["ingredients"].split(";"):
            slug, _, amount = part.partition("=")
            if slug not in known:
                noted.at(line, f"'{slug}' is not an ingredient{nearest(slug, known)}")
            try:
                components.append(Component(slug, _strength(amount, row["per"]) if amount else None))
            except (KeyError, InvalidOperation):
                noted.at(line, f"'{amount}' per '{row['per']}' is not a strength")
        if row["form"] and row["form"] not in forms:
            noted.at(line, f"'{row['form']}' is not a form{nearest(row['form'], forms)}")
        if row["verified"] not in VERIFIED:
            noted.at(line, f"'{row['verified']}' does not say how a code was checked")
        if (RXNORM, row["code"]) in products:
            noted.at(line, f"the code {row['code']} stands here a second time")
        products[RXNORM, row["code"]] = ProductRow(row["display"], tuple(components), row["form"])
    return products


def _forms(shelf: Shelf) -> tuple[dict[str, Form], Phrases[str]]:
    forms: dict[str, Form] = {}
    spoken: dict[tuple[str, ...], str] = {}
    keys = ("form", "name", "counted", "measured", "route", "words")
    for fields in shelf.entries("terminology/forms.yaml", "forms", keys, "a form"):
        fields.require("form", "name", "words")
        slug, measured = fields.text("form"), fields.text("measured")
        if measured and measured not in _MEASURED:
            fields.fault("measured", "'measured' is 'volume' or 'mass'")
        if fields.text("route") and fields.text("route") not in ROUTES:
            fields.fault("route", f"'{fields.text('route')}' is not a route{nearest(fields.text('route'), ROUTES)}")
        forms[slug] = Form(slug, fields.text("route"), fields.text("counted"), measured)
        shelf.name(Named(slug, fields.text("name")))
        for word in fields.scalars("words"):
            if spoken.setdefault(words(word.text), slug) != slug:
                fields.noted.at(word, f"'{word.text}' already stands for '{spoken[words(word.text)]}'")
    return forms, Phrases(spoken)


def _diluents(shelf: Shelf, spoken: dict[tuple[str, ...], frozenset[str]]) -> tuple[frozenset[str], frozenset[str]]:
    page = shelf.page("terminology/diluents.yaml", ("diluents", "diluted"))
    if page is None:
        return frozenset(), frozenset()
    slugs: set[str] = set()
    for node in page.each("diluents"):
        fields = Fields(node, page.noted, ("diluent", "name", "words"), "a diluent")
        fields.require("diluent", "name", "words")
        slug = fields.text("diluent")
        slugs.add(slug)
        shelf.name(Named(slug, fields.text("name")))
        for word in fields.words("words"):
            spoken[words(word)] = frozenset({slug})
    return frozenset(slugs), frozenset(page.words("diluted"))


def _classes(shelf: Shelf, known: frozenset[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for stem, page in shelf.pages("classes", ("class", "name", "named-by", "outside", "atc", "members")):
        page.require("class", "name", "named-by", "members")
        slug = page.text("class")
        if slug != stem:
            page.fault("class", f"the class is '{slug}' and the file '{stem}'")
        shelf.name(Named(slug, page.text("name")))
        shelf.outside[slug] = page.text("outside")
        for node in page.each("members"):
            fields = Fields(node, page.noted, ("ingredient", "verified", "note"), "a member")
            fields.require("ingredient", "verified")
            fields.chosen("verified", VERIFIED, "how a code was checked")
            ingredient = fields.text("ingredient")
            if ingredient not in known:
                fields.fault("ingredient", f"'{ingredient}' is not an ingredient{nearest(ingredient, known)}")
            if slug in found.setdefault(ingredient, set()):
                fields.fault("ingredient", f"'{ingredient}' stands here a second time")
            found[ingredient].add(slug)
    return {ingredient: frozenset(classes) for ingredient, classes in found.items()}
