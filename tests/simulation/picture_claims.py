"""The papers of runs with pictures: claims for activities that were approved before the run, filed and amended through
the real commands, and what must be true of them in the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from backend.database import make_read_sessions, make_sessions, snapshot
from backend.identity.service import authenticate
from backend.partners import service as partners
from backend.sync.push import Taker
from offline.engine import Engine
from offline.ids import derived_id, new_id
from offline.rules.papers import claim_may
from offline.store import Entry
from offline.wire.activities import ActivityApply, ActivityDecide
from offline.wire.claims import MAX_PICTURES, Claim, ClaimAmend, ClaimFile, ReceiptDraft
from offline.wire.commands import Command
from offline.wire.funds import FundSave, FundTopUp
from offline.wire.media import MediaRef, MediaView
from tests.simulation import loop
from tests.simulation.checks import Checks, Wrong
from tests.simulation.phone import Watch
from tests.simulation.server import Host
from tests.simulation.template import START, push

ACTIVITIES = [derived_id("simulation", "activity", str(number)) for number in range(24)]
"""More than a run has steps, for each carries one open claim."""
_FUND = derived_id("simulation", "fund")


def approve_activities(host: Host) -> None:
    """Into the template of the database: SHOP applied for each, head office said yes."""
    loop.run(loop.VirtualLoop(), _approve(host))


async def _approve(host: Host) -> None:
    sessions, read_sessions = make_sessions(host.engine), make_read_sessions(host.engine)
    taker = Taker(sessions, host.handlers, lambda: START)
    people = {}
    for login in ("hq", "shop"):
        async with snapshot(read_sessions) as session:
            signed = await authenticate(session, host.template.tokens[login], datetime.now(UTC), partners.reach)
        assert signed is not None
        people[login] = signed.principal
    shop, today = host.template.organisations["SHOP"], START.date()
    fund = FundSave(
        fund=_FUND, code="F", name={"en": "Display"}, organisations=(shop,), currency="CNY",
        valid_from=today, valid_until=today + timedelta(days=300),
    )  # fmt: skip
    budget = FundTopUp(fund=_FUND, entry=derived_id("simulation", "entry"), amount=Decimal(10_000))
    applied: list[Command] = [
        ActivityApply(
            activity=activity, fund=_FUND, organisation=shop, kind="display", title="Display", starts_on=today,
            ends_on=today + timedelta(days=10), amount=Decimal(100),
        )
        for activity in ACTIVITIES
    ]  # fmt: skip
    decided: list[Command] = [ActivityDecide(activity=each, step=0, accept=True) for each in ACTIVITIES]
    await push(taker, people["hq"], [fund, budget], "fund")
    await push(taker, people["shop"], applied, "activities")
    await push(taker, people["hq"], decided, "decisions")
    await host.engine.dispose()


def pictures_of(command: ClaimFile | ClaimAmend) -> list[MediaRef]:
    return [*(ref for receipt in command.receipts for ref in receipt.pictures), *command.display]


def _drafts(rng: Random, refs: Sequence[MediaRef]) -> dict[str, Any]:
    """Some of them show the receipt, the others the display."""
    split = rng.randint(0, min(len(refs), MAX_PICTURES))
    receipt = ReceiptDraft(
        id=new_id(), seller=f"Seller {rng.randrange(10**9)}", on=START.date(), total=Decimal(rng.randint(1, 100)),
        currency="CNY", pictures=tuple(refs[:split]),
    )  # fmt: skip
    return {"receipts": (receipt,), "display": tuple(refs[split:])}


def first_of(rng: Random, activity: str, refs: Sequence[MediaRef]) -> ClaimFile:
    return ClaimFile(claim=new_id(), activity=activity, **_drafts(rng, refs))


def next_of(rng: Random, before: ClaimFile | ClaimAmend, refs: Sequence[MediaRef]) -> ClaimAmend:
    """Without some of its pictures, and with these."""
    kept = [ref for ref in pictures_of(before) if rng.random() < 0.6]
    return ClaimAmend(claim=before.claim, **_drafts(rng, [*kept, *refs]))


@dataclass(slots=True)
class Notebook(Watch):
    """What people did: contents by file, claims by the command that filed or amended them, files they threw away."""

    contents: dict[str, bytes] = field(default_factory=dict)
    commands: dict[str, tuple[Entry, ClaimFile | ClaimAmend]] = field(default_factory=dict)
    thrown: set[str] = field(default_factory=set)

    @property
    def named(self) -> set[str]:
        """Files that any of them names."""
        return {ref.id for _, command in self.commands.values() for ref in pictures_of(command)}

    def amendable(self, engine: Engine, phone_entries: Sequence[str]) -> list[ClaimFile | ClaimAmend]:
        """The latest version of each claim that was filed on this phone, and that it shows as one that may be."""
        mine = {command.claim: command for entry_id, (_, command) in self.commands.items() if entry_id in phone_entries}
        shown = ((engine.replica.typed(Claim, "claim", claim), command) for claim, command in mine.items())
        return [command for row, command in shown if row is not None and claim_may(row.status, "amend")]


def as_they_ended(checks: Checks, book: Notebook) -> dict[str, ClaimFile | ClaimAmend]:
    """Each claim as the last command said that the server applied; one phone alone wrote it, in the order of ``n``."""
    found: dict[str, ClaimFile | ClaimAmend] = {}
    for entry, command in sorted(book.commands.values(), key=lambda each: each[0].n):
        verdict = checks.verdict(entry.id)
        if isinstance(command, ClaimFile) and verdict != "applied":
            raise Wrong(f"claim {command.claim} was filed and is {verdict or 'undecided'}")
        if verdict == "applied":
            found[command.claim] = command
    return found


def check_claims(checks: Checks, book: Notebook, engines: Sequence[Engine]) -> None:
    """Every claim is there once with exactly its pictures, in the tables and on every phone alike."""
    wanted = as_they_ended(checks, book)
    pictures: dict[str, dict[str, str]] = {claim: {} for (claim,) in checks._rows("SELECT id FROM claims")}
    for claim, media, sha256 in checks._rows("SELECT claim_id, media_id, sha256 FROM claim_pictures"):
        pictures.setdefault(claim, {})[media] = sha256
    said = {claim: {ref.id: ref.sha256 for ref in pictures_of(command)} for claim, command in wanted.items()}
    if pictures != said:
        raise Wrong(f"claims have {pictures}, not {said}")
    links: dict[str, set[str]] = {claim: set() for claim in wanted}
    for claim, media in checks._rows("SELECT entity_id, media_id FROM media_links WHERE entity = 'claim'"):
        links.setdefault(claim, set()).add(media)
    if links != {claim: set(held) for claim, held in said.items()}:
        raise Wrong(f"claims hold the files {links}, not {said}")
    media = {row[0]: row[1:] for row in checks._rows("SELECT id, sha256, size, status FROM media")}
    statuses = dict(checks._rows("SELECT id, status FROM claims"))
    for claim, status in statuses.items():
        here = all(media[id_][2] == "stored" for id_ in said[claim])
        if status not in ("submitted" if here else "media_pending", "blocked"):
            raise Wrong(f"claim {claim} is {status}, and its pictures are {[media[id_] for id_ in said[claim]]}")
    for engine in engines:
        _as_on_the_server(engine, wanted, statuses, media)


def _as_on_the_server(
    engine: Engine, wanted: dict[str, Any], statuses: dict[str, str], media: dict[str, tuple[Any, ...]]
) -> None:
    rows = {row.id: row for row in engine.replica.all("claim") if isinstance(row, Claim)}
    if rows.keys() != wanted.keys():
        raise Wrong(f"a phone shows the claims {set(rows)}, not {set(wanted)}")
    for claim, row in rows.items():
        if row.status != statuses[claim]:
            raise Wrong(f"claim {claim} is {row.status} on a phone, {statuses[claim]} on the server")
        shown = {view.id: (view.sha256, view.size, view.status) for view in _views(row)}
        if shown != {ref.id: media[ref.id] for ref in pictures_of(wanted[claim])}:
            raise Wrong(f"claim {claim} shows {shown}")


def _views(row: Claim) -> Iterator[MediaView]:
    for receipt in row.receipts:
        yield from receipt.pictures
    yield from row.display
