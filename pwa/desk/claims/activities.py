"""Activities at the desk: those that wait for one's approval first, and one of them beside the list with the way its
approval goes."""

from functools import partial

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.ledger import SHARED
from offline.wire.activities import Activity, ActivityDecide
from offline.wire.funds import Allocation
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.lists import Column, Facts, Table, Timeline
from pwa.desk.listing import Listing, not_found
from pwa.desk.parts import Nothing, block, link, more_note, panel, refusal
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, use_desk, use_keys
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.claims import parts
from pwa.screens.claims.activity import decide, facts_of, why_sheet

_MOST = 200


def activities_waiting(desk: DeskState) -> int:
    """Activities whose open step is this person's, or of somebody whose deputy this person is."""
    return len(parts.to_decide(desk.app))


def activity_table(listing: Listing) -> tuple[Child, Child]:
    """The list, and what is said below it."""
    desk = listing.desk
    app, words = desk.app, desk.words()
    mine = {each.id for each in parts.to_decide(app)}
    everything = sorted(parts.activities(app), key=lambda row: row.id not in mine)  # else the newest first
    found = [row for row in everything if matches(listing.text, _searched(desk, words, row))]
    if not found:
        nothing = Nothing("hand-coins", words("claims.none_activities"), key="empty")
        return (not_found(words, listing.text) if everything else nothing), None
    table = Table(
        _columns(desk, words, mine, is_open=bool(listing.row_id)),
        found[:_MOST],
        key=lambda row: row.id,
        on_open=listing.open,
        selected=listing.row_id,
        caption=words("claims.filter_activities"),
        testid="activities-table",
        row_testid=lambda row: f"activity-{row.number or row.id}",
    )
    return table, more_note(words, len(found), _MOST)


def _searched(desk: DeskState, words: Words, row: Activity) -> str:
    known = desk.reads.partner_words().get(row.organisation, "")
    return f"{row.number} {row.title} {words.name(row.organisation_name)} {known}".casefold()


def _columns(desk: DeskState, words: Words, mine: set[str], *, is_open: bool) -> list[Column]:
    app = desk.app

    def status(row: Activity) -> VdomDict:
        if row.id in mine:
            return Badge(words("claims.yours"), "warning")
        return Badge(parts.activity_status(app, row), parts.TONES.get(row.status, "neutral"))

    more = [
        Column(app.t("claims.fund"), lambda row: words.name(row.fund_name)),
        Column(words("claims.period"), lambda row: parts.period(app, row.starts_on, row.ends_on)),
    ]
    return [
        Column(app.t("claims.activity"), lambda row: html.span({"dir": "auto"}, row.title)),
        Column(words("claims.partner"), lambda row: words.name(row.organisation_name)),
        *([] if is_open else more),
        Column(words("claims.planned"), lambda row: words.money(row.amount, row.currency), numeric=True),
        Column(words("claims.status"), status),
    ]


def _purse(desk: DeskState, row: Activity) -> Allocation | None:
    """What its money comes from: the partner's own share, or the pot of several."""
    found = [each for each in parts.allocations(desk.app) if each.fund == row.fund]
    own = (each for each in found if each.organisation == row.organisation)
    return next(own, next((each for each in found if each.organisation == SHARED), None))


@component
def ActivityPanel(listing: Listing) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    app, words = desk.app, desk.words()
    asking, ask = use_state("")
    use_keys(lambda key: listing.close() if key == "Escape" else None)
    row = app.engine.replica.typed(Activity, "activity", listing.row_id)
    if row is None:
        gone = Nothing("file-question-mark", app.t("claims.gone"), app.t("claims.gone_hint"), key="gone")
        return panel(app.t("claims.activity"), gone, on_close=listing.close, testid="activity-panel")
    # What is left in the purse it would be paid from.
    purse, twice, behalf = _purse(desk, row), parts.not_twice(app, row), parts.for_whom(app, row)
    claims = [
        html.p(
            {"key": each.id},
            link(desk, f"/desk/claims/{each.id}", each.number or app.t("claims.no_number"), class_name="text-button"),
            " ",
            Badge(parts.claim_status(app, each), parts.TONES.get(each.status, "neutral")),
        )
        for each in parts.claims_of(app, row.id)
    ]
    actions = html.div(
        {"className": "button-row"},
        Button(app.t("claims.decline"), calling(ask, "decline"), kind="danger", testid="decline-activity"),
        Button(app.t("claims.approve"), calling(decide, app, row, True, ""), testid="approve-activity"),
    )
    return panel(
        row.title,
        *(refusal(desk, entry) for entry, _command in desk.refused("activity", row.id, ActivityDecide.NAME)),
        block(
            "",
            html.div(
                {"className": "spread"},
                html.strong({"className": "number number-huge"}, words.money(row.amount, row.currency)),
                Badge(
                    parts.activity_status(app, row), parts.TONES.get(row.status, "neutral"), testid="activity-status"
                ),
            ),
            Facts([(words("claims.period"), parts.period(app, row.starts_on, row.ends_on)), *facts_of(app, row)]),
            key="facts",
        ),
        block(words("claims.left_in_fund"), parts.BalanceBar(app, purse), key="purse") if purse else None,
        block(
            app.t("claims.approval"),
            Timeline(parts.approval_moments(app, row), testid="timeline"),
            html.p({"className": "block-note", "data-testid": "not-twice"}, twice) if twice else None,
            html.p({"className": "block-note", "data-testid": "for-whom"}, behalf) if behalf else None,
            key="steps",
        ),
        block(app.t("claims.claims"), *claims, key="claims") if claims else None,
        why_sheet(app, row, asking, partial(ask, "")) if asking else None,
        over=row.number or app.t("claims.no_number"),
        subtitle=words.name(row.organisation_name),
        on_close=listing.close,
        actions=actions if parts.my_standing(app, row).may else None,
        testid="activity-panel",
    )
