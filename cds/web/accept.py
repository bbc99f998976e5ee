"""A suggestion is accepted: its actions are carried out on the drafts, as an EHR would, and the form follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from cds.clinical.code import Coding, Concept
from cds.fhir.shape import kind, obj, objs, text
from cds.hooks.strict import Json
from cds.web.ehr import ORDER, OVERS, RATES, UNITS, Writer, numbered
from cds.web.said import order_from, spoken
from cds.web.state import State, without_order

_UNIT_WORDS: Final = {code: word for word, code in UNITS.items()} | {"{tablet}": "tablet", "{capsule}": "capsule"}
_RATE_WORDS: Final = {code: word for word, code in RATES.items()}
_OVER_WORDS: Final = {code: word for word, code in OVERS.items()}


def carried_out(body: Mapping[str, Json], suggestion: Mapping[str, Json]) -> dict[str, Json]:
    """The hook request after a suggestion: drafts deleted, replaced or added. The request given is not touched."""
    changed: Any = deepcopy(dict(body))
    bundle = changed["context"]["draftOrders"]
    entries: list[Any] = list(bundle.get("entry") or [])
    for action in objs(suggestion.get("actions")):
        resource = action.get("resource")
        if action.get("type") == "delete":
            entries = [one for one in entries if _name(one["resource"]) != action.get("resourceId")]
        elif action.get("type") == "update":
            entries = [
                {**one, "resource": resource} if _name(one["resource"]) == _name(obj(resource)) else one
                for one in entries
            ]
        else:
            entries.append({"resource": {**obj(resource), "id": f"created-{len(entries)}"}})
    bundle["entry"] = entries
    selections = changed["context"].get("selections")
    if isinstance(selections, list):
        left = {_name(one["resource"]) for one in entries}
        changed["context"]["selections"] = [one for one in selections if one in left]
    return changed  # type: ignore[no-any-return]


def _name(resource: Mapping[str, object]) -> str:
    return f"{kind(resource)}/{text(resource.get('id'))}"


def state_after(state: State, suggestion: Mapping[str, object], writer: Writer) -> State:
    """The form after a suggestion."""
    lines: dict[str, str] = {numbered(place): line for place, line in enumerate(state.more)}
    for action in objs(suggestion.get("actions")):
        resource = obj(action.get("resource"))
        if action.get("type") == "delete":
            gone = text(action.get("resourceId")).rpartition("/")[2]
            lines.pop(gone, None)
            state = without_order(state) if gone == ORDER else state
        elif action.get("type") == "update":
            name = text(resource.get("id"))
            if name in lines:
                lines[name] = _line(lines[name], resource, writer)
            else:
                state = _read_back(state, resource)
        else:
            found = writer.terminology.services(_concept(resource.get("code")))
            named = [slug for slug in sorted(found) if writer.terminology.names[slug].name == _said(resource)]
            state = replace(state, also=tuple(dict.fromkeys((*state.also, *(named or sorted(found))))))
    left = list(lines.values())
    if not state.drug and left:
        # The order of the form went: the next one takes its place there.
        state = replace(order_from(left.pop(0), without_order(state), writer), also=state.also)
    return replace(state, more=tuple(left))


def order_of(state: State, suggestion: Mapping[str, object], writer: Writer) -> str:
    """The order that a suggestion changes or removes, as one would say it; empty when it concerns none."""
    orders = {ORDER: spoken(state, writer.routes)} | {numbered(place): line for place, line in enumerate(state.more)}
    for action in objs(suggestion.get("actions")):
        name = text(action.get("resourceId")).rpartition("/")[2] or text(obj(action.get("resource")).get("id"))
        if name in orders:
            return orders[name]
    return ""


def _line(line: str, order: Mapping[str, object], writer: Writer) -> str:
    """A further order, changed, as a line again."""
    return spoken(_read_back(order_from(line, State(), writer), order), writer.routes)


def _said(resource: Mapping[str, object]) -> str:
    return text(obj(resource.get("code")).get("text"))


def _concept(value: object) -> Concept:
    coded = obj(value)
    codings = tuple(
        Coding(text(one.get("system")), text(one.get("code")), text(one.get("display")))
        for one in objs(coded.get("coding"))
    )
    return Concept(codings, text(coded.get("text")))


def _read_back(state: State, order: Mapping[str, object]) -> State:
    """The order's fields, from the resource a suggestion put in its place."""
    dosage = next(iter(objs(order.get("dosageInstruction"))), {})
    amounts = next(iter(objs(obj(dosage).get("doseAndRate"))), {})
    repeat = obj(obj(obj(dosage).get("timing")).get("repeat"))
    changes: dict[str, str] = {"text": text(obj(dosage).get("text"))}
    changes |= _amount(obj(obj(amounts).get("doseQuantity")), "dose", "unit", _UNIT_WORDS)
    changes |= _amount(obj(obj(amounts).get("rateQuantity")), "rate", "rateunit", _RATE_WORDS)
    if "duration" in repeat:
        changes |= {
            "over": _shown(repeat["duration"]),
            "overunit": _OVER_WORDS.get(text(repeat.get("durationUnit")), "minutes"),
        }
    often = _often(repeat)
    if often:
        changes["times"] = often
    reasons: Sequence[Mapping[str, object]] = list(objs(order.get("reasonCode")))
    if reasons:
        concept = _concept(reasons[0])
        changes["reason"] = concept.text or concept.words()
    if changes["text"] and (changes.get("dose") or changes.get("rate")):
        changes["text"] = ""  # the structured fields say it
    return replace(state, **changes)  # type: ignore[arg-type] # all of them are text fields


def _amount(quantity: Mapping[str, object], name: str, unit: str, words: Mapping[str, str]) -> dict[str, str]:
    if "value" not in quantity:
        return {}
    code = text(quantity.get("code")) or text(quantity.get("unit"))
    return {name: _shown(quantity["value"]), unit: words.get(code, text(quantity.get("unit")))}


def _shown(value: object) -> str:
    if not isinstance(value, Decimal):
        return str(value)
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _often(repeat: Mapping[str, object]) -> str:
    if repeat.get("when") == ["HS"] and repeat.get("frequency") == 1:
        return "night"
    if repeat.get("period") == 1 and repeat.get("periodUnit") == "d" and "frequency" in repeat:
        return _shown(repeat["frequency"])
    return "once" if repeat.get("count") == 1 else ""
