"""Counts as the rows phones hold."""

import msgspec

from backend.counts import models
from backend.sync.changes import BRAND, DESK, Changes, org_scope
from offline.wire import counts as wire

replace = msgspec.structs.replace


def lines_of(count: models.Count) -> list[wire.CountLine]:
    return msgspec.convert(count.lines, list[wire.CountLine])


def count_row(count: models.Count) -> wire.Count:
    lines = lines_of(count)
    return wire.Count(
        id=count.id,
        organisation=count.organisation_id,
        organisation_code=count.organisation_code,
        organisation_name=count.organisation_name,
        status=count.status,
        blind=count.blind,
        lines=tuple(_veiled(line) if count.blind else line for line in lines),
        events=msgspec.convert(count.events, tuple[wire.CountEvent, ...]),
        count_list=count.count_list_id,
        visit=count.visit_id,
        due_on=count.due_on,
        note=count.note,
        asked_by_name=count.asked_by_name,
        created_at=count.created_at,
        changed_at=count.changed_at,
    )


def _veiled(line: wire.CountLine) -> wire.CountLine:
    """A blind line that waits for a second count: neither what the book says nor what was counted first."""
    if line.state != "recount":
        return line
    return wire.CountLine(product=line.product, state=line.state, counters=line.counters, round=line.round)


def review_row(count: models.Count) -> wire.CountReview:
    return wire.CountReview(
        id=count.id,
        organisation=count.organisation_id,
        lines=tuple(lines_of(count)),
        rounds=msgspec.convert(count.rounds, tuple[wire.CountRound, ...]),
    )


def announce(changes: Changes, count: models.Count) -> None:
    """Who decides gets every figure in a row of its own."""
    changes.put("count", count_row(count), org_scope(count.organisation_id), DESK)
    changes.put("count_review", review_row(count), DESK)


def settings_row(tenant_id: str, row: models.CountSettings | None) -> wire.CountSettings:
    """As a brand has it that never set anything: nothing is tolerated, everybody sees the book."""
    if row is None:
        return wire.CountSettings(id=tenant_id)
    rules = msgspec.convert(row.rules, tuple[wire.ToleranceRule, ...])
    return wire.CountSettings(id=tenant_id, units=row.units, percent=row.percent, blind=row.blind, rules=rules)


def announce_settings(changes: Changes, row: models.CountSettings) -> None:
    changes.put("count_settings", settings_row(row.tenant_id, row), BRAND)


def list_row(row: models.CountList) -> wire.CountList:
    return wire.CountList(
        id=row.id,
        name=row.name,
        sold=row.sold,
        products=tuple(row.products),
        categories=tuple(row.categories),
        types=tuple(row.types),
        groups=tuple(row.groups),
        blind=row.blind,
        active=row.active,
    )


def announce_list(changes: Changes, row: models.CountList) -> None:
    changes.put("count_list", list_row(row), BRAND)
