"""The command line parses, calls a use case and prints; it refuses in words."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from cds.cli import main
from tests.tokens import clients_file


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """Calls of uvicorn, which are kept and not made. What is set for workers ends with the test."""
    calls: list[dict[str, Any]] = []
    application = SimpleNamespace(state=SimpleNamespace(unloaded=None))
    monkeypatch.setattr("cds.operations.serving.run", lambda app, **options: calls.append({"app": app, **options}))
    monkeypatch.setattr("cds.app.create_app", lambda settings: application)
    monkeypatch.setattr("cds.hooks.log.configure", lambda: None)
    for name in ("CDS_HOST", "CDS_PORT", "CDS_DATABASE", "CDS_HASH_KEY", "PROMETHEUS_MULTIPROC_DIR"):
        monkeypatch.setenv(name, "")  # so that it is put back, whatever the command makes of it
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return calls


def test_help_answers_at_once_and_names_every_verb() -> None:
    begun = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", "from cds.cli import main; main(['--help'])"], capture_output=True, text=True, check=True
    )
    taken = time.perf_counter() - begun
    for verb in ("serve", "demo", "knowledge", "selftest", "report", "audit", "db", "overlay", "reload", "version"):
        assert verb in told.stdout
    assert taken < 3.0  # measured at 0.04 s; the bound leaves room for a busy machine


def test_help_imports_nothing_heavy() -> None:
    program = "import sys; import cds.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"fastapi", "httpx", "rich", "uvicorn", "yaml", "msgspec", "pydantic"} & set(loaded)


@pytest.mark.parametrize("arguments", [[], ["serv"], ["serve", "--port", "0"], ["serve", "--port", "65536"],
                                       ["serve", "--workers", "0"], ["knowledge"]])  # fmt: skip
def test_a_command_that_is_not_understood_ends_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: cds" in capsys.readouterr().err


def test_serve_listens_on_this_computer_alone(served: list[dict[str, Any]]) -> None:
    assert main(["serve"]) == 0
    (call,) = served
    assert (call["host"], call["port"], call["factory"]) == ("127.0.0.1", 8000, False)
    assert call["app"].state.unloaded is None
    assert call["access_log"] is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "example.org"])  # noqa: S104 - what is refused
def test_serve_refuses_to_be_open_without_being_told(
    served: list[dict[str, Any]], host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host]) == 1
    assert served == []
    assert "--allow-public-demo" in capsys.readouterr().err


@pytest.mark.parametrize("variable", [True, False], ids=["by variable", "by option"])
def test_serve_is_open_when_told(served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, variable: bool) -> None:
    host = "0.0.0.0"  # noqa: S104 - nothing is started
    if variable:
        monkeypatch.setenv("CDS_HOST", host)
    arguments = ["serve", "--port", "9000", "--allow-public-demo"]
    assert main(arguments if variable else [*arguments, "--host", host]) == 0
    (call,) = served
    assert (call["host"], call["port"]) == (host, 9000)


def test_serve_is_open_to_known_clients(
    served: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_CLIENTS", str(clients_file(tmp_path)))
    assert main(["serve", "--host", "10.0.0.5"]) == 0
    assert served[0]["host"] == "10.0.0.5"
    assert "DEMONSTRATION" not in capsys.readouterr().err


def test_a_demonstration_says_that_it_is_one(served: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 0
    assert "DEMONSTRATION" in capsys.readouterr().err


def test_several_workers_need_a_place_to_tell_each_other_which_tokens_were_used(
    served: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_CLIENTS", str(clients_file(tmp_path)))
    monkeypatch.setenv("CDS_DATABASE", "none")
    assert main(["serve", "--workers", "2"]) == 1
    assert served == []
    assert "CDS_DATABASE" in capsys.readouterr().err


def test_several_workers_build_their_own_application(served: list[dict[str, Any]]) -> None:
    assert main(["serve", "--workers", "2"]) == 0
    (call,) = served
    assert (call["app"], call["workers"], call["access_log"]) == ("cds.app:from_environment", 2, False)


def test_a_setting_that_cannot_be_used_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CDS_PORT", "many")
    assert main(["serve"]) == 1
    assert capsys.readouterr().err == "cds: CDS_PORT must be a whole number, and 'many' is none\n"


def test_the_demonstration_shows_the_cards_of_six_orders(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    told = capsys.readouterr().out
    for number in range(1, 7):
        assert f"{number}. " in told
    assert "Nothing to say" in told
    assert "STOP AND LOOK" in told


def test_the_demonstration_can_ask_a_running_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[str] = []

    def post(url: str, **options: Any) -> httpx.Response:
        called.append(url)
        assert options["trust_env"] is False
        return httpx.Response(200, content=b'{"cards":[]}')

    monkeypatch.setattr("httpx.post", post)
    assert main(["demo", "--url", "http://127.0.0.1:8000/cds-services/"]) == 0
    assert set(called) == {"http://127.0.0.1:8000/cds-services/medication-order-sign"}
    assert capsys.readouterr().out.count("Nothing to say") == 6


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(200, content=b"[]"), httpx.ConnectError("SENTINEL"), httpx.InvalidURL("x")],
)
def test_a_service_that_does_not_answer_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: httpx.Response | Exception
) -> None:
    def post(url: str, **options: Any) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("httpx.post", post)
    assert main(["demo", "--url", "http://127.0.0.1:9"]) == 1
    assert capsys.readouterr().err.startswith("cds: ")


def test_version_tells_program_and_knowledge(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    told = capsys.readouterr().out
    assert "program    0.1.0" in told
    assert "knowledge  " in told


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Calls of the knowledge's use cases; each answers that something is wrong."""
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
    for verb in ("check", "coverage", "show", "new"):

        def use_case(*arguments: Any, verb: str = verb, **options: Any) -> tuple[str, int]:
            calls.append((verb, arguments, options))
            return f"answer of {verb}", 1

        monkeypatch.setattr(f"cds.knowledge.verbs.{verb}", use_case)
    monkeypatch.delenv("CDS_DOCUMENTS", raising=False)
    return calls


