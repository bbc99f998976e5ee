"""Products that orders only refer to: a prefetch template cannot ask for them along with the orders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cds.fhir.reading.bundle import content
from cds.fhir.reading.coding import concept
from cds.fhir.reading.index import Index
from cds.fhir.reading.order import MEDICINES
from cds.fhir.reading.releases import release_of
from cds.fhir.shape import Json, kind, obj, reference_of, text

KEY: Final = "products"
MOST: Final = 50
"""Products that are asked for at once."""


_ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}", re.ASCII)


def template(values: Iterable[object], base: str) -> str:
    """What asks the server at ``base`` for every product that is referred to in these Bundles without a word of what
    it is, and was not sent; empty where there is none.
    """
    entries = [entry for value in values if value is not None for entry in content(value).entries]
    index = Index(entries)
    named = {_named(entry.resource, index, base): None for entry in entries if kind(entry.resource) in MEDICINES}
    wanted = [name for name in named if name][:MOST]
    return f"Medication?_id={','.join(wanted)}" if wanted else ""


def _named(resource: Json, index: Index, base: str) -> str:
    """The id of the product that is only referred to; empty where it is known what is ordered, or where the product
    is kept by another server.
    """
    coded, reference = release_of(resource).product(resource)
    if concept(coded) or text(obj(reference).get("display")).strip() or index.resolve(reference, resource) is not None:
        return ""
    written = reference_of(reference).removeprefix(f"{base}/")
    name, _, identity = written.partition("/_history/")[0].partition("/")
    return identity if name == "Medication" and _ID.fullmatch(identity) else ""
