"""A loaded release as a source of codes beyond our tables, in our words."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from cds.clinical.code import ATC, NDC, RXNORM
from cds.terminology.rxnorm import Drug, askable, ndc11, row
from cds.terminology.rxnorm_store import Release
from cds.terminology.tables import Key, MedicineTables, ProductRow, Tables

_KEPT: Final = 4096
"""Codes held ready; a hospital orders fewer products than that in a day."""


class ReleaseCodes:
    """Answers from a release. Ingredients are those our tables know, where they know them."""

    def __init__(self, release: Release, tables: MedicineTables) -> None:
        self._release = release
        self._tables = tables
        self.row = lru_cache(_KEPT)(self._row)

    def _row(self, key: Key) -> ProductRow | None:
        found = self._drug(key)
        return row(found, self._tables) if found is not None else None

    def _drug(self, key: Key) -> Drug | None:
        system, code = key
        if system == ATC:
            return self._release.by_atc(code)
        if not askable(key):
            return None
        if system == RXNORM:
            return self._release.by_rxcui(code)
        return self._release.by_ndc(ndc11(code)) if system == NDC else None


def extended(tables: Tables, release: Release) -> Tables:
    """The tables with a release behind them."""
    medicines = replace(tables.medicines, beyond=ReleaseCodes(release, tables.medicines))
    return replace(tables, medicines=medicines)
