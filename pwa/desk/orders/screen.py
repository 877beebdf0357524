"""The order desk: what waits for a decision, in tabs, with the open order at the right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.statuses import STATUSES
from offline.wire.rows import Order
from pwa.components.basics import Badge, Button, Child, Chip, ChipRow, Icon, IconButton, calling
from pwa.components.fields import SearchField
from pwa.desk.grid import Field, Grid, Look, Marks, text_column
from pwa.desk.orders.actions import ActionSheet, approval_warnings, command_for
from pwa.desk.orders.panel import order_panel
from pwa.desk.orders.rules import RulesPanel
from pwa.desk.orders.tabs import TABS, counts, may_approve, source
from pwa.desk.parts import Nothing, address_of, export_link, page
from pwa.desk.ranks import Rank, name_rank
from pwa.desk.reading import placed, was_offline
from pwa.desk.state import DeskState, use_desk, use_keys
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

Asked = tuple[str, tuple[str, ...]]
RULES = "rules"


@component
def OrdersScreen(order_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``tab`` and what to search for, ``q``. ``order_id`` "rules" opens how the brand takes orders."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    tab = query.get("tab", "")
    tab = tab if tab in TABS else "all" if order_id and not tab else "to_approve"
    text, set_text = use_state(query.get("q", ""))
    marked, set_marked = use_state(frozenset[str]())
    nothing: Asked | None = None
    asked, set_asked = use_state(nothing)
    order = desk.reads.order(order_id) if order_id else None
    found = source(desk.reads, tab, text)
    chosen = [row for row in desk.reads.open_orders() if row.id in marked and may_approve(row)]

    def address(to_tab: str, to_order: str = "") -> str:
        return address_of("orders", to_order, tab=to_tab)

    def to_tab(name: str) -> None:
        set_marked(frozenset())
        desk.go(address(name))

    def key_pressed(key: str) -> None:
        if key == "Escape" and order_id:
            desk.go(address(tab))
        elif key == "a" and order is not None and may_approve(order) and desk.reads.may("order.approve"):
            set_asked(("approve", (order.id,)))

    async def ask(kind: str) -> None:
        # Read again: the second press of a double click comes after the first was done.
        now = desk.reads.order(order_id)
        if kind == "approve" and now is not None and not may_approve(now):
            return
        if kind == "approve" and now is not None and not approval_warnings(desk, words, now):
            said = words("orders.said.approve", count=1, number=now.number)
            await desk.submit(command_for("approve", now), said=said)
        else:
            set_asked((kind, (order_id,)))

    use_keys(key_pressed)
    panel = _panel(desk, order_id, ask, lambda: desk.go(address(tab)))
    look = _look(desk, words, order_id, lambda row: desk.go(address(tab, row.id)))
    look = _with_marks(look, words, found.part(0, 500), marked, set_marked) if desk.reads.may("order.approve") else look
    return page(
        words("orders.title"),
        _tabs(words, counts(desk.reads), tab, to_tab),
        Grid(look, found.count, found.part, f"{tab} {text}", key="grid") if found.count else _empty(words, tab, text),
        _sheet(desk, asked, lambda: set_asked(None), lambda: set_marked(frozenset())),
        tools=(
            SearchField(words("orders.search"), value=text, on_change=set_text, testid="desk-search", key="search"),
            _rules_button(words, lambda: desk.go(address(tab, RULES))) if desk.reads.may("brand.edit") else None,
            export_link(desk, "orders"),
            _approve_all(words, chosen, lambda ids: set_asked(("approve", ids)))
            if desk.reads.may("order.approve")
            else None,
        ),
        panel=panel,
        testid="desk-orders",
    )


def _panel(desk: DeskState, order_id: str, ask: Callable[[str], Any], close: Callable[[], Any]) -> Child:
    if order_id == RULES and desk.reads.may("brand.edit"):
        return RulesPanel(close, key=RULES)
    return order_panel(desk, order_id, on_ask=ask, on_close=close) if order_id else None


def _rules_button(words: Words, open_rules: Callable[[], Any]) -> VdomDict:
    return IconButton(
        "settings-2",
        words("orders.rules"),
        calling(open_rules),
        class_name="icon-button-outline",
        testid="order-rules",
        key="rules",
    )


def _approve_all(words: Words, chosen: Sequence[Order], ask: Callable[[tuple[str, ...]], None]) -> VdomDict:
    return Button(
        words("orders.batch", count=len(chosen)) if chosen else words("orders.batch_none"),
        lambda _event: ask(tuple(row.id for row in chosen)),
        icon="check-check",
        disabled=not chosen,
        testid="batch-approve",
    )


def _tabs(words: Words, how_many: Mapping[str, int], tab: str, to_tab: Any) -> VdomDict:
    chips = (
        Chip(
            words(f"orders.tab.{name}"),
            lambda _event, name=name: to_tab(name),
            selected=name == tab,
            count=how_many[name] if name != "all" else None,
            testid=f"tab-{name}",
            key=name,
        )
        for name in TABS
    )
    return ChipRow(*chips, label=words("orders.tabs"))


def _look(desk: DeskState, words: Words, open_id: str, on_open: Any) -> Look:
    narrow = bool(open_id)

    def ranks() -> Mapping[str, Rank | None]:
        partners = desk.reads.organisations
        return desk.reads.kept(
            ("partner ranks", words.locale),
            lambda: {row.id: name_rank(words.locale, row.name, row.search) for row in partners},
        )

    # "Yesterday 23:41" has no room beside the panel, and a status needs its words whole.
    wordy = narrow and words.locale == "en"
    fields = (
        Field(
            words("orders.number"),
            lambda row: _number(words, row),
            "minmax(130px, 1fr)" if narrow else "minmax(138px, 1fr)",
            rank=lambda row: row.number,
        ),
        Field(
            words("orders.customer"),
            lambda row: words.name(row.organisation_name),
            "minmax(116px, 2fr)",
            rank=lambda row: ranks().get(row.organisation),
        ),
        text_column(words("orders.by"), lambda row: row.placed_by_name, "minmax(72px, 0.7fr)", minor=narrow),
        Field(
            words("orders.placed"),
            lambda row: _placed(words, row),
            "minmax(94px, 0.9fr)" if narrow else "minmax(130px, 0.9fr)",
            minor=wordy,
            second=narrow,
            rank=placed,
        ),
        Field(
            words("orders.status"),
            lambda row: _status(desk, words, row),
            "minmax(132px, 1fr)" if wordy else "minmax(92px, 1fr)" if narrow else "minmax(120px, 1fr)",
            rank=lambda row: STATUSES.index(row.status),
        ),
        Field(
            words("orders.amount"),
            lambda row: words.money(row.totals.total, row.currency),
            "minmax(104px, 0.7fr)",
            numeric=True,
            rank=lambda row: row.totals.total,
        ),
    )
    return Look(
        fields,
        key=lambda row: row.id,
        label=words("orders.title"),
        on_open=on_open,
        selected=open_id,
        row_testid=lambda row: f"order-{row.id}",
        row_data=lambda row: {"status": row.status},
        testid="orders-grid",
    )


def _with_marks(look: Look, words: Words, top: Sequence[Order], marked: frozenset[str], set_marked: Any) -> Look:
    able = frozenset(row.id for row in top if may_approve(row))

    def toggle(name: str) -> None:
        set_marked(lambda old: old ^ {name})

    def toggle_all() -> None:
        set_marked(frozenset() if able <= marked else able)

    if not able:
        return look
    marks = Marks(
        marked,
        toggle,
        toggle_all,
        allowed=may_approve,
        all_marked=able <= marked,
        label=words("orders.mark"),
        label_all=words("orders.mark_all"),
    )
    return replace(look, marks=marks)


def _number(words: Words, order: Order) -> Child:
    if order.number:
        return html.span({"className": "order-number number"}, order.number)
    return html.span({"className": "order-number faint"}, words("orders.no_number"))


def _placed(words: Words, order: Order) -> Child:
    time = html.span(
        {"className": "number", "title": words.format.moment(placed(order), words.now)}, words.soon(placed(order))
    )
    if not was_offline(order):
        return time
    label = words("orders.offline")
    mark = html.span({"className": "offline-mark", "title": label}, Icon("wifi-off", size=14, label=label))
    return html.span({"className": "placed"}, time, mark)


def _status(desk: DeskState, words: Words, order: Order) -> Child:
    text, tone = words.status(order)
    if order.status == "on_hold" and "credit" in order.holds:
        organisation = desk.reads.organisation(order.organisation)
        if organisation is not None and organisation.credit_limit is not None:
            over = organisation.credit_used - organisation.credit_limit
            if over > 0:
                text = words("orders.over_by", amount=words.round_money(over))
    return Badge(text, tone)


def _empty(words: Words, tab: str, text: str) -> Child:
    if text:
        return Nothing("search", words("orders.none_found", text=text), words("orders.none_found_text"), key="empty")
    icon = "party-popper" if tab == "to_approve" else "inbox"
    return Nothing(icon, words(f"orders.none.{tab}"), words(f"orders.none_text.{tab}"), key="empty")


def _sheet(desk: DeskState, asked: Asked | None, close: Any, unmark: Any) -> Child:
    if asked is None:
        return None
    kind, ids = asked
    orders = [order for order in (desk.reads.order(id_) for id_ in ids) if order is not None]
    if not orders:
        return None

    def done() -> None:
        close()
        if len(ids) > 1:
            unmark()

    return ActionSheet(kind, orders, close, done, key=f"{kind}-{ids[0]}")
