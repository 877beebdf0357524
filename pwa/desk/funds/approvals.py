"""Who approves activities: the steps, in order, each with the amount up to which it is final; and one's own deputy."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from reactpy import component, html, use_memo
from reactpy.types import VdomDict

from offline.rules.approvals import MAX_STEPS, Step, step_faults
from offline.rules.permissions import ROLES
from offline.wire.activities import ApprovalDelegate, ApprovalRecall, ApprovalRoute, ApprovalSave, Colleague, Delegation
from pwa.components.basics import Button, Child, IconButton, calling
from pwa.components.fields import NumberField, parse_number
from pwa.desk.editing import Reader, form_actions, fresh_id
from pwa.desk.fields import Fields
from pwa.desk.parts import block, columns, panel, refusal, select
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words
from pwa.screens.claims import parts


def _start(route: ApprovalRoute | None) -> dict[str, Any]:
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
    form = use_form("approvals", _start(route))
    refused = [
        entry for entry in desk.app.engine.entries()
        if entry.name.startswith("approval.") and entry.state in ("rejected", "blocked")
    ]  # fmt: skip

    async def save() -> None:
        steps, error = read_steps(words, form)
        form.refuse({"steps": error} if error else {})
        if not error:
            form.saved()
            await desk.submit(ApprovalSave(steps=steps), said=words("said.saved"))

    return panel(
        words("funds.approvals"),
        *(refusal(desk, entry) for entry in refused),
        html.p({"className": "block-note"}, words("approvals.note")),
        *(_step(desk, words, form, place) for place in range(len(form["steps"]))),
        html.p({"className": "field-note field-error", "role": "alert"}, form.error("steps"))
        if form.error("steps")
        else None,
        Button(words("approvals.add"), calling(_add, form), kind="secondary", icon="plus", testid="step-add", key="add")
        if len(form["steps"]) < MAX_STEPS
        else None,
        Away(key="away") if desk.reads.may("activity.approve") else None,
        on_close=on_close,
        actions=form_actions(desk, form, save),
        testid="approvals-panel",
    )


def _add(form: Form) -> None:
    form.put("steps", (*form["steps"], ("", "")))


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


def _step(desk: DeskState, words: Words, form: Form, place: int) -> VdomDict:
    who, limit = form["steps"][place]
    last = place == len(form["steps"]) - 1

    def change(one: tuple[str, str], *, draw: bool) -> None:
        steps = (*form["steps"][:place], one, *form["steps"][place + 1 :])
        if draw:
            form.put("steps", steps)
        else:
            form.typed("steps")(steps)

    def typed(text: str) -> None:
        change((form["steps"][place][0], text), draw=False)

    def remove() -> None:
        form.put("steps", (*form["steps"][:place], *form["steps"][place + 1 :]))

    gone = IconButton("trash-2", words("approvals.remove"), calling(remove), testid=f"step-{place}-remove")
    amount: Child = html.p({"className": "block-note"}, words("approvals.last"))
    if not last:
        amount = NumberField(
            words("approvals.limit"), value=limit, on_change=typed,
            decimals=True, before=words.symbol(), revision=f"{form.revision}-{len(form['steps'])}",
            testid=f"step-{place}-limit", key="limit",
        )  # fmt: skip
    return block(
        words("approvals.step", number=place + 1),
        html.div(
            {"className": "step-line"},
            select(
                words("approvals.who"),
                choices(desk, words),
                who,
                lambda value: change((value, form["steps"][place][1]), draw=True),
                testid=f"step-{place}-who",
                key="who",
            ),
            gone if len(form["steps"]) > 1 else None,
        ),
        amount,
        key=f"step-{place}",
    )


def choices(desk: DeskState, words: Words) -> list[tuple[str, str]]:
    """Anybody who may, a role, or a person."""
    found = [("", words("approvals.anybody"))]
    roles = [role for role, permissions in ROLES.items() if "activity.approve" in permissions]
    found += [(f"role:{role}", words(f"role.{role}")) for role in roles]
    people = sorted(parts.rows_of(desk.app, Colleague, "colleague"), key=lambda each: each.name)
    return found + [(f"person:{each.id}", f"{each.name} · {words(f'role.{each.role}')}") for each in people]


@component
def Away() -> VdomDict:
    """Somebody else approves while one is away."""
    desk = use_desk()
    words = desk.words()
    me, today = desk.reads.me, parts.today(desk.app)
    people = [each for each in parts.rows_of(desk.app, Colleague, "colleague") if me is None or each.id != me.id]
    mine = [
        each for each in parts.rows_of(desk.app, Delegation, "delegation")
        if me is not None and each.person == me.id and each.until > desk.app.now()
    ]  # fmt: skip
    start = {
        "deputy": people[0].id if people else "",
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
    lines = (
        html.div(
            {"className": "spread", "key": each.id},
            html.span(words("approvals.deputy_of", name=each.deputy_name, until=words.last_day(each.until))),
            Button(words("approvals.recall"), calling(recall, each), kind="plain", small=True, testid="recall"),
        )
        for each in mine
    )
    options = [(each.id, each.name) for each in people]
    return block(
        words("approvals.away"),
        html.p({"className": "block-note"}, words("approvals.away_note")),
        *lines,
        select(
            words("approvals.deputy"), options, form["deputy"], lambda value: form.put("deputy", value), key="deputy"
        ),
        columns(*(fields.text(name, kind="date", max_length=0) for name in ("since", "until"))),
        Button(words("approvals.away_yes"), calling(give), kind="secondary", testid="away-yes", disabled=not people),
        key="away",
    )


def _handing_over(desk: DeskState, form: Form, delegation_id: str) -> ApprovalDelegate | None:
    """None where something is wrong, which the form then shows."""
    reader = Reader(form, desk)
    zone = desk.app.device.zone
    since, until = reader.day("since", zone), reader.day("until", zone, end=True)
    if since is not None and until is not None and until <= since:
        reader.errors["until"] = desk.words()("funds.wrong_order")
    if reader.errors or since is None or until is None:
        form.refuse(reader.errors)
        return None
    return ApprovalDelegate(delegation=delegation_id, deputy=str(form["deputy"]), since=since, until=until)
