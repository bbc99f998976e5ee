"""Medicines in free text: which ingredients are named, how strong, in what form."""

from __future__ import annotations

from dataclasses import dataclass

from cds.terminology.model import Component
from cds.terminology.strengths import assigned, figures, strength_of
from cds.terminology.tables import MedicineTables
from cds.terminology.words import Match, Token, fenced, tokens


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says of a medicine. ``problem`` in words where a name is there and the product is not clear."""

    components: tuple[Component, ...] = ()
    form: str = ""
    diluted: bool = False
    problem: str = ""

    @property
    def ingredients(self) -> frozenset[str]:
        """Slugs of the ingredients named."""
        return frozenset(component.ingredient for component in self.components)


def read(text: str, tables: MedicineTables, form: str = "") -> Said:
    """The ingredients a text names, with strengths. ``form`` is used where it is known from elsewhere."""
    found = tokens(text)
    words = {token.word for token in found}
    free, tied = fenced(tables.spoken.find(found), found)
    diluted = bool(words & tables.diluted) or any(match.value <= tables.diluents for match in free)
    numbers = figures(text)
    if words & tables.no_product and not numbers:
        return Said(diluted=diluted)
    form = form or form_of(found, tables)
    if _unsettled(found, free, tables) or any(not match.value <= tables.diluents for match in tied):
        return Said((), form, diluted, "the text names a medicine but not which product is meant")
    own = assigned([(match.start, match.end) for match in free], numbers)
    components: dict[str, Component] = {}
    for match, figure in zip(free, own, strict=True):
        for slug in sorted(match.value - tables.diluents):
            single = figure is not None and len(match.value) == 1
            strength = strength_of(figure, tables.forms.get(form)) if figure is not None and single else None
            if slug not in components or components[slug].strength is None:
                components[slug] = Component(slug, strength)
    return Said(tuple(components.values()), form, diluted)


def _unsettled(found: tuple[Token, ...], free: list[Match[frozenset[str]]], tables: MedicineTables) -> bool:
    """Whether a text offers one medicine or another, or says that one is not meant."""
    active = [match for match in free if not match.value <= tables.diluents]
    if len({match.value for match in active}) > 1 and any(token.word in tables.alternatives for token in found):
        return True
    return any(
        token.word in tables.negations for match in active for token in found[max(0, match.first - 2) : match.first]
    )


def form_of(found: tuple[Token, ...], tables: MedicineTables) -> str:
    """The dose form a text names; empty when it names none or several."""
    forms = {match.value for match in tables.form_words.find(found)}
    return forms.pop() if len(forms) == 1 else ""


def named(text: str, tables: MedicineTables) -> frozenset[str]:
    """Every ingredient a text names, whatever else it says: what an allergy list needs."""
    free, _ = fenced(tables.spoken.find(tokens(text)), tokens(text))
    return frozenset(slug for match in free for slug in match.value)
