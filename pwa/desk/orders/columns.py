"""How orders stand in the desk's list, and those that are ticked for one approval of many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reactpy import html

from offline.rules.statuses import STATUSES, came_late, may_hold
from offline.wire.rows import Order
from pwa.components.basics import Badge, Child, Icon
from pwa.desk.grid import Field, Look, Marks, text_column
from pwa.desk.listing import Listing
from pwa.desk.orders.tabs import is_held, is_over_credit, may_approve
from pwa.desk.ranks import Rank, name_rank
from pwa.desk.reading import placed
from pwa.desk.state import DeskState
from pwa.desk.words import Words

# Takes what makes the ticked orders of those ticked before.
Mark = Callable[[Callable[[frozenset[str]], frozenset[str]]], None]


@dataclass(frozen=True)
class Widths:
    """Of the columns whose width depends on what stands beside the list."""

    number: str = "minmax(138px, 1fr)"
    customer: str = "minmax(116px, 3fr)"
    placed: str = "minmax(130px, 0.9fr)"
    status: str = "minmax(120px, 1fr)"


ALONE = Widths()
BESIDE_PANEL = Widths("minmax(7.875rem, 1fr)", "minmax(76px, 3fr)", "minmax(94px, 0.9fr)", "minmax(92px, 1fr)")
# A status needs its words whole: "¥17,646 over credit".
BESIDE_PANEL_WORDY = replace(BESIDE_PANEL, status="minmax(156px, 1fr)")


def order_look(words: Words, listing: Listing) -> Look:
    return Look(
        _columns(listing.desk, words, narrow=bool(listing.row_id)),
        key=lambda row: row.id,
        label=words("orders.title"),
        on_open=listing.open,
        selected=listing.row_id,
        row_testid=lambda row: f"order-{row.id}",
        row_data=lambda row: {"status": row.status},
        testid="orders-grid",
    )


def _columns(desk: DeskState, words: Words, *, narrow: bool) -> tuple[Field, ...]:
    # "Yesterday 23:41" has no room beside the panel.
    wordy = narrow and words.locale == "en"
    widths = BESIDE_PANEL_WORDY if wordy else BESIDE_PANEL if narrow else ALONE
    return (
        Field(words("orders.number"), lambda row: _number(words, row), widths.number, rank=lambda row: row.number),
        Field(
            words("orders.customer"),
            lambda row: words.name(row.organisation_name),
            widths.customer,
            rank=lambda row: _partner_ranks(desk, words).get(row.organisation),
        ),
        text_column(words("orders.by"), lambda row: row.placed_by_name, "minmax(72px, 0.7fr)", minor=narrow),
        Field(
            words("orders.placed"),
            lambda row: _placed(words, row),
            widths.placed,
            minor=wordy,
            second=narrow,
            rank=placed,
        ),
        Field(
            words("orders.status"),
            lambda row: _status(desk, words, row),
            widths.status,
            rank=lambda row: STATUSES.index(row.status),
        ),
        Field(
            words("orders.amount"),
            lambda row: words.money(row.totals.total, row.currency),
            "minmax(96px, 0.7fr)",
            numeric=True,
            rank=lambda row: row.totals.total,
        ),
    )


def _partner_ranks(desk: DeskState, words: Words) -> Mapping[str, Rank | None]:
    """By partner: their orders are sorted as people look the partners up."""
    return desk.reads.kept(
        ("partner ranks", words.locale),
        lambda: {row.id: name_rank(words.locale, row.name, row.search) for row in desk.reads.organisations},
    )


def with_marks(look: Look, words: Words, top: Sequence[Order], marked: frozenset[str], mark: Mark) -> Look:
    """The same with a tick at each order that many may be of: approved, stopped, let go on; "all" are those of
    ``top``."""
    able = frozenset(row.id for row in top if may_mark(row))
    if not able:
        return look
    marks = Marks(
        marked,
        toggle=lambda name: mark(lambda old: old ^ {name}),
        toggle_all=lambda: mark(lambda old: frozenset() if able <= old else able),
        allowed=may_mark,
        all_marked=able <= marked,
        label=lambda row: words("orders.mark", number=row.number or ""),
        label_all=words("orders.mark_all"),
    )
    return replace(look, marks=marks)


def may_mark(order: Order) -> bool:
    return may_approve(order) or may_hold(order) or is_held(order)


def _number(words: Words, order: Order) -> Child:
    if order.number:
        return html.span({"className": "order-number number"}, order.number)
    return html.span({"className": "order-number faint"}, words("orders.no_number"))


def _placed(words: Words, order: Order) -> Child:
    time = html.span(
        {"className": "number", "title": words.format.moment(placed(order), words.now)}, words.soon(placed(order))
    )
    if not came_late(order):
        return time
    label = words("orders.offline")
    mark = html.span({"className": "offline-mark", "title": label}, Icon("wifi-off", size=14, label=label))
    return html.span({"className": "placed"}, time, mark)


def _status(desk: DeskState, words: Words, order: Order) -> Child:
    text, tone = words.status(order)
    if is_over_credit(order):
        organisation = desk.reads.organisation(order.organisation)
        if organisation is not None and organisation.credit_limit is not None:
            over = organisation.credit_used - organisation.credit_limit
            if over > 0:
                text = words("orders.over_by", amount=words.round_money(over))
    return Badge(text, tone)
