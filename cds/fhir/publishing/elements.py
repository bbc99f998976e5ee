"""FHIR's small data types as JSON: codings, quantities, references, and the parts of an extension."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cds.clinical.code import UCUM
from cds.clinical.quantity import Quantity
from cds.fhir.exact import Element
from cds.fhir.publishing import names


def coding(name: str, code: str, display: str = "") -> Element:
    """A code of one of our own systems."""
    return kept({"system": names.system(name), "code": code, "display": display})


def concept(*codings: Element, text: str = "") -> Element:
    """A CodeableConcept."""
    return kept({"coding": list(codings), "text": text})


def quantity(value: Quantity) -> Element:
    """A quantity with its UCUM code, the value as authored."""
    return ucum(value.value, value.unit.code)


def ucum(value: Decimal | int, code: str) -> Element:
    """A value with a UCUM code."""
    return {"value": value, "unit": code, "system": UCUM, "code": code}


def reference(kind: str, name: str, display: str = "") -> Element:
    """A reference to another resource of the bundle."""
    return kept({"reference": f"{kind}/{name}", "display": display})


def part(url: str, kind: str, value: Any) -> Element:
    """One valued part: ``part("level", "Code", "info")``."""
    return {"url": url, f"value{kind}": value}


def codes(url: str, values: Iterable[str]) -> list[Element]:
    """One part for each of some codes, in a stable order."""
    return [part(url, "Code", value) for value in sorted(values)]


def texts(url: str, *values: str) -> list[Element]:
    """One part for each text that is not empty."""
    return [part(url, "String", value) for value in values if value]


def complex_extension(url: str, parts: Iterable[Element]) -> list[Element]:
    """An extension of parts; none when there are no parts."""
    found = list(parts)
    return [{"url": url, "extension": found}] if found else []


def kept(element: Element) -> Element:
    """Without members that are empty: FHIR allows no empty string, list or object."""
    return {key: value for key, value in element.items() if value is not None and value not in ("", [], {})}
