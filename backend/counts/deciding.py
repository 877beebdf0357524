"""What head office makes of a count: accept it, have it counted again, drop what was asked for."""

from backend.counts.rows import announce, lines_of
from backend.counts.sitting import add_event, cause_of, count_in_sight, keep_lines, lay_table, replace
from backend.inputs import check_distinct, check_text
from backend.sync.commands import Context, Refused
from offline.wire.counts import CountDecide, CountLine


async def decide_count(context: Context, command: CountDecide) -> None:
    """Refuses with ``count_unknown``, ``count_status`` {status}, ``line_unknown`` {lines}, ``reason_needed``,
    ``stock_negative`` {on_hand} or ``invalid`` {field}."""
    check_text("reason", command.reason)
    check_distinct("products", command.products)
    count = await count_in_sight(context, command.count)
    lines = {line.product: line for line in lines_of(count)}
    if command.decision == "drop":
        if count.status != "wanted":
            raise Refused("count_status", status=count.status)
        count.status, count.changed_at = "dropped", context.now
        add_event(context, count, "dropped", reason=command.reason)
        announce(context.changes, count)
        return
    chosen = _chosen(command, lines, count.status)
    if command.decision == "again":
        if not command.reason.strip():
            raise Refused("reason_needed")
        lines.update((line.product, replace(line, state="recount")) for line in chosen)
    else:
        table = await lay_table(context, count.organisation_id, [line.product for line in chosen])
        for line in chosen:
            if line.adjustment is None:
                await table.check(line)
        for line in chosen:
            if line.adjustment is not None:
                # Booked before it was to be counted again: it stays so.
                lines[line.product] = replace(line, state="settled")
                continue
            lines[line.product] = await table.settle(line, cause_of(context, count, command.reason))
        await table.announce(context.changes)
    kind = "again" if command.decision == "again" else "accepted"
    add_event(context, count, kind, reason=command.reason, lines=len(chosen))
    keep_lines(count, lines, context.now)
    announce(context.changes, count)


def _chosen(command: CountDecide, lines: dict[str, CountLine], status: str) -> list[CountLine]:
    """The lines a decision is about: those that wait for a second count, or any that was counted."""
    may = {"recount"} if command.decision == "accept" else {"recount", "settled"}
    fit = [line for line in lines.values() if line.state in may and line.observed is not None]
    if unknown := sorted(set(command.products).difference(line.product for line in fit)):
        raise Refused("line_unknown", lines=unknown)
    chosen = [line for line in fit if not command.products or line.product in command.products]
    if not chosen:
        raise Refused("count_status", status=status)
    return chosen
