"""Loads the whole of RxNorm from its release files into one file that the service can look codes up in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from cds.clinical.code import RXNORM
from cds.errors import TerminologyError
from cds.terminology.rxnorm import Drug, ndc11, row, strength
from cds.terminology.rxnorm_files import ARCHIVE, CONSO, REL, RETIRED, SAT, Folder, Say, quiet
from cds.terminology.rxnorm_store import KINDS, RELATIONS, Release, Row, Writer
from cds.terminology.tables import MedicineTables

KNOWN_PAIR: Final = ("483450", "187832")
"""A product and its only ingredient. By it we see that relations are read in the right direction."""

_ATC_LENGTH: Final = 7
_OTHER, _OLD = 1, 2
_STRENGTHS: Final = frozenset({"RXN_STRENGTH", "RXN_AVAILABLE_STRENGTH"})


Check = Callable[[Release], None]


def accept(_: Release) -> None:
    """Find nothing wrong with a release."""


def load(folder: Folder, to: Path, say: Say = quiet, check: Check = accept) -> dict[str, int]:
    """Make the file ``to``, or make it anew; it is replaced in one step when all went well and ``check`` does not
    raise.

    Answers how many rows its tables have. TerminologyError in words otherwise, and ``to`` is as it was.
    """
    with Writer(to) as writer:
        writer.take(_names(folder, say))
        writer.take(_relations(folder, say))
        writer.take(_attributes(folder, say))
        for name in (ARCHIVE, RETIRED):
            if folder.has(name):
                writer.take(_moved(folder, name, say))
        say("working out ingredients and strengths")
        writer.settle()
        writer.take(_component_strengths(writer.components()))
        writer.derive()
        _check_direction(writer)
        writer.state(_product_strengths(writer.unstated()))
        _read_names(writer)
        return writer.finish({"release": folder.release}, check)


def _names(folder: Folder, say: Say) -> Iterator[Row]:
    for found in folder.rows(CONSO, say):
        if found[11] == "RXNORM" and found[12] in KINDS:
            yield "concept", (found[0], found[12], found[14], int(found[16] != "N"))
        elif found[11] == "ATC" and len(found[13]) == _ATC_LENGTH:
            yield "atc", (found[13], found[0])


def _relations(folder: Folder, say: Say) -> Iterator[Row]:
    """Relations of RxNorm's own: the second concept of a row has the relation to the first."""
    for found in folder.rows(REL, say):
        if found[10] == "RXNORM" and found[7] in RELATIONS and found[0] and found[4]:
            yield "edge", (found[4], found[7], found[0])


def _attributes(folder: Folder, say: Say) -> Iterator[Row]:
    """Strengths and NDCs. Of an NDC that sources give to several products, what is current counts before what is
    old, and RxNorm's own word before another's.
    """
    for found in folder.rows(SAT, say):
        what, source, value = found[8], found[9], found[10]
        if what in _STRENGTHS and source == "RXNORM":
            yield "said", (found[0], what, value)
        elif what == "NDC" and (ndc := ndc11(value)):
            rank = (0 if found[11] in ("N", "") else _OLD) + (0 if source == "RXNORM" else _OTHER)
            yield "ndc", (ndc, rank, found[0])


def _moved(folder: Folder, name: str, say: Say) -> Iterator[Row]:
    """Retired codes and what took their place. A code that was split into several has no one place."""
    for found in folder.rows(name, say):
        if name == RETIRED:
            old, new = found[0], found[4] if found[3] == "1" else ""
        else:
            old, new = (found[12], found[15]) if found[13] == "RXNORM" and found[14] in KINDS else ("", "")
        if old and new and old != new:
            yield "moved", (old, new)


def _component_strengths(components: Iterable[tuple[str, ...]]) -> Iterator[Row]:
    """The strength at the end of a component's name. Where the release states another beside it, neither counts."""
    for rxcui, name, stated in components:
        spoken, other = strength(" ".join(name.split()[-2:])), strength(stated)
        if spoken[0] and other[0] and spoken != other:
            continue
        amount, per = spoken if spoken[0] else other
        if amount:
            yield "strength", (rxcui, amount, per)


def _product_strengths(products: Iterable[tuple[str, ...]]) -> list[tuple[str, str, str, str]]:
    found = ((drug, ingredient, *strength(stated)) for drug, ingredient, stated in products)
    return [entry for entry in found if entry[2]]


