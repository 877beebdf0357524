"""Claims at the desk: what waits for finance, and one claim with its pictures side by side; and the activities they
are for, which are approved here."""

from collections.abc import Mapping

from reactpy import component, html
from reactpy.types import VdomDict

from offline.rules import evidence
from offline.wire.claims import Claim, ClaimReview
from pwa.components.basics import Badge, Child, Tone
from pwa.components.lists import Column, Table
from pwa.desk.claims.activities import ActivityPanel, activities_waiting, activity_table
from pwa.desk.claims.review import ReviewScreen
from pwa.desk.listing import Listing, filter_chips, listing_of, not_found, search
from pwa.desk.parts import Nothing, export_link, more_note, page
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.claims import parts

FILTERS: Mapping[str, tuple[str, ...]] = {
    "review": ("submitted",),
    "waiting": ("media_pending", "more_wanted", "blocked"),
    "to_settle": ("approved",),
    "done": ("settled", "refused", "withdrawn"),
}
ACTIVITIES = "activities"
_MOST = 200


def waiting(desk: DeskState) -> int:
    """Claims that finance has to look at, and activities to approve."""
    claims = sum(each.status == "submitted" for each in parts.claims(desk.app)) if desk.reads.may("claim.review") else 0
    return claims + activities_waiting(desk)


@component
def ClaimsScreen(claim_id: str, query: Mapping[str, str]) -> Child:
    """``query["filter"]``: one of ``FILTERS``; a claim keeps it, for the way back. ``ACTIVITIES``: those, and the id is
    one of them."""
    known = query if query.get("filter", "review") in (ACTIVITIES, *FILTERS) else {}
    listing = listing_of(use_desk(), "claims", claim_id, known, {"filter": "review"})
    if listing["filter"] == ACTIVITIES:
        return ActivityList(listing, key="activities")
    return ReviewScreen(listing, key=claim_id) if claim_id else ClaimList(listing, key="list")


def _chips(listing: Listing) -> VdomDict:
    desk = listing.desk
    words, everything = desk.words(), parts.claims(desk.app)
    counts: dict[str, int | None] = {
        name: sum(each.status in statuses for each in everything) for name, statuses in FILTERS.items()
    }
    counts[ACTIVITIES] = activities_waiting(desk)
    filters = {name: words(f"claims.filter_{name}") for name in (ACTIVITIES, *FILTERS)}
    return filter_chips(listing, "filter", filters, counts, label=words("nav.claims"))


@component
def ActivityList(listing: Listing) -> VdomDict:
    use_engine_version()
    words = use_desk().words()
    return page(
        words("nav.claims"),
        _chips(listing),
        *activity_table(listing),
        tools=(search(words("claims.search"), listing.text, listing.look_for),),
        panel=ActivityPanel(listing, key=listing.row_id) if listing.row_id else None,
        testid="desk-claims",
    )


@component
def ClaimList(listing: Listing) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    text = listing.text
    chosen = listing["filter"]
    everything = parts.claims(desk.app)
    found = [each for each in everything if each.status in FILTERS[chosen]]
    matching = [each for each in found if matches(text, _searched(desk, words, each))]
    return page(
        words("nav.claims"),
        _chips(listing),
        Table(
            _columns(desk, words),
            matching[:_MOST],
            key=lambda row: row.id,
            on_open=listing.open,
            caption=words("nav.claims"),
            testid="claims-table",
            row_testid=lambda row: f"claim-{row.number or row.id}",
        )
        if matching
        else not_found(words, text)
        if found
        else Nothing("receipt-text", words(f"claims.none_{chosen}"), key="empty"),
        more_note(words, len(matching), _MOST),
        tools=(
            search(words("claims.search"), text, listing.look_for),
            export_link(desk, "claims"),
        ),
        testid="desk-claims",
    )


def _searched(desk: DeskState, words: Words, claim: Claim) -> str:
    known = desk.reads.partner_words().get(claim.organisation, "")
    return f"{claim.number} {claim.activity_title} {_whose(words, claim)} {known}".casefold()


def _whose(words: Words, claim: Claim) -> str:
    return words.name(claim.organisation_name) or claim.organisation_code


def review_of(desk: DeskState, claim: Claim) -> ClaimReview | None:
    return desk.app.engine.replica.typed(ClaimReview, "claim_review", claim.id)


def _found(desk: DeskState, words: Words, claim: Claim) -> VdomDict | str:
    """How much there is to look at, the gravest first."""
    review = review_of(desk, claim)
    level = evidence.gravest(review.findings) if review else None
    if review is None or level is None:
        return words("claims.clean")
    count = len(review.findings)
    tones: Mapping[str, Tone] = {"block": "bad", "review": "warning", "hint": "info"}
    return Badge(words(f"claims.found_{level}", count=count), tones[level])


def _columns(desk: DeskState, words: Words) -> list[Column]:
    app = desk.app

    def when(row: Claim) -> str:
        at = row.filed_at or row.local_at
        return words.soon(at) if at else ""

    return [
        Column(words("claims.number"), lambda row: row.number or app.t("claims.no_number"), width="9.5rem"),
        Column(words("claims.partner"), lambda row: _whose(words, row)),
        Column(app.t("claims.activity"), lambda row: html.span({"dir": "auto"}, row.activity_title), minor=True),
        Column(words("claims.found"), lambda row: _found(desk, words, row)),
        Column(app.t("claims.claimed"), lambda row: words.money(row.total, row.currency), numeric=True),
        Column(
            words("claims.status"),
            lambda row: Badge(parts.claim_status(app, row), parts.TONES.get(row.status, "neutral")),
        ),
        Column(words("claims.filed"), when, numeric=True, minor=True),
    ]
