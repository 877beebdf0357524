"""A notice that is out: how far its readers are, who is missing, and what the author can do about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import Component, VdomDict

from offline.rules.notices import may, may_remind, next_reminder
from offline.store import Unreachable
from offline.wire.notices import NoticePaper, NoticeRemind, NoticeWithdraw
from offline.wire.rows import Names
from pwa.components.basics import Badge, Button, Child, Chip, ChipRow, Icon, Skeleton, Tone, attributes, calling
from pwa.components.fields import TextField
from pwa.components.jotting import use_jotting
from pwa.components.overlays import Confirm, Sheet
from pwa.desk.grid import Field, Grid, Look, rows_of
from pwa.desk.notices.audience import summary
from pwa.desk.notices.form import start_of
from pwa.desk.notices.preview import PhonePreview, preview_panel
from pwa.desk.parts import Nothing, block, link, page, pair
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

STATUS_TONES: Mapping[str, Tone] = {
    "draft": "neutral", "scheduled": "info", "sending": "info", "sent": "accent", "withdrawn": "neutral",
}  # fmt: skip
STAGE_TONES: Mapping[str, Tone] = {
    "addressed": "warning", "delivered": "neutral", "opened": "info", "confirmed": "accent",
}  # fmt: skip


class _Reader(msgspec.Struct):
    """As ``GET /api/notices/{id}/readers`` tells of one."""

    id: str
    name: str
    organisation_code: str
    organisation_name: Names
    territory: str
    rep_name: str
    stage: str
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    confirmed_at: datetime | None = None
    reminded_at: datetime | None = None


class _Page(msgspec.Struct):
    readers: list[_Reader]
    cursor: str = ""


def aim(paper: NoticePaper) -> str:
    """The stage a reader must reach to be done."""
    return "confirmed" if paper.confirm else "opened"


def owing(paper: NoticePaper) -> int:
    return max(0, paper.addressed - (paper.confirmed if paper.confirm else paper.opened))


@component
def FunnelScreen(paper: NoticePaper, shown: str = "") -> VdomDict:
    desk = use_desk()
    words = desk.words()
    asking, ask = use_state("")
    chosen = shown if shown in ("delivered", "opened", "confirmed", "all") else aim(paper)
    return page(
        words.name(paper.title),
        html.p({"className": "crumbs"}, link(desk, "/desk/notices", words("notices.title"))),
        _figures(words, paper),
        block(
            "",
            html.div({"className": "funnel-filters"}, _filters(desk, words, paper, chosen), _export(words, paper)),
            Readers(paper, chosen, key=chosen),
            testid="notice-readers",
        ),
        _question(desk, paper, asking, lambda: ask("")),
        tools=_tools(desk, words, paper, ask),
        panel=preview_panel(words, _facts(desk, words, paper), _preview(desk, paper)),
        testid="notice-funnel",
    )


def _figures(words: Words, paper: NoticePaper) -> VdomDict:
    """Addressed, delivered, opened, confirmed: each a bar of the first."""
    stages = [("addressed", paper.addressed), ("delivered", paper.delivered), ("opened", paper.opened)]
    if paper.confirm:
        stages.append(("confirmed", paper.confirmed))
    whole = max(1, paper.addressed)
    bars = (
        html.div(
            {"className": "funnel-stage", "key": name, "data-testid": f"funnel-{name}", "data-count": str(count)},
            html.span({"className": "funnel-label"}, words(f"notices.funnel_{name}")),
            html.strong({"className": "funnel-count number"}, words.number(count)),
            html.span(
                {"className": "funnel-track", "aria-hidden": "true"},
                html.span(
                    {"className": f"funnel-bar funnel-{name}", "style": {"transform": f"scaleX({count / whole:.4f})"}}
                ),
            ),
            html.span({"className": "funnel-share faint number"}, f"{round(100 * count / whole)}%"),
        )
        for name, count in stages
    )
    counted = words("notices.counted", at=words.when(paper.counted_at)) if paper.counted_at else ""
    return html.section(
        {"className": "block block-large funnel", "data-testid": "funnel"},
        *bars,
        html.p({"className": "block-note"}, counted) if counted else None,
    )


def _facts(desk: DeskState, words: Words, paper: NoticePaper) -> VdomDict:
    status = Badge(words(f"notices.status_{paper.status}"), STATUS_TONES[paper.status])
    return block(
        "",
        pair(words("notices.status"), status),
        pair(words("notices.to"), summary(paper.audience, words, desk.reads)),
        pair(words("notices.sent"), words.when(paper.sent_at)) if paper.sent_at else None,
        pair(words("notices.author"), paper.author_name),
        pair(words("notices.due"), words.last_day(paper.due_at)) if paper.due_at else None,
        pair(words("notices.revision"), words.number(paper.revision)) if paper.revision > 1 else None,
        pair(words("notices.reminded"), words.when(paper.reminded_at)) if paper.reminded_at else None,
        pair(words("notices.withdrawn"), words.when(paper.withdrawn_at)) if paper.withdrawn_at else None,
        _note(words, paper),
    )


def _note(words: Words, paper: NoticePaper) -> Child:
    """What readers are told of a correction, or why it was withdrawn."""
    said = "notices.withdraw_note" if paper.status == "withdrawn" else "notices.field.note"
    return pair(words(said), paper.note, testid="notice-note") if paper.note else None


def _preview(desk: DeskState, paper: NoticePaper) -> Component:
    withdrawn = paper.note if paper.status == "withdrawn" else None
    return PhonePreview(start_of(desk, paper), withdrawn=withdrawn, key="preview")


def _tools(desk: DeskState, words: Words, paper: NoticePaper, ask: Callable[[str], Any]) -> list[Child]:
    def open_correction() -> None:
        desk.go(f"/desk/notices/{paper.id}?correct=1")

    ready = may_remind(paper.reminded_at, words.now)
    count = owing(paper)
    remind = words("notices.remind", count=words.number(count))
    if not ready and paper.reminded_at is not None:
        remind = words("notices.remind_from", at=words.when(next_reminder(paper.reminded_at)))
    tools: list[Child] = [
        Button(words("notices.withdraw"), calling(ask, "withdraw"), kind="plain", testid="notice-withdraw", key="back")
        if may("notice.withdraw", paper.status)
        else None,
        Button(
            words("notices.to_correct"), calling(open_correction), kind="secondary", testid="to-correct", key="correct"
        )
        if may("notice.correct", paper.status)
        else None,
        Button(
            remind,
            calling(ask, "remind"),
            icon="bell",
            disabled=not ready or not count,
            testid="notice-remind",
            key="remind",
        )
        if may("notice.remind", paper.status)
        else None,
    ]
    return [tool for tool in tools if tool is not None]


def _question(desk: DeskState, paper: NoticePaper, asking: str, close: Callable[[], Any]) -> Child:
    words = desk.words()
    if asking == "withdraw":
        return WithdrawSheet(paper.id, close, key="withdraw")
    if asking != "remind":
        return None

    async def remind() -> None:
        close()
        await desk.submit(NoticeRemind(notice=paper.id), said=words("notices.reminded_toast"))

    return Confirm(
        words("notices.remind_title", count=words.number(owing(paper))),
        words(f"notices.remind_text_{aim(paper)}"),
        confirm=words("notices.remind_do"),
        on_confirm=remind,
        on_cancel=close,
        testid="remind",
    )


@component
def WithdrawSheet(notice_id: str, close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    values, put, drop = use_jotting(f"withdraw.{notice_id}")
    note = values.get("note", "")

    async def withdraw() -> None:
        close()
        said = values.get("note", "").strip()
        await desk.submit(NoticeWithdraw(notice=notice_id, note=said), said=words("notices.withdrawn_toast"))
        drop()

    return Sheet(
        words("notices.withdraw_title"),
        html.p({"className": "sheet-text"}, words("notices.withdraw_text")),
        TextField(
            words("notices.withdraw_note"),
            value=note,
            on_change=partial(put, "note"),
            rows=2,
            max_length=500,
            testid="withdraw-note",
        ),
        on_close=close,
        actions=Button(words("notices.withdraw"), calling(withdraw), kind="danger", wide=True, testid="withdraw-do"),
        testid="withdraw-sheet",
    )


# who is missing


def _filters(desk: DeskState, words: Words, paper: NoticePaper, chosen: str) -> VdomDict:
    missing = {
        "confirmed": paper.addressed - paper.confirmed if paper.confirm else None,
        "opened": paper.addressed - paper.opened,
        "delivered": paper.addressed - paper.delivered,
        "all": paper.addressed,
    }
    chips = [
        Chip(
            words(f"notices.without_{name}" if name != "all" else "notices.everybody"),
            calling(desk.go, f"/desk/notices/{paper.id}?{urlencode({'shown': name})}"),
            selected=name == chosen,
            count=max(0, count),
            testid=f"without-{name}",
            key=name,
        )
        for name, count in missing.items()
        if count is not None
    ]
    return ChipRow(*chips, label=words("notices.filters"))


def _export(words: Words, paper: NoticePaper) -> VdomDict:
    label = words("notices.export")
    query = urlencode({"missing": aim(paper)})
    export = {"href": f"/api/notices/{paper.id}/readers.xlsx?{query}", "download": "readers.xlsx"}
    export |= {"aria-label": label, "title": label}
    return html.a(attributes("icon-button icon-button-outline", "export-readers", more=export), Icon("file-down"))


@component
def Readers(paper: NoticePaper, chosen: str) -> VdomDict | Component:
    """Asked from the server, anew when the figures change."""
    desk = use_desk()
    words = desk.words()
    nothing: _Page | None = None
    found, set_found = use_state(nothing)
    failed, set_failed = use_state(False)
    figures = (paper.delivered, paper.opened, paper.confirmed, paper.addressed, paper.reminded_at)

    @use_async_effect(dependencies=[paper.id, chosen, figures])
    async def ask() -> None:
        page_ = await read_page(desk, paper.id, chosen)
        set_failed(page_ is None)
        if page_ is not None:
            set_found(page_)

    async def more() -> None:
        page_ = await read_page(desk, paper.id, chosen, found.cursor if found else "")
        if page_ is not None and found is not None:
            set_found(_Page([*found.readers, *page_.readers], page_.cursor))

    if found is None:
        if failed:
            return Nothing("cloud-off", words("notices.readers_offline"), words("notices.readers_offline_text"))
        return html.div(Skeleton("line", 6))
    if not found.readers:
        return Nothing("party-popper", words("notices.nobody_missing"), testid="nobody-missing")
    return html.div(
        Grid(_look(words), len(found.readers), rows_of(found.readers), chosen, key="grid"),
        Button(words("notices.more"), calling(more), kind="plain", testid="more-readers") if found.cursor else None,
    )


async def read_page(desk: DeskState, notice_id: str, chosen: str, cursor: str = "") -> _Page | None:
    """None without a network."""
    asked = {"limit": "100", "cursor": cursor} | ({} if chosen == "all" else {"missing": chosen})
    try:
        answer = await desk.app.device.request("GET", f"/api/notices/{notice_id}/readers?{urlencode(asked)}")
        return msgspec.json.decode(answer.body, type=_Page) if answer.status == 200 else None
    except (Unreachable, msgspec.MsgspecError):
        return None


def _look(words: Words) -> Look:
    def moment(row: _Reader) -> str:
        at = row.confirmed_at if row.stage == "confirmed" else row.opened_at if row.stage == "opened" else None
        at = at or (row.delivered_at if row.stage == "delivered" else None)
        return words.when(at) if at is not None else ""

    def partner(row: _Reader) -> VdomDict:
        return html.span(
            {"className": "two-lines"},
            html.span(words.name(row.organisation_name)),
            html.span({"className": "faint number"}, row.organisation_code),
        )

    return Look(
        fields=(
            Field(words("notices.partner"), partner, "2fr", rank=lambda row: words.name(row.organisation_name)),
            Field(words("notices.person"), lambda row: row.name, "minmax(56px, 0.7fr)", rank=lambda row: row.name),
            Field(
                words("notices.rep"),
                lambda row: row.rep_name,
                "minmax(56px, 0.7fr)",
                second=True,
                rank=lambda row: row.rep_name,
            ),
            Field(words("notices.territory"), lambda row: row.territory, "1fr", minor=True),
            Field(
                words("notices.progress"),
                lambda row: Badge(words(f"notices.stage_{row.stage}"), STAGE_TONES.get(row.stage, "neutral")),
                "116px",
            ),
            Field(words("notices.at"), moment, "128px", numeric=True, second=True),
        ),
        key=lambda row: row.id,
        label=words("notices.readers"),
        row_testid=lambda row: f"reader-{row.organisation_code}",
        row_data=lambda row: {"stage": row.stage},
        testid="readers",
    )
