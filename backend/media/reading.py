"""Who may see a file, and its bytes."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound, Problem
from backend.media import queries
from backend.media.archive import media_key
from backend.media.models import Media
from backend.sync.commands import Principal
from backend.sync.service import is_held
from media.content import IMAGES, VIDEOS
from media.storage import content_type_of, suffix_of

VARIANTS = ("original", "1600", "320", "poster")
ScopesOf = Callable[[AsyncSession, Principal], Awaitable[list[str]]]
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is sent for a variant: an object of the store. ``filename``: as the sender called it, empty for pictures
    made here. ``large``: better fetched from the store itself."""

    key: str
    content_type: str
    filename: str
    etag: str
    large: bool


async def readable(session: AsyncSession, principal: Principal, media_id: str, scopes: Sequence[ScopesOf]) -> Media:
    """A file that is one's own, or belongs to a paper one's phone may hold; 404 ``media_unknown`` for any other."""
    row = (await queries.by_ids(session, principal.tenant_id, {media_id})).get(media_id)
    if row is None:
        raise NotFound("media_unknown")
    if row.owner_id != principal.user_id and not await _holds_a_paper(session, principal, media_id, scopes):
        raise NotFound("media_unknown")
    return row


async def _holds_a_paper(
    session: AsyncSession, principal: Principal, media_id: str, scopes: Sequence[ScopesOf]
) -> bool:
    links = await queries.links_of(session, principal.tenant_id, {media_id})
    if not links:
        return False
    own = {scope for scopes_of in scopes for scope in await scopes_of(session, principal)}
    if any(own.intersection(link.scopes) for link in links):
        return True
    for link in links:
        if await is_held(session, principal.tenant_id, link.entity, link.entity_id, own):
            return True
    return False


def shown(row: Media, variant: str, *, own: bool) -> Shown:
    """``original`` of a picture is its owner's alone, as it tells where and when it was taken: others get the large
    one made of it. Of a video everybody gets the one packed anew."""
    if variant not in VARIANTS:
        raise NotFound("media_unknown")
    if row.status != "stored":
        raise NotFound("media_refused" if row.status == "refused" else "media_not_here")
    if variant == "original":
        if row.content_type in VIDEOS:
            variant = "video"
        elif row.content_type in IMAGES and not own:
            variant = "1600"
        else:
            return _made(row, "original", row.content_type)
    content_type = row.variants.get(variant)
    if content_type is None:
        raise NotFound("media_unknown")
    return _made(row, variant, content_type)


def _made(row: Media, variant: str, content_type: str) -> Shown:
    name = f"{variant}.{suffix_of(content_type)}"
    whole = variant in ("original", "video")
    return Shown(
        key=media_key(row.tenant_id, row.id, name),
        content_type=content_type_of(name),
        filename=row.filename if whole else "",
        etag=f'"{row.sha256[:32]}-{variant}"',
        large=whole and row.content_type in IMAGES | VIDEOS,
    )


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and how many, of a ``Range`` with one range; None = all of it. 416 when it lies outside."""
    found = _RANGE.fullmatch(header or "")
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        headers = {"Content-Range": f"bytes */{size}"}
        raise Problem("range_not_satisfiable", "Outside of the file.", status=416, headers=headers)
    return start, end - start


async def first_of(chunks: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """The same, with the first chunk read already: what the store refuses is then still an answer."""
    head = await anext(chunks, b"")

    async def rest() -> AsyncIterator[bytes]:
        async with aclosing(chunks):
            yield head
            async for chunk in chunks:
                yield chunk

    return rest()
