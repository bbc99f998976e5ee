"""The addresses of the report and of the metrics, and the small application that offers them on their own address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cds import metrics
from cds.errors import StoreError
from cds.hooks.outcome import outcome
from cds.report.figures import Report
from cds.report.gather import DAYS, Period, gather
from cds.report.page import POLICY, page
from cds.report.told import as_json
from cds.report.words import Words
from cds.store.database import Database

LONGEST: Final = 366
PERIODS: Final = ((7, "last week"), (DAYS, "last 30 days"), (90, "last 90 days"), (LONGEST, "last year"))


class Reports:
    """The report as a page and as JSON. ``words`` gives codes in words, as the knowledge has them now; ``home`` is the
    address of the other pages, where they are at the same place.
    """

    def __init__(
        self,
        database: Callable[[], Database | None],
        words: Callable[[], Words],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        home: str = "",
    ) -> None:
        self._home = home
        self._database = database
        self._words = words
        self._now = now

    async def shown(self, request: Request) -> Response:
        """The page of a period: ``?from=2026-10-01&to=2026-10-31``, else the last 30 days."""
        return await self._answered(request, self._page)

    async def told(self, request: Request) -> Response:
        """The same figures as JSON."""
        return await self._answered(request, lambda report: JSONResponse(as_json(report)))

    async def _answered(self, request: Request, written: Callable[[Report], Response]) -> Response:
        database = self._database()
        if database is None:
            return outcome(404, "Nothing is kept, so there is nothing to report. Name a database in CDS_DATABASE.")
        period = period_of(request.query_params.get("from", ""), request.query_params.get("to", ""), self._now().date())
        if period is None:
            return outcome(400, "from and to must be dates such as 2026-10-01, a year apart at most.")
        try:
            report = await run_in_threadpool(gather, database, period)
        except StoreError:
            return outcome(503, "The database cannot be read now.")
        return written(report)

    def _page(self, report: Report) -> Response:
        today = self._now().date()
        periods = [
            (name, f"?from={(today - timedelta(days=days - 1)).isoformat()}&to={today.isoformat()}")
            for days, name in PERIODS
        ]
        periods.append(("JSON", f"reports.json?from={report.since}&to={report.until}"))
        text = page(report, self._words(), periods, home=self._home)
        return Response(text, media_type="text/html; charset=utf-8", headers={"content-security-policy": POLICY})


def period_of(first: str, last: str, today: date) -> Period | None:
    """The period that was asked for; None when it cannot be understood."""
    try:
        end = date.fromisoformat(last) if last else today
        start = date.fromisoformat(first) if first else Period.until(end).first
    except ValueError:
        return None
    return Period(start, end) if timedelta(0) <= end - start < timedelta(days=LONGEST) else None


async def figures(_request: Request) -> Response:
    """All metrics in Prometheus' text format."""
    text = await run_in_threadpool(metrics.exposition)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _live(_request: Request) -> Response:
    return JSONResponse({"status": "live"})


def operations_app(reports: Reports) -> Starlette:
    """Metrics and reports on an address of their own, away from the clients."""
    routes: list[Any] = [
        Route("/metrics", figures),
        Route("/reports", reports.shown),
        Route("/reports.json", reports.told),
        Route("/livez", _live),
    ]
    return Starlette(routes=routes)
