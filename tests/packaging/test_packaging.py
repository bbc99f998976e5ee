"""What installs, builds and starts the service keeps its promises; these tests read the files that do it."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
REGISTRY_OPTIONS = re.compile(r"(?<!no-emit-)(index-url|find-links|trusted-host)")
SECRET_NAMES = re.compile(r"secret|password|passwd|token|api_?key|private_?key|credential", re.IGNORECASE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pyproject() -> dict[str, Any]:
    return tomllib.loads(text("pyproject.toml"))


def logical_lines(name: str) -> list[str]:
    """Return the lines without comments, each joined with those that continue it."""
    bare = "\n".join(line for line in text(name).splitlines() if not line.lstrip().startswith("#"))
    return [line.strip() for line in re.sub(r"\\\n\s*", " ", bare).splitlines() if line.strip()]


def pins(lock: str) -> dict[str, str]:
    found = [PIN.match(line) for line in logical_lines(lock)]
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions in order, each as (word, rest)."""
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1]) for line in logical_lines("Dockerfile")]


def last(word: str) -> str:
    return [rest for name, rest in instructions() if name == word][-1]


def compose_services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = yaml.safe_load(text("docker-compose.yml"))["services"]
    return services


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text("Makefile"), re.MULTILINE))


# --- The locks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_registry(lock: str) -> None:
    assert "://" not in text(lock)
    assert not REGISTRY_OPTIONS.search(text(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_an_exact_version_with_its_hashes(lock: str) -> None:
    faulty = [line for line in logical_lines(lock) if not (PIN.match(line) and HASH.search(line))]
    assert faulty == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_each_package_once(lock: str) -> None:
    assert len(pins(lock)) == len(logical_lines(lock))


def test_both_locks_pin_the_same_version_of_what_the_service_runs_with() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_the_lock_satisfies_every_dependency_that_the_project_declares() -> None:
    project = pyproject()
    declared = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": [
            *project["dependency-groups"]["dev"],
            *project["dependency-groups"]["build"],
            *project["build-system"]["requires"],
        ],
    }
    unmet = [
        f"{lock}: {line}"
        for lock, lines in declared.items()
        for line in lines
        if not Requirement(line).specifier.contains(pins(lock).get(canonicalize_name(Requirement(line).name), "0"))
    ]
    assert unmet == []


def test_the_service_runs_without_the_tools_of_development() -> None:
    tools = {canonicalize_name(Requirement(line).name) for line in pyproject()["dependency-groups"]["dev"]}
    assert tools & pins("requirements.lock").keys() == {"anyio"}  # starlette stands on anyio


# --- The project --------------------------------------------------------------------------------------------


def test_the_command_is_called_cds() -> None:
    assert pyproject()["project"]["scripts"] == {"cds": "cds.cli:main"}


def test_the_knowledge_travels_inside_the_wheel() -> None:
    wheel = pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {"knowledge", "tests/knowledge"} <= set(wheel["only-include"])
    assert wheel["sources"] == {"knowledge": "cds/_knowledge", "tests/knowledge": "cds/_cases"}


def test_warnings_fail_the_tests() -> None:
    options = pyproject()["tool"]["pytest"]["ini_options"]
    assert options["filterwarnings"][0] == "error"
    assert options["xfail_strict"] is True
    assert {"--strict-markers", "--strict-config"} <= set(options["addopts"])


def test_what_is_optional_is_in_no_lock() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    names = {canonicalize_name(Requirement(line).name) for lines in extras.values() for line in lines}
    assert set(extras) == {"parquet", "traces"}
    assert names & pins("requirements.lock").keys() == set()


def test_the_migrations_travel_inside_the_wheel() -> None:
    wheel = pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "cds" in wheel["only-include"]
    assert not [pattern for pattern in wheel.get("exclude", []) if "migrations" in pattern or pattern.startswith("cds")]
    assert list((ROOT / "cds/store/migrations/versions").glob("r0001_*.py"))


def test_every_ignored_rule_has_a_reason_beside_it() -> None:
    section = text("pyproject.toml").split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.flake8")[0]
    ignored = section.split("ignore = [", 1)[1]
    bare = [line for line in ignored.splitlines() if re.match(r'\s+"[A-Z]+[0-9]*"', line) and "#" not in line]
    assert bare == []


