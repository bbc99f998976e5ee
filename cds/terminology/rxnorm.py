"""A drug as RxNorm describes it, and how it becomes a row of our tables.

Whatever tells us of a code (a loaded release, a REST source) tells it as a ``Drug``. Ingredients that our tables
know get our slug; others get one made of their name, so that they are known apart, although no statement speaks
of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cds.clinical.code import NDC, RXNORM
from cds.clinical.order import Strength
from cds.clinical.quantity import quantity
from cds.terminology.model import Component
from cds.terminology.names import form_of
from cds.terminology.tables import Key, MedicineTables, OtherCodes, ProductRow
from cds.terminology.words import tokens

_AMOUNTS: Final = {"G": "g", "MG": "mg", "MCG": "ug", "UG": "ug", "NG": "ng"}
_PER: Final = {"ML": "mL", "L": "L", "MG": "mg", "G": "g", "ACTUAT": "{actuat}"}
_STRENGTH: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ([A-Z]{1,3})(?:/([A-Z]{1,6}))?", re.ASCII)
_RXCUI: Final = re.compile(r"[1-9][0-9]{0,7}", re.ASCII)
_NDC_PARTS: Final = ((4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2))
_NDC_LENGTH: Final = 11
_ONE: Final = "1"


@dataclass(frozen=True, slots=True)
class Part:
    """One ingredient: its RxCUI and name, and how much of it is in how much. ``amount`` and ``per`` are quantities
    in UCUM (``25 mg``, ``1 mL``), both empty where the strength is not a mass or not known.
    """

    rxcui: str
    name: str
    amount: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True)
class Drug:
    """What a code stands for: the name RxNorm gives it, the words of its dose form, and its ingredients."""

    name: str
    form: str
    parts: tuple[Part, ...]


def strength(text: str) -> tuple[str, str]:
    """``50 MG/ML`` as amount and per; two empty texts where it is not a mass in a product, a volume or a mass.

    A strength per hour (of a patch) is a rate and is not one of these.
    """
    match = _STRENGTH.fullmatch(text.strip())
    if match is None or match[2] not in _AMOUNTS or (match[3] and match[3] not in _PER):
        return "", ""
    per = f"1 {_PER[match[3]]}" if match[3] else _ONE
    return f"{_plain(match[1])} {_AMOUNTS[match[2]]}", per


def _plain(number: str) -> str:
    """A number written one way only, so that equal strengths are equal texts: 25, not 25.0 or 025."""
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")


def ndc11(code: str) -> str:
    """An NDC as its eleven digits; empty where it cannot be told which digits are the labeler's, product's and
    package's: ten digits without hyphens are read in three ways.
    """
    groups = code.strip().split("-")
    if not all(group.isascii() and group.isdigit() for group in groups):
        return ""
    if len(groups) == 1:
        digits = groups[0]
        if len(digits) == _NDC_LENGTH + 1 and digits[0] == "0":  # one source pads to twelve
            digits = digits[1:]
        return digits if len(digits) == _NDC_LENGTH else ""
    if tuple(len(group) for group in groups) not in _NDC_PARTS:
        return ""
    return "".join(group.zfill(size) for group, size in zip(groups, _NDC_PARTS[-1], strict=True))


def askable(key: Key) -> bool:
    """Whether a code has the shape of one that RxNorm could know: only such a code is looked up or sent."""
    system, code = key
    return bool(_RXCUI.fullmatch(code)) if system == RXNORM else system == NDC and bool(ndc11(code))


def row(drug: Drug, tables: MedicineTables) -> ProductRow:
    """A drug in our words."""
    form = form_of(tokens(drug.form), tables)
    seen: dict[str, list[Component]] = {}
    for part in drug.parts:
        slug = slug_of(part.rxcui, part.name, tables)
        seen.setdefault(slug, []).append(Component(slug, _strength(part)))
    # Two salts of one ingredient in one product have no strength that is one figure.
    components = tuple(found[0] if len(found) == 1 else Component(slug) for slug, found in sorted(seen.items()))
    return ProductRow(drug.name, components, form)


def slug_of(rxcui: str, name: str, tables: MedicineTables) -> str:
    """Our slug of an ingredient: by its code, by its whole name, else made of the name."""
    known = tables.ingredients.get((RXNORM, rxcui))
    if known:
        return known
    spoken = tables.spoken.whole(name)
    if spoken is not None and len(spoken) == 1:
        return next(iter(spoken))
    return "-".join(token.word for token in tokens(name)) or f"rxnorm-{rxcui}"


def _strength(part: Part) -> Strength | None:
    if not part.amount:
        return None
    return Strength(quantity(part.amount), quantity(part.per if part.per != _ONE else f"{_ONE} {_ONE}"))


class Found:
    """Codes that were asked for one review, before another source of codes."""

    def __init__(self, rows: Mapping[Key, ProductRow], then: OtherCodes | None = None) -> None:
        self._rows = dict(rows)
        self._then = then

    def row(self, key: Key) -> ProductRow | None:
        """The product of a code."""
        found = self._rows.get(key)
        return found if found is not None or self._then is None else self._then.row(key)
