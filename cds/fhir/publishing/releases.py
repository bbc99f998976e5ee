"""The releases of FHIR in which the knowledge can be had."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing.r4 import to_r4
from cds.fhir.publishing.r4b import Loss, to_r4b

Derived = tuple[list[Element], dict[Loss, int]]


class Release(StrEnum):
    """A FHIR release, as in the addresses under ``/fhir``."""

    R5 = "r5"
    R4B = "r4b"
    R4 = "r4"

    @property
    def version(self) -> str:
        """FHIR's own number."""
        return {Release.R5: "5.0.0", Release.R4B: "4.3.0", Release.R4: "4.0.1"}[self]


_DERIVED: Final[dict[Release, Callable[[list[Element]], Derived]]] = {
    Release.R5: lambda resources: (resources, {}),
    Release.R4B: to_r4b,
    Release.R4: to_r4,
}


def derived(resources: list[Element], release: Release) -> Derived:
    """R5 resources in another release, and what was lost, by kind with how often."""
    return _DERIVED[release](resources)
