"""The service's memory while it runs: decisions are written behind its back, feedback while the client waits.

One thread writes, in the order things came, so that feedback follows the decision it speaks of. A decision that
cannot be written is tried again until it can; while that lasts the service says so (``problem``, ``/readyz``, the
metric ``cds_store_up``). Only when more wait than the queue holds, or when time runs out at the end, is a decision
given up, and each one is counted and logged.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import bindparam, select

from cds import __version__, metrics
from cds.errors import StoreError
from cds.store.chain import Chain, Link
from cds.store.database import Database
from cds.store.decision import Decision
from cds.store.feedback import Comments, Said, Taken, take
from cds.store.keyed import Key
from cds.store.moments import moment, stamp
from cds.store.tables import DECISIONS, FEEDBACK, FIRED
from cds.store.write import write

MOST_WAITING: Final = 5000
AT_ONCE: Final = 100
"""Decisions of one transaction."""

GATHER_SECONDS: Final = 0.05
"""How long decisions wait for others to be written with them: a transaction of ten costs little more than of one."""

PAUSE_SECONDS: Final = (0.1, 0.5, 2.0, 5.0)
"""How long to wait before the next attempt: the last one again and again."""

NOT_RECORDED: Final = "decisions are not being recorded"


_SAID_OF: Final = (
    select(FIRED.c.finding, FEEDBACK.c.outcome)
    .join(DECISIONS, DECISIONS.c.id == FIRED.c.decision)
    .join(FEEDBACK, FEEDBACK.c.card == FIRED.c.card)
    .where(DECISIONS.c.encounter == bindparam("encounter"), FIRED.c.card != "", FIRED.c.finding != "")
    .order_by(FEEDBACK.c.outcome_at)
)
"""What was said of the findings of an encounter; asked for each answer, so it is put together once."""


@dataclass(frozen=True, slots=True)
class _Report:
    """A batch of feedback, and where its sender waits."""

    batch: tuple[Said, ...]
    client: str
    answer: Future[Taken]


class Ledger:
    """Keeps decisions and feedback in a database. Nothing here ever stops a hook from being answered."""

    def __init__(self, database: Database, key: Key, comments: Comments, waiting: int = MOST_WAITING) -> None:
        self.key = key
        self.database = database
        self.problem = ""
        self.lost = 0
        self._comments = comments
        self._most = waiting
        self._jobs: deque[Decision | _Report] = deque()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._chain: Chain | None = None
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def record(self, decision: Decision) -> None:
        """Have a decision written. Returns at once."""
        with self._changed:
            if len(self._jobs) >= self._most:
                self._lose(1, "queue full")
                return
            self._jobs.append(decision)
            metrics.QUEUE.set(len(self._jobs))
            if len(self._jobs) == 1:  # else the thread is awake already
                self._changed.notify()

    def take(self, batch: Sequence[Said], client: str = "") -> Future[Taken]:
        """Have feedback kept. The future holds what became of it, or StoreError: then the client may send it again."""
        report = _Report(tuple(batch), client, Future())
        report.answer.set_running_or_notify_cancel()  # whoever stops waiting must not take the answer from under us
        with self._changed:
            if self._stopping.is_set() or len(self._jobs) >= self._most:
                report.answer.set_exception(StoreError("feedback cannot be kept now"))
            else:
                self._jobs.append(report)
                self._changed.notify()
        return report.answer

    def overridden(self, encounter: str) -> frozenset[str]:
        """The findings (keyed hashes) that were overridden in an encounter. StoreError when that cannot be told.

        Only the last word counts: what was overridden and then accepted was accepted.
        """
        if self._chain is None:  # nothing was written by this process yet, or the database is away
            return frozenset()
        with self.database.reading() as connection:
            last = {row.finding: row.outcome for row in connection.execute(_SAID_OF, {"encounter": encounter})}
        return frozenset(finding for finding, outcome in last.items() if outcome == "overridden")

    def shown(self, encounter: str, hook: str, since: str) -> frozenset[str]:
        """The findings (keyed hashes) that stood on a card of this hook in an encounter since a moment. StoreError when
        that cannot be told.
        """
        query = (
            select(FIRED.c.finding)
            .join(DECISIONS, DECISIONS.c.id == FIRED.c.decision)
            .where(
                DECISIONS.c.encounter == encounter,
                DECISIONS.c.hook == hook,
                DECISIONS.c.at >= since,
                FIRED.c.card != "",
                FIRED.c.finding != "",
            )
        )
        if self._chain is None:
            return frozenset()
        with self.database.reading() as connection:
            return frozenset(row.finding for row in connection.execute(query))

    def close(self, seconds: float = 5.0) -> None:
        """Write what waits, for as long as that may take, and end."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        with self._changed:
            left = [job for job in self._jobs if isinstance(job, Decision)]
            self._jobs.clear()
            if left:
                self._lose(len(left), "stopped")
        if not self._thread.is_alive():
            self.database.close()

    # --- the writing thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        attempt = 0
        while True:
            jobs = self._next() if self._chain or attempt else []
            if not jobs and self._stopping.is_set():
                break
            try:
                self._attempt(jobs)
            except StoreError as error:
                self._failed(jobs, error)
                if self._stopping.is_set() and attempt >= len(PAUSE_SECONDS):
                    break
                self._stopping.wait(PAUSE_SECONDS[min(attempt, len(PAUSE_SECONDS) - 1)])
                attempt += 1
            else:
                attempt = 0
                self._well()
        self._release()

    def _next(self) -> list[Decision | _Report]:
        """The jobs to do next, still in the queue: as many as go into one transaction. None while there is no chain
        yet, or when it is time to end.
        """
        with self._changed:
            while self._chain and not self._jobs and not self._stopping.is_set():
                self._changed.wait()
            if self._chain and not self._stopping.is_set() and not self._is_awaited():
                self._changed.wait(GATHER_SECONDS)
            return [self._jobs[place] for place in range(min(len(self._jobs), AT_ONCE))]

    def _is_awaited(self) -> bool:
        """Whether there is enough for one transaction, or somebody waits for the answer to feedback."""
        return len(self._jobs) >= AT_ONCE or any(isinstance(job, _Report) for job in self._jobs)

    def _attempt(self, jobs: list[Decision | _Report]) -> None:
        """As ``_write``; whatever else goes wrong than the database is as lasting as the record that caused it."""
        try:
            self._write(jobs)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - the thread must go on, and the record is counted as lost
            raise StoreError("a record could not be written", type(error).__name__, lasting=True) from None

    def _write(self, jobs: list[Decision | _Report]) -> None:
        """Carry out jobs in one transaction and take them from the queue. StoreError: nothing was kept."""
        chain = self._opened()
        if not jobs:
            return
        with self.database.writing() as connection:
            link = Link(connection, chain)
            # First all decisions: feedback never comes before the decision it speaks of, so this keeps their order.
            write(connection, link, [job for job in jobs if isinstance(job, Decision)])
            answers = [
                (job.answer, take(connection, link, job.batch, job.client, self._comments))
                for job in jobs
                if isinstance(job, _Report)
            ]
            link.close()
        self._done(jobs)
        metrics.DECISIONS.labels("written").inc(sum(isinstance(job, Decision) for job in jobs))
        for answer, taken in answers:
            answer.set_result(taken)

    def _opened(self) -> Chain:
        if self._chain is None:
            if self.database.embedded:
                self.database.upgrade()
            if not self.database.is_current():
                raise StoreError("the tables are not those of this program: run `cds db upgrade`")
            chain = Chain(self.key)
            with self.database.writing() as connection:
                chain.open(connection, stamp(moment()), __version__)
            self._chain = chain
        return self._chain

    def _failed(self, jobs: list[Decision | _Report], error: StoreError) -> None:
        """Feedback is refused at once, because its sender waits. Decisions stay, except one that can never be kept."""
        if not self.problem:
            structlog.get_logger().error(NOT_RECORDED, reason=error.kind or str(error))
        self.problem = NOT_RECORDED
        metrics.STORE_UP.set(0)
        reports = [job for job in jobs if isinstance(job, _Report)]
        self._done(reports)
        for report in reports:
            report.answer.set_exception(error)
        decisions = [job for job in jobs if isinstance(job, Decision)]
        if not error.lasting or not decisions:
            return
        for decision in decisions:
            try:
                self._attempt([decision])
            except StoreError as one:
                if one.lasting:
                    self._done([decision])
                    self._lose(1, one.kind)

    def _well(self) -> None:
        if self.problem:
            structlog.get_logger().info("decisions are recorded again")
        self.problem = ""
        metrics.STORE_UP.set(1)

    def _done(self, jobs: Sequence[Decision | _Report]) -> None:
        done = {id(job) for job in jobs}
        with self._changed:
            self._jobs = deque(job for job in self._jobs if id(job) not in done)
            metrics.QUEUE.set(len(self._jobs))

    def _lose(self, number: int, reason: str) -> None:
        self.lost += number
        metrics.DECISIONS.labels("lost").inc(number)
        structlog.get_logger().error("decisions lost", count=number, reason=reason)

    def _release(self) -> None:
        if self._chain is None:
            return
        try:
            with self.database.writing() as connection:
                self._chain.release(connection)
        except StoreError:
            structlog.get_logger().error("the chain was not closed")
