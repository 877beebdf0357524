"""How strict check-ins are, and where shops are on the map."""

from collections.abc import Callable
from functools import partial
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.rules.fence import DEFAULT_RADIUS, LEAST_RADIUS, MODES, MOST_RADIUS
from offline.rules.visiting import FENCE_ID, shop_as_saved
from offline.wire.visits import TypeFence, VisitFence, VisitFenceSave, VisitShop, VisitShopSave
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.fields import NumberField, TextField, parse_number
from pwa.components.lists import Column, Table
from pwa.desk.choices import partners_like
from pwa.desk.editing import Picker, Reader, use_editing
from pwa.desk.parts import block, columns, pair, panel, select
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.visits.lists import TYPES
from pwa.desk.visits.reading import proposals
from pwa.screens.visits import phrases


def _modes(desk: DeskState, *, inherit: bool) -> list[tuple[str, str]]:
    words = desk.words()
    found: list[tuple[str, str]] = [(mode, words(f"visits.mode_{mode}")) for mode in MODES]
    return [("", words("visits.mode_same")), *found] if inherit else found


@component
def FencesTab(row_id: str, on_open: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    waiting = proposals(desk)

    return html.div(
        {"className": "visit-form"},
        block(words("visits.proposals"), _waiting(desk, waiting, row_id, on_open), key="waiting", on_page=True)
        if waiting
        else None,
        FenceForm(key="fence"),
        block(
            words("visits.one_shop"),
            Picker(
                words("visits.shop"), [], partial(partners_like, desk, words), lambda ids: on_open(ids[-1]),
                hint=words("visits.one_shop_hint"), testid="fence-shop", single=True,
            ),
            key="shop", on_page=True,
        ),
    )  # fmt: skip


def _waiting(desk: DeskState, rows: list[VisitShop], row_id: str, on_open: Callable[[str], Any]) -> Child:
    words = desk.words()

    def name(row: VisitShop) -> str:
        shop = desk.reads.organisation(row.id)
        return f"{shop.code} {words.name(shop.name)}" if shop else row.id

    def accuracy(row: VisitShop) -> str:
        return phrases.accuracy_text(desk.app, row.proposal) if row.proposal else ""

    titles = [
        Column(words("visits.shop"), name),
        Column(words("visits.proposed_by"), lambda row: row.proposed_by),
        Column(words("visits.accuracy"), accuracy, numeric=True),
    ]
    return Table(
        titles, rows, key=lambda row: row.id, on_open=lambda row: on_open(row.id), selected=row_id,
        caption=words("visits.proposals"), row_testid=lambda row: f"proposal-{row.id}",
    )  # fmt: skip


@component
def FenceForm() -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row = desk.reads.replica.typed(VisitFence, "visit_fence", FENCE_ID)
    editing = use_editing("visit_fence", VisitFenceSave, row, _start_of_fence)
    form = editing.form

    async def save() -> None:
        reader = editing.reader
        await editing.save(reader, _fence(reader))

    return html.div(
        {"className": "visit-form"},
        editing.refusal(),
        block(
            words("visits.brand_rule"),
            html.p({"className": "block-note"}, words("visits.brand_rule_text")),
            _rule(desk, form, "mode", "radius", inherit=False),
            key="brand",
            on_page=True,
        ),
        block(
            words("visits.type_rule"),
            *(_type(desk, form, kind) for kind in TYPES),
            key="types",
            on_page=True,
        ),
        editing.actions(save),
    )


def _start_of_fence(base: VisitFence | VisitFenceSave | None) -> dict[str, Any]:
    mode, radius = (base.mode, base.radius) if base is not None else ("warn", DEFAULT_RADIUS)
    start: dict[str, Any] = {"mode": mode, "radius": str(radius)}
    for kind in TYPES:
        rule = base.by_type.get(kind) if base is not None else None
        start |= {f"mode_{kind}": rule.mode if rule else "", f"radius_{kind}": str((rule and rule.radius) or "")}
    return start


def _fence(reader: Reader) -> VisitFenceSave | None:
    """As typed; None where something is wrong."""
    form = reader.form
    radius = reader.whole("radius", least=LEAST_RADIUS, most=MOST_RADIUS)
    by_type: dict[Any, TypeFence] = {}
    for kind in TYPES:
        own = reader.whole(f"radius_{kind}", least=LEAST_RADIUS, most=MOST_RADIUS)
        if own is not None or form[f"mode_{kind}"]:
            by_type[kind] = TypeFence(mode=form[f"mode_{kind}"], radius=own)
    if radius is None:
        reader.fault("radius", "required")
    if reader.errors or radius is None:
        return None
    return VisitFenceSave(mode=form["mode"], radius=radius, by_type=by_type)


def _type(desk: DeskState, form: Form, kind: str) -> VdomDict:
    return html.div(
        {"key": kind},
        html.h3({"className": "visit-type"}, desk.words()(f"customers.type_{kind}")),
        _rule(desk, form, f"mode_{kind}", f"radius_{kind}", inherit=True),
    )


def _rule(desk: DeskState, form: Form, mode: str, radius: str, *, inherit: bool) -> VdomDict:
    words = desk.words()
    return columns(
        select(
            words("visits.mode"), _modes(desk, inherit=inherit), form[mode], partial(form.put, mode),
            testid=f"field-{mode}", key=mode,
        ),
        NumberField(
            words("visits.radius"), value=form[radius], on_change=form.typed(radius), error=form.error(radius),
            unit=words("visits.metres"), placeholder=words("visits.mode_same") if inherit else "",
            revision=form.revision, testid=f"field-{radius}", key=radius,
        ),
    )  # fmt: skip


@component
def ShopPanel(organisation_id: str, on_close: Callable[[], Any]) -> VdomDict:
    """One partner's fence and place; a proposal is taken over into the fields and saved with them."""
    desk = use_desk()
    words = desk.words()
    shop = desk.reads.organisation(organisation_id)
    row = desk.reads.replica.typed(VisitShop, "visit_shop", organisation_id)
    kept = shop_as_saved(shop, row) if shop is not None else VisitShopSave(organisation=organisation_id)
    editing = use_editing(
        f"visit_shop:{organisation_id}", VisitShopSave, kept, lambda base: _start_of_shop(base or kept),
        about=("organisation", organisation_id),
    )  # fmt: skip
    form = editing.form

    async def save() -> None:
        reader = editing.reader
        await editing.save(reader, _shop(reader, organisation_id))

    def take_over() -> None:
        if row is not None and row.proposal is not None:
            form.draft.revision += 1
            form.put("latitude", str(round(row.proposal.latitude, 6)))
            form.put("longitude", str(round(row.proposal.longitude, 6)))

    if shop is None:
        return panel(words("visits.gone"), on_close=on_close, testid="shop-panel")
    return panel(
        words.name(shop.name),
        editing.refusal(),
        _proposal(desk, row, take_over),
        block(
            words("visits.place"),
            columns(_degree_field(desk, form, "latitude"), _degree_field(desk, form, "longitude")),
            html.p({"className": "block-note"}, words("visits.place_hint")),
            key="place",
        ),
        block(words("visits.own_rule"), _rule(desk, form, "mode", "radius", inherit=True), key="rule"),
        on_close=on_close,
        over=html.span({"className": "number"}, shop.code),
        actions=editing.actions(save),
        key=organisation_id,
        testid="shop-panel",
    )


def _start_of_shop(held: VisitShopSave) -> dict[str, Any]:
    return {
        "mode": held.mode,
        "radius": str(held.radius or ""),
        "latitude": "" if held.latitude is None else str(held.latitude),
        "longitude": "" if held.longitude is None else str(held.longitude),
    }


def _shop(reader: Reader, organisation_id: str) -> VisitShopSave | None:
    """As typed; None where something is wrong."""
    radius = reader.whole("radius", least=LEAST_RADIUS, most=MOST_RADIUS)
    at = {name: _degrees(reader, name, most) for name, most in (("latitude", 90), ("longitude", 180))}
    if (at["latitude"] is None) != (at["longitude"] is None):
        reader.fault("longitude" if at["longitude"] is None else "latitude", "required")
    if reader.errors:
        return None
    return VisitShopSave(
        organisation=organisation_id,
        mode=reader.form["mode"],
        radius=radius,
        latitude=at["latitude"],
        longitude=at["longitude"],
    )


def _degree_field(desk: DeskState, form: Form, name: str) -> VdomDict:
    return TextField(
        desk.words()(f"visits.{name}"), value=form[name], on_change=form.typed(name), error=form.error(name),
        revision=form.revision, testid=f"field-{name}", key=name,
    )  # fmt: skip


def _degrees(reader: Reader, name: str, most: int) -> float | None:
    text = str(reader.form[name]).strip()
    if not text:
        return None
    value = parse_number(text)
    if value is None or abs(value) > most:
        reader.fault(name, "number", least=reader.words.number(-most))
        return None
    return float(value)


def _proposal(desk: DeskState, row: VisitShop | None, take_over: Callable[[], Any]) -> Child:
    if row is None or row.proposal is None:
        return None
    words = desk.words()
    at = row.proposal
    return block(
        words("visits.proposal"),
        pair(words("visits.proposed_by"), row.proposed_by),
        pair(words("visits.place"), f"{at.latitude:.6f}, {at.longitude:.6f}"),
        pair(words("visits.accuracy"), Badge(phrases.accuracy_text(desk.app, at), "info")),
        Button(words("visits.take_over"), calling(take_over), kind="secondary", testid="take-over"),
        key="proposal",
        testid="proposal",
    )
