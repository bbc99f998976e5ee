"""Reading the parts of an extension. What is not as expected is refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from cds.clinical.code import UCUM
from cds.clinical.quantity import UNITS, Quantity
from cds.fhir.exact import Element

Value = TypeVar("Value")


class NotUnderstood(Exception):
    """Something in a resource cannot be read. The message says what, for a person who edits the bundle."""


def number(value: object) -> Decimal:
    """A JSON number exactly as written."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        message = "a number is missing, or is no number"
        raise NotUnderstood(message)
    return Decimal(value)


def quantity(value: object) -> Quantity:
    """A Quantity in UCUM. Its unit, where it is written, must be the code: two units for one number are refused."""
    if not isinstance(value, Mapping):
        message = "a quantity is missing"
        raise NotUnderstood(message)
    code = value.get("code")
    if value.get("system") != UCUM or code not in UNITS:
        message = f"'{code}' of '{value.get('system')}' is not a UCUM unit we know"
        raise NotUnderstood(message)
    if value.get("unit", code) != code:
        message = f"the unit is '{value['unit']}' and its code '{code}'"
        raise NotUnderstood(message)
    strange = value.keys() - {"value", "unit", "system", "code"}
    if strange:
        message = f"a quantity with '{min(strange)}' is not understood"
        raise NotUnderstood(message)
    return Quantity(number(value.get("value")), UNITS[code])


def coded(concept: object, system: str) -> str:
    """The code of one of our systems in a CodeableConcept; empty when it has none."""
    codings = concept.get("coding", []) if isinstance(concept, Mapping) else []
    found = [each["code"] for each in codings if each.get("system") == system and "code" in each]
    if len(found) > 1:
        message = f"there are several codes of {system}"
        raise NotUnderstood(message)
    return str(found[0]) if found else ""


class Parts:
    """The parts of one extension by name, in their order."""

    def __init__(self, parts: object, name: str) -> None:
        self.name = name
        self.items: list[Element] = (
            [each for each in parts if isinstance(each, dict)] if isinstance(parts, list) else []
        )

    def named(self, url: str) -> list[Element]:
        """The parts with this name."""
        return [each for each in self.items if each.get("url") == url]

    def values(self, url: str, kind: str) -> list[Any]:
        """The values of all parts with this name, each of this type."""
        found = []
        for each in self.named(url):
            if set(each) != {"url", f"value{kind}"}:
                message = f"'{url}' of {self.name} is not one {kind}"
                raise NotUnderstood(message)
            found.append(each[f"value{kind}"])
        return found

    def value(self, url: str, kind: str, default: Value) -> Value:
        """One value, or the default."""
        found = self.values(url, kind)
        if len(found) > 1:
            message = f"'{url}' stands {len(found)} times in {self.name}"
            raise NotUnderstood(message)
        return found[0] if found else default

    def code(self, url: str) -> str:
        """One code; refused when it is absent."""
        found = self.value(url, "Code", "")
        if not found:
            message = f"{self.name} lacks '{url}'"
            raise NotUnderstood(message)
        return found

    def codes(self, url: str) -> frozenset[str]:
        """All codes of one name."""
        return frozenset(self.values(url, "Code"))

    def inside(self, url: str) -> list[Parts]:
        """The parts within each part of this name."""
        return [Parts(each.get("extension"), f"'{url}' of {self.name}") for each in self.named(url)]


def extensions(element: Element, url: str) -> list[Element]:
    """The extensions with this address."""
    return [each for each in element.get("extension", []) if isinstance(each, dict) and each.get("url") == url]


def one_extension(element: Element, url: str, name: str) -> Parts:
    """The parts of the one extension with this address; refused when it is absent or stands twice."""
    found = extensions(element, url)
    if len(found) != 1:
        message = f"there {'is no' if not found else 'are several'} {name} ({url})"
        raise NotUnderstood(message)
    return Parts(found[0].get("extension"), name)
