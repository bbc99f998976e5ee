from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.errors import KnowledgeError
from cds.fhir import exact
from cds.fhir.publishing.bundle import collection
from cds.fhir.publishing.releases import Release
from cds.knowledge.criteria import AmountIs
from cds.knowledge.model import WORKED_IN
from cds.service import build
from cds.settings import Settings
from tests.bodies import order, order_sign
from tests.published import (
    EXTENSIONS,
    Resource,
    bundle,
    edited,
    guideline,
    installed,
    own,
    part,
    published,
    read,
    refusals,
)

Change = Callable[[Resource], object]
AMITRIPTYLINE = "MedicationKnowledge/amitriptyline"
HIGHEST = "amitriptyline.highest"
FINDINGS = "org.medication-order-cds.findings"


def _maximum(resource: Resource, value: str) -> Resource:
    found = guideline(resource, HIGHEST)
    found["dosage"][0]["dosage"][0]["maxDosePerPeriod"][0]["numerator"]["value"] = Decimal(value)
    return found


def _texts(found: Resource, old: str, new: str) -> None:
    """Change a figure in every text of a guideline."""
    text = exact.write(found).decode().replace(old, new)
    found.clear()
    found.update(exact.read(text.encode()))


def _another_maximum(resource: Resource) -> None:
    _texts(_maximum(resource, "125"), "150 mg", "125 mg")


# --- Edits that run -----------------------------------------------------------------------------------------


def test_another_maximum_moves_the_tier_and_its_suggestion_because_both_refer_to_it() -> None:
    report = read(edited(AMITRIPTYLINE, _another_maximum))
    assert [str(fault) for fault in report.refused] == []
    found = report.imported.knowledge.statements[HIGHEST]
    assert found.dose == (("max", "125 mg/d"),)
    amounts = [each for tier in found.tiers for each in tier.when if isinstance(each, AmountIs)]
    assert {str(each.low) for each in amounts} == {"125 mg/day"}
    assert {str(spec.amount) for tier in found.tiers for spec in tier.suggest if spec.amount} == {"125 mg/day"}


def test_an_edited_bundle_has_another_version() -> None:
    report = read(edited(AMITRIPTYLINE, _another_maximum))
    assert report.imported.knowledge.version != installed()[0].version


def test_the_card_follows_the_edited_maximum(tmp_path: Path, client: TestClient) -> None:
    path = tmp_path / "edited.json"
    path.write_bytes(edited(AMITRIPTYLINE, _another_maximum))
    body = json.dumps(_order_of_140_mg()).encode()
    headers = {"content-type": "application/json"}
    settings = Settings(bundle=path)
    with TestClient(create_app(settings, build(settings))) as other:
        answers = [
            each.post("/cds-services/medication-order-sign", content=body, headers=headers).text
            for each in (client, other)
        ]
    assert "the highest dose described" not in answers[0]
    assert "exceeds 125 mg/day, the highest dose described" in answers[1]


def _order_of_140_mg() -> dict[str, Any]:
    how = {
        "route": {"text": "oral"},
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [
            {"doseQuantity": {"value": 140, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}
        ],
    }
    return order_sign(order(medicationCodeableConcept={"text": "Amitriptyline"}, dosageInstruction=[how]))


def test_a_class_has_the_members_of_the_bundle() -> None:
    def without_morphine(resource: Resource) -> None:
        concepts = resource["compose"]["include"][0]["concept"]
        concepts[:] = [each for each in concepts if each["display"] != "Morphine"]

    report = read(edited("ValueSet/class-opioid", without_morphine))
    assert [str(fault) for fault in report.refused] == []
    classes = report.imported.tables.medicines.classes
    assert "opioid" not in classes.get("morphine", frozenset())
    assert "opioid" in classes["codeine"]


def test_a_condition_has_the_codes_of_the_bundle() -> None:
    def one_more(resource: Resource) -> None:
        snomed = next(each for each in resource["compose"]["include"] if each["system"] == "http://snomed.info/sct")
        snomed["concept"].append({"code": "11687002", "display": "Gestational diabetes mellitus"})

    report = read(edited("ValueSet/condition-pregnancy", one_more))
    assert [str(fault) for fault in report.refused] == []
    (found,) = report.imported.tables.conditions.codes["http://snomed.info/sct", "11687002"]
    assert found.condition == "pregnancy"


# --- What changes no card is ignored, and said ---------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda resource: resource["meta"].update(versionId="7", lastUpdated="2026-01-01T00:00:00Z"),
        lambda resource: resource["text"].update(div='<div xmlns="http://www.w3.org/1999/xhtml">Ours</div>'),
        lambda resource: resource["code"]["coding"][0].update(display="AMITRIPTYLINE"),
        lambda resource: resource.update(language="en"),
    ],
)
def test_what_is_for_people_is_ignored_and_told(change: Change) -> None:
    report = read(edited(AMITRIPTYLINE, change))
    assert [str(fault) for fault in report.refused] == []
    assert any(line.startswith(f"{AMITRIPTYLINE}: ") for line in report.imported.ignored)


