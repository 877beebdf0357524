"""Counts and partners' stock as pending commands make them look. What a count does to the book only the server says."""

from collections.abc import Callable
from typing import Any

import msgspec

from offline.ids import derived_id
from offline.projection import View
from offline.wire import counts as c
from offline.wire.rows import Me, Organisation

replace = msgspec.structs.replace


def _ask(view: View, command: c.CountAsk) -> None:
    if view.row(c.Count, "count", command.count) is not None:
        return
    settings = next((row for row in view.rows.all("count_settings") if isinstance(row, c.CountSettings)), None)
    blind = command.blind if command.blind is not None else bool(settings and settings.blind)
    lines = tuple(c.CountLine(product=product, state="wanted") for product in command.products)
    count = _blank(view, command.count, command.organisation)
    me = view.row(Me, "me", view.user)
    view.put(
        "count",
        replace(
            count,
            status="wanted",
            lines=lines,
            blind=blind,
            count_list=command.count_list,
            due_on=command.due_on,
            note=command.note,
            asked_by_name=me.name if me else "",
        ),
    )


def _submit(view: View, command: c.CountSubmit) -> None:
    """``queued``, with what was counted in place of what was there, until the server has judged it."""
    if view.reached(f"org:{command.organisation}", "desk"):
        return
    count = view.row(c.Count, "count", command.count) or _blank(view, command.count, command.organisation)
    me = view.row(Me, "me", view.user)
    lines = {line.product: line for line in count.lines}
    for sent in command.lines:
        before = lines.get(sent.product)
        if before is not None and before.state == "settled":
            continue
        lines[sent.product] = c.CountLine(
            product=sent.product,
            state="counted",
            observed=sent.observed,
            parts=sent.parts,
            counted_at=sent.counted_at,
            counted_by=view.user,
            counted_by_name=me.name if me else "",
            counters=(*(before.counters if before else ()), view.user),
        )
    visit = command.visit or count.visit
    view.put("count", replace(count, status="queued", lines=tuple(lines.values()), visit=visit))


def _decide(view: View, command: c.CountDecide) -> None:
    count = view.row(c.Count, "count", command.count)
    if count is None or view.reached(f"org:{count.organisation}", "desk"):
        return
    if command.decision == "drop":
        view.put("count", replace(count, status="dropped"))
        return
    state: c.LineState = "settled" if command.decision == "accept" else "recount"
    open_ones = ("recount",) if command.decision == "accept" else ("recount", "settled")
    lines = tuple(
        replace(line, state=state)
        if line.state in open_ones and (not command.products or line.product in command.products)
        else line
        for line in count.lines
    )
    again = any(line.state == "recount" for line in lines)
    view.put("count", replace(count, status="recount_wanted" if again else "settled", lines=lines))


def _blank(view: View, count_id: str, organisation_id: str) -> c.Count:
    partner = view.row(Organisation, "organisation", organisation_id)
    return c.Count(
        id=count_id,
        organisation=organisation_id,
        organisation_code=partner.code if partner else "",
        organisation_name=partner.name if partner else {},
        status="queued",
        created_at=view.entry.local_at,
        changed_at=view.entry.local_at,
    )


def _configure(view: View, command: c.CountConfigure) -> None:
    brand = next(iter(view.rows.all("brand")), None)
    if brand is not None and not view.reached("brand"):
        fields = {name: value for name, value in msgspec.structs.asdict(command).items() if name != "seen"}
        view.put("count_settings", c.CountSettings(id=brand.id, **fields))


def _save_list(view: View, command: c.CountListSave) -> None:
    if view.reached("brand"):
        return
    fields = {
        name: value for name, value in msgspec.structs.asdict(command).items() if name not in ("count_list", "seen")
    }
    view.put("count_list", c.CountList(id=command.count_list, **fields))


def _move(view: View, command: c.PartnerStockMove) -> None:
    if view.reached(f"org:{command.organisation}"):
        return
    row_id = derived_id("partner_stock", command.organisation, command.product)
    old = view.row(c.PartnerStock, "partner_stock", row_id)
    if old is None:
        old = c.PartnerStock(
            id=row_id,
            organisation=command.organisation,
            product=command.product,
            on_hand=0,
            seq=0,
            as_of=view.entry.local_at,
        )
    view.put("partner_stock", replace(old, on_hand=old.on_hand + command.delta))


COUNT_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    c.CountAsk.NAME: _ask,
    c.CountSubmit.NAME: _submit,
    c.CountDecide.NAME: _decide,
    c.CountConfigure.NAME: _configure,
    c.CountListSave.NAME: _save_list,
    c.PartnerStockMove.NAME: _move,
}
