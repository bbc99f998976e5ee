"""Classes and conditions as ValueSets: by their members' RxNorm codes, and by the codes, words and observations that
stand for a condition. A service that loads the bundle recognises by these, not by its own tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from cds.clinical.code import ICD10, ICD10CM, RXNORM
from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.codes import Codes, dotted
from cds.fhir.publishing.elements import complex_extension, kept, part, quantity
from cds.fhir.publishing.narrative import narrative
from cds.terminology.model import Evidence, Recognised
from cds.terminology.tables import Key

MARK: Final = names.extension("condition-mark")
WORD: Final = names.extension("condition-word")
VALID: Final = names.extension("valid-days")
OBSERVATION: Final = names.extension("condition-observation")
_ICD: Final = frozenset({ICD10, ICD10CM})


def value_sets(codes: Codes, classes: list[str], conditions: list[str], version: str) -> list[Element]:
    """The value sets of classes, then of conditions."""
    return [
        *(_class(codes, name, version) for name in classes),
        *(_condition(codes, name, version) for name in conditions),
    ]


def _value_set(codes: Codes, sort: str, slug: str, version: str, rest: Element) -> Element:
    name = codes.name(slug)
    outside = codes.tables.outside.get(slug, "")
    return kept(
        {
            "resourceType": "ValueSet",
            "id": f"{sort}-{slug}",
            "text": narrative(name, [f"{sort.capitalize()} '{slug}' of the knowledge.", outside]),
            "extension": rest.get("extension", []),
            "url": names.value_set(f"{sort}-{slug}"),
            "version": version,
            "name": "".join(word.capitalize() for word in (sort, *slug.split("-"))),
            "title": name,
            "status": "active",
            "experimental": False,
            "purpose": outside,
            "compose": rest["compose"],
        }
    )


def members(codes: Codes, name: str) -> list[str]:
    """The ingredients of a class."""
    return sorted(slug for slug, classes in codes.tables.medicines.classes.items() if name in classes)


def _class(codes: Codes, slug: str, version: str) -> Element:
    """Members by RxNorm; by our own code where the installed table knows no RxNorm code."""
    coded: list[Element] = []
    own: list[Element] = []
    for member in members(codes, slug):
        row = {"display": codes.name(member)}
        rxnorm = codes.of(member, RXNORM)
        coded += [{"code": code, **row} for code in rxnorm]
        own += [] if rxnorm else [{"code": member, **row}]
    include = [
        {"system": system, "concept": concepts}
        for system, concepts in ((RXNORM, coded), (names.system("ingredient"), own))
        if concepts
    ]
    return _value_set(codes, "class", slug, version, {"compose": {"include": include}})


def _condition(codes: Codes, slug: str, version: str) -> Element:
    rows = list(_coded(codes, slug))
    named = codes.tables.names.get(slug)
    first = named.code[:2] if named and named.code else None
    # The code the condition is written with comes first.
    rows.sort(key=lambda row: (row[0] != first, first is not None and row[0][0] != first[0]))
    include = [
        _include(codes, system, [(key[1], mark) for key, mark in group])
        for system, group in groupby(rows, key=lambda row: row[0][0])
    ]
    return _value_set(
        codes, "condition", slug, version, {"extension": list(_extensions(codes, slug)), "compose": {"include": [
            each for group in include for each in group
        ]}}
    )  # fmt: skip


def _coded(codes: Codes, slug: str) -> Iterator[tuple[Key, Recognised]]:
    tables = codes.tables.conditions
    for key, found in tables.codes.items():
        yield from ((key, each) for each in found if each.condition == slug)
    for system, prefixes in tables.prefixes.items():
        for code, found in prefixes.items():
            yield from (((system, code), each) for each in found if each.condition == slug)


def _include(codes: Codes, system: str, rows: list[tuple[str, Recognised]]) -> list[Element]:
    """Codes as a list; an ICD code with everything below it as a filter of its own, for filters of one include must
    all hold.
    """
    if system not in _ICD:
        return [{"system": system, "concept": [_concept(codes, system, code, mark) for code, mark in rows]}]
    return [
        {"system": system, "filter": [kept({"extension": _mark(mark), "property": "concept", "op": "is-a",
                                            "value": dotted(system, code)})]}
        for code, mark in rows
    ]  # fmt: skip


def _concept(codes: Codes, system: str, code: str, mark: Recognised) -> Element:
    display = codes.tables.displays.get((system, code), "")
    return kept({"extension": _mark(mark), "code": code, "display": display})


def _mark(mark: Recognised) -> list[Element]:
    """What a code itself says of the condition: severity, course, a past event, a suspicion."""
    coded = [part(url, "Code", said) for url, said in (("severity", mark.severity), ("course", mark.course)) if said]
    flags = [part(url, "Boolean", True) for url, on in (("history", mark.history), ("doubtful", mark.doubtful)) if on]
    return complex_extension(MARK, [*coded, *flags])


def _extensions(codes: Codes, slug: str) -> Iterator[Element]:
    tables = codes.tables.conditions
    for words, found in tables.spoken.known.items():
        for mark in found:
            if mark.condition == slug:
                inner = [each for ext in _mark(mark) for each in ext["extension"]]
                yield from complex_extension(WORD, [part("word", "String", " ".join(words)), *inner])
    if slug in tables.valid:
        yield {"url": VALID, "valuePositiveInt": tables.valid[slug]}
    seen: set[Evidence] = set()
    for entries in tables.evidence.values():
        for entry in entries:
            if entry.condition == slug and entry not in seen:
                seen.add(entry)
                yield from complex_extension(OBSERVATION, _evidence(entry))


def _evidence(entry: Evidence) -> Iterator[Element]:
    for url, keys in (("code", entry.codes), ("present", entry.present), ("absent", entry.absent)):
        yield from (part(url, "String", f"{system}|{code}") for system, code in sorted(keys))
    for url, said in (("present-word", entry.present_words), ("absent-word", entry.absent_words)):
        yield from (part(url, "String", " ".join(words)) for words in sorted(said))
    for url, amount in (("below", entry.below), ("above", entry.above)):
        if amount:
            yield part(url, "Quantity", quantity(amount))
    if entry.valid_days:
        yield part("valid-days", "PositiveInt", entry.valid_days)
