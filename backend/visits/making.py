"""What a visitor does: check in, work through the list, check out, say why.

Commands of one visit may come late, twice from two phones, or the last before the first. Nothing that was done is
refused for that: the earliest check-in and the latest check-out count, the latest answer to each question does, and
the others stand among the events. The fence is judged anew here; what the phone thought of it is not even sent. A
check-in outside without the reason the fence asks for is taken, and asks for it afterwards: the phone may have known
older rules, and the visit has taken place.
"""

from collections.abc import Collection

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.inputs import check_text, is_time, local_time
from backend.locking import locked_by_id
from backend.media import service as media
from backend.partners import service as partners
from backend.partners.service import Organisation
from backend.sync.changes import Changes
from backend.sync.commands import Context, Refused
from backend.visits import queries
from backend.visits.holding import held_visit, own_visit, settle, tell
from backend.visits.models import Visit, VisitShop
from backend.visits.rows import announce_rule, announce_visit, fence_row, mark_of, shop_row, template_row
from offline.rules.fence import step
from offline.rules.visiting import judge_at, mode_of
from offline.rules.visits import answer_fault
from offline.wire import visits as wire
from offline.wire.media import MediaView, Position

GOOD_ENOUGH = 100
"""Metres of accuracy from which on a position is proposed as a shop's own."""


async def check_in(context: Context, command: wire.VisitCheckIn) -> None:
    """Refuses with

    organisation_unknown  not there, or not the person's to visit
    visit_of_another      somebody else's visit
    invalid               {field}
    """
    check_text("reason", command.reason)
    own = await own_visit(context, command)
    mark = await _mark(context, own.organisation, command.position, command.reason)
    shop = await _to_propose(context, own.organisation, mark)
    template = await queries.template(context.session, context.principal.tenant_id, own.organisation.type)

    visit = own.open(context)
    before = mark_of(visit.check_in)
    if before is None or mark.at < before.at:
        visit.check_in = msgspec.to_builtins(mark)
    if not visit.items and template is not None:
        visit.items = msgspec.to_builtins(template_row(template).items)
    tell(context, visit, "checked_in_again" if before else "checked_in", _told(mark))
    if shop is not None:
        _propose(context, shop, command.position)
    await settle(context, visit)


async def check_out(context: Context, command: wire.VisitCheckOut) -> None:
    """Refuses as ``check_in`` does."""
    check_text("note", command.note, command.left_open)
    own = await own_visit(context, command)
    mark = await _mark(context, own.organisation, command.position, "")

    visit = own.open(context)
    before = mark_of(visit.check_out)
    data = _told(mark)
    if before is None or mark.at >= before.at:
        data |= {"note_before": visit.note} if visit.note and command.note else {}
        visit.check_out = msgspec.to_builtins(msgspec.structs.replace(mark, excused=True))
        visit.note, visit.left_open = command.note or visit.note, command.left_open or visit.left_open
    elif command.note:
        data |= {"note": command.note}
    visit.orders = list(dict.fromkeys((*visit.orders, *command.orders)))
    visit.counts = list(dict.fromkeys((*visit.counts, *command.counts)))
    tell(context, visit, "checked_out_again" if before else "checked_out", data)
    await settle(context, visit)


async def record(context: Context, command: wire.VisitRecord) -> None:
    """Refuses as ``check_in`` does, also with ``invalid`` {field} for an answer of another kind than was asked for."""
    item = command.item
    check_text("text", command.text, command.skipped, command.choice, item.id, *item.title.values())
    if fault := answer_fault(item, command):
        raise Refused("invalid", field=fault)
    own = await own_visit(context, command)
    before = own.visit.results.get(item.id) if own.visit is not None else None
    result = wire.VisitResult(
        item=item,
        at=context.happened_at,
        yes=command.yes,
        number=command.number,
        text=command.text,
        choice=command.choice,
        photos=await _photos(context, command),
        skipped=command.skipped,
    )
    late = before is not None and msgspec.convert(before, wire.VisitResult).at > result.at

    visit = own.open(context)
    if not late:
        visit.results = {**visit.results, item.id: msgspec.to_builtins(result)}
    tell(context, visit, "recorded_late" if late else "recorded", {"item": item.id, "said": said(result)})
    await settle(context, visit)


