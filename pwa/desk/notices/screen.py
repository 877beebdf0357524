"""Notices at the desk: what was written, what was received, and the way to each."""

from collections.abc import Mapping, Sequence

from reactpy import component, html, use_async_effect, use_memo
from reactpy.types import Component, VdomDict

from offline.wire.notices import NoticePaper, NoticeSave
from pwa.components.basics import Badge, Card, Child
from pwa.desk.editing import fresh_id
from pwa.desk.grid import Field, Grid, Look, rows_of
from pwa.desk.listing import Listing, filter_chips, listing_of, new_button, search
from pwa.desk.notices.audience import summary
from pwa.desk.notices.editor import Editor
from pwa.desk.notices.funnel import STATUS_TONES, FunnelScreen
from pwa.desk.parts import Nothing, link, page, refusal
from pwa.desk.reading import Reads, matches
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.notices.cards import LetterRow
from pwa.screens.notices.inbox import letter_of, letters, open_letter, waiting
from pwa.screens.notices.screens import Whole, confirm_action

FILTERS = ("all", "draft", "scheduled", "sent", "received")


def papers(reads: Reads) -> list[NoticePaper]:
    """Drafts first, then what is planned, then the latest."""
    rows = [row for row in reads.replica.all("notice_paper") if isinstance(row, NoticePaper)]
    ranks = {"draft": 0, "scheduled": 1}

    def rank(row: NoticePaper) -> tuple[int, float]:
        at = row.sent_at or row.changed_at
        return ranks.get(row.status, 2), -at.timestamp() if at else 0.0

    return sorted(rows, key=rank)


def unread_here(desk: DeskState) -> int:
    """What waits for the person at this desk, as a reader."""
    return len(waiting(desk.app))


@component
def NoticesScreen(notice_id: str, query: Mapping[str, str]) -> VdomDict | Component:
    """``query``: ``filter``, or ``correct`` and ``shown`` for one that is out."""
    use_engine_version()
    desk = use_desk()
    made_id = use_memo(fresh_id, dependencies=[notice_id])
    writes = desk.reads.may("notice.write")
    if notice_id == "new" and writes:
        return Editor(made_id, None, key=made_id)
    paper = desk.reads.replica.typed(NoticePaper, "notice_paper", notice_id) if notice_id and writes else None
    if paper is not None:
        if paper.status in ("draft", "scheduled"):
            return Editor(paper.id, paper, key=paper.id)
        if query.get("correct"):
            return Editor(paper.id, paper, correcting=True, key=f"correct-{paper.id}")
        return FunnelScreen(paper, query.get("shown", ""), key=f"funnel-{paper.id}")
    if writes and desk.refused("notice", notice_id, NoticeSave.NAME):
        return Editor(notice_id, None, key=notice_id)
    if notice_id:
        return Received(notice_id, key=f"received-{notice_id}")
    usual = {"filter": "all" if writes else "received"}
    return NoticeList(listing_of(desk, "notices", "", query, usual), key="list")


@component
def NoticeList(listing: Listing) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    text = listing.text
    writes = desk.reads.may("notice.write")
    rows = papers(desk.reads) if writes else []
    groups = {name: [row for row in rows if _group(row) == name] for name in ("draft", "scheduled", "sent")}
    received = letters(desk.app)
    chosen = listing["filter"]
    names = [name for name in FILTERS if (writes or name == "received") and (received or name != "received")]
    filters = {name: words(f"notices.filter_{name}") for name in names}
    held = {**{name: len(found) for name, found in groups.items()}, "received": len(waiting(desk.app))}
    counts = {name: count or None for name, count in held.items()}
    listed = [row for row in groups.get(chosen, rows) if matches(text, " ".join(row.title.values()).casefold())]
    refused = [each for row in rows for each in desk.refused("notice", row.id, "notice.send", "notice.remind")]
    return page(
        words("notices.title"),
        filter_chips(listing, "filter", filters, counts, label=words("notices.filters")) if writes else None,
        *(refusal(desk, entry) for entry, _ in refused),
        _received(desk) if chosen == "received" else _grid(desk, words, listed, text),
        tools=(
            search(words("notices.search"), text, listing.look_for),
            new_button(listing, words("notices.new"), testid="notice-new"),
        )
        if writes
        else (),
        testid="desk-notices",
    )


