"""One claim on the large screen: its pictures, an earlier look-alike beside one, and the decision at the right."""

from collections.abc import Callable

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.papers import claim_may
from offline.wire.claims import Claim, ClaimReview, PictureFacts
from offline.wire.media import MediaView
from pwa.components.basics import Child, IconButton, calling
from pwa.components.media import Photo
from pwa.desk.claims.decision import Decision
from pwa.desk.claims.sight import Sight, mark_of, may_review, said_of
from pwa.desk.parts import Nothing, link, page
from pwa.desk.state import DeskState, use_desk, use_keys
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.claims import parts

# Keys.
STEPS = {"j": 1, "k": -1}
PICTURE_STEPS = {"ArrowRight": 1, "ArrowLeft": -1}
QUESTIONS = {"r": "refuse", "q": "ask"}


@component
def ReviewScreen(claim_id: str) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    row = desk.app.engine.replica.typed(Claim, "claim", claim_id)
    chosen, choose = use_state("")
    zoomed, zoom = use_state(False)
    asking, ask = use_state("")
    pictures = pictures_of(row) if row is not None else []
    shown = chosen if any(each.id == chosen for each in pictures) else (pictures[0].id if pictures else "")

    def close() -> None:
        desk.go("/desk/claims")

    def pressed(key: str) -> None:
        ids = [each.id for each in pictures]
        if key == "Escape":
            _back(asking, ask, close)
        elif key in STEPS:
            _to_neighbour(desk, claim_id, STEPS[key])
        elif key in PICTURE_STEPS and ids:
            choose(ids[(ids.index(shown) + PICTURE_STEPS[key]) % len(ids)])
            zoom(False)
        elif key == "z":
            zoom(not zoomed)
        elif key == "a":
            desk.app.device.send({"type": "focus", "selector": ".desk-panel .panel-main"})
        elif deed := _question(desk, row, key):
            ask(deed)
            desk.app.device.send({"type": "focus", "selector": f"[data-testid={deed}-text]"})

    use_keys(pressed)
    if row is None:
        return page(words("nav.claims"), Nothing("receipt-text", desk.app.t("claims.gone"), key="gone"))
    review = desk.app.engine.replica.typed(ClaimReview, "claim_review", row.id)
    findings = review.findings if review else ()

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
        html.p({"className": "desk-keys"}, words("claims.keys")),
        tools=(link(desk, "/desk/claims", words("claims.back"), class_name="text-button", testid="back", key="back"),),
        panel=Decision(sight, (asking, ask), close, key="decision"),
        testid="desk-review",
    )


def _question(desk: DeskState, row: Claim | None, key: str) -> str:
    """The question a key asks, if this person may ask it now."""
    deed = QUESTIONS.get(key, "")
    return deed if row is not None and deed and may_review(desk, row) and claim_may(row.status, deed) else ""


def _back(asking: str, ask: Callable[[str], None], close: Callable[[], None]) -> None:
    """Out of a question first; what was typed stays."""
    if asking:
        ask("")
    else:
        close()


def _to_neighbour(desk: DeskState, claim_id: str, step: int) -> None:
    """The next claim that waits for finance, from this one on, in the order of the list."""
    everything = parts.claims(desk.app)
    ids = [each.id for each in everything if each.status == "submitted" or each.id == claim_id]
    place = ids.index(claim_id) + step if claim_id in ids else 0
    if 0 <= place < len(ids):
        desk.go(f"/desk/claims/{ids[place]}")
    else:
        desk.app.toasts.show(desk.words()("claims.no_more"))


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
