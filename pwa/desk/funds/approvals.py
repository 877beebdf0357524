"""Who approves activities: the steps, in order, each with the amount up to which it is final; and one's own deputy."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from reactpy import component, html, use_memo
from reactpy.types import VdomDict

from offline.rules.approvals import MAX_STEPS, Step, step_faults
from offline.rules.permissions import ROLES
from offline.wire.activities import ApprovalDelegate, ApprovalRecall, ApprovalRoute, ApprovalSave, Colleague, Delegation
from pwa.components.basics import Button, Child, IconButton, calling
from pwa.components.fields import NumberField, parse_number
from pwa.desk.editing import Reader, fresh_id, use_editing
from pwa.desk.fields import Fields
from pwa.desk.lines import Lines
from pwa.desk.parts import block, columns, panel, refusal, select
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words
from pwa.screens.claims import parts

Steps = Lines[tuple[str, str]]
NOBODY_YET = ("", "")
_HANDING_OVER = (ApprovalDelegate.NAME, ApprovalRecall.NAME)


def _start(route: ApprovalRoute | ApprovalSave | None) -> dict[str, Any]:
    steps = route.steps if route is not None and route.steps else (Step(),)
    return {"steps": tuple((who_of(step), "" if step.limit is None else f"{step.limit:f}") for step in steps)}


def who_of(step: Step) -> str:
    return f"person:{step.person}" if step.person else f"role:{step.role}" if step.role else ""


def step_of(who: str, limit: Decimal | None) -> Step:
    kind, _, name = who.partition(":")
    return Step(person=name if kind == "person" else "", role=name if kind == "role" else "", limit=limit)


@component
def ApprovalsPanel(on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    route = next(iter(parts.rows_of(desk.app, ApprovalRoute, "approval_route")), None)
    editing = use_editing("approvals", ApprovalSave, route, _start)
    steps: Steps = Lines(editing.form, "steps")

    async def save() -> None:
        reader = editing.reader
        made, error = read_steps(words, editing.form)
        if error:
            reader.errors["steps"] = error
        await editing.save(reader, ApprovalSave(steps=made) if not error else None)

    error = editing.form.error("steps")
    return panel(
        words("funds.approvals"),
        editing.refusal(),
        html.p({"className": "block-note"}, words("approvals.note")),
        *(_step(desk, words, steps, place) for place in range(len(steps.now))),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
        Button(words("approvals.add"), calling(steps.add, NOBODY_YET), kind="secondary", icon="plus",
               testid="step-add", key="add")
        if len(steps.now) < MAX_STEPS
        else None,
        Away(key="away") if desk.reads.may("activity.approve") else None,
        on_close=on_close,
        actions=editing.actions(save),
        testid="approvals-panel",
    )  # fmt: skip


def read_steps(words: Words, form: Form) -> tuple[tuple[Step, ...], str]:
    """The steps as typed, and what is wrong with them."""
    steps = []
    for place, (who, typed) in enumerate(form["steps"]):
        last = place == len(form["steps"]) - 1
        limit = None if last else parse_number(typed)
        if not last and (limit is None or limit < 0):
            return (), words("approvals.wrong_limit", number=place + 1)
        steps.append(step_of(who, limit))
    faults = step_faults(steps)
    return tuple(steps), words(f"approvals.fault_{faults[0]}") if faults else ""


def _step(desk: DeskState, words: Words, steps: Steps, place: int) -> VdomDict:
    """Who approves, and up to what amount; the last one any."""
    who, limit = steps.now[place]
    count = len(steps.now)
    gone = IconButton("trash-2", words("approvals.remove"), calling(steps.remove, place), testid=f"step-{place}-remove")
    amount: Child = html.p({"className": "block-note"}, words("approvals.last"))
    if place < count - 1:
        amount = NumberField(
            words("approvals.limit"), value=limit, on_change=steps.typed(place, lambda step, text: (step[0], text)),
            decimals=True, before=words.symbol(), revision=steps.form.revision, testid=f"step-{place}-limit",
            key="limit",
        )  # fmt: skip
    return block(
        words("approvals.step", number=place + 1),
        html.div(
            {"className": "step-line"},
            select(
                words("approvals.who"),
                choices(desk, words),
                who,
                lambda value: steps.put(place, lambda step: (value, step[1])),
                testid=f"step-{place}-who",
                key="who",
            ),
            gone if count > 1 else None,
        ),
        amount,
        key=f"step-{place}",
    )


def choices(desk: DeskState, words: Words) -> list[tuple[str, str]]:
    """Anybody who may, a role, or a person."""
    found = [("", words("approvals.anybody"))]
    roles = [role for role, permissions in ROLES.items() if "activity.approve" in permissions]
    found += [(f"role:{role}", words(f"role.{role}")) for role in roles]
    people = parts.rows_of(desk.app, Colleague, "colleague")
    return found + [(f"person:{one}", text) for one, text in _named(words, people)]


def _named(words: Words, people: Sequence[Colleague]) -> list[tuple[str, str]]:
    by_name = sorted(people, key=lambda each: each.name)
    return [(each.id, f"{each.name} · {words(f'role.{each.role}')}") for each in by_name]


@component
def Away() -> VdomDict:
    """Somebody else approves while one is away."""
    desk = use_desk()
    words = desk.words()
    my_id, today = desk.app.engine.user, parts.today(desk.app)
    people = [each for each in parts.rows_of(desk.app, Colleague, "colleague") if each.id != my_id]
    held = parts.rows_of(desk.app, Delegation, "delegation")
    mine = [each for each in held if each.person == my_id and each.until > desk.app.server_now()]
    start = {
        "deputy": "",  # a name that stood there would be handed over to by mistake
        "since": today.isoformat(),
        "until": (today + timedelta(days=7)).isoformat(),
    }
    form = use_form("away", start)
    delegation_id = use_memo(fresh_id, dependencies=[len(mine)])

    async def give() -> None:
        command = _handing_over(desk, form, delegation_id)
        if command is not None:
            form.saved()
            await desk.submit(command, said=words("said.saved"))

    async def recall(row: Delegation) -> None:
        await desk.submit(ApprovalRecall(delegation=row.id), said=words("said.saved"))

    fields = Fields(words, form, "approvals", testid="away")
    options = [("", words("approvals.choose")), *_named(words, people)]
    return block(
        words("approvals.away"),
        html.p({"className": "block-note"}, words("approvals.away_note")),
        *(refusal(desk, entry) for name in _HANDING_OVER for entry, _command in desk.refused("NAME", name, name)),
        *(_deputy(words, each, recall) for each in mine),
        select(
            words("approvals.deputy"),
            options,
            form["deputy"],
            partial(form.put, "deputy"),
            error=form.error("deputy"),
            testid="away-deputy",
            key="deputy",
        ),
        columns(*(fields.text(name, kind="date", max_length=0) for name in ("since", "until"))),
        Button(words("approvals.away_yes"), calling(give), kind="secondary", testid="away-yes", disabled=not people),
        key="away",
    )


def _deputy(words: Words, row: Delegation, recall: Callable[[Delegation], Any]) -> VdomDict:
    return html.div(
        {"className": "spread", "key": row.id},
        html.span(words("approvals.deputy_of", name=row.deputy_name, until=words.last_day(row.until))),
        Button(words("approvals.recall"), calling(recall, row), kind="plain", small=True, testid="recall"),
    )


def _handing_over(desk: DeskState, form: Form, delegation_id: str) -> ApprovalDelegate | None:
    """None where something is wrong, which the form then shows."""
    reader = Reader(form, desk)
    zone = desk.format.zone
    since, until = reader.day("since", zone), reader.day("until", zone, end=True)
    if since is not None and until is not None and until <= since:
        reader.errors["until"] = desk.words()("funds.wrong_order")
    if not form["deputy"]:
        reader.errors["deputy"] = desk.words()("approvals.choose")
    if reader.errors or since is None or until is None:
        form.refuse(reader.errors)
        return None
    return ApprovalDelegate(delegation=delegation_id, deputy=str(form["deputy"]), since=since, until=until)