def test_the_licence_is_apache_2_in_full() -> None:
    assert pyproject()["project"]["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in text("LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text("LICENSE")


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in text("CHANGELOG.md")


# --- make and CI --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_target_of_make_that_a_document_names_exists(document: str) -> None:
    code = re.findall(r"```.*?```|`[^`\n]+`", text(document), re.DOTALL)
    named = {
        target for snippet in code for target in re.findall(r"(?:^|[`\s;&])make +([a-z][a-z-]*)", snippet, re.MULTILINE)
    }
    assert named <= make_targets()


def test_make_alone_tells_the_targets_and_changes_nothing() -> None:
    told = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    for target in ("setup", "serve", "test", "lint", "format", "lock", "clean", "help"):
        assert f"make {target} " in told


def test_setup_installs_only_what_the_lock_allows() -> None:
    recipe = text("Makefile").split("$(VENV)/.locked:")[1]
    assert "--require-hashes --no-deps -r requirements-dev.lock" in recipe
    assert "--no-build-isolation --no-index --editable ." in recipe


def test_ci_runs_the_commands_of_make_that_people_run_and_nothing_else() -> None:
    assert logical_lines(".ci/run") == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "make test",
        "make validate-fhir",
    ]
    for line in logical_lines(".ci/run")[2:]:
        assert f"`{line}`" in text("README.md"), f"README tells nobody to run {line}"
    assert text(".ci/run").startswith("#!/usr/bin/env bash\n")
    assert os.access(ROOT / ".ci/run", os.X_OK)


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def validated(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the target with this folder's validator, and with what is in its ``bin`` besides the usual commands."""
    tools, temporary = folder / "bin", folder / "tmp"
    temporary.mkdir()
    tools.mkdir(exist_ok=True)
    for name in ("sh", "mkdir", "mktemp", "rm", "tail", "awk", "echo", "cat"):
        (tools / name).symlink_to(shutil.which(name) or name)
    command = [shutil.which("make") or "make", "-C", str(ROOT), "-o", "setup", "--no-print-directory", "validate-fhir"]
    return subprocess.run(
        [*command, f"HL7_VALIDATOR={folder / 'validator'}", f"BIN={Path(sys.executable).parent}"],
        capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": str(tools), "TMPDIR": str(temporary), "HOME": str(folder)},
    )  # fmt: skip


def test_without_the_validator_or_java_or_its_set_up_a_plain_line_says_that_it_was_skipped(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    missing.mkdir()
    no_java, no_setup = tmp_path / "no-java", tmp_path / "no-setup"
    for folder in (no_java, no_setup):
        executable(folder / "validator/validate.sh", "exit 1")
    executable(no_setup / "validator/setup.sh", "echo npm is not here; exit 1")
    executable(no_setup / "bin/java", "exit 1")
    for folder, why in ((missing, "is not at"), (no_java, "needs java"), (no_setup, "could not be set up")):
        found = validated(folder)
        assert found.returncode == 0, found.stderr
        assert "Skipped: the official HL7 validator" in found.stdout
        assert why in found.stdout
        assert list((folder / "tmp").iterdir()) == []


def test_the_validator_sees_every_release_and_what_it_finds_is_a_fault(tmp_path: Path) -> None:
    executable(tmp_path / "bin/java", "exit 0")
    # It refuses R4B, and tells what it was given: the release, how large, and whether definitions stand beside it.
    executable(
        tmp_path / "validator/validate.sh",
        'n=0; for f in "$EXTRA_IG"/*.json; do n=$((n + 1)); done; read -r first < "$2"\n'
        'echo "$1 $first $n definitions"; [ "$1" != r4b ]',
    )
    found = validated(tmp_path)
    assert found.returncode != 0
    seen = [line.split() for line in found.stdout.splitlines() if line.endswith("definitions")]
    assert [line[0] for line in seen] == ["r5", "r4b", "r4"]
    assert all(line[1] == "{" and int(line[-2]) > 5 for line in seen)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_no_recipe_chooses_a_package_registry() -> None:
    for name in ("Makefile", "Dockerfile", "docker-compose.yml", ".ci/run", "pyproject.toml"):
        assert not REGISTRY_OPTIONS.search(text(name)), name


# --- The image ----------------------------------------------------------------------------------------------


def test_the_base_image_is_an_argument_and_every_stage_uses_it() -> None:
    words = instructions()
    assert words[0][0] == "ARG"
    assert words[0][1].startswith("BASE_IMAGE=")
    assert {rest.split()[0] for word, rest in words if word == "FROM"} == {"${BASE_IMAGE}"}


def test_the_image_runs_as_a_numbered_user_that_is_not_root() -> None:
    words = [word for word, _ in instructions()]
    user = re.fullmatch(r"(\d+):(\d+)", last("USER"))
    assert user
    assert int(user[1]) > 0
    assert int(user[2]) > 0
    final_stage = len(words) - 1 - words[::-1].index("FROM")
    assert "USER" in words[final_stage:]
    assert "RUN" not in words[final_stage:], "nothing runs in the final stage, as root least of all"


def test_the_image_asks_livez_for_its_health_with_python_alone() -> None:
    assert 'CMD ["python", "-c",' in last("HEALTHCHECK")
    assert "/livez" in last("HEALTHCHECK")
    assert "import http.client, sys;" in last("HEALTHCHECK")


def test_the_image_does_not_open_an_unauthenticated_service_by_itself() -> None:
    assert last("EXPOSE") == "8000"
    assert last("CMD") == '["cds", "serve", "--host", "0.0.0.0", "--port", "8000"]'


def test_every_package_of_the_image_is_compared_with_its_hash() -> None:
    installs = [
        command
        for word, rest in instructions()
        if word == "RUN"
        for command in rest.split("&&")
        if re.search(r"\bpip\b.* install\b", command)
    ]
    assert installs
    assert all("--require-hashes" in command or "--no-index" in command for command in installs)
    assert all("--no-deps" in command for command in installs)


def test_no_secret_is_written_into_the_image() -> None:
    named = [rest for word, rest in instructions() if word in {"ARG", "ENV"} and SECRET_NAMES.search(rest)]
    assert named == []


def test_only_what_the_image_needs_is_sent_to_its_build() -> None:
    ignored = logical_lines(".dockerignore")
    assert ignored[0] == "*"
    sent = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert sent == copied


def test_hadolint_finds_no_fault_in_the_dockerfile() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is locked for Linux only")
    found = subprocess.run(
        [hadolint, "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert found.stdout + found.stderr == ""
    assert found.returncode == 0


# --- Compose ------------------------------------------------------------------------------------------------


def lasting_services() -> dict[str, dict[str, Any]]:
    """Return the services that run on; one that runs once says so."""
    return {name: service for name, service in compose_services().items() if service["restart"] != "no"}


def caddyfile() -> str:
    configs: dict[str, dict[str, str]] = yaml.safe_load(text("docker-compose.yml"))["configs"]
    return configs["caddyfile"]["content"]


def test_service_database_and_proxy_are_composed() -> None:
    assert set(compose_services()) == {"database", "upgrade", "cds", "proxy"}


def test_every_composed_service_tells_its_health() -> None:
    asked = {name: " ".join(service["healthcheck"]["test"]) for name, service in lasting_services().items()}
    assert "/livez" in asked["cds"]
    assert "/livez" in asked["proxy"]
    assert "pg_isready" in asked["database"]


def test_a_stopping_service_has_time_to_let_go_of_the_proxy_and_to_finish() -> None:
    service, asked = compose_services()["cds"], re.search(r"health_interval (\d+)s", caddyfile())
    assert asked
    drain, grace = int(service["environment"]["CDS_DRAIN"]), int(service["stop_grace_period"].removesuffix("s"))
    assert drain > int(asked[1])
    assert grace >= drain + 10 + 5


def test_every_composed_service_is_published_on_this_computer_only() -> None:
    ports = [port for service in compose_services().values() for port in service.get("ports", [])]
    assert ports
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


def test_every_composed_service_can_neither_write_nor_gain_rights() -> None:
    for name, service in compose_services().items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        allowed = {"/tmp", "/var/run/postgresql"} if name == "database" else {"/tmp"}
        assert {mount.split(":")[0] for mount in service["tmpfs"]} == allowed
        assert not service.get("privileged", False)
        assert service["mem_limit"]


def test_compose_holds_no_secret() -> None:
    for service in compose_services().values():
        named = [name for name in service.get("environment", {}) if SECRET_NAMES.search(str(name))]
        assert named == []
        assert "env_file" not in service
        assert not re.search(r"://[^@/]*:[^@/]*@", str(service.get("environment", {})))


def test_nobody_but_the_service_reaches_the_database() -> None:
    networks: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))["networks"]
    services = compose_services()
    assert networks["inside"] == {"internal": True}
    assert services["database"]["networks"] == ["inside"]
    assert "ports" not in services["database"]
    assert {name for name, service in services.items() if "inside" in service["networks"]} == {
        "database",
        "upgrade",
        "cds",
    }


def test_the_tables_are_brought_up_to_date_before_the_service_starts() -> None:
    services = compose_services()
    assert services["upgrade"]["command"] == ["cds", "db", "upgrade"]
    assert services["cds"]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}
    assert services["cds"]["environment"]["CDS_DATABASE"] == services["upgrade"]["environment"]["CDS_DATABASE"]


def test_the_proxy_speaks_tls_within_limits_and_keeps_what_is_for_operators() -> None:
    written = caddyfile()
    for limit in ("read_header", "read_body", "max_header_size", "max_size", "response_header_timeout"):
        assert re.search(rf"^\s*{limit} \S+$", written, re.MULTILINE), limit
    assert "https://localhost:8443 {\n  tls " in written
    operators = re.search(r"@operators path (.*)", written)
    assert operators
    assert {"/metrics", "/reports", "/reports.json"} <= set(operators[1].split())
    assert "respond @operators 404" in written


def test_caddy_accepts_the_proxys_configuration(tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed here")
    (tmp_path / "Caddyfile").write_text(caddyfile(), encoding="utf-8")
    command = [caddy, "validate", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    environ = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert found.returncode == 0, found.stderr
