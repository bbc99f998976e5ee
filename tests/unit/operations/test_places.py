"""What the service remembers is kept where it was told to, else in the user's state folder, else nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cds.errors import SettingsError
from cds.operations.places import database, needed, process_file
from cds.operations.serving import prepared
from cds.settings import Settings
from cds.store.keyed import Key


@pytest.mark.parametrize(
    ("named", "environ", "place"),
    [
        ("/srv/cds.sqlite", {"HOME": "/home/x"}, "/srv/cds.sqlite"),
        ("postgresql://h/d", {}, "postgresql://h/d"),
        ("none", {"HOME": "/home/x"}, ""),
        ("", {"HOME": "/home/x"}, "/home/x/.local/state/medication-order-cds/cds.sqlite"),
        ("", {"HOME": "/home/x", "XDG_STATE_HOME": "/var/s"}, "/var/s/medication-order-cds/cds.sqlite"),
        ("", {}, ""),
        ("", {"HOME": "/"}, ""),
    ],
)
def test_the_database_is_where_it_was_named_or_with_this_users_state(
    named: str, environ: dict[str, str], place: str
) -> None:
    assert database(Settings(database=named), environ) == place


def test_a_command_that_needs_a_database_says_so() -> None:
    with pytest.raises(SettingsError, match="CDS_DATABASE"):
        needed(Settings(database="none"))


def test_the_number_of_the_process_is_kept_by_port() -> None:
    assert process_file(8000, {"HOME": "/home/x"}).name == "serve-8000.pid"
    assert process_file(8000, {}) == Path("/tmp/serve-8000.pid")


def test_workers_share_what_was_decided_for_them() -> None:
    environ = {"HOME": "/home/x"}
    settings = prepared(Settings(host="10.0.0.1", port=9000, database="none"), 2, environ)
    assert Settings.read(environ).hash_key == settings.hash_key
    assert not Key(settings.hash_key).lasting
    assert Key(settings.hash_key).of("a") == Key(settings.hash_key).of("a")
    assert (environ["CDS_HOST"], environ["CDS_PORT"], environ["CDS_DATABASE"]) == ("10.0.0.1", "9000", "none")
    assert Path(environ["PROMETHEUS_MULTIPROC_DIR"]).is_dir()
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
