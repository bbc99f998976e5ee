"""What of a resource was not read: it is published once more from what was read, and compared.

A difference that cannot change a judgement (narrative, names for people, who published it) is told as ignored. Any
other is refused: an element that nothing here understands may be the very one that matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cds.fhir.exact import Element

IGNORED: Final = frozenset(
    {
        "text", "meta", "language", "display", "publisher", "contact", "copyright", "copyrightLabel", "jurisdiction",
        "date", "approvalDate", "lastReviewDate", "effectivePeriod", "useContext", "author", "editor", "reviewer",
        "endorser", "recorded", "occurredDateTime", "agent", "signature",
    }
)  # fmt: skip
"""Elements for people and archives. Whatever they hold, no card changes."""

# Read on their own terms: a bound may name a figure or repeat it, texts may state more figures than they must, and
# statements may have gaps between their places.
_FREE: Final = frozenset({"above", "from", "below", "up-to", "set", "states", "position"})
_SHORT: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that is not as it would be published. ``given`` and ``ours`` are None where it is absent."""

    path: str
    given: Any
    ours: Any

    @property
    def harmless(self) -> bool:
        """Whether no judgement can depend on it."""
        names = self.path.replace("]", "").replace("[", ".").split(".")
        return any(name in IGNORED for name in names) or (names[-1] == "id" and self.ours is None)

    def __str__(self) -> str:
        if self.harmless:
            return f"{self.path} is ignored: it is for people, and changes no card"
        if self.ours is None:
            return f"{self.path} ({_shown(self.given)}) is not understood, and might change a judgement"
        if self.given is None:
            return f"{self.path} is missing: what was read asks for {_shown(self.ours)}"
        return f"{self.path} is {_shown(self.given)}, and what was read asks for {_shown(self.ours)}"


def differences(given: Any, ours: Any, path: str) -> Iterator[Difference]:
    """Every difference between a resource and the same resource published from what was read."""
    if given == ours:
        return
    if isinstance(given, dict) and isinstance(ours, dict):
        for key in [*ours, *(key for key in given if key not in ours)]:
            yield from differences(given.get(key), ours.get(key), f"{path}.{key}" if path else key)
    elif isinstance(given, list) and isinstance(ours, list):
        yield from _lists(_bound(given), _bound(ours), path)
    else:
        yield Difference(path, given, ours)


def _bound(items: list[Any]) -> list[Any]:
    return [each for each in items if not (isinstance(each, dict) and each.get("url") in _FREE)]


def _lists(given: list[Any], ours: list[Any], path: str) -> Iterator[Difference]:
    by_name, ours_by_name = _by_name(given), _by_name(ours)
    if by_name is not None and ours_by_name is not None:
        for name in [*ours_by_name, *(name for name in by_name if name not in ours_by_name)]:
            where = f"{path}[{name.replace('.', '/')}]"
            yield from differences(by_name.get(name), ours_by_name.get(name), where)
        return
    for index in range(max(len(given), len(ours))):
        one = given[index] if index < len(given) else None
        other = ours[index] if index < len(ours) else None
        yield from differences(one, other, f"{path}[{index}]")


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """The items by their id, reference or code where each has one of its own: their order then means nothing."""
    found = {}
    for item in items:
        name = isinstance(item, dict) and (item.get("id") or item.get("reference") or item.get("code"))
        if not isinstance(name, str) or "system" in item:
            return None
        found[name] = item
    return found if len(found) == len(items) else None


def _shown(value: Any) -> str:
    if isinstance(value, dict) and "url" in value:
        return f"the extension {value['url']}"
    text = str(value)
    return f"'{text}'" if len(text) <= _SHORT else f"'{text[:_SHORT]}...'"


def resource_differences(given: Element, ours: Element) -> list[Difference]:
    """The differences of one resource, outermost first."""
    return list(differences(given, ours, ""))
