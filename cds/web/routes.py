"""The addresses of the pages. Each reads what was asked, asks the workbench or the library, and renders a template."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from inspect import iscoroutinefunction, signature
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from cds import __version__
from cds.errors import RequestError
from cds.fhir.prefetch import TEMPLATES
from cds.hooks import demo
from cds.hooks.discovery import SERVICES, SPECIFICATION, is_draft
from cds.knowledge.criteria import UseIs
from cds.knowledge.vocabulary import SETTINGS
from cds.service import Service
from cds.settings import Settings
from cds.web import ehr, state
from cds.web.browser import Browser
from cds.web.catalogue import catalogue
from cds.web.history import History
from cds.web.library import Library
from cds.web.published import Published
from cds.web.render import Renderer
from cds.web.said import in_short, spoken
from cds.web.words import read_words
from cds.web.workbench import Result, Workbench

PART: Final = "x-part"
"""Header with which our own script asks for the answer alone instead of the whole page."""
YOURS: Final = "Your patient"
"""What a made-up patient is called once it was changed."""


class Pages:
    """Everything the pages need. The clock is passed in so that tests can hold it still."""

    def __init__(self, service: Service, settings: Settings, now: Callable[[], datetime] | None = None) -> None:
        self.service = service
        self.settings = settings
        self.now = now or (lambda: datetime.now(UTC))
        self.library = Library(service.knowledge, settings)
        self.render = Renderer(urlsplit(settings.base_url).path.rstrip("/"))
        self.browser = Browser(
            self.library,
            Published(service.knowledge, service.terminology, service.canonical),
            History(service.knowledge, service.terminology, settings),
            self.render,
        )
        self.render.share(
            library=self.library,
            version=__version__,
            knowledge_version=service.knowledge.version,
            policy=f"{service.knowledge.policy.name} {service.knowledge.policy.version}",
            draft=is_draft(service.knowledge),
            reports=False,
            base_url=settings.base_url,
        )

    @cached_property
    def workbench(self) -> Workbench:
        """The workbench; its words and its catalogue are read when it is first opened."""
        names = catalogue(self.service.knowledge, self.service.terminology)
        return Workbench(self.service, read_words(self.settings.knowledge), names, self.settings.base_url)

    async def front(self, request: Request) -> Response:
        """The workbench: the case of the address, answered."""
        return await run_in_threadpool(self._front, request)

    def _front(self, request: Request) -> Response:
        bench = self.workbench
        pairs = request.query_params.multi_items()
        case = state.read(pairs, bench.words)
        line = request.query_params.get("say", "").strip()[: state.LONGEST]
        if line and line != request.query_params.get("said", "").strip():
            said = bench.say(line, case, self.now())
            return self._to(said)
        result = bench.result(case, self.now()) if case.has_order or case.also else None
        address = state.query(case, bench.words)
        part = request.headers.get(PART) == "answer"
        meant = bench.catalogue.near(case.drug) if case.drug else ""
        return self.render.html(
            "_answer.html" if part else "workbench.html",
            case=case,
            address=address,
            result=result,
            meant=(meant, state.query(replace(case, drug=meant), bench.words)) if meant else None,
            line=spoken(case, bench.writer(self.now()).routes),
            who=in_short(case),
            name=self._name(case),
            **({} if part else self._form(case)),
            part=part,
        )

    def case(self, request: Request) -> Response:
        """The request and the response of the case of the address, whole, to be kept as a file."""
        bench = self.workbench
        body = bench.both(state.read(request.query_params.multi_items(), bench.words), self.now())
        headers = {"content-disposition": 'attachment; filename="case.json"'}
        return Response(body, media_type="application/json", headers=headers)

    def _name(self, case: state.State) -> str:
        """What the patient is called: a made-up one that was changed is not called healthy any more."""
        found = self.workbench.words.presets.get(case.p)
        return found.name if found and state.as_chosen(case, self.workbench.words) else YOURS

    def _to(self, case: state.State) -> Response:
        address = state.query(case, self.workbench.words)
        return RedirectResponse(self.render.url(f"/?{address}#answer"), status_code=303)

    def _form(self, case: state.State) -> dict[str, Any]:
        """What the form offers."""
        bench = self.workbench
        names = self.service.terminology.names
        now = self.now()

        def named(slugs: Any) -> list[tuple[str, str]]:
            return [(slug, names[slug].name) for slug in slugs if slug in names]

        def with_patient(preset: str) -> str:
            same_order = {name: getattr(case, name) for name in state.ORDER}
            return state.query(state.with_order(state.preset(preset, bench.words), same_order), bench.words)

        return {
            "presets": [(preset, with_patient(preset.id)) for preset in bench.words.presets.values()],
            "chosen": bench.words.presets.get(case.p) if state.as_chosen(case, bench.words) else None,
            "cases": [
                (preset, state.query(bench.example(preset.id, preset.order, now), bench.words))
                for preset in bench.words.presets.values()
                if preset.order and not case.drug
            ],
            "try_address": self._try(case, now),
            "line_to_try": next((preset.order for preset in bench.words.presets.values() if preset.order), ""),
            "conditions": list(bench.words.conditions),
            "other_conditions": [one for one in case.condition if one not in bench.words.conditions],
            "settings": sorted(named(SETTINGS), key=lambda pair: pair[1]),
            "routes": named(bench.words.routes),
            "uses": self._uses,
            "services": named(slug for slug in ("ecg", "pulse-oximetry") if slug in names),
            "units": list(ehr.UNITS),
            "rates": list(ehr.RATES),
            "overs": list(ehr.OVERS),
            "times": ehr.TIMES,
            "away": ehr.AWAY,
            "drugs": [item.name for item in bench.catalogue.find("")],
        }

    @cached_property
    def _uses(self) -> list[str]:
        """Uses that statements name, as the form offers them."""
        statements = self.service.knowledge.statements.values()
        named = {
            use
            for statement in statements
            for criterion in statement.criteria
            if isinstance(criterion, UseIs)
            for use in criterion.uses
        }
        names = self.service.terminology.names
        return sorted(names[slug].name for slug in named if slug in names)

    def _try(self, case: state.State, now: datetime) -> str:
        preset = self.workbench.words.presets.get(case.p)
        if preset is None or not preset.order:
            return ""
        return state.query(self.workbench.example(preset.id, preset.order, now), self.workbench.words)

    async def names(self, request: Request) -> Response:
        """Names of medicines for what was typed so far."""
        found = self.workbench.catalogue.find(request.query_params.get("q", "")[:80])
        return JSONResponse([item.name for item in found])

    async def paste(self, request: Request) -> Response:
        """A page to paste a hook request into. An example can be asked for by its number."""
        examples = demo.examples(self.settings.knowledge, self.now().date())
        number = request.query_params.get("example", "")
        body = ""
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(examples):
            body = examples[int(number) - 1].body.decode()
        return await run_in_threadpool(self._pasted, body, 200)

    async def pasted(self, request: Request) -> Response:
        """The answer to a pasted request, or to what it becomes when a suggestion of the answer is accepted."""
        fields = dict(parse_qsl((await self._form_body(request)).decode("utf-8", "replace"), keep_blank_values=True))
        body, accept = fields.get("body", ""), fields.get("accept", "")
        card, _, number = accept.partition(".")
        try:
            if card.isdigit() and number.isdigit():
                body = await run_in_threadpool(self.workbench.accepted, body, int(card), int(number), self.now())
        except RequestError:
            accept = ""
        return await run_in_threadpool(self._pasted, body, 200)

    async def _form_body(self, request: Request) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            # Percent-encoding makes three bytes of one.
            if size > self.settings.max_body * 3:
                raise HTTPException(413)
            parts.append(part)
        return b"".join(parts)

    def _pasted(self, body: str, status: int) -> Response:
        result: Result | None = None
        fault = ""
        if body.strip():
            try:
                result = self.workbench.pasted(body, self.now())
                body = result.request
            except RequestError as error:
                fault, status = str(error), 400
        examples = demo.examples(self.settings.knowledge, self.now().date())
        return self.render.html("paste.html", status, body=body, result=result, fault=fault, examples=examples)

    async def integrators(self) -> Response:
        """What a person needs who connects an EHR."""
        return self.render.html(
            "integrators.html",
            address=f"{self.settings.base_url}/cds-services",
            services=SERVICES.values(),
            specification=SPECIFICATION,
            templates=TEMPLATES,
        )

    async def static(self, name: str) -> Response:
        """A file that pages load."""
        found = self.render.static.get(name)
        if found is None:
            raise HTTPException(404)
        return found.response()


def router(pages: Pages) -> Router:
    """The addresses as a router. It is made anew with the knowledge, so it is none of FastAPI's: that keeps what it
    once saw, and the old knowledge with it.
    """
    routes: list[Route] = []

    def get(path: str, endpoint: Callable[..., Any]) -> None:
        routes.append(Route(path, _asked(endpoint), methods=["GET"]))

    get("/", pages.front)
    get("/case", pages.case)
    get("/names", pages.names)
    get("/request", pages.paste)
    routes.append(Route("/request", pages.pasted, methods=["POST"]))
    get("/integrators", pages.integrators)
    get("/static/{name}", pages.static)
    pages.browser.add(get)
    return Router(routes, redirect_slashes=False)


def _asked(endpoint: Callable[..., Any]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint as a router calls it: with the request, where it takes one, and the parts of the address and of its
    query that it names. One that does not wait is run in a thread.
    """
    taken = signature(endpoint).parameters
    waits = iscoroutinefunction(endpoint)

    async def answer(request: Request) -> Response:
        query = {name: value for name, value in request.query_params.items() if name in taken}
        given = {**query, **request.path_params, **({"request": request} if "request" in taken else {})}
        answered: Response = await (endpoint(**given) if waits else run_in_threadpool(endpoint, **given))
        return answered

    return answer
