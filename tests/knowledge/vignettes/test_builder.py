"""The builder itself: the files are read strictly, and what is sent is valid FHIR R4."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds.errors import KnowledgeError
from cds.selftest import ehr, wire
from cds.selftest.build import Situation
from cds.selftest.orders import dosage, draft, on_record
from cds.selftest.phrases import moment, quantity, ratio, repeat
from cds.selftest.words import read_yaml
from tests.knowledge.vignettes.cases import Case, all_cases, situation, words

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CASES = all_cases()
TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "weight": "Observation?patient={{context.patientId}}&code=http://loinc.org|29463-7&_sort=-date&_count=1",
    "medicines": "MedicationRequest?patient={{context.patientId}}&status=active,on-hold",
}


def _case(name: str) -> Case:
    (found,) = [case for case in CASES if case.name == name]
    return found


def test_all_forty_vignettes_with_their_209_variants_are_there() -> None:
    assert len({case.vignette for case in CASES}) == 40
    assert len(CASES) == 209
    assert len({case.name for case in CASES}) == 209


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_resource_that_is_sent_is_valid_r4(case: Case) -> None:
    at = situation(case, NOW)
    for resource in (*at.record, *at.drafts):
        get_fhir_model_class(resource["resourceType"]).model_validate_json(wire.write(resource))
    bundle = ehr.request(at, TEMPLATES, case.name)["context"]["draftOrders"]
    get_fhir_model_class("Bundle").model_validate_json(wire.write(bundle))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_reference_between_drafts_and_record_leads_somewhere(case: Case) -> None:
    at = situation(case, NOW)
    there = {f"{one['resourceType']}/{one['id']}" for one in (*at.record, *at.drafts)}
    for resource in at.drafts:
        for field in ("medicationReference", "priorPrescription"):
            assert resource.get(field, {}).get("reference", "Patient/patient-1") in there


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_expectation_is_a_rule_with_or_without_a_level(case: Case) -> None:
    for word in (*case.must, *case.must_not, *(one.finding for one in case.also)):
        rule, _, level = word.partition(" ")
        assert rule[0] in "NKAPSLTCRIQ"
        assert rule[1:].isdigit()
        assert level in {"", "info", "warning", "critical"}
    assert not set(case.must) & set(case.must_not)


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("dose: 1 mg\ndose: 2 mg\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="a second time"):
        read_yaml(file)


def test_scalars_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("a: 06017\nb: no\nc: 1.10\n", encoding="utf-8")
    assert read_yaml(file) == {"a": "06017", "b": "no", "c": "1.10"}


def test_a_variant_is_laid_over_its_situation() -> None:
    case = _case("V01c")
    assert case.scene.orders[0]["rate"] == "35 mg/h"
    assert case.scene.orders[0]["reason"] == "intraoperative analgesia"


def test_an_order_that_names_its_drug_stands_alone() -> None:
    case = _case("V14c")
    assert case.scene.orders[0]["route"] == "oral"
    assert "rate" not in case.scene.orders[0]


def test_an_unknown_word_in_an_order_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown"):
        draft(words(), {"drug": "ketamine", "doze": "1 mg"}, "draft-1", NOW, "IMP")
    with pytest.raises(KeyError):
        draft(words(), {"drug": "unobtainium"}, "draft-1", NOW, "IMP")


@pytest.mark.parametrize(
    ("phrase", "value", "code"),
    [
        ("35.07 mg/h", "35.07", "mg/h"),
        ("2 ug/kg/min", "2", "ug/kg/min"),
        ("154 [lb_av]", "154", "[lb_av]"),
        ("28 mL/min/{1.73_m2}", "28", "mL/min/{1.73_m2}"),
    ],
)
def test_a_quantity_keeps_its_digits_and_its_ucum_code(phrase: str, value: str, code: str) -> None:
    read = quantity(phrase)
    assert read["value"] == Decimal(value)
    assert read["code"] == code


def test_a_quantity_without_a_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="no unit"):
        quantity("35")


def test_a_strength_is_a_ratio() -> None:
    assert ratio("140 mg in 2.8 mL")["denominator"]["value"] == Decimal("2.8")


@pytest.mark.parametrize(
    ("phrase", "before"),
    [
        ("today", timedelta()),
        ("4 hours ago", timedelta(hours=4)),
        ("21 days ago", timedelta(days=21)),
        ("6 years ago", timedelta(days=2191.5)),
    ],
)
def test_moments_are_counted_back_from_now(phrase: str, before: timedelta) -> None:
    assert moment(phrase, NOW) == NOW - before


def test_times_become_fhir_timing() -> None:
    assert repeat("once") == {"count": 1}
    assert repeat("3 per day") == {"frequency": 3, "period": 1, "periodUnit": "d"}
    assert repeat("continuous") == {}
    with pytest.raises(ValueError, match="timing"):
        repeat("sometimes")


def test_a_bolus_carries_the_time_it_is_pushed_over() -> None:
    how = dosage(words(), {"drug": "ketamine", "dose": "24 mg", "times": "once", "over": "60 s"}, NOW)
    assert how["timing"]["repeat"] == {"count": 1, "duration": Decimal(60), "durationUnit": "s"}


@pytest.mark.parametrize("age", [0, 6, 29, 45, 82])
def test_the_age_holds_on_the_day_of_the_request(age: int) -> None:
    for now in (NOW, datetime(2028, 2, 29, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC)):
        at = situation(_aged(age), now)
        born = datetime.fromisoformat(at.record[0]["birthDate"]).date()
        years = now.year - born.year - ((now.month, now.day) < (born.month, born.day))
        assert years == age


def _aged(age: int) -> Case:
    case = _case("V01a")
    return replace(case, scene=replace(case.scene, patient={"age": str(age)}))


def test_an_entry_made_in_error_has_no_clinical_status() -> None:
    (condition,) = [one for one in situation(_case("V17b"), NOW).record if one["resourceType"] == "Condition"]
    assert "clinicalStatus" not in condition


def test_a_stopped_medicine_says_when_it_ended() -> None:
    request = on_record(
        words(), {"drug": "phenelzine", "status": "stopped", "since": "9 days ago", "ended": "3 days ago"}, "m", NOW
    )
    bounds = request["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]
    assert bounds["end"] == "2026-02-26T12:00:00+00:00"


def test_a_compounded_medicine_on_record_carries_its_ingredients_inside() -> None:
    word = {"drug": "amitriptyline 2 % and ketamine 1 % cream", "times": "3 per day", "since": "9 days ago"}
    request = on_record(words(), word, "m", NOW)
    assert request["medicationReference"]["reference"] == f"#{request['contained'][0]['id']}"


def _prefetch(name: str) -> dict[str, Any]:
    return dict(ehr.request(situation(_case(name), NOW), TEMPLATES, name)["prefetch"])


def test_a_search_without_hits_is_an_empty_bundle() -> None:
    assert _prefetch("V01a")["conditions"] == {"resourceType": "Bundle", "type": "searchset", "total": 0}


def test_the_newest_weight_comes_first() -> None:
    (entry,) = _prefetch("V05f")["weight"]["entry"]
    assert entry["resource"]["valueQuantity"]["value"] == 60


def test_a_medicine_of_another_status_is_not_found() -> None:
    assert _prefetch("V24e")["medicines"]["total"] == 0
    assert _prefetch("V24a")["medicines"]["total"] == 1


def test_without_an_encounter_neither_context_nor_prefetch_names_one() -> None:
    asked = ehr.request(situation(_case("V07c"), NOW), TEMPLATES, "V07c")
    assert "encounterId" not in asked["context"]
    assert "encounter" not in asked["prefetch"]


def test_what_the_ehr_cannot_hand_over_has_no_key() -> None:
    held = _prefetch("V40h")
    assert "conditions" not in held
    assert "medicines" not in held
    assert "allergies" in held


def test_a_search_parameter_the_ehr_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not search"):
        ehr.request(situation(_case("V20a"), NOW), {"x": "Condition?onset=ge2026"}, "x")


def test_suggestions_are_carried_out_on_the_drafts() -> None:
    at = Situation((), ({"resourceType": "MedicationRequest", "id": "a", "status": "draft"},), None, frozenset())
    changed = {"resourceType": "MedicationRequest", "id": "a", "status": "active"}
    service = {"resourceType": "ServiceRequest", "status": "draft"}

    def after(**action: Any) -> list[Any]:
        return list(ehr.carry_out(at, {"actions": [action]}).drafts)

    assert after(type="update", resource=changed) == [changed]
    assert after(type="delete", resourceId="MedicationRequest/a") == []
    assert after(type="create", resource=service)[1] == {"id": "created-1", **service}
    with pytest.raises(ValueError, match="unpack"):
        after(type="update", resource={**changed, "id": "another"})