def test_each_knowledge_verb_prints_what_its_use_case_answers_and_ends_with_its_status(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    monkeypatch.setenv("CDS_KNOWLEDGE", str(folder))
    documents = str(tmp_path)
    commands = {
        "check": ["check"],
        "coverage": ["coverage", "--documents", documents, "--every-line"],
        "show": ["show", "examplamine"],
        "new": ["new", "examplamine"],
    }
    for verb, command in commands.items():
        assert main(["knowledge", *command]) == 1
        assert capsys.readouterr().out == f"answer of {verb}\n"
    assert asked == [
        ("check", (folder, None, None, None), {}),
        ("coverage", (folder, tmp_path), {"every_line": True}),
        ("show", (folder, "examplamine", {}), {}),
        ("new", (folder, "examplamine"), {}),
    ]


def test_the_folder_of_documents_can_stand_in_the_environment(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDS_DOCUMENTS", str(tmp_path))
    main(["knowledge", "check"])
    main(["knowledge", "coverage"])
    assert [arguments[1] for _, arguments, _ in asked] == [tmp_path, tmp_path]


def test_coverage_asks_for_the_documents_when_nobody_names_them(
    asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["knowledge", "coverage"]) == 1
    assert asked == []
    assert "--documents" in capsys.readouterr().err


def test_a_folder_of_documents_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["knowledge", "check", "--documents", "/no/such/folder"])
    assert "there is no folder /no/such/folder" in capsys.readouterr().err


def test_a_reader_that_has_gone_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(folder: Path, drug: str, cases: object) -> tuple[str, int]:
        raise BrokenPipeError

    closed: list[bool] = []
    monkeypatch.setattr("cds.knowledge.verbs.show", gone)
    monkeypatch.setattr("sys.stderr.close", lambda: closed.append(True))
    assert main(["knowledge", "show", "examplamine"]) == 1
    assert closed == [True]
