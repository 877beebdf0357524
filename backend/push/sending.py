"""The job that hands notices to push services: a few hundred devices a run.

A run that got something done ends, and puts in what is left as a job of its own: devices in quiet hours for when these
end, the others for soon. One that got nothing done has failed, waits longer each time, and is listed in the end.
"""

import asyncio
import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import read_sessions_of, snapshot
from backend.identity.service import live_sessions, tenant_of
from backend.jobs.service import GiveUp, Job, TryLater, Work, enqueue
from backend.push import queries
from backend.push.models import PushSubscription
from backend.push.parcels import Message, Outcome, Parcel
from backend.push.rules import tag_of, words
from backend.push.service import SEND, Notice
from backend.push.vapid import Keys, keys_of
from backend.quiet_hours import quiet_until

log = structlog.get_logger("qudao.push")
KEPT = timedelta(days=3)
_SOON = timedelta(seconds=30)


@dataclass(slots=True)
class _Plan:
    """``dead``: subscriptions to remove; ``quiet``: ids by when their quiet hours end."""

    parcels: list[Parcel] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    quiet: dict[datetime, list[str]] = field(default_factory=dict)


async def send(work: Work) -> None:
    """Raises ``TryLater`` or ``GiveUp`` when no push service took anything."""
    notice = msgspec.convert(work.args, Notice)
    now = datetime.now(UTC)
    if now >= notice.at + KEPT:
        log.warning("notice too old to be sent", subject=notice.subject)
        return
    keys = await keys_of(work.sessions, work.around.settings)
    async with snapshot(read_sessions_of(work.sessions)) as session:
        plan = await _planned(session, work.tenant_id, notice, keys, now)
    outcomes = await _delivered(plan.parcels, keys, work.around.settings.push_relay)
    left = _left_over(plan.parcels, outcomes)
    if len(left) == len(plan.parcels) and left and not plan.dead and not plan.quiet:
        raise _failure([outcome for outcome in outcomes if outcome.kind in {"later", "refused"}])
    gone = {parcel.to.id for parcel, outcome in zip(plan.parcels, outcomes, strict=True) if outcome.kind == "gone"}
    async with work.finishing() as session:
        await queries.remove(session, work.tenant_id, plan.dead | gone)
        for until, devices in plan.quiet.items():
            await _again(session, work.tenant_id, notice, devices, until)
        if left:
            wait = max(_SOON, timedelta(seconds=max(outcome.seconds for outcome in outcomes)))
            await _again(session, work.tenant_id, notice, left, now + wait)
    log.info("pushes handed over", sent=sum(each.kind == "sent" for each in outcomes), gone=len(gone), left=len(left))


async def _delivered(parcels: Sequence[Parcel], keys: Keys, relay: str) -> list[Outcome]:
    """The gateway comes late, and in a thread: it brings an HTTP client, which no start of a server waits for."""
    gateway = await asyncio.to_thread(importlib.import_module, "backend.push.gateway")
    outcomes: list[Outcome] = await gateway.Gateway(keys, relay).deliver(parcels)
    return outcomes


async def _planned(session: AsyncSession, tenant_id: str, notice: Notice, keys: Keys, now: datetime) -> _Plan:
    if notice.devices:
        found = await queries.by_ids(session, tenant_id, notice.devices)
    else:
        found = await queries.of_people(session, tenant_id, notice.users)
    readers = await live_sessions(session, tenant_id, {each.session_id for each in found}, now)
    chosen = await queries.quiet_hours(session, tenant_id, {each.user_id for each in found})
    tenant = await tenant_of(session, tenant_id)
    plan = _Plan()
    for to in found:
        reader = readers.get(to.session_id)
        if reader is None or reader.user_id != to.user_id or to.key_id != keys.id:
            # Signed out, or subscribed with a key that is ours no more: the phone subscribes anew when it is opened.
            plan.dead.add(to.id)
            continue
        hours = chosen.get(to.user_id, tenant.quiet_hours)
        until = None if notice.urgent else quiet_until(hours, tenant.time_zone, now)
        if until is not None:
            plan.quiet.setdefault(until, []).append(to.id)
        else:
            plan.parcels.append(_parcel(to, tenant_id, notice, reader.locale, now))
    return plan


def _parcel(to: PushSubscription, tenant_id: str, notice: Notice, locale: str, now: datetime) -> Parcel:
    title, body = words(locale, notice.text, notice.values)
    message = Message(
        title=title,
        body=body,
        tag=tag_of(tenant_id, notice.subject),
        url=notice.url,
        at=int(notice.at.timestamp() * 1000),
        lang=locale,
    )
    return Parcel(to, message, max(60, int((notice.at + KEPT - now).total_seconds())), notice.urgent)


def _left_over(parcels: Sequence[Parcel], outcomes: Sequence[Outcome]) -> list[str]:
    pairs = zip(parcels, outcomes, strict=True)
    return [parcel.to.id for parcel, outcome in pairs if outcome.kind in {"later", "refused"}]


def _failure(outcomes: Sequence[Outcome]) -> TryLater | GiveUp:
    later = [outcome for outcome in outcomes if outcome.kind == "later"]
    if later:
        return TryLater("push_away", later[0].why, seconds=max(outcome.seconds for outcome in later))
    return GiveUp("push_refused", outcomes[0].why)


async def _again(
    session: AsyncSession, tenant_id: str, notice: Notice, devices: Sequence[str], run_at: datetime
) -> None:
    args = msgspec.to_builtins(msgspec.structs.replace(notice, users=(), devices=tuple(devices)))
    await enqueue(session, SEND, args, tenant_id=tenant_id, run_at=run_at)


SENDING = Job(send, attempts=9, first_delay=30.0, longest_delay=3600.0, timeout=600.0)
