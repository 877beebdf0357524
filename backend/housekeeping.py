"""What must be done now and then: expired sessions, old rate-limit windows, feed rows nobody needs any more.

Any number of processes may run the loop; a lease row lets one work at a time, and when it dies the lease runs out.
Each duty has its own transaction: one that fails is logged and does not keep the others from running. What is done
brand by brand is only asked for here, and done as a job of each brand (``backend.jobs.chores``).
"""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile
from sqlalchemy import String, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Sessions, transaction
from backend.db import Base, insert_into
from backend.identity.attempts import forget_old_attempts
from backend.identity.known import forget_old_devices
from backend.identity.service import forget_expired_sessions
from offline.ids import new_id

log = structlog.get_logger("qudao.housekeeping")
INTERVAL_SECONDS = 60.0
_LEASE = timedelta(minutes=5)
_STATISTICS_EVERY = timedelta(hours=6)
CLOCKS_APART = timedelta(minutes=5)
"""The clocks of machines that share a database are nearer than this, but for one that is wrong."""
# name -> removes what is due at a time, returns how many rows. A slice's chores are added in backend/app.py.
Duty = tuple[str, Callable[[AsyncSession, datetime], Awaitable[int]]]
IDENTITY_DUTIES: tuple[Duty, ...] = (
    ("expired_sessions", forget_expired_sessions),
    ("old_attempts", forget_old_attempts),
    ("old_devices", forget_old_devices),
)


class Lease(Base):
    """Who does a job that only one may do, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(128))
    until: Mapped[datetime]


def own_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


async def take_lease(session: AsyncSession, name: str, holder: str, now: datetime, length: timedelta = _LEASE) -> bool:
    """Whether ``holder`` has the lease now: it was free, run out, or its own. One that ends later than anybody could
    have taken it was taken by a clock that was wrong: it counts as run out, or nobody would have it for a year."""
    statement = (
        insert_into(session, Lease)
        .values(name=name, holder=holder, until=now + length)
        .on_conflict_do_update(
            index_elements=[Lease.name],
            set_={"holder": holder, "until": now + length},
            where=(Lease.until <= now) | (Lease.holder == holder) | (Lease.until > now + length + CLOCKS_APART),
        )
        .returning(Lease.holder)
    )
    return (await session.execute(statement)).scalar_one_or_none() == holder


async def give_back_lease(session: AsyncSession, name: str, holder: str, now: datetime) -> None:
    await session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=now))


async def renew_statistics(session: AsyncSession, now: datetime) -> int:
    """Let SQLite know how much there is of what, now and then: without that it takes a brand for one of many, and reads
    all it has where a key leads to a few. Removes nothing. PostgreSQL sees to it by itself."""
    if session.get_bind().dialect.name == "sqlite" and await take_lease(
        session, "statistics", new_id(), now, _STATISTICS_EVERY
    ):
        for statement in (
            # Some rows of each index tell enough, and take milliseconds however many there are.
            "PRAGMA analysis_limit=400",
            "ANALYZE",
            # Of a table with three rows it would go through all, and still do so when there are thousands.
            "DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < 1000",
            "ANALYZE sqlite_schema",
            # Other connections look at them when the schema has changed, and only then.
            "CREATE TABLE statistics_are_new (never INTEGER)",
            "DROP TABLE statistics_are_new",
        ):
            await session.execute(text(statement))
    return 0


class Housekeeper:
    """The loop. ``folder`` gets ``worker.health`` (touched every round) and ``worker.prom`` (metrics), if given."""

    def __init__(
        self,
        sessions: Sessions,
        duties: Sequence[Duty],
        folder: Path | None = None,
        *,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self.sessions = sessions
        self.duties = duties
        self.folder = folder
        self.holder = own_name()
        self.registry = CollectorRegistry() if registry is None else registry
        self.removed = Counter("qudao_housekeeping_rows", "Rows removed", ("duty",), registry=self.registry)
        self.failures = Counter("qudao_housekeeping_failures", "Duties that failed", ("duty",), registry=self.registry)
        self.last_round = Gauge(
            "qudao_housekeeping_round_seconds",
            "Unix time of the last",
            registry=self.registry,
            multiprocess_mode="max",
        )

    async def run(self, interval: float = INTERVAL_SECONDS, *, delay: float = 0.0) -> None:
        """Until cancelled."""
        await asyncio.sleep(delay)
        try:
            while True:
                await self.round()
                await asyncio.sleep(interval)
        finally:
            async with transaction(self.sessions) as session:
                await give_back_lease(session, "housekeeping", self.holder, datetime.now(UTC))

    async def round(self) -> dict[str, int] | None:
        """Every duty once; rows removed by duty, or None when another process holds the lease."""
        now = datetime.now(UTC)
        try:
            async with transaction(self.sessions) as session:
                leading = await take_lease(session, "housekeeping", self.holder, now)
        except Exception:
            log.exception("no lease")
            return None
        done = {name: await self._do(name, duty, now) for name, duty in self.duties} if leading else None
        self.last_round.set(time.time())
        try:
            await asyncio.to_thread(self._report)
        except OSError as error:
            # A disk that is full: the health check tells it, and the work goes on.
            log.warning("no report written", reason=error.strerror or str(error))
        return done

    async def _do(self, name: str, duty: Callable[[AsyncSession, datetime], Awaitable[int]], now: datetime) -> int:
        try:
            async with transaction(self.sessions) as session:
                count = await duty(session, now)
        except Exception:
            self.failures.labels(name).inc()
            log.exception("duty failed", duty=name)
            return 0
        self.removed.labels(name).inc(count)
        if count:
            log.info("duty done", duty=name, rows=count)
        return count

    def _report(self) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "worker.health").touch()
        write_to_textfile(str(self.folder / "worker.prom"), self.registry)
