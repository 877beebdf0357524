"""Chores of files: uploads nobody goes on with, files no paper needs, quarantine, papers not told yet.

What is swept is marked first, then deleted from the store without a transaction, so that a slow store keeps nobody from
writing, then taken off the books. Whoever is killed in between leaves it marked and due: it is found again, and
deleting twice does no harm. Nobody may begin anew with what is marked (``being_swept``).
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions, transaction
from backend.errors import Unavailable
from backend.jobs.service import DUE, PAUSE, Chore, Job, TryLater, Work, enqueue, in_parts
from backend.media import queries
from backend.media.archive import ARCHIVE, Archive, archive_of, delete_below, parts_prefix, prefixes_of, quarantine_key
from backend.media.finishing import tell
from backend.media.models import Media
from backend.media_routes import delete_picture, picture_address
from media.storage import StorageDown

_AT_ONCE = 25
_TOLD_BY_THEN = timedelta(minutes=1)
# (sessions, archive, tenant_id, now) -> how many things were swept.
Sweep = Callable[[Sessions, Archive, str, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Doomed:
    """What the store has of a file: everything below ``prefixes``, and ``keys``."""

    id: str
    prefixes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


async def _delete(archive: Archive, doomed: Sequence[_Doomed]) -> None:
    with _store_there():
        for each in doomed:
            await delete_below(archive.storage, *each.prefixes)
            for key in each.keys:
                await archive.storage.delete(key)


async def sweep_uploads(sessions: Sessions, archive: Archive, tenant_id: str, now: datetime) -> int:
    """Expired uploads with their parts. The file stays expected: its client may begin anew."""
    async with transaction(sessions) as session:
        ids = [upload.id for upload in await queries.expired_uploads(session, tenant_id, now, _AT_ONCE)]
        for row in (await queries.by_ids(session, tenant_id, ids, lock=True)).values():
            row.swept_at = now
    await _delete(archive, [_Doomed(id_, (parts_prefix(tenant_id, id_),)) for id_ in ids])
    async with transaction(sessions) as session:
        for id_, row in (await queries.by_ids(session, tenant_id, ids, lock=True)).items():
            upload = await queries.upload(session, tenant_id, id_, lock=True)
            if row.swept_at == now and upload is not None:
                await session.delete(upload)
                row.swept_at = None
    return len(ids)


async def sweep_files(sessions: Sessions, archive: Archive, tenant_id: str, now: datetime) -> int:
    """Files no paper needs, whole; refused ones that a paper names lose what lay in quarantine."""
    async with transaction(sessions) as session:
        found = await queries.expired(session, tenant_id, now, _AT_ONCE)
        doomed = [each for row in found if (each := await _mark(session, row, now)) is not None]
    await _delete(archive, doomed)
    async with transaction(sessions) as session:
        for row in (await queries.by_ids(session, tenant_id, [each.id for each in doomed], lock=True)).values():
            await _settle(session, row, now)
    return len(found)


async def _mark(session: AsyncSession, row: Media, now: datetime) -> _Doomed | None:
    upload = await queries.upload(session, row.tenant_id, row.id, lock=True)
    if await queries.links_of(session, row.tenant_id, {row.id}):
        return _Doomed(row.id, keys=(quarantine_key(row.tenant_id, row.id),))
    if upload is not None:
        row.expires_at = upload.expires_at
        return None
    # A paper that names it from now on names one that is not here.
    row.status, row.variants, row.swept_at = "expected", {}, now
    return _Doomed(row.id, prefixes_of(row.tenant_id, row.id))


async def _settle(session: AsyncSession, row: Media, now: datetime) -> None:
    """``row``: as it is now that the store has nothing of it."""
    named = bool(await queries.links_of(session, row.tenant_id, {row.id}))
    if row.swept_at is None:
        row.expires_at = None if named else row.expires_at
    elif row.swept_at == now and not named:
        await session.delete(row)
    elif row.swept_at == now:
        row.swept_at = None


@contextmanager
def _store_there() -> Iterator[None]:
    try:
        yield
    except (StorageDown, Unavailable) as error:
        raise TryLater("storage_down") from error


async def sweep_pictures(sessions: Sessions, archive: Archive, tenant_id: str, now: datetime) -> int:
    """Public pictures whose time is over. One that a row of any brand names, or another brand let go of as well, only
    leaves this brand's list."""
    async with transaction(sessions) as session:
        found = {row.name: row for row in await queries.released(session, tenant_id, now, _AT_ONCE)}
        kept = await _still_shown(session, archive, tenant_id, found, now)
        for name, row in found.items():
            if name in kept:
                await session.delete(row)
            else:
                row.swept_at = now
    with _store_there():
        for name in found.keys() - kept:
            await delete_picture(archive.storage, name)
    async with transaction(sessions) as session:
        await queries.forget_swept(session, tenant_id, found.keys() - kept, now)
    return len(found)


async def _still_shown(
    session: AsyncSession, archive: Archive, tenant_id: str, found: Collection[str], now: datetime
) -> set[str]:
    kept = await queries.released_elsewhere(session, tenant_id, found, now)
    addresses = {picture_address(name): name for name in found}
    for names_of in archive.namers:
        kept |= {addresses[each] for each in await names_of(session, addresses)}
    return kept


def _job(sweep: Sweep) -> Job:
    """``sweep`` in a job of its own, and again soon where there is more."""

    async def handle(work: Work) -> None:
        now = datetime.now(UTC)
        archive: Archive = work.sessions.kw["info"][ARCHIVE]
        done = await sweep(work.sessions, archive, work.tenant_id, now)
        async with work.finishing() as session:
            if done >= _AT_ONCE:
                await enqueue(session, work.kind, {}, tenant_id=work.tenant_id, key=DUE, run_at=now + PAUSE)

    return Job(handle)


async def tell_papers(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """What a server that was killed, or a database that was away, left untold."""
    found = await queries.unannounced(session, tenant_id, now - _TOLD_BY_THEN, _AT_ONCE)
    if found:
        with _store_there():
            await tell(session, archive_of(session).listeners, tenant_id, sorted(found))
    return len(found)


async def _with_untold(session: AsyncSession, now: datetime) -> Sequence[str]:
    return await queries.brands_unannounced(session, now - _TOLD_BY_THEN)


_OFTEN = timedelta(minutes=1)
CHORES: dict[str, Chore] = {
    "media.uploads": Chore(_job(sweep_uploads), _OFTEN, queries.brands_with_expired_uploads),
    "media.sweep": Chore(_job(sweep_files), _OFTEN, queries.brands_with_expired),
    "media.pictures": Chore(_job(sweep_pictures), brands=queries.brands_with_released),
    "media.tell": Chore(in_parts(tell_papers, _AT_ONCE), _OFTEN, _with_untold),
}
