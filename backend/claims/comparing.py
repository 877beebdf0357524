"""Which pictures of other claims look like those of a claim: compared by a worker, while nothing is locked.

What it finds is a hint, so a claim does not wait for it: it is there some seconds after the last picture.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from backend.claims import queries
from backend.claims.checking import COMPARE, assess_claim
from backend.claims.sitting import Sitting, open_sitting
from backend.database import Sessions, read_sessions_of, snapshot
from backend.jobs.service import Job, Work
from backend.media import service as media
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from media.evidence import LOOKALIKE, apart, views_of
from offline.rules.evidence import Seen

COMPARED = timedelta(days=400)
"""How far back pictures are compared with."""
PART = 500
_MOST_ALIKE = 3
LookAlikes = Mapping[str, tuple[Seen, ...]]


async def compare_claim(work: Work) -> None:
    now = datetime.now(UTC)
    alike = await find_look_alikes(work.sessions, work.tenant_id, work.args["claim"], now)
    async with work.finishing() as session:
        changes = Changes()
        sitting = await open_sitting(session, work.tenant_id, now)
        await keep_look_alikes(sitting, work.args["claim"], alike, changes)
        await flush_changes(session, work.tenant_id, changes, now)


class Nearest:
    """Of each claim the nearest picture to each of ``looks`` (by picture), if it is near enough."""

    def __init__(self, looks: Mapping[str, str]) -> None:
        self._mine = {id_: views_of(look) for id_, look in looks.items()}
        self.found: dict[str, dict[str, tuple[int, str]]] = {id_: {} for id_ in looks}

    def take(self, others: Sequence[tuple[str, str, str]]) -> None:
        """(picture, claim, look) each; takes some 5 microseconds for each of one's own."""
        for other, claim_id, look in others:
            views = views_of(look)
            for id_, mine in self._mine.items():
                distance = apart(mine, views)
                near = self.found[id_]
                if (distance, other) < near.get(claim_id, (LOOKALIKE + 1, "")):
                    near[claim_id] = distance, other


async def find_look_alikes(sessions: Sessions, tenant_id: str, claim_id: str, now: datetime) -> LookAlikes:
    """By picture of the claim: the nearest one of each other claim that looks the same, filed before this one."""
    async with snapshot(read_sessions_of(sessions)) as session:
        proofs = await media.proofs(session, tenant_id, await queries.pictures_of(session, tenant_id, claim_id))
        nearest = Nearest({id_: proof.look for id_, proof in proofs.items() if proof.look})
        if nearest.found:
            async for part in media.looks(session, tenant_id, "claim", now - COMPARED, at_once=PART):
                # In a thread: this process answers phones meanwhile.
                await asyncio.to_thread(nearest.take, part)
        named = {id_ for near in nearest.found.values() for id_ in near}
        heads = await queries.claim_heads(session, tenant_id, {*named, claim_id})
    if claim_id not in heads:
        return {}
    order = heads[claim_id][2], claim_id
    return {
        id_: tuple(
            Seen(claim=other_id, number=heads[other_id][0], picture=other, distance=distance)
            for other_id, (distance, other) in sorted(near.items(), key=lambda each: each[1])
            if other_id in heads and (heads[other_id][2], other_id) < order
        )[:_MOST_ALIKE]
        for id_, near in nearest.found.items()
    }


async def keep_look_alikes(sitting: Sitting, claim_id: str, alike: LookAlikes, changes: Changes) -> None:
    """With the other findings, unless the claim was decided meanwhile. A picture that came with an amendment is
    compared by the job that the amendment asked for."""
    await sitting.hold(claims={claim_id})
    held = sitting.claims[claim_id]
    if held is None or held.claim.status not in ("media_pending", "blocked", "submitted"):
        return
    found = msgspec.to_builtins((await assess_claim(sitting, held, alike)).findings)
    if found != held.claim.findings:
        held.claim.findings, held.claim.checked_at = found, sitting.now
        sitting.touch("claim", claim_id, "")
    await sitting.tell(changes)


JOBS: dict[str, Job] = {COMPARE: Job(compare_claim)}
