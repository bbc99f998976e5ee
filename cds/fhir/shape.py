"""Looking into JSON without trusting its shape.

Clients send objects where FHIR has lists, leave out what is required and add what is unknown. Nothing here
raises and nothing is changed: what is not of the kind asked for is as if it were not there. Where that would lose
a dose, the caller looks at the value itself and says what could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Json = Mapping[str, object]

NOTHING: Final[Json] = MappingProxyType({})


def obj(value: object) -> Json:
    """The JSON object, or an empty one."""
    if type(value) is dict:  # told at once; the general question below is a slow one
        return value
    if value is None:
        return NOTHING
    return value if isinstance(value, Mapping) else NOTHING


def objs(value: object) -> list[Json]:
    """The objects of a list; a single object counts as a list of one."""
    if value is None:
        return []
    if type(value) is list:
        return [item for item in value if type(item) is dict or isinstance(item, Mapping)]
    return [value] if isinstance(value, Mapping) else []


def text(value: object) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """The strings of a list; a single string counts as a list of one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def first(of: Json, *names: str) -> object:
    """The first of these members that is there and not null."""
    for name in names:
        value = of.get(name)
        if value is not None:
            return value
    return None


def kind(resource: Json) -> str:
    """The resource's type."""
    return text(resource.get("resourceType"))


def whole(value: object) -> int | None:
    """The whole number, or None: true is not 1, and "1" is not either."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    number = getattr(value, "as_integer_ratio", None)
    if number is None or isinstance(value, float):
        return None
    try:
        top, bottom = number()
    except (ValueError, OverflowError):  # NaN and infinities have no ratio
        return None
    return int(top) if bottom == 1 else None


def reference_of(value: object) -> str:
    """The text of a Reference: ``{"reference": ...}``, or a bare string as some clients write it."""
    if isinstance(value, str):
        return value
    return text(obj(value).get("reference"))


def relative(reference: str) -> str:
    """``Type/id`` of a relative or absolute reference, without version; other references as they are."""
    parts = reference.split("/")
    if len(parts) >= 4 and parts[-2] == "_history":  # noqa: PLR2004 - Type/id/_history/version
        parts = parts[:-2]
    if len(parts) >= 2 and parts[-2][:1].isupper() and parts[-1]:  # noqa: PLR2004 - Type/id
        return f"{parts[-2]}/{parts[-1]}"
    return reference


def each(values: object) -> list[object]:
    """The items of a list, whatever they are; a single object counts as a list of one."""
    if values is None:
        return []
    if isinstance(values, list):
        return values
    return [values] if isinstance(values, Mapping) else []
