"""What is ordered: the product behind codes, listed ingredients and text.

A product code says most and is believed first. Ingredients that the order lists come next, then a code of the
ingredient alone (with what the text adds of strength and form), then the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from cds.clinical.code import Concept
from cds.clinical.order import Ingredient, Medication, Strength
from cds.clinical.quantity import MASS, VOLUME, Quantity, unit
from cds.terminology.model import Component, Product
from cds.terminology.names import Said, form_of, named, read
from cds.terminology.strengths import sound
from cds.terminology.tables import Key, MedicineTables, ProductRow
from cds.terminology.words import tokens

CODE, LISTED, NAME = "code", "ingredients", "name"
_MG, _ML, _PER_ML = unit("mg"), unit("mL"), unit("mg/mL")


def product(medication: Medication, tables: MedicineTables) -> Product:
    """What a medication is."""
    row = _row(medication.concept, tables)
    form = (row.form if row else "") or _form(medication.form, tables)
    said = _said(medication.concept, tables, form)
    form = form or said.form
    listed, diluents = _listed(medication, tables, form)
    coded = row.components if row else tuple(Component(slug) for slug in _ingredient_codes(medication.concept, tables))
    components, by = _chosen(coded, listed, said)
    doubtful = _differing(coded, said)
    components = tuple(Component(one.ingredient) if one.ingredient in doubtful else one for one in components)
    components = tuple(c for c in components if c.ingredient not in tables.diluents)
    problem = said.problem if by in ("", NAME) else ""
    if by in (CODE, LISTED) and said.components and not said.ingredients & {c.ingredient for c in components}:
        problem = "its code and its text name different medicines"
    if not components and not problem:
        return Product(diluted=bool(diluents) or said.diluted)
    diluted = bool(diluents) or said.diluted
    total = _total(medication, listed, diluents)
    return Product(
        components=components,
        form=form,
        route=_route(form, tables),
        by=by,
        problem=problem,
        diluted=diluted,
        total=total,
        concentration=_concentration(components, listed, total, diluted=diluted),
        two_strengths=bool(doubtful),
    )


def _differing(coded: Iterable[Component], said: Said) -> frozenset[str]:
    """The ingredients of which code and text state different strengths."""
    in_words = {component.ingredient: component.strength for component in said.components}
    return frozenset(
        component.ingredient
        for component in coded
        if (one := component.strength) is not None
        and (other := in_words.get(component.ingredient)) is not None
        and one.per.unit.dimension == other.per.unit.dimension
        and one.amount.unit.dimension == other.amount.unit.dimension
        and one.per.base
        and other.per.base
        and one.amount.base / one.per.base != other.amount.base / other.per.base
    )


def substances(concept: Concept, tables: MedicineTables) -> frozenset[str]:
    """The ingredients an allergy names: by ingredient or product code, else by every name in its words."""
    row = _row(concept, tables)
    slugs = frozenset(c.ingredient for c in row.components) if row else frozenset()
    slugs |= frozenset(_ingredient_codes(concept, tables))
    return slugs or frozenset(slug for text in _texts(concept) for slug in named(text, tables))


def _row(concept: Concept, tables: MedicineTables) -> ProductRow | None:
    """The row of the first product code that our tables know, else of the first code that only another source knows."""
    for coding in concept.codings:
        found = tables.products.get((coding.system, coding.code))
        if found is not None:
            return found
    for coding in concept.codings if tables.beyond is not None else ():
        key = (coding.system, coding.code)
        found = tables.beyond.row(key) if tables.beyond is not None and key not in tables.ingredients else None
        if found is not None:
            return found
    return None


def unknown(concept: Concept, tables: MedicineTables) -> tuple[Key, ...]:
    """The codes of a concept, where none of them is known."""
    known = _row(concept, tables) is not None or _ingredient_codes(concept, tables)
    return () if known else tuple(dict.fromkeys((coding.system, coding.code) for coding in concept.codings))


def _ingredient_codes(concept: Concept, tables: MedicineTables) -> tuple[str, ...]:
    found = (tables.ingredients.get((coding.system, coding.code)) for coding in concept.codings)
    return tuple(dict.fromkeys(slug for slug in found if slug is not None))


def _texts(concept: Concept) -> tuple[str, ...]:
    """The words of a concept: its text, else its displays."""
    return (concept.text,) if concept.text else tuple(c.display for c in concept.codings if c.display)


def _said(concept: Concept, tables: MedicineTables, form: str) -> Said:
    """The first of a concept's words that names anything; else what they say of form and dilution."""
    texts = (concept.text, *(coding.display for coding in concept.codings))
    read_all = [read(text, tables, form) for text in texts if text]
    for said in read_all:
        if said.components:
            return said
    for said in read_all:
        if said.problem:
            return said
    return read_all[0] if read_all else Said()