def _check_direction(writer: Writer) -> None:
    product, ingredient = KNOWN_PAIR
    found = writer.parts_of(product)
    if found == {ingredient}:
        return
    if not found and writer.leads(ingredient, product):
        raise TerminologyError(
            f"{REL} is read the wrong way round: its relations lead from ingredients to products. Its columns are not "
            "those of RxNorm's release files."
        )
    raise TerminologyError(
        f"The release does not say that the product {product} consists of the ingredient {ingredient}, by which we "
        "check that it is read right. Is the download whole, and is it RxNorm?"
    )


def _read_names(writer: Writer) -> None:
    """Old products of which only the name is left: RxNorm's names follow one pattern, so the name tells the rest."""
    for rxcui, name in list(writer.orphans()):
        parts: list[Row] = []
        texts, form = in_name(name)
        for ingredient, stated in texts:
            found = writer.named(ingredient, "IN", "PIN")
            if not found:
                break
            parts.append(("part", (rxcui, found, ingredient, *strength(stated))))
        else:
            writer.take([*parts, ("form", (rxcui, form))] if parts else [])


def in_name(name: str) -> tuple[list[tuple[str, str]], str]:
    """``10 ML a 5 MG/ML / b 2 MG/ML Injection [X]``: each ingredient with its strength, and the form. Nothing where
    the name does not follow the pattern.
    """
    plain = name.partition(" [")[0]
    parts: list[tuple[str, str]] = []
    form = ""
    texts = plain.split(" / ")
    for at, text in enumerate(texts):
        words = text.split()
        figures = [i for i in range(len(words) - 1) if _is_number(words[i]) and words[i + 1].isupper()]
        # "10 ML", "24 HR" and what stands before them are of the whole product, not of its first ingredient.
        if at == 0 and len(figures) > 1 and words[figures[0] + 1] in _QUANTITIES:
            words = words[figures[0] + 2 :]
            figures = [i - figures[0] - 2 for i in figures[1:]]
        figure = figures[0] if figures else 0
        rest = " ".join(words[figure + 2 :])
        if not figure or bool(rest) is not (at == len(texts) - 1):
            return [], ""
        parts.append((" ".join(words[:figure]), " ".join(words[figure : figure + 2])))
        form = rest
    return parts, form


_QUANTITIES: Final = frozenset({"ML", "HR", "ACTUAT", "MG", "L"})


def _is_number(word: str) -> bool:
    return word.isascii() and word.replace(".", "", 1).isdigit()


def disagreements(release: Release, tables: MedicineTables, covered: frozenset[str]) -> list[str]:
    """Where a release says other than our tables of a product with a covered ingredient: other ingredients, or
    another strength where both know one. Our tables are what is used, so this has to be settled by a person.
    """
    found: list[str] = []
    for (system, code), ours in tables.products.items():
        names = {component.ingredient for component in ours.components}
        if system != RXNORM or not names & covered:
            continue
        drug = release.by_rxcui(code)
        if drug is not None and (words := _differs(drug, tables, code)):
            found.append(words)
    for (system, code), slug in tables.ingredients.items():
        drug = release.by_rxcui(code) if system == RXNORM and slug in covered else None
        if drug is not None and {part.rxcui for part in drug.parts} != {code} and not _is_known(drug, tables, slug):
            found.append(f"RxCUI {code} is '{slug}' in the tables, and another ingredient in the release")
    return found


def _is_known(drug: Drug, tables: MedicineTables, slug: str) -> bool:
    return {component.ingredient for component in row(drug, tables).components} == {slug}


def _differs(drug: Drug, tables: MedicineTables, code: str) -> str:
    ours = {c.ingredient: c.strength for c in tables.products[RXNORM, code].components}
    theirs = {c.ingredient: c.strength for c in row(drug, tables).components}
    for slug in tables.diluents:
        ours.pop(slug, None)
        theirs.pop(slug, None)
    if set(ours) != set(theirs):
        return (
            f"RxCUI {code}: the tables say it holds {', '.join(sorted(ours))}, the release "
            f"{', '.join(sorted(theirs)) or 'nothing'}"
        )
    for slug, stated in sorted(ours.items()):
        other = theirs[slug]
        if stated is not None and other is not None and stated != other:
            return (
                f"RxCUI {code}: the tables say {slug} {stated.amount} per {stated.per}, the release "
                f"{other.amount} per {other.per}"
            )
    return ""
