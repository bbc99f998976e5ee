"""``cds terminology load`` and a service started on what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.cli import main
from cds.errors import KnowledgeError, TerminologyError
from cds.hooks.request import REPORT
from cds.service import build
from cds.settings import Settings
from cds.terminology.rxnorm_files import Folder
from cds.terminology.rxnorm_load import load
from tests.bodies import SIGN, order, order_sign
from tests.unit.terminology import rrf

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def test_a_release_is_loaded_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, to = rrf.write(tmp_path / "rrf"), tmp_path / "made"
    assert main(["terminology", "load", str(folder), "--to", str(to)]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"RxNorm 2025-10-06 is ready in {to}: ")
    assert "CDS_RXNORM" in told.out
    assert "RXNREL.RRF" in told.err
    assert to.is_file()


def test_the_file_that_the_setting_names_is_made_and_need_not_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "made"
    monkeypatch.setenv("CDS_RXNORM", str(to))
    assert main(["terminology", "load", str(rrf.write(tmp_path / "rrf"))]) == 0
    assert to.is_file()


def test_a_release_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, to = rrf.write(tmp_path / "rrf", version=""), tmp_path / "made"
    assert main(["terminology", "load", str(folder), "--to", str(to)]) == 1
    assert "--release" in capsys.readouterr().err
    assert main(["terminology", "load", str(folder), "--to", str(to), "--release", "2025-10-06"]) == 0
    with pytest.raises(SystemExit):
        main(["terminology", "load", str(folder), "--to", str(to), "--release", "last October"])


OTHER_STRENGTH = [rrf.conso("483449", "SCDC", "pregabalin 80 MG") if row[0] == "483449" else row for row in rrf.NAMES]


def test_a_release_that_disagrees_with_the_tables_is_refused_and_the_old_file_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "made"
    to.write_text("as it was")
    folder = rrf.write(tmp_path / "rrf", names=OTHER_STRENGTH)
    assert main(["terminology", "load", str(folder), "--to", str(to)]) == 1
    assert "RxNorm 2025-10-06: RxCUI 483450: the tables say" in capsys.readouterr().err
    assert to.read_text() == "as it was"


def test_a_service_does_not_start_on_a_release_that_disagrees_or_on_another_file(tmp_path: Path) -> None:
    load(Folder.open(rrf.write(tmp_path / "rrf", names=OTHER_STRENGTH)), tmp_path / "made")
    with pytest.raises(KnowledgeError, match="483450"):
        build(Settings(rxnorm=tmp_path / "made"))
    with pytest.raises(TerminologyError, match="not a loaded release"):
        build(Settings(rxnorm=tmp_path / "rrf" / "RXNCONSO.RRF"))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("rxnorm")
    load(Folder.open(rrf.write(place / "rrf")), place / "made")
    return place / "made"


@pytest.fixture(scope="module")
def wide(loaded: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(rxnorm=loaded))) as client:
        yield client


def ordered(code: str, text: str = "") -> dict[str, Any]:
    concept = {"coding": [{"system": RXNORM, "code": code}], "text": text}
    return order_sign(order(medicationCodeableConcept=concept), extension={REPORT: True})


def reports(client: TestClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(SIGN, json=body).json()
    (review,) = (value for name, value in answer["extension"].items() if "orders" in value)
    return list(review["orders"])


def test_an_order_of_which_no_code_is_known_is_reported_as_not_covered_with_the_reason(client: TestClient) -> None:
    body = ordered("4001")
    (report,) = reports(client, body)
    assert report["covered"] is False
    assert report["reason"] == "code not in the tables"
    assert report["unknownCodes"] == [f"{RXNORM}|4001"]
    assert client.post(SIGN, json=body).json()["cards"] == []


def test_an_order_with_a_known_code_or_none_has_no_such_reason(client: TestClient, wide: TestClient) -> None:
    for sent, body in ((client, ordered("483450")), (client, order_sign(extension={REPORT: True})),
                       (wide, ordered("4001"))):  # fmt: skip
        (report,) = reports(sent, body)
        assert "reason" not in report
        assert "unknownCodes" not in report


def test_an_order_that_is_known_by_its_name_alone_is_covered_and_its_code_is_told(client: TestClient) -> None:
    (report,) = reports(client, ordered("99999999", "pregabalin 75 mg capsule"))
    assert report["covered"] is True
    assert "reason" not in report
    assert report["unknownCodes"] == [f"{RXNORM}|99999999"]


def test_the_release_is_named_on_cards_in_discovery_and_among_the_versions(
    wide: TestClient, client: TestClient, loaded: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    cards = wide.post(SIGN, json=ordered("483450")).json()["cards"]
    assert cards
    assert all("RxNorm 2025-10-06" in card["detail"] for card in cards if "Knowledge" in card["detail"])
    assert any("RxNorm 2025-10-06" in card["detail"] for card in cards)
    assert all("RxNorm 2025-10-06" in one["description"] for one in wide.get("/cds-services").json()["services"])
    assert wide.get("/version").json()["terminology"] == "RxNorm 2025-10-06"
    assert "terminology" not in client.get("/version").json()
    monkeypatch.setenv("CDS_RXNORM", str(loaded))
    main(["version"])
    assert "codes      RxNorm 2025-10-06" in capsys.readouterr().out


def test_a_medicine_that_only_the_release_knows_changes_no_card_of_another(
    wide: TestClient, client: TestClient
) -> None:
    body = ordered("483450")
    body["prefetch"]["medications"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": {**order(medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "4003"}]}),
                                "id": "m-1", "status": "active"}}],
    }  # fmt: skip

    def summaries(sent: TestClient) -> list[str]:
        return [card["summary"] for card in sent.post(SIGN, json=body).json()["cards"]]

    assert summaries(wide) == summaries(client)


def test_what_may_be_asked_for_is_every_unknown_code_of_medicines(real_service: Any, wide: TestClient) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - of this test alone

    from cds.clinical.chart import Allergy, Chart  # noqa: PLC0415
    from cds.clinical.code import Coding, Concept  # noqa: PLC0415
    from cds.clinical.order import Drafts, Ingredient, Medication, Order  # noqa: PLC0415

    def concept(code: str, system: str = RXNORM) -> Concept:
        return Concept((Coding(system, code),))

    def taken(reference: str, code: str, *ingredients: str) -> Order:
        return Order(
            reference, Medication(concept(code), ingredients=tuple(Ingredient(concept(i)) for i in ingredients))
        )

    drafts = Drafts((taken("MedicationRequest/1", "4001", "1001"), taken("MedicationRequest/2", "483450")))
    chart = Chart(
        datetime(2026, 11, 24, tzinfo=UTC),
        medicines=(taken("MedicationRequest/3", "4003"), taken("MedicationRequest/4", "a local code")),
        allergies=(Allergy("AllergyIntolerance/1", concept("1003")),),
    )
    codes = {code for _, code in real_service.unknown_codes(drafts, chart)}
    assert codes == {"4001", "1001", "4003", "1003"}
    wider = wide.app.state.endpoints.service  # type: ignore[attr-defined]
    assert wider.unknown_codes(drafts, chart) == frozenset()
    assert real_service.with_codes({}) is real_service
    assert replace(real_service) == real_service
