"""Stock from a file: what was counted, by SKU. The difference to what is known becomes a movement."""

from collections.abc import Iterable

from backend.catalog.service import all_skus, product_ids_by_sku
from backend.importing.reasons import Reason
from backend.importing.records import Field, Record
from backend.importing.spelling import spelled
from backend.importing.taking import Import, once
from backend.orders.service import fill_backorders
from backend.stock.service import hold_stock, set_levels
from offline.wire.commands import MAX_QUANTITY

FIELDS = (Field("sku", needed=True), Field("on_hand", "whole", needed=True), Field("expected_at", "day"))


async def take_stock(work: Import, records: Iterable[Record]) -> None:
    """``on_hand`` in base units, what is promised to orders included."""
    skus = await all_skus(work.session, work.tenant_id)
    found = list(spelled(records, "sku", skus, work.report))
    ids = await product_ids_by_sku(work.session, work.tenant_id, {record.values["sku"] for record in found})
    held = await hold_stock(work.session, work.tenant_id, set(ids.values()), now=work.now)
    seen: dict[str, int] = {}
    counted: dict[str, int] = {}
    expected = {id_: level.expected_at for id_, level in held.levels.items() if level and level.expected_at}
    for record in found:
        sku, on_hand = record.values["sku"], record.values["on_hand"]
        if not once(record, sku, seen, work.report, "sku"):
            continue
        id_ = ids.get(sku)
        if id_ is None:
            record.refuse(work.report, Reason("no_product"), "sku")
        elif not 0 <= on_hand <= MAX_QUANTITY:
            record.refuse(work.report, Reason("range", least=0, most=MAX_QUANTITY), "on_hand")
        else:
            level = held.levels.get(id_)
            day = record.values.get("expected_at", expected.get(id_))
            if level is not None and (level.on_hand, level.expected_at) == (on_hand, day):
                work.report.unchanged += 1
                continue
            counted[id_] = on_hand
            if day is not None:
                expected[id_] = day
            work.report.made += level is None
            work.report.changed += level is not None
    if counted:
        await set_levels(
            work.session,
            work.tenant_id,
            counted,
            now=work.now,
            changes=work.changes,
            expected=expected,
            reason="import",
        )
        await fill_backorders(work.session, work.tenant_id, counted, now=work.now, changes=work.changes)
