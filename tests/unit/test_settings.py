"""Settings are read once, from a mapping that is passed in, and a bad one is told in words."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from cds.errors import SettingsError
from cds.settings import Settings


def test_without_any_variable_the_service_is_a_demonstration_on_this_computer() -> None:
    settings = Settings.read({})
    assert settings.host == "127.0.0.1"
    assert settings.port == 8000
    assert settings.cors_origins == ("*",)
    assert settings.fhir_servers == frozenset()
    assert settings.max_body == 2_097_152
    assert settings.budget == 1.5
    assert settings == Settings()


def test_the_knowledge_of_a_checkout_is_found_beside_the_package() -> None:
    knowledge = Settings.read({}).knowledge
    assert knowledge.name == "knowledge"
    assert (knowledge / "policy.yaml").is_file()


def test_the_knowledge_of_a_wheel_is_found_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_knowledge").mkdir()
    monkeypatch.setattr("cds.settings._PACKAGE", tmp_path)
    assert Settings.read({}).knowledge == tmp_path / "_knowledge"


def test_a_named_folder_comes_before_every_other(tmp_path: Path) -> None:
    assert Settings.read({"CDS_KNOWLEDGE": str(tmp_path)}).knowledge == tmp_path


def test_every_variable_is_read(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.touch()
    settings = Settings.read(
        {
            "CDS_POLICY": str(policy),
            "CDS_DOCUMENTS": str(tmp_path),
            "CDS_BASE_URL": "https://cds.example.org/medication/",
            "CDS_CORS_ORIGINS": "https://a.example.org, https://b.example.org:8443",
            "CDS_MAX_BODY": "4096",
            "CDS_FHIR_SERVERS": "https://ehr.example.org/fhir/, http://10.0.0.5:8080/r4",
            "CDS_BUDGET": "0.8",
            "CDS_HOST": "10.0.0.7",
            "CDS_PORT": "9000",
        }
    )
    assert settings.policy == policy
    assert settings.documents == tmp_path
    assert settings.base_url == "https://cds.example.org/medication"
    assert settings.cors_origins == ("https://a.example.org", "https://b.example.org:8443")
    assert settings.max_body == 4096
    assert settings.fhir_servers == {"https://ehr.example.org/fhir", "http://10.0.0.5:8080/r4"}
    assert settings.budget == 0.8
    assert settings.host == "10.0.0.7"
    assert settings.port == 9000


def test_any_origin_can_be_asked_for() -> None:
    assert Settings.read({"CDS_CORS_ORIGINS": "*"}).cors_origins == ("*",)


def test_an_empty_variable_is_as_good_as_none() -> None:
    empty = dict.fromkeys(("CDS_KNOWLEDGE", "CDS_POLICY", "CDS_BASE_URL", "CDS_PORT", "CDS_CORS_ORIGINS"), " ")
    assert Settings.read(empty) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_KNOWLEDGE", "/no/such/folder"),
        ("CDS_POLICY", "/no/such/file"),
        ("CDS_DOCUMENTS", "/no/such/folder"),
        ("CDS_BASE_URL", "cds.example.org"),
        ("CDS_BASE_URL", "https://a.example.org,https://b.example.org"),
        ("CDS_BASE_URL", "https://user@evil.example.org"),
        ("CDS_CORS_ORIGINS", "https://a.example.org/path"),
        ("CDS_CORS_ORIGINS", "null"),
        ("CDS_MAX_BODY", "2MB"),
        ("CDS_MAX_BODY", "10"),
        ("CDS_MAX_BODY", "1.5"),
        ("CDS_FHIR_SERVERS", "https://ehr.example.org/fhir/../admin"),
        ("CDS_FHIR_SERVERS", "ftp://ehr.example.org"),
        ("CDS_BUDGET", "nan"),
        ("CDS_BUDGET", "0"),
        ("CDS_RXNORM", "no such file"),
        ("CDS_RXNAV", "http://rxnav.example.org/REST"),
        ("CDS_RXNAV", "http://localhost.example.org/REST"),
        ("CDS_RXNAV", "https://rxnav.example.org/REST?x=1"),
        ("CDS_PORT", "http"),
        ("CDS_PORT", "70000"),
        ("CDS_PORT", "٨٠٠٠"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must"):
        Settings.read({name: value})


@pytest.mark.parametrize(
    "address", ["https://rxnav.example.org/REST", "http://localhost:4000/REST", "http://127.0.0.1"]
)
def test_codes_are_asked_of_an_address_that_nobody_listens_to_on_the_way(address: str) -> None:
    assert Settings.read({"CDS_RXNAV": address}).rxnav == address


def test_a_loaded_release_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "rxnorm.sqlite").write_bytes(b"")
    assert Settings.read({"CDS_RXNORM": str(tmp_path / "rxnorm.sqlite")}).rxnorm == tmp_path / "rxnorm.sqlite"


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc] - that it fails is the point


def test_what_is_remembered_and_watched_is_read(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 32 + "\n", "ascii")
    settings = Settings.read(
        {
            "CDS_DATABASE": "postgresql://cds@db/cds",
            "CDS_DATABASE_PASSWORD": "p",
            "CDS_HASH_KEY_FILE": str(key),
            "CDS_COMMENT_KEY": "c" * 44,
            "CDS_RETENTION": "400",
            "CDS_REPEATS": "show",
            "CDS_OVERLAY": str(key),
            "CDS_HISTORY": str(tmp_path),
            "CDS_METRICS": "[::1]:9100",
            "CDS_REPORTS": "no",
            "CDS_TRACES": "http://127.0.0.1:4318",
        }
    )
    assert settings.database == "postgresql://cds@db/cds"
    assert (settings.hash_key, settings.comment_key, settings.database_password) == ("k" * 32, "c" * 44, "p")
    assert (settings.retention, settings.repeats, settings.overlay) == (400, False, key)
    assert settings.history == tmp_path
    assert (settings.metrics, settings.reports) == (("::1", 9100), False)
    assert settings.traces == "http://127.0.0.1:4318"


def test_no_secret_is_shown_with_the_settings() -> None:
    secrets = {"CDS_DATABASE": "postgresql://u:SENTINEL@h/d", "CDS_DATABASE_PASSWORD": "SENTINEL"}
    long = dict.fromkeys(("CDS_HASH_KEY", "CDS_COMMENT_KEY"), "SENTINEL" * 5)
    assert "SENTINEL" not in repr(Settings.read(secrets | long))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_HASH_KEY", "short"),
        ("CDS_RETENTION", "-1"),
        ("CDS_REPEATS", "never"),
        ("CDS_OVERLAY", "/no/such/file"),
        ("CDS_HISTORY", "/no/such/folder"),
        ("CDS_METRICS", "9100"),
        ("CDS_METRICS", "127.0.0.1:http"),
        ("CDS_METRICS", "127.0.0.1:99999"),
        ("CDS_REPORTS", "perhaps"),
        ("CDS_TRACES", "collector"),
        ("CDS_HASH_KEY_FILE", "/no/such/file"),
    ],
)
def test_a_setting_of_operation_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name.removesuffix("_FILE")):
        Settings.read({name: value})
