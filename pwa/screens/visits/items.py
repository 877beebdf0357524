"""The list of a visit: each line opens where it is done, or a sheet to answer it in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.visits import answer_fault
from offline.wire.media import MediaRef
from offline.wire.visits import Visit, VisitItem, VisitRecord, VisitResult
from pwa.components.basics import Badge, Button, Card, Child, Icon, Progress, Row, attributes, calling, classes
from pwa.components.fields import NumberField, TextField, parse_number
from pwa.components.jotting import use_jotting
from pwa.components.media import Photo, PhotoField
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens.visits import phrases
from pwa.visiting import answered, find_visit


def ListCard(app: App, visit: Visit, items: Sequence[VisitItem], open_item: Callable[[str], Any]) -> VdomDict:
    """``items``: of the visit, or what will be to do once it has begun."""
    done = answered(app, visit) if visit.status != "planned" else set()
    count = sum(item.id in done for item in items)
    can = visit.status == "under_way"
    told = (
        app.t("visit.after_check_in")
        if visit.status == "planned"
        else app.t("visit.done_of", done=count, all=len(items))
    )
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("visit.list")),
            html.span({"className": "muted small number"}, told),
        ),
        Progress(count / len(items), label=app.t("visit.list")) if visit.status != "planned" else None,
        *(_line(app, visit, item, item.id in done, partial(open_item, item.id) if can else None)
          for item in items),
        testid="visit-list",
    )  # fmt: skip


def _line(app: App, visit: Visit, item: VisitItem, done: bool, press: Callable[[], Any] | None) -> VdomDict:
    result = visit.results.get(item.id)
    said = phrases.answer_text(app, item, result)
    trailing: Child = None
    if not done and item.required:
        trailing = Badge(app.t("visit.required"), "warning")
    elif not done:
        trailing = Badge(app.t("visit.optional"), "neutral")
    icon = "circle-check" if done else phrases.ITEM_ICONS[item.kind]
    row = Row(
        html.span({"dir": "auto"}, app.name(item.title)),
        html.span({"dir": "auto"}, said) if said else None,
        leading=Icon(icon, size=22, class_name="item-done" if done else ""),
        trailing=trailing,
        on_press=calling(press) if press is not None else None,
        chevron=press is not None,
        testid=f"item-{item.id}",
        data={"done": "yes" if done else "no"},
    )
    pictures = [Photo(photo.id, label=app.name(item.title)) for photo in (result.photos if result else ())]
    return html.div({"key": item.id}, row, html.div({"className": "visit-photos"}, *pictures) if pictures else None)


def where_to(visit: Visit, item: VisitItem) -> str:
    """The screen an item is done on; "" for one that is answered here."""
    if item.kind == "order":
        return f"/order/{visit.organisation}"
    return f"/counts/new?organisation={visit.organisation}&visit={visit.id}" if item.kind == "count" else ""


@dataclass(frozen=True)
class Answering:
    """An item being answered. ``values``: what was typed so far, by field, pictures as JSON; ``put`` changes one."""

    app: App
    item: VisitItem
    values: Mapping[str, str]
    put: Callable[[str, str], Any]
    error: str

    @property
    def kind(self) -> str:
        """What is asked for: a question's answer, else what the item itself is."""
        return self.item.answer if self.item.kind == "question" else self.item.kind

    def typed(self, name: str) -> Callable[[str], Any]:
        return partial(self.put, name)


@component
def ItemSheet(visit: Visit, item: VisitItem, close: Callable[[], Any]) -> VdomDict:
    app = use_app()
    values, put, drop = use_jotting(f"visit.{visit.id}.{item.id}", start_of(visit.results.get(item.id)))
    skipping, set_skipping = use_state(False)
    wrong, set_wrong = use_state("")

    async def go() -> None:
        command = answer(visit, item, values, photos_in(values), skip=skipping)
        fault = "skipped" if skipping and not values["skipped"].strip() else answer_fault(item, command)
        if fault:
            set_wrong(fault)
            return
        close()
        await app.submitting.submit(command)
        drop()
        app.sync_now()

    answering = Answering(app, item, values, put, app.t("visit.answer_missing") if wrong else "")
    skip_label = app.t("visit.answer_after_all" if skipping else "visit.skip")
    return Sheet(
        app.name(item.title),
        html.p({"className": "sheet-text"}, app.name(item.hint)) if item.hint else None,
        _skip_reason(answering) if skipping else _answer(answering),
        on_close=close,
        testid="item-sheet",
        actions=html.div(
            {"className": "button-stack"},
            Button(app.t("visit.save_answer"), calling(go), wide=True, testid="item-save"),
            Button(skip_label, calling(set_skipping, not skipping), kind="plain", wide=True, testid="item-skip"),
        ),
    )


