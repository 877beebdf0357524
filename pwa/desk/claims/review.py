"""One claim on the large screen: its pictures, an earlier look-alike beside one, and the decision at the right."""

from collections.abc import Callable

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.claims import Claim, ClaimReview, PictureFacts
from offline.wire.media import MediaView
from pwa.components.basics import Child, IconButton, calling
from pwa.components.media import Photo
from pwa.desk.claims.decision import Decision
from pwa.desk.claims.sight import Sight, mark_of, said_of
from pwa.desk.parts import Nothing, link, page
from pwa.desk.state import use_desk, use_escape
from pwa.desk.words import Words
from pwa.hooks import use_engine_version


@component
def ReviewScreen(claim_id: str) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    row = desk.app.engine.replica.typed(Claim, "claim", claim_id)
    chosen, choose = use_state("")
    zoomed, zoom = use_state(False)

    def close() -> None:
        desk.go("/desk/claims")

    use_escape(True, close)
    if row is None:
        return page(words("nav.claims"), Nothing("receipt-text", desk.app.t("claims.gone"), key="gone"))
    review = desk.app.engine.replica.typed(ClaimReview, "claim_review", row.id)
    findings = review.findings if review else ()
    pictures = pictures_of(row)
    shown = chosen if any(each.id == chosen for each in pictures) else (pictures[0].id if pictures else "")

    def look(subject: str) -> None:
        first = next((each.pictures[0].id for each in row.receipts if each.id == subject and each.pictures), subject)
        choose(first)
        zoom(False)

    sight = Sight(desk, words, row, findings, look)
    facts = next((each for each in (review.pictures if review else ()) if each.picture == shown), None)
    return page(
        f"{row.number or desk.app.t('claims.no_number')} · {row.activity_title}",
        Strip(sight, shown),
        Side(sight, shown, facts, (zoomed, lambda: zoom(not zoomed))),
        tools=(link(desk, "/desk/claims", words("claims.back"), class_name="text-button", testid="back", key="back"),),
        panel=Decision(sight, close, key="decision"),
        testid="desk-review",
    )


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


def Side(sight: Sight, shown: str, facts: PictureFacts | None, zoom: tuple[bool, Callable[[], None]]) -> Child:
    """The chosen picture, and beside it the earlier one it was found to be like."""
    words = sight.words
    if not shown:
        return Nothing("image-off", words("claims.no_pictures"), key="none")
    found = next((each for each in sight.findings if each.subject == shown and each.picture), None)
    mine = words("claims.this_picture"), _facts_text(words, facts)
    return html.div(
        {"className": "review-side" + (" review-zoomed" if zoom[0] else ""), "key": f"side-{shown}"},
        _figure(sight, shown, mine, zoom),
        _figure(
            sight,
            found.picture,
            (words("claims.earlier", number=found.number), said_of(sight.desk, found)),
            zoom,
            "earlier",
        )
        if found
        else None,
    )


def _figure(
    sight: Sight,
    media_id: str,
    caption: tuple[str, str],
    zoom: tuple[bool, Callable[[], None]],
    testid: str = "picture",
) -> VdomDict:
    (title, note), words = caption, sight.words
    label = words("claims.zoom_out" if zoom[0] else "claims.zoom_in")
    icon = "zoom-out" if zoom[0] else "zoom-in"
    return html.figure(
        {"className": "review-figure", "key": media_id, "data-testid": f"review-{testid}"},
        html.figcaption(
            {"className": "review-caption"},
            html.span(html.strong(title), html.span({"className": "faint"}, f" {note}" if note else "")),
            IconButton(icon, label, calling(zoom[1]), testid=f"zoom-{testid}"),
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
