"""What a carrier's standard elements say: figures and patients of a guideline, condition and medicines of a use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cds.clinical.quantity import UNITS, Quantity
from cds.fhir.exact import Element
from cds.fhir.importing.parts import NotUnderstood, Parts, coded, extensions, number, quantity
from cds.fhir.importing.statement import Carried, carried
from cds.fhir.publishing import names
from cds.fhir.publishing.clinical_use import body_of
from cds.fhir.publishing.figures import FIGURE
from cds.fhir.publishing.standard import Standard, written
from cds.knowledge.criteria import (
    AgeBetween,
    AgeIs,
    Criterion,
    GivenAs,
    GivenAsIs,
    HasCondition,
    RouteIs,
    SexIs,
    UseIs,
)

_CLASS: Final = names.value_set("class-")
Dose = tuple[tuple[str, str], ...]


def dosing(guideline: Element) -> Carried:
    """The statement of one indicationGuideline."""
    inner = guideline.get("dosingGuideline", [])
    if len(inner) != 1:
        message = "an indicationGuideline holds one dosingGuideline"
        raise NotUnderstood(message)
    found: Element = inner[0]
    by_type: dict[str, Element] = {}
    for each in found.get("dosage", []):
        role = coded(each.get("type"), names.system("dosage-type"))
        if role in by_type or not role or len(each.get("dosage", [])) != 1:
            message = f"the dosage '{role}' stands twice, or is of a type that is not known, or holds several"
            raise NotUnderstood(message)
        by_type[role] = each["dosage"][0]
    dose, figures = _dose(found, by_type)
    says = next((each["text"] for each in by_type.values() if "text" in each), "")
    held = Standard(criteria=_criteria(guideline, found, list(by_type.values())), figures=figures)
    return carried(found, says, held, dose)


def _dose(element: Element, by_type: dict[str, Element]) -> tuple[Dose, dict[str, Quantity]]:
    """The figures in their order: from the dosage where they stand there, else from the extension."""
    dose: list[tuple[str, str]] = []
    figures: dict[str, Quantity] = {}
    for each in extensions(element, FIGURE):
        parts = Parts(each.get("extension"), "a figure")
        label = parts.code("label")
        if parts.values("element", "Code"):
            role, _, slot = parts.code("element").partition(".")
            figures[label] = figure(by_type.get(role, {}), slot, label)
        else:
            value = parts.named("value")
            if len(value) == 1 and "valueString" in value[0]:
                dose.append((label, value[0]["valueString"]))
                continue
            figures[label] = quantity(parts.value("value", "Quantity", None))
        dose.append((label, written(figures[label])))
    return tuple(dose), figures


def figure(dosage: Element, slot: str, label: str) -> Quantity:
    """The figure in one slot of a Dosage."""
    amounts = dosage.get("doseAndRate", [])
    if len(amounts) > 1:
        message = "a dosage holds several doses"
        raise NotUnderstood(message)
    repeat = dosage.get("timing", {}).get("repeat", {})
    try:
        return _SLOTS[slot](dosage, amounts[0] if amounts else {}, repeat)
    except (KeyError, IndexError, TypeError):
        message = f"the figure '{label}' should stand in the dosage ({slot}), and is not there"
        raise NotUnderstood(message) from None


def _ratio(ratio: Element) -> Quantity:
    """``0.5 mg/kg`` per ``1 h`` as 0.5 mg/kg/h."""
    amount, period = quantity(ratio["numerator"]), quantity(ratio["denominator"])
    code = f"{amount.unit.code}/{period.unit.code}"
    if period.value != 1 or code not in UNITS:
        message = f"a maximum per {period.value:f} {period.unit.code} is not understood: state it per 1"
        raise NotUnderstood(message)
    return Quantity(amount.value, UNITS[code])


def _only(found: list[Element]) -> Element:
    if len(found) > 1:
        message = "there are several maxima in one dosage"
        raise NotUnderstood(message)
    return found[0]


def _times(repeat: Element, key: str) -> Quantity:
    if (repeat.get("period"), repeat.get("periodUnit")) != (1, "d"):
        message = "times a day are stated for a period that is not 1 d"
        raise NotUnderstood(message)
    return Quantity(number(repeat[key]), UNITS["/d"])


def _every(repeat: Element) -> Quantity:
    if repeat.get("frequency") != 1:
        message = "a step is made once in its period"
        raise NotUnderstood(message)
    return Quantity(number(repeat["period"]), UNITS[repeat["periodUnit"]])


_SLOTS: Final[dict[str, Callable[[Element, Element, Element], Quantity]]] = {
    "dose": lambda _, amount, __: quantity(amount["doseQuantity"]),
    "dose-low": lambda _, amount, __: quantity(amount["doseRange"]["low"]),
    "dose-high": lambda _, amount, __: quantity(amount["doseRange"]["high"]),
    "rate": lambda _, amount, __: quantity(amount["rateQuantity"]),
    "rate-low": lambda _, amount, __: quantity(amount["rateRange"]["low"]),
    "rate-high": lambda _, amount, __: quantity(amount["rateRange"]["high"]),
    "daily": lambda _, amount, __: _ratio(amount["rateRatio"]),
    "max-per-period": lambda dosage, _, __: _ratio(_only(dosage["maxDosePerPeriod"])),
    "max-per-administration": lambda dosage, _, __: quantity(dosage["maxDosePerAdministration"]),
    "frequency": lambda _, __, repeat: _times(repeat, "frequency"),
    "frequency-max": lambda _, __, repeat: _times(repeat, "frequencyMax"),
    "every": lambda _, __, repeat: _every(repeat),
    "duration": lambda _, __, repeat: Quantity(number(repeat["duration"]), UNITS[repeat["durationUnit"]]),
}


def _criteria(guideline: Element, dosing_guideline: Element, dosages: list[Element]) -> dict[str, Criterion]:
    """The criteria that stand in standard elements, by the name of the element."""
    found: dict[str, Criterion] = {}
    uses = [coded(each.get("concept"), names.system("use")) for each in guideline.get("indication", [])]
    if uses and all(uses):
        found["indication"] = UseIs(frozenset(uses))
    routes = {coded(each.get("route"), names.system("route")) for each in dosages}
    methods = {coded(each.get("method"), names.system("given-as")) for each in dosages}
    if len(routes) > 1 or len(methods) > 1:
        message = "the dosages of one guideline have several routes or ways of giving: keep them apart"
        raise NotUnderstood(message)
    if routes - {""}:
        found["route"] = RouteIs(frozenset(routes))
    if methods & {"bolus", "infusion"}:
        found["method"] = GivenAsIs(GivenAs(methods.pop()))
    for each in dosing_guideline.get("patientCharacteristic", []):
        kind = coded(each.get("type"), names.system("patient-characteristic"))
        criterion = _characteristic(kind, each)
        if kind in found or criterion is None:
            message = f"the patient characteristic '{kind}' stands twice, or is not understood"
            raise NotUnderstood(message)
        found[kind] = criterion
    return found


def _characteristic(kind: str, element: Element) -> Criterion | None:
    concept = element.get("valueCodeableConcept")
    if kind == "age":
        return AgeIs(frozenset({coded(concept, names.system("age-band"))}))
    if kind == "sex":
        return SexIs(frozenset({coded(concept, names.system("sex"))}))
    if kind == "condition":
        return HasCondition(frozenset({coded(concept, names.system("condition"))}))
    if kind == "years":
        ends = element.get("valueRange", {})
        low, high = quantity(ends.get("low")), quantity(ends.get("high"))
        if low.unit.code == high.unit.code == "a":
            return AgeBetween(int(low.value), int(high.value))
    return None


def characteristic(element: Element) -> Carried:
    """The statement of one characteristic of a drug."""
    dose, figures = _dose(element, {})
    return carried(element, element.get("valueString", ""), Standard(figures=figures), dose)


def clinical_use(resource: Element) -> Carried:
    """The statement of one ClinicalUseDefinition."""
    kind = resource.get("type", "")
    body = resource.get(body_of(kind), {})
    if not isinstance(body, dict) or not body:
        message = f"its type is '{kind}', and it holds nothing of that type"
        raise NotUnderstood(message)
    says, advice = _words(kind, body)
    items = [each.get("itemCodeableConcept") for each in body.get("interactant", [])]
    items += [each.get("treatment", {}).get("concept") for each in body.get("otherTherapy", [])]
    others = [_medicine(each) for each in items]
    disease = body.get("diseaseSymptomProcedure", {}).get("concept")
    dose, figures = _dose(resource, {})
    held = Standard(
        condition=coded(disease, names.system("condition")),
        ingredients=frozenset(name for sort, name in others if sort == "ingredient"),
        classes=frozenset(name for sort, name in others if sort == "class"),
        figures=figures,
    )
    return carried(resource, says, held, dose, advice)


def _words(kind: str, body: Element) -> tuple[str, str]:
    if kind == "warning":
        return body.get("description", ""), ""
    key = {"interaction": "effect", "undesirable-effect": "symptomConditionEffect"}.get(kind, "diseaseSymptomProcedure")
    managed = body.get("management", [])
    if len(managed) > 1:
        message = "several texts on management: put them into one"
        raise NotUnderstood(message)
    advice = managed[0].get("text", "") if managed else ""
    return body.get(key, {}).get("concept", {}).get("text", ""), advice


def _medicine(concept: object) -> tuple[str, str]:
    """The ingredient, or the class by the value set of its members."""
    code = coded(concept, names.system("ingredient"))
    if code:
        return "ingredient", code
    options = extensions(concept, names.CODE_OPTIONS) if isinstance(concept, dict) else []
    address = options[0].get("valueCanonical", "") if len(options) == 1 else ""
    if not address.startswith(_CLASS):
        message = "an interacting medicine is neither an ingredient nor a class that we know"
        raise NotUnderstood(message)
    return "class", address.removeprefix(_CLASS)