def _group(row: NoticePaper) -> str:
    return row.status if row.status in ("draft", "scheduled") else "sent"


def _grid(desk: DeskState, words: Words, rows: Sequence[NoticePaper], text: str) -> Child:
    if not rows:
        if text.strip():
            return Nothing("search-x", words("notices.no_match"), key="empty")
        return Nothing("megaphone", words("notices.none"), words("notices.none_text"), key="empty")
    return Grid(_look(desk, words), len(rows), rows_of(rows), text, key="grid")


def _look(desk: DeskState, words: Words) -> Look:
    def title(row: NoticePaper) -> VdomDict:
        marks = [words(f"notices.{name}") for name in ("urgent", "pinned") if getattr(row, name)]
        return html.span(
            {"className": "two-lines"},
            html.strong(words.name(row.title) or words("notices.untitled")),
            html.span(
                {"className": "faint"}, words("middle_dot").join([summary(row.audience, words, desk.reads), *marks])
            ),
        )

    def when(row: NoticePaper) -> str:
        at = row.send_at if row.status == "scheduled" else row.sent_at or row.changed_at
        return words.when(at) if at is not None else ""

    def figures(row: NoticePaper) -> str:
        if row.sent_at is None:
            return ""
        done = row.confirmed if row.confirm else row.opened
        key = "notices.done_confirmed" if row.confirm else "notices.done_opened"
        return words(key, done=words.number(done), whole=words.number(row.addressed))

    return Look(
        fields=(
            Field(words("notices.name"), title, "3fr", rank=lambda row: words.name(row.title)),
            Field(
                words("notices.status"),
                lambda row: Badge(words(f"notices.status_{row.status}"), STATUS_TONES[row.status]),
                "96px",
            ),
            Field(words("notices.done"), figures, "150px", numeric=True, second=True),
            Field(words("notices.when"), when, "120px", numeric=True, rank=lambda row: row.sent_at or row.changed_at),
            Field(words("notices.author"), lambda row: row.author_name, "90px", minor=True),
        ),
        key=lambda row: row.id,
        label=words("notices.title"),
        on_open=lambda row: desk.go(f"/desk/notices/{row.id}"),
        row_testid=lambda row: f"paper-{row.id}",
        row_data=lambda row: {"status": row.status},
        testid="papers",
    )


def _received(desk: DeskState) -> Child:
    found = letters(desk.app)
    if not found:
        return Nothing("mail-open", desk.words()("notices.nothing_received"), key="empty")
    return Card(*(LetterRow(desk.app, letter) for letter in found), class_name="letters", testid="letters")


@component
def Received(notice_id: str) -> VdomDict:
    """A notice as its reader has it, at the desk."""
    desk = use_desk()
    words = desk.words()
    letter = letter_of(desk.app, notice_id)
    unread = letter is not None and letter.unread

    @use_async_effect(dependencies=[notice_id, unread])
    async def opened() -> None:
        if letter is not None and unread:
            await open_letter(desk.app, letter)

    crumbs = html.p({"className": "crumbs"}, link(desk, "/desk/notices?filter=received", words("notices.title")))
    if letter is None:
        gone = Nothing("mail-question-mark", words("notices.gone"), words("notices.gone_text"), key="gone")
        return page(words("notices.title"), crumbs, gone, testid="notice-received")
    return page(
        words("notices.received"),
        crumbs,
        html.div({"className": "letter-at-desk"}, Whole(desk.app, letter), confirm_action(desk.app, letter)),
        testid="notice-received",
    )
