"""Telling people something on their devices, with the app closed."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.service import sessions_that_ended
from backend.jobs.service import Chore, enqueue_all, whole
from backend.push import queries

__all__ = ["SEND", "Notice", "forget_subscriptions", "notify"]

SEND = "push.send"
"""Kind of the job that hands messages to push services."""
PEOPLE_A_JOB = 250


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Arguments of a job: to all devices of ``users``, or to the devices ``devices`` (ids of subscriptions)."""

    subject: str
    text: str
    values: dict[str, Any]
    url: str
    at: datetime
    urgent: bool = False
    users: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


async def notify(  # noqa: PLR0917 - who, about what, in which words, leading where: all are always given
    session: AsyncSession,
    tenant_id: str,
    user_ids: Collection[str],
    subject: str,
    text_key: str,
    values: Mapping[str, Any],
    url: str,
    *,
    urgent: bool = False,
) -> None:
    """Tell these people once this transaction is committed: a web push to each device of theirs that wants them.

    Of one ``subject`` (``order:<id>``, ``notice:<id>``) a device shows one notification, the latest. The words are
    ``<text_key>.title`` and ``.text`` of the catalogs, in each reader's language, filled with ``values``: JSON, where
    names in several languages become the reader's. They pass through others' servers (encrypted) and stand on locked
    screens: no prices, no secrets. ``url`` is the app's own address that a press opens. In quiet hours it waits,
    unless it is ``urgent``. Who has no device is passed over: this is never the only way to learn of something."""
    if not url.startswith("/") or url.startswith("//"):
        raise ValueError(f"not an address of the app: {url}")
    people = sorted(set(user_ids))
    if len(people) <= PEOPLE_A_JOB:
        # Most have none, and then there is no job; of many, the jobs ask, a part each.
        people = await queries.people_with_devices(session, tenant_id, people)
    notice = Notice(
        subject=subject,
        text=text_key,
        values=msgspec.to_builtins(dict(values)),
        url=url,
        at=datetime.now(UTC),
        urgent=urgent,
    )
    parts = [tuple(people[start : start + PEOPLE_A_JOB]) for start in range(0, len(people), PEOPLE_A_JOB)]
    jobs = [msgspec.to_builtins(msgspec.structs.replace(notice, users=part)) for part in parts]
    await enqueue_all(session, SEND, jobs, tenant_id=tenant_id)


async def forget_subscriptions(session: AsyncSession, tenant_id: str, now: datetime) -> int:
    """A brand's chore: devices whose session is over. Returns how many."""
    ids = await queries.sessions_with_devices(session, tenant_id)
    ended = await sessions_that_ended(session, tenant_id, ids, now)
    return await queries.remove_of_sessions(session, tenant_id, ended) if ended else 0


CHORES: dict[str, Chore] = {"push.forget": Chore(whole(forget_subscriptions), brands=queries.brands_with_devices)}
