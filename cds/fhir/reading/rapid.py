"""Whether an order asks for a rapid push: by its route or method code, or in words."""

from __future__ import annotations

from typing import Final

from cds.clinical.code import SNOMED, Concept

_ROUTE: Final = "IVRPUSH"
"""HL7 RouteOfAdministration: injection, intravenous, rapid push."""
_METHOD: Final = (SNOMED, "420620005")
"""Push - rapid (method)."""
_FAST: Final = frozenset({"rapid", "rapidly", "fast", "quick", "quickly"})
_PUSHED: Final = frozenset({"push", "pushed", "bolus", "inject", "injected", "injection", "ivp"})
_NOT: Final = frozenset({"not", "no", "avoid", "never", "without", "don't"})


def is_rapid(route: Concept, method: Concept, *words: str) -> bool:
    """Whether any of it says so. Words with a "not" in them are not read as if they did."""
    coded = any(one.code == _ROUTE for one in route.codings)
    coded = coded or any((one.system, one.code) == _METHOD for one in method.codings)
    return coded or any(_says(part) for part in (method.text, route.text, *words))


def _says(words: str) -> bool:
    found = {word.strip(".,;:()") for word in words.lower().replace("-", " ").split()}
    return bool(found & _FAST and found & _PUSHED) and not found & _NOT
