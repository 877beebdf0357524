"""Applying for an activity: kind, days, cost, place, what will be shown. What is typed is kept at every change."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from reactpy import component, html
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.money import quantise
from offline.rules.ledger import SHARED
from offline.wire.activities import ActivityApply, ActivityKind, Place
from offline.wire.funds import Allocation
from offline.wire.rows import Organisation
from pwa.components.basics import Button, Card, Child, Chip, ChipRow, EmptyState, calling
from pwa.components.fields import NumberField, Select, TextField, parse_number
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims import parts
from pwa.screens.claims.drafts import Typing, use_draft, use_typing
from pwa.screens.page import Page

KINDS: tuple[ActivityKind, ...] = ("display", "promotion", "tasting", "advertising", "event", "other")
FIELDS = ("title", "starts_on", "ends_on", "amount", "place", "shows")


class ApplyDraft(msgspec.Struct, frozen=True, kw_only=True):
    """As typed."""

    id: str
    kind: ActivityKind = "display"
    organisation: str = ""
    title: str = ""
    starts_on: str = ""
    ends_on: str = ""
    amount: str = ""
    place: str = ""
    shows: str = ""


@component
def ApplyScreen(allocation_id: str) -> Child:
    app = use_app()
    use_engine_version()
    purse = app.engine.replica.typed(Allocation, "allocation", allocation_id)
    draft, keep, drop = use_draft(f"apply.{allocation_id}", ApplyDraft, lambda: ApplyDraft(id=new_id()))
    if purse is None:
        gone = EmptyState("file-question-mark", app.t("claims.gone"), app.t("claims.gone_hint"))
        return Page(app.t("claims.apply"), gone, back="/claims")
    if draft is None:
        return Page(app.t("claims.apply"), back="/claims")
    return ApplyForm(purse, draft, keep, drop, key=f"form-{allocation_id}")


@component
def ApplyForm(
    purse: Allocation, start: ApplyDraft, keep: Callable[[ApplyDraft], None], drop: Callable[[], None]
) -> VdomDict:
    app = use_app()
    use_engine_version()
    form = use_typing(start, keep)
    current = app.engine.replica.typed(Allocation, "allocation", purse.id) or purse
    candidates = partners(app, purse)

    def put(draw: bool = False, **changes: Any) -> None:
        form.put(form.forgive(changes.keys()) or draw, **changes)

    async def submit(*_event: Any) -> None:
        command, found = read(app, current, candidates, form.now)
        form.judge(found)
        if command is None:
            app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return
        await app.submitting.submit(command)
        drop()
        app.sync_now()
        app.toasts.show(app.t("claims.applied_toast"), icon="check")
        app.router.navigate(f"/activities/{command.activity}", replace=True)

    return Page(
        app.t("claims.apply"),
        html.div(
            {"className": "stack"},
            Card(parts.BalanceBar(app, current)),
            Card(*_fields(app, current, candidates, form, put), class_name="form-card"),
        ),
        actions=Button(app.t("claims.apply_yes"), submit, wide=True, testid="apply-submit"),
        subtitle=app.name(purse.name),
        back="/claims",
        testid="apply-screen",
    )


def _fields(
    app: App, purse: Allocation, candidates: list[Organisation], form: Typing[ApplyDraft], put: Callable[..., None]
) -> Iterator[Child]:
    def text(name: str, **more: Any) -> VdomDict:
        return TextField(
            app.t(f"claims.field.{name}"),
            value=getattr(form.shown, name),
            on_change=lambda value: put(**{name: value}),
            error=form.errors.get(name, ""),
            testid=f"apply-{name}",
            key=name,
            **more,
        )

    def choose(**changes: Any) -> None:
        put(True, **changes)

    draft, errors = form.shown, form.errors
    several = len(candidates) > 1
    yield _partners(app, candidates, draft.organisation, choose, errors) if several else None
    yield _kinds(app, draft.kind, choose)
    yield text("title", max_length=200, placeholder=app.t("claims.hint.title"))
    yield html.div({"className": "field-pair"}, text("starts_on", kind="date"), text("ends_on", kind="date"))
    yield _amount(app, purse, draft.amount, errors.get("amount", ""), put)
    yield text("place", max_length=200, placeholder=app.t("claims.hint.place"))
    yield text("shows", rows=2, max_length=2000, placeholder=app.t("claims.hint.shows"))


def _kinds(app: App, chosen: ActivityKind, choose: Callable[..., None]) -> VdomDict:
    chips = (
        Chip(
            app.t(f"claims.kind.{kind}"),
            calling(lambda kind=kind: choose(kind=kind)),
            selected=chosen == kind,
            testid=f"kind-{kind}",
            key=kind,
        )
        for kind in KINDS
    )
    label = app.t("claims.field.kind")
    return html.div(
        {"className": "field"}, html.span({"className": "field-label"}, label), ChipRow(*chips, label=label)
    )


def _amount(app: App, purse: Allocation, typed: str, error: str, put: Callable[..., None]) -> VdomDict:
    return NumberField(
        app.t("claims.field.amount"),
        value=typed,
        on_change=lambda value: put(amount=value),
        decimals=True,
        before=app.format.symbol(purse.currency),
        hint=app.t("claims.hint.amount", left=app.money(purse.available, purse.currency)),
        error=error,
        testid="apply-amount",
        key="amount",
    )


def partners(app: App, purse: Allocation) -> list[Organisation]:
    """For whom the person may apply here."""
    ids = purse.organisations if purse.organisation == SHARED else (purse.organisation,)
    found = [organisation for id_ in ids if (organisation := app.organisation(id_)) is not None]
    return sorted(found, key=lambda each: (not parts.is_mine(app, each.id), each.code))


def _partners(
    app: App, found: list[Organisation], chosen: str, choose: Callable[..., None], errors: Mapping[str, str]
) -> VdomDict:
    """Nobody is proposed where the person looks after several: it would be the first of a long list."""
    own = usual(app, found)
    options = [(each.id, f"{app.name(each.name)} ({each.code})") for each in found]
    return Select(
        app.t("claims.field.organisation"),
        options if own else [("", app.t("claims.hint.organisation")), *options],
        chosen or own,
        lambda value: choose(organisation=value),
        error=errors.get("organisation", ""),
        testid="apply-organisation",
        key="organisation",
    )


def usual(app: App, found: list[Organisation]) -> str:
    """For whom an application is unless the person says otherwise: the own shop, or the only one there is."""
    return found[0].id if found and (len(found) == 1 or parts.is_mine(app, found[0].id)) else ""


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_amount(text: str, currency: str) -> Decimal | None:
    """Above nothing, in whole minor units."""
    number = parse_number(text)
    if number is None or number <= 0 or number != quantise(number, currency):
        return None
    return quantise(number, currency)


def read(
    app: App, purse: Allocation, candidates: list[Organisation], draft: ApplyDraft
) -> tuple[ActivityApply | None, dict[str, str]]:
    """The command, or what is wrong by field."""
    errors: dict[str, str] = {}
    since, until = read_day(draft.starts_on), read_day(draft.ends_on)
    amount = read_amount(draft.amount, purse.currency)
    if not draft.title.strip():
        errors["title"] = app.t("claims.wrong.title")
    if since is None:
        errors["starts_on"] = app.t("claims.wrong.day")
    if until is None:
        errors["ends_on"] = app.t("claims.wrong.day")
    elif since is not None and until < since:
        errors["ends_on"] = app.t("claims.wrong.order")
    elif since is not None and (since < purse.valid_from or until > purse.valid_until):
        inside = parts.period(app, purse.valid_from, purse.valid_until)
        errors["ends_on"] = app.t("claims.wrong.period", period=inside)
    if amount is None:
        errors["amount"] = app.t("claims.wrong.amount")
    elif amount > purse.available:
        errors["amount"] = app.t("claims.wrong.short", left=app.money(purse.available, purse.currency))
    wanted = draft.organisation or usual(app, candidates)
    organisation = next((each for each in candidates if each.id == wanted), None)
    if organisation is None:
        errors["organisation"] = app.t("claims.wrong.organisation")
    if errors or organisation is None or since is None or until is None or amount is None:
        return None, errors
    command = ActivityApply(
        activity=draft.id,
        fund=purse.fund,
        organisation=organisation.id,
        kind=draft.kind,
        title=draft.title.strip(),
        starts_on=since,
        ends_on=until,
        amount=amount,
        place=place_of(organisation, draft.place.strip()),
        shows=draft.shows.strip(),
    )
    return command, {}


def place_of(organisation: Organisation, name: str) -> Place:
    """The partner's own shop, with its position where head office knows it; ``name`` says it in words."""
    address = next(iter(organisation.addresses), None)
    said = name or (address.line if address else "")
    if address is None or address.latitude is None or address.longitude is None or name:
        return Place(organisation=organisation.id, name=said)
    return Place(organisation=organisation.id, name=said, latitude=address.latitude, longitude=address.longitude)
