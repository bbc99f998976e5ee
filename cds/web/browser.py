"""The knowledge browser and coverage: pages that only read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from starlette.responses import Response

from cds.knowledge.model import Drug, Kind
from cds.knowledge.monograph import review_in_words
from cds.web import matrix
from cds.web.history import RUNNING, History
from cds.web.library import Library, kind_name
from cds.web.picture import Picture, pictures
from cds.web.published import Published
from cds.web.render import Renderer
from cds.web.versions import chapters, statements
from cds.web.workbench import pretty

_SECTIONS = {kind: number for number, kind in enumerate(Kind)}


class Browser:
    """Pages over the library."""

    def __init__(self, library: Library, published: Published, history: History, render: Renderer) -> None:
        self.library = library
        self.published = published
        self.history = history
        self.render = render

    def add(self, get: Callable[[str, Callable[..., Any]], None]) -> None:
        """Give the pages their addresses."""
        get("/knowledge", self.index)
        get("/knowledge/matrix", self.matrix)
        get("/knowledge/conflicts", self.conflicts)
        get("/knowledge/versions", self.versions)
        get("/knowledge/drugs/{drug}", self.drug)
        get("/knowledge/drugs/{drug}/doses", self.doses)
        get("/knowledge/statements/{statement}", self.statement)
        get("/knowledge/statements/{statement}/fhir", self.as_fhir)
        get("/coverage", self.coverage)
        get("/coverage/{source}", self.document)

    async def index(self) -> Response:
        """All drugs, and the ways into the knowledge."""
        return self.render.html("knowledge.html")

    def drug(self, drug: str) -> Response:
        """One drug as a monograph."""
        found = self.library.drugs.get(drug)
        if found is None:
            return self._missing()
        page = self.library.monograph(found)
        statements = self.library.knowledge.statements
        entries = sorted(page.entries, key=lambda entry: _SECTIONS[statements[entry.id].kind])
        sections = [
            (kind_name(kind), list(group)) for kind, group in groupby(entries, key=lambda one: statements[one.id].kind)
        ]
        return self.render.html(
            "drug.html", drug=found, page=page, sections=sections, has_doses=bool(self._described(found))
        )

    def doses(self, drug: str) -> Response:
        """The dose pictures of one drug."""
        found = self.library.drugs.get(drug)
        if found is None:
            return self._missing()
        return self.render.html("doses.html", drug=found, pictures=self._described(found))

    @staticmethod
    def _described(drug: Drug) -> list[Picture]:
        """Pictures on which a range is described, and not only a limit."""
        return [one for one in pictures(drug) if any(row.range_words for row in one.rows)]

    def statement(self, statement: str) -> Response:
        """One statement, whole."""
        library = self.library
        found = library.knowledge.statements.get(statement)
        if found is None:
            return self._missing()
        drug = library.knowledge.drug_of[statement]
        resource, part = self.published.of(statement), self.published.part(statement)
        return self.render.html(
            "statement.html",
            statement=found,
            entry=library.entries[statement],
            drug=drug,
            review=review_in_words(drug.review),
            cited=library.cited(found),
            pictures=[one for one in pictures(drug, {statement}) if any(row.range_words for row in one.rows)],
            digest=library.digest(statement),
            resource_type=resource["resourceType"] if resource else "",
            own=resource is not None and resource["id"] == statement,
            place=part[0] if part else "",
            part=pretty(part[1]) if part else "",
        )

    def as_fhir(self, statement: str) -> Response:
        """The FHIR resource that carries a statement, to be kept as a file."""
        found = self.published.of(statement) if statement in self.library.knowledge.statements else None
        if found is None:
            return self._missing()
        name = f"{found['resourceType']}-{found['id']}.json"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(pretty(found), media_type="application/fhir+json", headers=headers)

    def matrix(self) -> Response:
        """Drugs against conditions, and against medicines taken as well."""
        knowledge, called = self.library.knowledge, self.published.called
        return self.render.html(
            "matrix.html",
            conditions=matrix.conditions(knowledge, called),
            company=matrix.company(knowledge, called),
        )

    def conflicts(self) -> Response:
        """Where the documents disagree, and what was decided."""
        return self.render.html("conflicts.html")

    def versions(self, old: str | None = None, new: str = RUNNING, show: str = "0") -> Response:
        """What changed between two versions, by default from the last earlier one to the one that answers now; and
        which statements this version holds, each with a digest.
        """
        history = self.history
        names = history.names
        chosen = old if old is not None else next(iter(names), RUNNING)
        found = history.between(chosen, new) if names and chosen != new else None
        number = int(show) if show.isascii() and show.isdigit() else 0
        return self.render.html(
            "versions.html",
            200 if {chosen, new} <= {*names, RUNNING} else 404,
            names=names,
            configured=history.configured,
            old=chosen,
            new=new,
            found=found,
            chapters=chapters(found.sections, number, self.library) if found else [],
            count=statements(found.sections) if found else 0,
        )

    def coverage(self) -> Response:
        """The documents, and how far each is read."""
        return self.render.html("coverage.html")

    def document(self, source: str) -> Response:
        """One document line by line; only where it was given to this deployment."""
        if source not in self.library.documents:
            return self._missing()
        return self.render.html(
            "document.html", source=self.library.knowledge.sources[source], lines=self.library.lines(source)
        )

    def _missing(self) -> Response:
        return self.render.html("missing.html", 404)