def start_of(before: VisitResult | None) -> dict[str, str]:
    """What the sheet starts from: an earlier answer, with its pictures, so that a later one keeps them."""
    if before is None:
        return {"yes": "", "number": "", "text": "", "choice": "", "skipped": "", "photos": "[]"}
    taken = tuple(
        MediaRef(id=photo.id, sha256=photo.sha256, size=photo.size, content_type=photo.content_type)
        for photo in before.photos
    )
    return {
        "yes": "" if before.yes is None else "yes" if before.yes else "no",
        "number": "" if before.number is None else f"{before.number:f}",
        "text": before.text,
        "choice": before.choice,
        "skipped": before.skipped,
        "photos": msgspec.json.encode(taken).decode(),
    }


def photos_in(values: Mapping[str, str]) -> tuple[MediaRef, ...]:
    return msgspec.json.decode(values["photos"], type=tuple[MediaRef, ...])


def _skip_reason(answering: Answering) -> VdomDict:
    return TextField(
        answering.app.t("visit.skip_reason"), value=answering.values["skipped"], rows=2, max_length=500, required=True,
        on_change=answering.typed("skipped"), error=answering.error, testid="skip-reason", key="skip",
    )  # fmt: skip


def _answer(answering: Answering) -> Child:
    """The field for what is asked."""
    app, item, kind, values, error = answering.app, answering.item, answering.kind, answering.values, answering.error

    def photographed(refs: tuple[MediaRef, ...]) -> None:
        answering.put("photos", msgspec.json.encode(refs).decode())

    if kind == "photo":
        return PhotoField(photos_in(values), photographed, most=12, error=error, testid="visit-photos", key="photos")
    if kind == "number":
        unit = app.name(item.unit) if item.unit else ""
        return NumberField(
            app.t("visit.answer"), value=values["number"], decimals=True, unit=unit, error=error,
            on_change=answering.typed("number"), testid="answer-number", key="number",
        )  # fmt: skip
    if kind == "yes_no":
        return _one_of(answering, "yes", [("yes", app.t("visit.yes")), ("no", app.t("visit.no"))])
    if kind == "choice":
        return _one_of(answering, "choice", [(choice.id, app.name(choice.name)) for choice in item.choices])
    return TextField(
        app.t("visit.talk" if kind == "talk" else "visit.answer"), value=values["text"], rows=3, max_length=2000,
        on_change=answering.typed("text"), error=error, testid="answer-text", key="text",
    )  # fmt: skip


def _one_of(answering: Answering, name: str, options: list[tuple[str, str]]) -> VdomDict:
    error = answering.error
    return html.div(
        {"className": "stack-12", "key": name},
        _choices(answering.app, name, options, answering.values[name], answering.typed(name)),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
    )


def _choices(
    app: App, name: str, options: list[tuple[str, str]], chosen: str, choose: Callable[[str], Any]
) -> VdomDict:
    def option(value: str, text: str) -> VdomDict:
        more = {
            "type": "button", "role": "radio", "aria-checked": "true" if value == chosen else "false",
            "onClick": calling(choose, value),
        }  # fmt: skip
        look = classes("choice-option", value == chosen and "choice-chosen")
        return html.button(
            attributes(look, f"answer-{name}-{value}", value, more),
            html.span({"className": "choice-mark", "aria-hidden": "true"}, Icon("check", size=16)),
            html.span({"className": "choice-text", "dir": "auto"}, text),
        )

    return html.div(
        {"className": classes("choices", len(options) == 2 and "choices-pair"), "role": "radiogroup",
         "aria-label": app.t("visit.answer")},
        *(option(value, text) for value, text in options),
    )  # fmt: skip


def answer(
    visit: Visit, item: VisitItem, values: Mapping[str, str], photos: tuple[MediaRef, ...], *, skip: bool
) -> VisitRecord:
    """The command for what is on the sheet: only what the item asks for."""
    kind = item.answer if item.kind == "question" else item.kind
    number: Decimal | None = parse_number(values["number"]) if kind == "number" else None
    given: dict[str, Any] = {}
    if skip:
        given["skipped"] = values["skipped"].strip()
    elif kind == "yes_no" and values["yes"]:
        given["yes"] = values["yes"] == "yes"
    elif kind == "number":
        given["number"] = number
    elif kind == "choice":
        given["choice"] = values["choice"]
    elif kind == "photo":
        given["photos"] = photos
    elif kind in {"talk", "text"}:
        given["text"] = values["text"].strip()
    return VisitRecord(visit=visit.id, organisation=visit.organisation, day=visit.day, item=item, **given)


def open_or_go(app: App, visit_id: str, item_id: str, open_sheet: Callable[[str], Any]) -> None:
    visit = find_visit(app, visit_id)
    item = next((each for each in visit.items if each.id == item_id), None) if visit else None
    if visit is None or item is None:
        return
    path = where_to(visit, item)
    if path:
        app.router.navigate(path)
    else:
        open_sheet(item_id)
