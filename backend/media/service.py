"""What other slices ask and do of files: naming those of a paper, showing them, and comparing them.

    attach      a paper names its files, whether they are here or not
    detach      a paper lets go of files
    views       files as rows carry them
    papers      which papers name files
    large_picture   a stored picture, to make another of it
    papers_of   the papers that files belong to
    proofs      what is known of files as evidence
    store_public    a picture that everybody may see
    exchange_public     rows name other public pictures than before
    looks       what pictures of a kind of paper look like, for ``media.evidence.distance``

When a file has come, the listeners that ``backend/app.py`` registers are told, so that papers put their rows anew.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import insert_missing
from backend.errors import Unavailable
from backend.inputs import is_time
from backend.media import queries
from backend.media.archive import SWEPT_WITHIN, Listener, archive_of, media_key
from backend.media.models import Media, MediaLink
from backend.media_routes import name_of_picture, picture_name, store_picture
from backend.sync.commands import Refused
from media.storage import NoSuchObject, StorageDown, read_whole
from offline.wire.media import MediaRef, MediaView, Position

__all__ = [
    "KEPT_RELEASED",
    "KEPT_UNATTACHED",
    "Listener",
    "Proof",
    "attach",
    "detach",
    "exchange_public",
    "expected_media",
    "large_picture",
    "looks",
    "papers_of",
    "proofs",
    "store_public",
    "view_of",
    "views",
]

KEPT_UNATTACHED = timedelta(days=14)
KEPT_RELEASED = timedelta(days=90)
"""A phone may hold an older row for so long: as long as the feed remembers what is gone."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file says of itself. ``taken_at`` and ``position`` are the phone's words, ``exif`` the file's
    (``media.evidence.Exif`` as plain data); ``look`` is for ``media.evidence.distance``, empty where there is none."""

    id: str
    sha256: str
    source: str
    taken_at: datetime | None
    position: Position | None
    exif: dict[str, Any] | None
    look: str


@dataclass(frozen=True, slots=True)
class _Paper:
    entity: str
    id: str
    organisation_id: str | None
    user_id: str

    def may_share(self, link: MediaLink) -> bool:
        """Whether a file of that paper may stand in this one, whoever sent it."""
        same_house = self.organisation_id is not None and link.organisation_id == self.organisation_id
        return same_house or (link.entity, link.entity_id) == (self.entity, self.id)

    def link(self, tenant_id: str, scopes: Collection[str], now: datetime) -> dict[str, Any]:
        """The columns of a ``MediaLink`` but the file's id."""
        return {
            "tenant_id": tenant_id,
            "entity": self.entity,
            "entity_id": self.id,
            "organisation_id": self.organisation_id,
            "scopes": sorted(scopes),
            "attached_at": now,
        }


async def attach(
    session: AsyncSession,
    tenant_id: str,
    refs: Sequence[MediaRef],
    *,
    user_id: str,
    entity: str,
    entity_id: str,
    now: datetime,
    organisation_id: str | None = None,
    scopes: Collection[str] = (),
) -> tuple[MediaView, ...]:
    """Name ``refs`` as files of a paper, beside those it has; returns them as they are, in the same order. Those that
    are not here yet are ``expected``.

    ``entity`` and ``entity_id`` are the paper's in the feed: whoever may hold that row may see its files, and whoever
    holds one of ``scopes``. Refuses with ``media_taken`` {media} when a file is somebody else's and belongs to no
    paper of ``organisation_id``, and ``media_mismatch`` {media} when it is known with another length or hash."""
    unique = {ref.id: ref for ref in refs}
    paper = _Paper(entity, entity_id, organisation_id, user_id)
    held = await queries.by_ids(session, tenant_id, unique, lock=True)
    await _check(session, tenant_id, unique, held, paper)
    if missing := [ref for ref in unique.values() if ref.id not in held]:
        rows = [expected_media(tenant_id, ref, user_id, now) for ref in missing]
        await insert_missing(session, Media, rows)
        held = await queries.by_ids(session, tenant_id, unique, lock=True)
        # Another transaction may have made them in between.
        await _check(session, tenant_id, unique, held, paper)
    for ref in unique.values():
        _take_facts(held[ref.id], ref, user_id)
    link = paper.link(tenant_id, scopes, now)
    await insert_missing(session, MediaLink, [{**link, "media_id": id_} for id_ in unique])
    await session.flush()
    return tuple(view_of(held[ref.id]) for ref in refs)


async def _check(
    session: AsyncSession,
    tenant_id: str,
    refs: dict[str, MediaRef],
    held: dict[str, Media],
    paper: _Paper,
) -> None:
    foreign = {id_ for id_, row in held.items() if row.owner_id != paper.user_id}
    for link in await queries.links_of(session, tenant_id, foreign):
        if paper.may_share(link):
            foreign.discard(link.media_id)
    if foreign:
        raise Refused("media_taken", media=min(foreign))
    for id_, row in held.items():
        # Without a hash it was announced by a client that knows none.
        if row.size != refs[id_].size or row.sha256 not in ("", refs[id_].sha256):
            raise Refused("media_mismatch", media=id_)


def expected_media(tenant_id: str, ref: MediaRef, user_id: str, now: datetime, filename: str = "") -> dict[str, Any]:
    """The columns of a file that is to come and that no paper needs yet."""
    return {
        "tenant_id": tenant_id,
        "id": ref.id,
        "owner_id": user_id,
        "sha256": ref.sha256,
        "size": ref.size,
        "content_type": ref.content_type,
        "filename": filename,
        "source": ref.source,
        "status": "expected",
        "refused": "",
        "width": 0,
        "height": 0,
        "seconds": 0.0,
        "look": "",
        "variants": {},
        "announced": True,
        "created_at": now,
        "expires_at": now + KEPT_UNATTACHED,
    }