async def _photos(context: Context, command: wire.VisitRecord) -> tuple[MediaView, ...]:
    """Pictures that an answer named before stay the visit's, whatever the latest answer shows."""
    if not command.photos:
        return ()
    principal = context.principal
    return await media.attach(
        context.session,
        principal.tenant_id,
        command.photos,
        user_id=principal.user_id,
        entity="visit",
        entity_id=command.visit,
        now=context.now,
        organisation_id=command.organisation,
    )


async def show_photos(session: AsyncSession, tenant_id: str, media_ids: Collection[str], changes: Changes) -> None:
    """Pictures came, or were refused: their visits show it."""
    papers = await media.papers_of(session, tenant_id, media_ids, "visit")
    for visit in (await locked_by_id(session, Visit, tenant_id, papers)).values():
        results = msgspec.convert(visit.results, dict[str, wire.VisitResult])
        shown = await media.views(
            session, tenant_id, {each.id for result in results.values() for each in result.photos}
        )
        visit.results = {
            item: msgspec.to_builtins(
                msgspec.structs.replace(result, photos=tuple(shown.get(each.id, each) for each in result.photos))
            )
            for item, result in results.items()
        }
        announce_visit(changes, visit)


async def explain(context: Context, command: wire.VisitExplain) -> None:
    """Refuses with ``visit_unknown`` or ``visit_of_another``."""
    check_text("reason", command.reason)
    if not command.reason.strip():
        raise Refused("invalid", field="reason")
    visit = await held_visit(context, command.visit)
    if visit is None:
        raise Refused("visit_unknown")
    if visit.rep_id != context.principal.user_id:
        raise Refused("visit_of_another")
    mark = mark_of(visit.check_in)
    if mark is not None:
        visit.check_in = msgspec.to_builtins(msgspec.structs.replace(mark, reason=command.reason, excused=True))
    tell(context, visit, "explained", {"reason": command.reason})
    await settle(context, visit)


async def _mark(context: Context, organisation: Organisation, position: Position | None, reason: str) -> wire.VisitMark:
    if position is not None and not is_time(position.at):
        raise Refused("invalid", field="position")
    session, tenant_id = context.session, context.principal.tenant_id
    fence, shop = await queries.fence(session, tenant_id), await queries.shop(session, tenant_id, organisation.id)
    settings = fence_row(fence) if fence is not None else None
    view = partners.organisation_row(organisation)
    mode = mode_of(view, settings, shop_row(shop) if shop is not None else None)
    # The phone's own clock dated the position.
    verdict, distance = judge_at(view, settings, position, local_time(context) or context.happened_at)
    return wire.VisitMark(
        at=context.happened_at,
        verdict=verdict,
        mode=mode,
        position=position,
        distance=distance,
        reason=reason,
        excused=step(mode, verdict) != "ask" or bool(reason.strip()),
        local_at=local_time(context),
    )


def _told(mark: wire.VisitMark) -> dict[str, str]:
    distance = {} if mark.distance is None else {"distance": str(mark.distance)}
    return {"verdict": mark.verdict, **distance, **({"reason": mark.reason} if mark.reason else {})}


def said(result: wire.VisitResult) -> str:
    """An answer in short, for the events."""
    if result.skipped:
        return result.skipped
    if result.yes is not None:
        return "yes" if result.yes else "no"
    return str(result.number) if result.number is not None else result.choice or result.text


async def _to_propose(context: Context, organisation: Organisation, mark: wire.VisitMark) -> VisitShop | None:
    """The row that takes the position as a proposal: the shop has no place on the map and none that waits, and the
    phone knows well enough where it is."""
    at = mark.position
    if mark.verdict != "no_fence" or at is None or at.accuracy > GOOD_ENOUGH:
        return None
    tenant_id = context.principal.tenant_id
    known: dict[str, VisitShop] = context.batch.setdefault("visit_shops", {})
    shop = known.get(organisation.id)
    if shop is None:
        shop = await queries.shop(context.session, tenant_id, organisation.id, lock=True)
    known[organisation.id] = shop or VisitShop(tenant_id=tenant_id, organisation_id=organisation.id, mode="")
    return None if shop is not None and shop.proposal is not None else known[organisation.id]


def _propose(context: Context, shop: VisitShop, position: Position | None) -> None:
    shop.proposal, shop.proposed_by = msgspec.to_builtins(position), context.principal.name
    context.session.add(shop)
    announce_rule(context.changes, shop)
