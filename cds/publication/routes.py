"""The addresses under ``/fhir``: one base for each release, read-only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cds.errors import RequestError
from cds.fhir.exact import Element, write, write_readable
from cds.fhir.publishing.bundle import ndjson
from cds.fhir.publishing.releases import Release
from cds.publication.answer import JSON, NDJSON, capability, found
from cds.publication.search import Search
from cds.publication.shelf import Newest, Shelf

_JSON_NAMES: Final = frozenset(
    {"json", "application/json", "application/fhir+json", "application/fhir json", "text/json"}
)
_ANY: Final = ("*/*", "application/*", "json", "text/html")


class NothingThere(RequestError):
    """No such release, type or resource."""

    status = 404
    code = "not-found"


class OtherFormat(RequestError):
    """The caller wants a format we do not write."""

    status = 406
    code = "not-supported"


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything the addresses need. ``base_url`` is the public address of the service, empty when none is set."""

    shelves: Newest
    base_url: str = ""

    async def metadata(self, version: str, request: Request) -> Response:
        """What this server can do."""
        shelf = await self._shelf(version, request)
        return _answer(capability(shelf, self._base(shelf)), request)

    async def search(self, version: str, kind: str, request: Request) -> Response:
        """The resources of one type that meet the conditions, page by page."""
        shelf = await self._shelf(version, request)
        if kind not in shelf.by_type:
            raise NothingThere("No resource of this type is published in this release.")
        asked = Search.read(kind, request.query_params.multi_items(), shelf.release)
        return _answer(found(asked, shelf, self._base(shelf)), request)

    async def read(self, version: str, kind: str, name: str, request: Request) -> Response:
        """One resource."""
        shelf = await self._shelf(version, request)
        resource = shelf.by_type.get(kind, {}).get(name)
        if resource is None:
            raise NothingThere("There is no such resource in this release.")
        return _answer(resource, request)

    async def export(self, version: str, request: Request) -> Response:
        """Everything, or the types named by ``_type``, one resource a line."""
        shelf = await self._shelf(version, request)
        kinds = request.query_params.get("_type", "")
        if not kinds:
            return _sent(shelf.ndjson, NDJSON, request)
        wanted = kinds.split(",")
        return _sent(ndjson(each for each in shelf.resources if each["resourceType"] in wanted), NDJSON, request)

    async def _shelf(self, version: str, request: Request) -> Shelf:
        _can_read_json(request)
        if version not in list(Release):
            raise NothingThere("The releases are r5, r4b and r4.")
        return await self.shelves.of(Release(version))

    def _base(self, shelf: Shelf) -> str:
        return f"{self.base_url}/fhir/{shelf.release}"


def _can_read_json(request: Request) -> None:
    """``_format`` says which format is wanted, else the Accept header; nothing said means JSON."""
    wanted = request.query_params.get("_format", "")
    if wanted:
        if wanted.partition(";")[0].strip().lower() not in _JSON_NAMES:
            raise OtherFormat("The knowledge is published as JSON only.")
        return
    accepted = request.headers.get("accept", "")
    if accepted and not any(word in accepted for word in _ANY):
        raise OtherFormat("The knowledge is published as JSON only.")


def _answer(resource: Element, request: Request) -> Response:
    # A person with a browser reads it more easily with line breaks; programs do not mind.
    body = write_readable(resource) if "text/html" in request.headers.get("accept", "") else write(resource)
    return _sent(body, JSON, request)


def _sent(body: bytes, kind: str, request: Request) -> Response:
    """The body, or 304 when the caller has it already."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"etag": tag, "cache-control": "no-cache", "vary": "Accept"}
    known = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def router(publication: Publication) -> APIRouter:
    """The addresses as a router."""
    routes = APIRouter(redirect_slashes=False, prefix="/fhir", tags=["FHIR"])
    add = routes.add_api_route
    add("/{version}/metadata", publication.metadata, methods=["GET"], summary="CapabilityStatement")
    add("/{version}/$export", publication.export, methods=["GET"], summary="Everything as NDJSON")
    add("/{version}/{kind}", publication.search, methods=["GET"], summary="Search")
    add("/{version}/{kind}/{name}", publication.read, methods=["GET"], summary="Read")
    return routes