def _take_facts(row: Media, ref: MediaRef, user_id: str) -> None:
    """What the phone says of its own file, once; and that a paper needs it."""
    if row.owner_id == user_id and row.taken_at is None and row.position is None:
        # Of a phone whose clock tells no time that can be kept, the picture is kept all the same.
        row.taken_at = ref.taken_at if ref.taken_at is not None and is_time(ref.taken_at) else None
        position = ref.position if ref.position is not None and is_time(ref.position.at) else None
        row.position = msgspec.to_builtins(position)
        row.source = ref.source
    row.sha256 = row.sha256 or ref.sha256
    if row.status != "refused":
        row.expires_at = None


async def detach(
    session: AsyncSession,
    tenant_id: str,
    *,
    entity: str,
    entity_id: str,
    now: datetime,
    keep: Collection[str] = (),
) -> None:
    """A paper lets go of its files but ``keep``. What no other paper needs is swept after ``KEPT_UNATTACHED``."""
    gone = set(await queries.linked_ids(session, tenant_id, entity, entity_id)) - set(keep)
    if not gone:
        return
    held = await queries.by_ids(session, tenant_id, gone, lock=True)
    await session.execute(
        delete(MediaLink).where(
            MediaLink.tenant_id == tenant_id,
            MediaLink.entity == entity,
            MediaLink.entity_id == entity_id,
            MediaLink.media_id.in_(sorted(gone)),
        )
    )
    needed = {link.media_id for link in await queries.links_of(session, tenant_id, gone)}
    for id_, row in held.items():
        if id_ not in needed and row.expires_at is None:
            row.expires_at = now + KEPT_UNATTACHED


def view_of(row: Media) -> MediaView:
    return MediaView(
        id=row.id,
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
        status=row.status,
        width=row.width,
        height=row.height,
        refused=row.refused,
    )


async def views(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, MediaView]:
    """By id; what is not known is left out."""
    return {id_: view_of(row) for id_, row in (await queries.by_ids(session, tenant_id, ids)).items()}


async def papers_of(session: AsyncSession, tenant_id: str, ids: Collection[str], entity: str) -> tuple[str, ...]:
    """Ids of the papers of a kind that these files belong to, sorted: what a listener puts anew."""
    links = await queries.links_of(session, tenant_id, ids)
    return tuple(sorted({link.entity_id for link in links if link.entity == entity}))


async def papers(
    session: AsyncSession, tenant_id: str, entity: str, media_ids: Collection[str]
) -> dict[str, list[str]]:
    """Ids of the papers of this kind that name any of the files, with the files of each."""
    found: dict[str, list[str]] = {}
    for link in await queries.links_of(session, tenant_id, media_ids):
        if link.entity == entity:
            found.setdefault(link.entity_id, []).append(link.media_id)
    return found


async def large_picture(session: AsyncSession, tenant_id: str, media_id: str) -> bytes | None:
    """The WebP of at most 1600 pixels made of a stored picture; None for what is no picture, is not here, or was lost
    by the store."""
    row = (await queries.by_ids(session, tenant_id, {media_id})).get(media_id)
    if row is None or row.status != "stored" or "1600" not in row.variants:
        return None
    try:
        return await read_whole(archive_of(session).storage, media_key(tenant_id, media_id, "1600.webp"))
    except NoSuchObject:
        return None
    except StorageDown as error:
        raise Unavailable("storage_down") from error


async def store_public(session: AsyncSession, content: bytes) -> str:
    """Keep a WebP picture for everybody to see; returns its path on our origin, a hash of its bytes."""
    # Before it is looked for: it may be about to be swept.
    await _keep_public(session, {name_of_picture(content)})
    try:
        return await store_picture(archive_of(session).storage, content)
    except StorageDown as error:
        raise Unavailable("storage_down") from error


async def _keep_public(session: AsyncSession, names: Collection[str]) -> None:
    if not await queries.forget_released(session, names, datetime.now(UTC) - SWEPT_WITHIN):
        raise Unavailable("picture_going", "A picture with these bytes is just being deleted: try again.")


async def exchange_public(
    session: AsyncSession, tenant_id: str, before: Collection[str | None], after: Collection[str | None], now: datetime
) -> None:
    """Rows of the brand named the public pictures ``before`` (addresses) and name those ``after``. What nobody names
    then is swept after ``KEPT_RELEASED``."""
    old, new = ({name for each in some if each and (name := picture_name(each))} for some in (before, after))
    if named := new - old:
        await _keep_public(session, named)
    if gone := old - new:
        await queries.release(session, tenant_id, gone, now + KEPT_RELEASED)


async def proofs(session: AsyncSession, tenant_id: str, ids: Collection[str]) -> dict[str, Proof]:
    """By id; what is not known is left out."""
    return {id_: _proof(row) for id_, row in (await queries.by_ids(session, tenant_id, ids)).items()}


def _proof(row: Media) -> Proof:
    return Proof(
        id=row.id,
        sha256=row.sha256,
        source=row.source,
        taken_at=row.taken_at,
        position=msgspec.convert(row.position, Position | None),
        exif=row.exif,
        look=row.look,
    )


def looks(
    session: AsyncSession, tenant_id: str, entity: str, since: datetime, *, at_once: int
) -> AsyncIterator[Sequence[tuple[str, str, str]]]:
    """(file, paper, look) of the stored pictures attached to papers of this kind since then, ``at_once`` at a time and
    in no order."""
    return queries.looks(session, tenant_id, entity, since, at_once)
