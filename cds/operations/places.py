"""Where this deployment keeps things: as it was set, else in the folder of this user's state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from cds.errors import SettingsError
from cds.settings import Settings

NOWHERE: Final = "none"
_FOLDER: Final = "medication-order-cds"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of this user's state; None for a user without a home (a container's numbered one)."""
    named = environ.get("XDG_STATE_HOME", "").strip()
    if named:
        return Path(named) / _FOLDER
    home = environ.get("HOME", "").strip()
    return Path(home) / ".local" / "state" / _FOLDER if home and home != "/" else None


def database(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """The database's file or address; empty: nothing is kept."""
    if settings.database:
        return "" if settings.database == NOWHERE else settings.database
    folder = state_folder(environ)
    return str(folder / "cds.sqlite") if folder else ""


def needed(settings: Settings) -> str:
    """The database, for a command that is about nothing else. SettingsError when there is none."""
    found = database(settings)
    if not found:
        raise SettingsError("CDS_DATABASE must name a database for this command")
    return found


def located(settings: Settings) -> Settings:
    """The settings with the database named, empty for none."""
    return replace(settings, database=database(settings))


def process_file(port: int, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the number of the process that serves a port is written, so that ``cds reload`` finds it."""
    folder = state_folder(environ)
    return (folder or Path("/tmp")) / f"serve-{port}.pid"  # noqa: S108 - a number alone, and only without a home