# --- What might change a judgement is refused ----------------------------------------------------------------


def _tier(resource: Resource) -> Resource:
    return own(guideline(resource, HIGHEST), "tier")[0]


def _criterion(resource: Resource) -> Resource:
    return own(own(guideline(resource, HIGHEST), "applies")[0], "criterion")[0]


REFUSED: dict[str, tuple[str, Change, str]] = {
    "a maximum whose text still states the old figure": (
        AMITRIPTYLINE,
        lambda resource: _maximum(resource, "125"),
        "the dose now says max = 125 mg/d, and the text does not",
    ),
    "a modifier extension": (
        AMITRIPTYLINE,
        lambda resource: resource.update(modifierExtension=[{"url": "https://x.test/no", "valueBoolean": True}]),
        "modifierExtension",
    ),
    "a modifier extension deep inside": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["dosage"][0]["dosage"][0].update(
            modifierExtension=[{"url": "https://x.test/no", "valueBoolean": True}]
        ),
        "modifierExtension",
    ),
    "an unknown criterion": (
        AMITRIPTYLINE,
        lambda resource: part(_criterion(resource), "kind").update(valueCode="moon-phase"),
        "the criterion 'moon-phase' is not known",
    ),
    "an unknown part of a criterion": (
        AMITRIPTYLINE,
        lambda resource: _criterion(resource)["extension"].append({"url": "unless", "valueCode": "tuesday"}),
        "is not understood, and might change a judgement",
    ),
    "an extension of others on a guideline": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["extension"].append(
            {"url": "https://x.test/only-if", "valueString": "fasting"}
        ),
        "the extension https://x.test/only-if) is not understood",
    ),
    "an unknown level": (
        AMITRIPTYLINE,
        lambda resource: part(_tier(resource), "level").update(valueCode="deadly"),
        "'deadly' is not known as level",
    ),
    "an unknown status": (
        AMITRIPTYLINE,
        lambda resource: resource.update(status="entered-in-error"),
        "status ('entered-in-error') is not understood",
    ),
    "another maximum beside the first": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["dosage"][0]["dosage"][0]["maxDosePerPeriod"].append(
            copy.deepcopy(guideline(resource, HIGHEST)["dosage"][0]["dosage"][0]["maxDosePerPeriod"][0])
        ),
        "there are several maxima in one dosage",
    ),
    "a maximum of a kind that we do not publish": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["dosage"][0]["dosage"][0].update(
            maxDosePerLifetime={"value": 1, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g"}
        ),
        "maxDosePerLifetime",
    ),
    "a unit that is not its code": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["dosage"][0]["dosage"][0]["maxDosePerPeriod"][0][
            "numerator"
        ].update(unit="g"),
        "the unit is 'g' and its code 'mg'",
    ),
    "a maximum per two days": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["dosage"][0]["dosage"][0]["maxDosePerPeriod"][0][
            "denominator"
        ].update(value=2),
        "a maximum per 2 d is not understood",
    ),
    "a comparator": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST)["dosage"][0]["dosage"][0]["maxDosePerPeriod"][0][
            "numerator"
        ].update(comparator="<"),
        "'comparator' is not understood",
    ),
    "a patient characteristic of another kind": (
        AMITRIPTYLINE,
        lambda resource: guideline(resource, HIGHEST).update(
            patientCharacteristic=[{"type": {"text": "eye colour"}, "valueCodeableConcept": {"text": "blue"}}]
        ),
        "the patient characteristic '' stands twice, or is not understood",
    ),
    "a population": (
        "ClinicalUseDefinition/ketamine.psychosis",
        lambda resource: resource.update(population=[{"reference": "Group/adults"}]),
        "population",
    ),
    "an applicability": (
        "ClinicalUseDefinition/ketamine.psychosis",
        lambda resource: resource["contraindication"].update(
            applicability={"language": "text/cql", "expression": "never"}
        ),
        "contraindication.applicability",
    ),
    "a clinical use that is retired": (
        "ClinicalUseDefinition/ketamine.psychosis",
        lambda resource: resource["status"]["coding"][0].update(code="retired"),
        "status.coding[0].code is 'retired'",
    ),
    "a type that is not its body": (
        "ClinicalUseDefinition/ketamine.psychosis",
        lambda resource: resource.update(type="warning"),
        "it holds nothing of that type",
    ),
    "a condition that no value set defines": (
        "ClinicalUseDefinition/ketamine.psychosis",
        lambda resource: resource["contraindication"]["diseaseSymptomProcedure"]["concept"]["coding"][0].update(
            code="unheard-of"
        ),
        "is not understood",
    ),
    "a member of a class that nobody knows": (
        "ValueSet/class-opioid",
        lambda resource: resource["compose"]["include"][0]["concept"].append({"code": "99999999"}),
        "the member '99999999'",
    ),
    "an exclusion from a class": (
        "ValueSet/class-opioid",
        lambda resource: resource["compose"].update(exclude=[{"system": "http://snomed.info/sct"}]),
        "compose.exclude",
    ),
    "a filter that is not understood": (
        "ValueSet/condition-pregnancy",
        lambda resource: resource["compose"]["include"].append(
            {
                "system": "http://snomed.info/sct",
                "filter": [{"property": "concept", "op": "is-a", "value": "77386006"}],
            }
        ),
        "filters are understood for ICD only",
    ),
    "a policy item that is gone": (
        "CodeSystem/policy",
        lambda resource: resource["concept"].pop(0),
        "the policy lacks 'adult-from'",
    ),
    "a statement whose source is gone": (
        f"Provenance/source.{HIGHEST}",
        lambda resource: resource.update(entity=[]),
        "cites no line of a document",
    ),
    "a topic without a name": (
        "CodeSystem/topic",
        lambda resource: resource["concept"][0].pop("display"),
        "has no display, which is what cards show",
    ),
    "a conflict without a reason": (
        "CodeSystem/conflict",
        lambda resource: resource["concept"][0]["property"][-1].pop("valueString"),
        "something in it is missing",
    ),
    "a document without a title": (
        "DocumentReference/ketamine-pain",
        lambda resource: resource["content"][0]["attachment"].pop("title"),
        "its attachment has no title",
    ),
    "a modifier extension on the whole": (
        "Library/knowledge",
        lambda resource: resource.update(modifierExtension=[{"url": "https://x.test/no", "valueBoolean": True}]),
        "modifierExtension",
    ),
    "a provenance without lines": (
        f"Provenance/source.{HIGHEST}",
        lambda resource: resource["entity"][0].pop("extension"),
        "does not say which lines of which document",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_might_change_a_judgement_is_refused_in_words(why: str) -> None:
    name, change, words = REFUSED[why]
    told = refusals(edited(name, change))
    assert any(words in line for line in told), told


def test_a_clinical_use_that_nothing_names_is_refused() -> None:
    found = copy.deepcopy(list(published()))
    (use,) = [each for each in found if each["id"] == "ketamine.psychosis" and each["resourceType"][:3] == "Cli"]
    found.append({**use, "id": "left-over"})
    told = refusals(exact.write(collection(found)))
    assert any("ClinicalUseDefinition/left-over: nothing that was read refers to it" in line for line in told)


def test_a_clinical_use_that_is_missing_is_refused() -> None:
    found = [each for each in published() if each["id"] != "ketamine.psychosis"]
    told = refusals(exact.write(collection(found)))
    assert any(
        "refers to ClinicalUseDefinition/ketamine.psychosis, which is not in the bundle" in line for line in told
    )


def test_what_nothing_refers_to_and_judges_nothing_is_ignored_and_told() -> None:
    found = [*published(), {"resourceType": "Organization", "id": "ours", "name": "Ours"}]
    report = read(exact.write(collection(found)))
    assert report.refused == ()
    assert report.imported.ignored == ("Organization/ours: nothing refers to it",)
    assert report.imported.knowledge.version == installed()[0].version


# --- Other files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "it is not JSON"),
        (b"\xff", "it is not UTF-8 text"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": 1, "a": 2}', "the name 'a' stands twice"),
        (b"[]", "it is no FHIR Bundle"),
        (b'{"resourceType": "Bundle"}', "it is no FHIR Bundle with entries"),
        (b'{"resourceType": "Bundle", "entry": [{}]}', "entry 1 holds no resource"),
        (
            exact.write(collection([{"resourceType": "Basic", "id": "a"}, {"resourceType": "Basic", "id": "a"}])),
            "it stands twice in the bundle",
        ),
    ],
)
def test_what_is_no_bundle_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(KnowledgeError, match=words):
        read(data)


