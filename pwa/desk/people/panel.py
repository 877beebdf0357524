"""One person: who they are, what they may do, whether they may sign in, and a new password."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from reactpy import component, html, use_memo, use_ref, use_state
from reactpy.types import VdomDict

from offline.wire.people import UserView
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.fields import TextField
from pwa.components.overlays import Confirm, Sheet
from pwa.desk.editing import Choice, Picker, Reader, form_actions, fresh_id, use_first_field
from pwa.desk.fields import Fields
from pwa.desk.history import History
from pwa.desk.meanwhile import OVERTAKEN, told
from pwa.desk.parts import block, columns, pair, panel, text_button
from pwa.desk.people.reading import FIELDS, People, said, send
from pwa.desk.reading import find_organisations
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words

LOCALES = (("zh-CN", "中文"), ("en", "English"))
Reload = Callable[[], Awaitable[None]]


def start_of(person: UserView | None, locale: str = "") -> dict[str, Any]:
    """``locale``: of a new one, until somebody says otherwise."""
    if person is None:
        return {"name": "", "login": "", "role": "", "organisation": (), "locale": locale, "password": ""}
    return {"name": person.name, "role": person.role, "locale": person.locale}


@component
def PersonPanel(
    person: UserView | None, known: People, on_close: Callable[[], Any], on_made: Callable[[str], Any], reload: Reload
) -> VdomDict:
    """``person`` None: one who is to be made."""
    desk = use_desk()
    words = desk.words()
    made_id = use_memo(fresh_id, dependencies=[person is None])
    form = use_form(f"person:{person.id if person else 'new'}", start_of(person, desk.app.locale))
    busy = use_ref(False)
    use_first_field(person is None)

    async def save() -> None:
        reader = Reader(form, desk)
        body = _body(reader, person, made_id)
        if reader.errors:
            form.refuse(reader.errors)
            return
        if busy.current or not form.dirty:
            return  # the second press of a double click, before or after the answer to the first
        busy.current = True
        method, path = ("PATCH", f"/api/users/{person.id}") if person else ("POST", "/api/users")
        code = await send(desk, method, path, body)
        busy.current = False
        if code:
            _tell(desk, form, code)
            if code == OVERTAKEN:
                await reload()
            return
        form.saved()
        desk.toast(words("people.said_saved" if person else "people.said_made"))
        await reload()
        if person is None:
            on_made(made_id)

    return panel(
        person.name if person else words("people.new"),
        told(desk, form, "user", None, None),
        *(_existing(desk, words, form, known, person) if person else _fresh(desk, words, form, known)),
        Access(person, reload, key="access") if person else None,
        History(person.id, key="history") if person else None,
        on_close=on_close,
        over=_over(words, person) if person else None,
        actions=form_actions(desk, form, save),
        key=person.id if person else "new",
        testid="person-panel",
    )


def _over(words: Words, person: UserView) -> VdomDict:
    off = None if person.active else Badge(words("people.off"), "neutral")
    return html.span({"className": "panel-badges"}, html.span({"className": "number"}, person.login), off)


def _tell(desk: DeskState, form: Form, code: str) -> None:
    """Beside the field a refusal is about; else in a word. What was typed stays."""
    field = FIELDS.get(code, "")
    if field in form.draft.values:
        form.refuse({field: said(desk, code)})
    else:
        desk.app.toasts.show(said(desk, code), tone="bad")


def _body(reader: Reader, person: UserView | None, made_id: str) -> dict[str, Any]:
    form = reader.form
    body: dict[str, Any] = {"name": reader.text("name", required=True), "role": form["role"], "locale": form["locale"]}
    if not form["role"]:
        reader.fault("role", "required")
    if person is not None:
        changed = {name: value for name, value in body.items() if value != getattr(person, name)}
        return changed | {"was": {name: getattr(person, name) for name in changed}}
    if not form["organisation"]:
        reader.fault("organisation", "required")
    body |= {"id": made_id, "login": reader.text("login", required=True), "password": form["password"]}
    if not form["password"]:
        reader.fault("password", "required")
    return body | {"organisation": next(iter(form["organisation"]), "")}


def _roles(words: Words, known: People, held: str) -> list[tuple[str, str]]:
    names = dict.fromkeys((*known.roles, held) if held else known.roles)
    return [("", words("people.choose"))] * (not held) + [(name, words(f"role.{name}")) for name in names]


def _fresh(desk: DeskState, words: Words, form: Form, known: People) -> list[Child]:
    fields = Fields(words, form, "people.field")
    office = desk.reads.head_office
    rows = [office, *desk.reads.organisations] if office else desk.reads.organisations
    names = {row.id: f"{row.code} {words.name(row.name)}" for row in rows}

    def find(text: str) -> list[Choice]:
        return [(row.id, names[row.id]) for row in find_organisations(rows, text)[:40]]

    return [
        block(
            words("people.who"),
            fields.text("name", required=True),
            fields.text("login", required=True, max_length=60, hint=words("people.login_hint")),
            Picker(
                words("people.field.organisation"),
                [(each, names.get(each, each)) for each in form["organisation"]],
                find,
                lambda ids: form.put("organisation", ids[-1:]),
                error=form.error("organisation"),
                testid="field-organisation",
                single=True,
                key="organisation",
            ),
            columns(
                fields.choice("role", _roles(words, known, form["role"])),
                fields.choice("locale", LOCALES),
            ),
            fields.text("password", kind="password", required=True, hint=words("people.password_hint")),
            key="who",
        )
    ]


def _existing(desk: DeskState, words: Words, form: Form, known: People, person: UserView) -> list[Child]:
    fields = Fields(words, form, "people.field")
    own = desk.reads.me is not None and desk.reads.me.id == person.id
    found = desk.reads.organisation(person.organisation)
    return [
        block(
            words("people.who"),
            fields.text("name", required=True),
            columns(
                # Nobody can lock themselves out.
                pair(words("people.field.role"), words(f"role.{person.role}"))
                if own
                else fields.choice("role", _roles(words, known, form["role"])),
                fields.choice("locale", LOCALES),
            ),
            pair(words("people.field.organisation"), words.name(found.name) if found else "—"),
            pair(words("people.since"), words.day(person.created_at)),
            key="who",
        )
    ]


@component
def Access(person: UserView, reload: Reload) -> VdomDict:
    """Whether the person may sign in, and a new password: both end where they are signed in."""
    desk = use_desk()
    words = desk.words()
    asking, ask = use_state("")
    own = desk.reads.me is not None and desk.reads.me.id == person.id

    async def switch() -> None:
        ask("")
        code = await send(desk, "PATCH", f"/api/users/{person.id}", {"active": not person.active})
        if code:
            desk.app.toasts.show(said(desk, code), tone="bad")
            return
        desk.toast(words("people.said_off" if person.active else "people.said_on"))
        await reload()

    if own:
        # With the old one, as everybody changes theirs: whoever sits down at a desk that was left open has none.
        to_account = text_button(
            desk.app.t("account.change_password"), partial(desk.go, "/desk/account"), testid="person-account"
        )
        return block(words("people.access"), html.div({"className": "notice-actions"}, to_account), key="access")
    deed = "switch_off" if person.active else "switch_on"
    return block(
        words("people.access"),
        html.p({"className": "block-note"}, words("people.access_text")),
        html.div(
            {"className": "notice-actions"},
            text_button(words("people.reset"), partial(ask, "reset"), testid="person-reset", key="reset"),
            text_button(
                words(f"people.{deed}"),
                partial(ask, "switch") if person.active else switch,
                testid="person-switch",
                key="switch",
            ),
        ),
        Confirm(
            words("people.off_title", name=person.name),
            words("people.off_text"),
            confirm=words("people.switch_off"),
            on_confirm=switch,
            on_cancel=partial(ask, ""),
            danger=True,
            testid="person-off",
        )
        if asking == "switch"
        else None,
        PasswordSheet(person, partial(ask, ""), key="password") if asking == "reset" else None,
        key="access",
    )


@component
def PasswordSheet(person: UserView, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    password = use_ref("")
    error, set_error = use_state("")

    def typed(text: str) -> None:
        password.current = text

    async def reset() -> None:
        code = await send(desk, "POST", f"/api/users/{person.id}/password", {"password": password.current})
        if code:
            set_error(said(desk, code))
            return
        desk.toast(words("people.said_reset"))
        on_close()

    return Sheet(
        words("people.reset_title", name=person.name),
        html.p({"className": "sheet-text"}, words("people.reset_text")),
        TextField(
            words("people.field.password"), kind="password", on_change=typed, error=error,
            hint=words("people.password_hint"), max_length=200, testid="new-password",
        ),
        on_close=on_close,
        testid="password-sheet",
        actions=Button(words("people.reset_yes"), calling(reset), wide=True, testid="reset-yes"),
    )  # fmt: skip
