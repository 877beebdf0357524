"""One claim on the large screen: its pictures, an earlier look-alike beside one, and the decision at the right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.papers import claim_may
from offline.wire.claims import Claim, ClaimReview, PictureFacts
from offline.wire.media import MediaView
from pwa.components.basics import Child, IconButton, calling, classes
from pwa.components.media import Photo
from pwa.desk.claims.decision import Decision
from pwa.desk.claims.sight import Sight, mark_of, may_review, said_of
from pwa.desk.listing import Listing
from pwa.desk.parts import Nothing, link, page
from pwa.desk.state import DeskState, use_desk, use_keys
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.claims import parts

QUESTIONS = {"r": "refuse", "q": "ask"}  # by key


@component
def ReviewScreen(listing: Listing) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    row = desk.app.engine.replica.typed(Claim, "claim", listing.row_id)
    viewer = use_viewer(row)
    asking, ask = use_state("")

    def begin(deed: str) -> None:
        """One of ``QUESTIONS``: its field may lie below what is in sight. Or ``""``, none any more."""
        ask(deed)
        if deed:
            desk.app.device.send({"type": "focus", "selector": f"[data-testid={deed}-text]"})

    def out() -> None:
        """Of what is on top: a question (what was typed stays), a closer look, the claim."""
        if asking:
            ask("")
        elif viewer.zoomed:
            viewer.zoom()
        else:
            listing.close()

    def zoom() -> None:
        """To where the arrows move what is too large for its frame."""
        viewer.zoom()
        desk.app.device.send({"type": "focus", "selector": "[data-testid=review-picture] .review-picture"})

    keys: Mapping[str, Callable[[], Any]] = {
        "Escape": out,
        "j": partial(_to_neighbour, listing, 1),
        "k": partial(_to_neighbour, listing, -1),
        "ArrowRight": partial(viewer.step, 1),
        "ArrowLeft": partial(viewer.step, -1),
        "z": zoom,
        "a": lambda: desk.app.device.send({"type": "focus", "selector": ".desk-panel .panel-main"}),
        **(_questions(desk, row, begin) if row is not None else {}),
    }
    use_keys(lambda key: keys[key]() if key in keys else None)
    if row is None:
        return page(words("nav.claims"), Nothing("receipt-text", desk.app.t("claims.gone"), key="gone"))
    review = desk.app.engine.replica.typed(ClaimReview, "claim_review", row.id)
    sight = Sight(desk, words, row, review.findings if review else (), viewer.look, viewer.shown)
    facts = next((each for each in (review.pictures if review else ()) if each.picture == viewer.shown), None)
    decides = may_review(desk, row) and claim_may(row.status, "approve")
    back = link(desk, listing.address(), words("claims.back"), class_name="text-button", testid="back", key="back")
    return page(
        f"{row.number or desk.app.t('claims.no_number')} · {row.activity_title}",
        Strip(sight, viewer.shown),
        Side(sight, viewer, facts),
        html.p({"className": "desk-keys"}, words("claims.keys" if decides else "claims.keys_look")),
        tools=(back,),
        panel=Decision(sight, (asking, begin), listing.close, key="decision"),
        testid="desk-review",
    )


def _questions(desk: DeskState, row: Claim, begin: Callable[[str], None]) -> dict[str, Callable[[], None]]:
    """The keys of the questions that this person may ask now."""
    able = {key: deed for key, deed in QUESTIONS.items() if may_review(desk, row) and claim_may(row.status, deed)}
    return {key: partial(begin, deed) for key, deed in able.items()}


def _to_neighbour(listing: Listing, step: int) -> None:
    """The next claim that waits for finance, from this one on, in the order of the list."""
    desk, claim_id = listing.desk, listing.row_id
    everything = parts.claims(desk.app)
    ids = [each.id for each in everything if each.status == "submitted" or each.id == claim_id]
    place = ids.index(claim_id) + step if claim_id in ids else 0
    if 0 <= place < len(ids):
        listing.to(ids[place])
    else:
        desk.app.toasts.show(desk.words()("claims.no_more"))


@dataclass(frozen=True)
class Viewer:
    """``shown``: the picture in front, none where there is none. ``look`` takes a picture's id, or a receipt's for its
    first one; ``step`` goes on, or back by -1, round and round."""

    shown: str
    zoomed: bool
    look: Callable[[str], None]
    step: Callable[[int], None]
    zoom: Callable[[], None]


def use_viewer(row: Claim | None) -> Viewer:
    """Which of a claim's pictures is looked at; the first, until another one is chosen."""
    chosen, choose = use_state("")
    zoomed, set_zoomed = use_state(False)
    ids = [each.id for each in pictures_of(row)] if row is not None else []
    shown = chosen if chosen in ids else next(iter(ids), "")

    def look(subject: str) -> None:
        receipts = row.receipts if row is not None else ()
        choose(next((each.pictures[0].id for each in receipts if each.id == subject and each.pictures), subject))
        set_zoomed(False)

    def step(by: int) -> None:
        if ids:
            look(ids[(ids.index(shown) + by) % len(ids)])

    return Viewer(shown, zoomed, look, step, lambda: set_zoomed(not zoomed))