def test_an_export_in_r4_is_refused_because_r4_has_no_place_for_clinical_uses() -> None:
    with pytest.raises(KnowledgeError, match="it is in R4"):
        read(exact.write(collection(list(published(Release.R4)))))


def test_a_foreign_bundle_is_told_why_nothing_of_it_runs() -> None:
    foreign = {
        "resourceType": "MedicationKnowledge",
        "id": "theirs",
        "code": {"text": "Examplin"},
        "definitional": {"ingredient": [{"item": {"reference": {"reference": "Substance/examplin"}}}]},
        "indicationGuideline": [{"dosingGuideline": [{"dosage": []}]}],
    }
    told = refusals(exact.write(collection([foreign])))
    assert any("do not say when a card appears and how loudly, so nothing of them is run" in line for line in told)


def test_nothing_that_is_refused_starts_a_service(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(edited(AMITRIPTYLINE, lambda resource: _maximum(resource, "125")))
    with pytest.raises(KnowledgeError, match="change the text with the figure"):
        build(Settings(bundle=path))


def test_every_text_that_states_an_old_figure_is_told_and_nothing_else() -> None:
    told = refusals(edited(AMITRIPTYLINE, lambda resource: _maximum(resource, "125")))
    assert len(told) == 1
    assert told[0].count("the dose now says max = 125 mg/d, and the text does not") == 5


def _policy(folder: Path, key: str, value: str) -> Path:
    """A site's policy that changes one item."""
    path = folder / "north.yaml"
    item = f"items:\n  - key: {key}\n    value: {value}\n    outside: chosen here\n    source: this site\n"
    path.write_text(f'policy: north\nversion: "3"\n{item}', encoding="utf-8")
    return path


def test_a_sites_policy_works_over_a_bundle_as_over_the_files(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(bundle())
    policy = _policy(tmp_path, "elderly-from", "80 a")
    body = json.loads(json.dumps(_order_of_140_mg()))
    body["prefetch"] |= {"patient": {"resourceType": "Patient", "id": body["context"]["patientId"],
                                     "birthDate": "1950-01-01", "gender": "male"}}  # fmt: skip
    told = []
    for settings in (Settings(), Settings(policy=policy), Settings(bundle=path), Settings(bundle=path, policy=policy)):
        with TestClient(create_app(settings, build(settings))) as client:
            answer = client.post("/cds-services/medication-order-sign", json=body).json()
            told.append({each["statement"] for card in answer["cards"] for each in card["extension"][FINDINGS]})
    of_files, of_policy, of_bundle, of_both = told
    assert "amitriptyline.elderly" in of_files
    assert "amitriptyline.elderly" not in of_policy
    assert (of_bundle, of_both) == (of_files, of_policy)


def test_the_version_of_a_sites_policy_over_a_bundle_tells_its_content(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(bundle())
    versions = [
        build(Settings(bundle=path, policy=_policy(tmp_path, "elderly-from", years))).knowledge.policy.version
        for years in ("70 a", "80 a")
    ]
    assert all(version.startswith("3 (") for version in versions)
    assert versions[0] != versions[1]


@pytest.mark.parametrize("key", sorted(WORKED_IN))
def test_what_was_worked_into_a_bundle_cannot_be_changed_by_a_policy(key: str, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(bundle())
    item = installed()[0].policy.items[key]
    same = _policy(tmp_path, key, f"{item.value} {item.unit}")
    assert build(Settings(bundle=path, policy=same)).knowledge.policy.name == "north"
    other = _policy(tmp_path, key, f"{item.value + 1} {item.unit}")
    with pytest.raises(KnowledgeError, match=f"'{key}' is worked into the bundle as {item.value}"):
        build(Settings(bundle=path, policy=other))


def test_a_policy_with_faults_does_not_come_over_a_bundle(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(bundle())
    with pytest.raises(KnowledgeError, match="should be a number and the unit a"):
        build(Settings(bundle=path, policy=_policy(tmp_path, "elderly-from", "80 years")))


def test_all_refusals_are_told_at_once() -> None:
    def both(resource: Resource) -> None:
        _maximum(resource, "125")
        resource["modifierExtension"] = [{"url": f"{EXTENSIONS}x", "valueBoolean": True}]
        resource["definitional"]["drugCharacteristic"][0]["extension"] = []

    assert len(refusals(edited(AMITRIPTYLINE, both))) > 1
