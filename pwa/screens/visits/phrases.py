"""How visits are put into words."""

from collections.abc import Mapping

from reactpy.types import VdomDict

from offline.rules.fence import Verdict
from offline.wire.media import Position
from offline.wire.visits import Visit, VisitItem, VisitMark, VisitResult
from pwa.components.basics import Pieces, Tone
from pwa.context import App

STATUS_TONES: Mapping[str, Tone] = {
    "planned": "neutral",
    "under_way": "accent",
    "done": "accent",
    "missed": "warning",
    "cancelled": "neutral",
}
VERDICT_TONES: Mapping[Verdict, Tone] = {
    "inside": "accent",
    "outside": "bad",
    "uncertain": "info",
    "rough": "warning",
    "stale": "warning",
    "no_position": "warning",
    "no_fence": "neutral",
}
ITEM_ICONS: Mapping[str, str] = {
    "count": "scan-barcode",
    "photo": "camera",
    "order": "shopping-cart",
    "talk": "message-square-text",
    "question": "circle-question-mark",
}


def verdict_tone(mark: VisitMark) -> Tone:
    """Where nobody checks, being elsewhere is no fault."""
    return "neutral" if mark.mode == "off" and mark.verdict != "inside" else VERDICT_TONES[mark.verdict]


def metres(app: App, distance: int) -> str:
    """``35 米``, ``1.2 公里``."""
    if distance < 1000:
        return app.t("visit.metres", count=app.format.number(distance))
    tenths = round(distance / 100)
    text = f"{tenths / 10:.1f}" if tenths < 1000 else app.format.number(round(distance / 1000))
    return app.t("visit.kilometres", count=text)


def place_text(app: App, mark: VisitMark) -> VdomDict | None:
    """``距门店 35 米 · 精度 ±12 米``."""
    parts = []
    if mark.distance is not None:
        parts.append(app.t("visit.away", distance=metres(app, mark.distance)))
    parts += [accuracy_text(app, mark.position)] if mark.position is not None else []
    return Pieces(*parts) if parts else None


def accuracy_text(app: App, position: Position) -> str:
    return app.t("visit.accuracy", distance=metres(app, round(position.accuracy)))


def minutes_text(app: App, minutes: int) -> str:
    if not minutes:
        return app.t("time.span.now")
    hours, rest = divmod(minutes, 60)
    if hours:
        return app.t("visit.hours_minutes", hours=app.format.number(hours), minutes=rest)
    return app.t("visit.minutes", count=app.format.number(minutes))


def moment_text(app: App, mark: VisitMark) -> str:
    return app.format.moment(mark.local_at or mark.at, app.now())


def status_text(app: App, visit: Visit) -> str:
    return app.t(f"visit.status.{visit.status}")


def answer_text(app: App, item: VisitItem, result: VisitResult | None) -> str:
    """What was said, in short; "" where nothing was."""
    if result is None:
        return ""
    if result.skipped:
        return app.t("visit.skipped", reason=result.skipped)
    if result.photos:
        return app.t("visit.photos", count=len(result.photos))
    if result.yes is not None:
        return app.t("visit.yes" if result.yes else "visit.no")
    if result.number is not None:
        return f"{app.format.number(result.number)} {app.name(item.unit) if item.unit else ''}".strip()
    if result.choice:
        return next((app.name(each.name) for each in result.item.choices if each.id == result.choice), result.choice)
    return result.text