def pictures_of(row: Claim) -> list[MediaView]:
    return [*(view for each in row.receipts for view in each.pictures), *row.display]


def Strip(sight: Sight, shown: str) -> VdomDict:
    """All pictures of the claim in a line, each with the gravest that was found about it or its receipt."""

    row, look = sight.row, sight.look

    def tile(view: MediaView, label: str, receipt: str = "") -> VdomDict:
        more = {
            "type": "button", "key": view.id, "aria-pressed": "true" if view.id == shown else "false",
            "className": "review-tile", "onClick": calling(look, view.id), "data-testid": f"tile-{view.id}",
        }  # fmt: skip
        return html.button(
            more,
            Photo(view.id, label=label),
            mark_of(sight, {view.id, receipt} - {""}, testid=f"mark-{view.id}"),
            html.span({"className": "review-tile-label"}, label),
        )

    app = sight.desk.app
    tiles = [
        tile(view, app.t("claims.receipt", number=place + 1), each.id)
        for place, each in enumerate(row.receipts)
        for view in each.pictures
    ]
    tiles += [tile(view, app.t("claims.display")) for view in row.display]
    return html.div({"className": "review-strip", "key": "strip"}, *tiles)


def Side(sight: Sight, viewer: Viewer, facts: PictureFacts | None) -> Child:
    """The chosen picture, and beside it the earlier one it was found to be like."""
    words, shown = sight.words, viewer.shown
    if not shown:
        return Nothing("image-off", words("claims.no_pictures"), key="none")
    found = next((each for each in sight.findings if each.subject == shown and each.picture), None)
    mine = words("claims.this_picture"), _facts_text(words, facts)
    earlier = None
    if found is not None:
        told = words("claims.earlier", number=found.number), said_of(sight.desk, found)
        earlier = _figure(words, viewer, found.picture, told, "earlier")
    return html.div(
        {"className": classes("review-side", viewer.zoomed and "review-zoomed"), "key": f"side-{shown}"},
        _figure(words, viewer, shown, mine, "picture"),
        earlier,
    )


def _figure(words: Words, viewer: Viewer, media_id: str, caption: tuple[str, str], testid: str) -> VdomDict:
    title, note = caption
    label = words("claims.zoom_out" if viewer.zoomed else "claims.zoom_in")
    icon = "zoom-out" if viewer.zoomed else "zoom-in"
    return html.figure(
        {"className": "review-figure", "key": media_id, "data-testid": f"review-{testid}"},
        html.figcaption(
            {"className": "review-caption"},
            html.span(html.strong(title), html.span({"className": "faint"}, f" {note}" if note else "")),
            IconButton(icon, label, calling(viewer.zoom), testid=f"zoom-{testid}"),
        ),
        html.div(
            {"className": "review-picture", "tabIndex": 0, "role": "group", "aria-label": title},
            Photo(media_id, "1600", label=title),
        ),
    )


def _facts_text(words: Words, facts: PictureFacts | None) -> str:
    if facts is None:
        return ""
    said = [words("claims.taken", at=words.when(facts.taken_at)) if facts.taken_at else ""]
    if facts.metres is not None:
        said.append(words("claims.metres", metres=words.number(facts.metres)))
    if facts.exif_taken_at is not None and facts.exif_taken_at != facts.taken_at:
        said.append(words("claims.exif_taken", at=words.when(facts.exif_taken_at)))
    if facts.exif_metres is not None and facts.exif_metres != facts.metres:
        said.append(words("claims.exif_metres", metres=words.number(facts.exif_metres)))
    if facts.source == "gallery":
        said.append(words("claims.from_gallery"))
    return " · ".join(filter(None, said))
