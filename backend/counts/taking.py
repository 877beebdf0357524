"""Counts that were asked for, and counts that were taken."""

from datetime import datetime

import msgspec

from backend.counts import queries
from backend.counts.models import Count
from backend.counts.rows import announce, lines_of, settings_row
from backend.counts.sitting import (
    Table,
    add_event,
    cause_of,
    keep_lines,
    known_products,
    lay_table,
    new_count,
    place_in_sight,
    units_agree,
)
from backend.inputs import check_day, check_distinct, check_text, is_time, local_time
from backend.sync.commands import Context, Refused
from offline.wire.counts import CountAsk, CountedLine, CountLine, CountRound, CountSubmit


async def ask_for_count(context: Context, command: CountAsk) -> None:
    """Refuses with ``organisation_unknown``, ``count_exists``, ``product_unknown``, ``count_list_unknown`` or
    ``invalid`` {field}."""
    session, tenant_id = context.session, context.principal.tenant_id
    check_text("note", command.note)
    check_distinct("products", command.products)
    check_day("due_on", command.due_on)
    organisation = await place_in_sight(context, command.organisation)
    if await queries.locked_count(session, tenant_id, command.count) is not None:
        raise Refused("count_exists")
    await known_products(context, command.products)
    blind = await _is_blind(context, command.count_list, command.blind)

    count = new_count(context, command.count, organisation, blind=blind)
    count.count_list_id, count.due_on, count.note = command.count_list, command.due_on, command.note
    count.asked_by_name = context.principal.name
    count.lines = msgspec.to_builtins([CountLine(product=product, state="wanted") for product in command.products])
    add_event(context, count, "asked", reason=command.note, lines=len(command.products))
    announce(context.changes, count)


async def submit_count(context: Context, command: CountSubmit) -> None:
    """Each product is judged for itself: what is near enough to the book is booked at the moment it was counted, what
    is not waits for a count by somebody else, which is booked. A line that was settled meanwhile is kept without
    effect, so nobody counted in vain without being told. Refuses with

    organisation_unknown, product_unknown, count_list_unknown, invalid {field}
    count_unknown     the id is of a count at another partner
    recount_by_same   {products} who counted a line first may not count it the second time
    """
    _check(command)
    organisation = await place_in_sight(context, command.organisation)
    count = await queries.locked_count(context.session, context.principal.tenant_id, command.count)
    if count is not None and count.organisation_id != command.organisation:
        raise Refused("count_unknown")
    blind = count.blind if count is not None else await _is_blind(context, command.count_list, None)
    lines = {line.product: line for line in lines_of(count)} if count is not None else {}
    products = await known_products(context, [line.product for line in command.lines])
    own = [each.product for each in command.lines if _is_own(lines.get(each.product), context.principal.user_id)]
    if own:
        raise Refused("recount_by_same", products=[products[id_].sku for id_ in own])
    table = await lay_table(context, command.organisation, products)

    if count is None:
        count = new_count(context, command.count, organisation, blind=blind)
        count.count_list_id, count.note = command.count_list, command.note
    count.visit_id = command.visit or count.visit_id
    await _take(context, count, command, table, lines)
    announce(context.changes, count)


def _check(command: CountSubmit) -> None:
    check_text("note", command.note)
    check_distinct("lines", [line.product for line in command.lines])
    for line in command.lines:
        check_distinct("parts", [part.lot for part in line.parts])
        for part in line.parts:
            check_text("lot", part.lot, *part.packs)
            check_day("expires_on", part.expires_on)


def _is_own(line: CountLine | None, user_id: str) -> bool:
    return line is not None and line.state == "recount" and user_id in line.counters


async def _is_blind(context: Context, list_id: str | None, asked: bool | None) -> bool:
    """What was asked for counts first, then the list's way, then the brand's."""
    session, tenant_id = context.session, context.principal.tenant_id
    chosen = await queries.count_list(session, tenant_id, list_id) if list_id is not None else None
    if list_id is not None and chosen is None:
        raise Refused("count_list_unknown")
    if asked is not None:
        return asked
    if chosen is not None and chosen.blind is not None:
        return chosen.blind
    return settings_row(tenant_id, await queries.settings(session, tenant_id)).blind


async def _take(
    context: Context, count: Count, command: CountSubmit, table: Table, lines: dict[str, CountLine]
) -> None:
    round_, late, again = len(count.rounds) + 1, [], False
    cause = cause_of(context, count)
    for counted in command.lines:
        before = lines.get(counted.product)
        if before is not None and before.state == "settled":
            late.append(counted.product)
            continue
        second = before is not None and before.state == "recount"
        again = again or second
        line = await _counted(context, table, counted, before, round_)
        line = await table.judge(line, second=second)
        if line.state == "settled":
            line = await table.settle(line, cause)
        lines[line.product] = line
    await table.announce(context.changes)
    sent = CountRound(
        at=context.now,
        actor=context.principal.user_id,
        actor_name=context.principal.name,
        lines=command.lines,
        local_at=local_time(context),
        visit=command.visit,
        note=command.note,
        late=tuple(late),
    )
    count.rounds = [*count.rounds, msgspec.to_builtins(sent)]
    kind = "late" if len(late) == len(command.lines) else "recounted" if again else "counted"
    add_event(context, count, kind, reason=command.note, lines=len(command.lines) - len(late) or len(late))
    keep_lines(count, lines, context.now)


async def _counted(
    context: Context, table: Table, counted: CountedLine, before: CountLine | None, round_: int
) -> CountLine:
    taken_at = _corrected(context, counted.counted_at)
    book, user = table.books[counted.product], context.principal
    counters = before.counters if before is not None else ()
    agree = units_agree(table.products[counted.product], counted.parts, counted.observed)
    return CountLine(
        product=counted.product,
        state="counted",
        observed=counted.observed,
        parts=counted.parts,
        counted_at=await book.moment(taken_at, counted.base_seq),
        counted_by=user.user_id,
        counted_by_name=user.name,
        counters=(*(each for each in counters if each != user.user_id), user.user_id),
        round=round_,
        doubt="" if agree else "units",
    )


def _corrected(context: Context, counted_at: datetime | None) -> datetime:
    """A phone's time as the server's, by what the phone knew of the difference when it was submitted; when the count
    was submitted where the phone named no time, or none that can be."""
    local_at = local_time(context)
    if counted_at is None or not is_time(counted_at) or local_at is None:
        return context.happened_at
    return min(counted_at + (context.happened_at - local_at), context.happened_at)