def _form(concept: Concept, tables: MedicineTables) -> str:
    for text in _texts(concept):
        found = form_of(tokens(text), tables)
        if found:
            return found
    return ""


def _route(form: str, tables: MedicineTables) -> str:
    return tables.forms[form].route if form in tables.forms else ""


def _listed(
    medication: Medication, tables: MedicineTables, form: str
) -> tuple[tuple[tuple[Component, Ingredient], ...], tuple[Ingredient, ...]]:
    """The listed ingredients that are known, and the listed diluents."""
    active: list[tuple[Component, Ingredient]] = []
    diluents: list[Ingredient] = []
    for ingredient in medication.ingredients:
        slugs = substances(ingredient.concept, tables)
        if slugs and slugs <= tables.diluents:
            diluents.append(ingredient)
            continue
        strength = ingredient.strength and sound(ingredient.strength, tables.forms.get(form))
        if strength is None and ingredient.amount is not None:
            strength = _share_of_total(ingredient.amount, medication.amount)
        one = len(slugs - tables.diluents) == 1
        active.extend(
            (Component(slug, strength if one else None), ingredient) for slug in sorted(slugs - tables.diluents)
        )
    return tuple(active), tuple(diluents)


def _share_of_total(amount: Quantity, total: Quantity | None) -> Strength | None:
    """500 mg of a 500 mL bag."""
    if total is None or amount.unit.dimension != MASS or total.unit.dimension not in (MASS, VOLUME) or not total.base:
        return None
    return Strength(amount, total)


def _chosen(
    coded: tuple[Component, ...], listed: Iterable[tuple[Component, Ingredient]], said: Said
) -> tuple[tuple[Component, ...], str]:
    """The components, and how they were recognised. What a better source leaves open, the next one fills."""
    parts = tuple(component for component, _ in listed)
    if coded:
        return _filled(coded, (*parts, *said.components), also=parts), CODE
    if parts:
        return _filled(parts, said.components), LISTED
    return said.components, NAME if said.components else ""


def _filled(
    first: Iterable[Component], then: Iterable[Component], also: Iterable[Component] = ()
) -> tuple[Component, ...]:
    """``first`` with missing strengths from ``then``, and with ingredients that only ``also`` lists."""
    components = {component.ingredient: component for component in first}
    for component in then:
        known = components.get(component.ingredient)
        if known is not None and known.strength is None:
            components[component.ingredient] = component
    for component in also:
        components.setdefault(component.ingredient, component)
    return tuple(components.values())


def _total(
    medication: Medication, listed: Iterable[tuple[Component, Ingredient]], diluents: tuple[Ingredient, ...]
) -> Quantity | None:
    """The amount of the whole preparation: as said, else the volumes of its parts added up."""
    if medication.amount is not None:
        return medication.amount
    volumes = [part.amount for part in diluents]
    if not volumes or any(v is None or v.unit.dimension != VOLUME for v in volumes):
        return None
    drugs = [part.amount for _, part in listed if part.amount is not None and part.amount.unit.dimension == VOLUME]
    base = sum((v.base for v in (*volumes, *drugs) if v is not None), Fraction(0))
    return Quantity(_decimal(base), _ML)


def _concentration(
    components: tuple[Component, ...],
    listed: Iterable[tuple[Component, Ingredient]],
    total: Quantity | None,
    *,
    diluted: bool,
) -> Quantity | None:
    """mg/mL of the preparation as given, for one active ingredient: its mass in the total volume, or its strength
    where nothing says that it is diluted further.
    """
    if len(components) != 1:
        return None
    component = components[0]
    if total is not None and total.unit.dimension == VOLUME and total.base:
        for part, ingredient in listed:
            mass = _mass(ingredient, component)
            if part.ingredient == component.ingredient and mass is not None:
                return Quantity(_decimal(mass / total.base), _PER_ML)
    strength = component.strength
    if strength is None or strength.per.unit.dimension != VOLUME or not strength.per.base:
        return None
    if diluted and not _whole(strength):
        return None
    return Quantity(_decimal(strength.amount.base / strength.per.base), _PER_ML)


def _whole(strength: Strength) -> bool:
    """Whether a strength is of the whole preparation (500 mg in 500 mL), not of one mL of what went into it."""
    return strength.per.base != 1


def _mass(ingredient: Ingredient, component: Component) -> Fraction | None:
    """Milligrams of a listed ingredient: as said, or its volume at its strength."""
    amount, strength = ingredient.amount, component.strength
    if amount is None:
        return None
    if amount.unit.dimension == MASS:
        return amount.base
    if strength is None or amount.unit.dimension != strength.per.unit.dimension or not strength.per.base:
        return None
    return amount.base * strength.amount.base / strength.per.base


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
