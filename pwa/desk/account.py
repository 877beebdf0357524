"""The person at the desk: their password, and where they are signed in."""

from collections.abc import Mapping

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Button, calling
from pwa.desk.parts import page
from pwa.desk.state import DeskState, use_desk
from pwa.screens.account.devices import Devices
from pwa.screens.account.password import PasswordSheet


@component
def AccountScreen(_row_id: str, _query: Mapping[str, str]) -> VdomDict:
    desk = use_desk()
    app = desk.app
    asking, ask = use_state(False)
    # Another password ends the other devices' sessions.
    changes, set_changes = use_state(0)
    me = desk.reads.me
    return page(
        desk.words()("nav.account"),
        html.div(
            {"className": "account-page"},
            html.section(
                {"className": "block block-large"},
                html.h2({"className": "block-title"}, me.name if me else ""),
                html.p({"className": "block-note"}, _standing(desk)),
                Button(
                    app.t("account.change_password"),
                    calling(ask, True),
                    kind="secondary",
                    icon="key-round",
                    testid="change_password",
                    class_name="account-do",
                ),
            ),
            html.h2({"className": "block-title account-title"}, app.t("account.devices")),
            Devices(changes, key="devices"),
        ),
        PasswordSheet(lambda: ask(False), lambda: set_changes(lambda count: count + 1), key="password")
        if asking
        else None,
        testid="desk-account",
    )


def _standing(desk: DeskState) -> str:
    """Role, organisation and account."""
    me, words = desk.reads.me, desk.words()
    organisation = desk.reads.organisation(me.organisation) if me else None
    parts = (words(f"role.{me.role}") if me else "", words.name(organisation.name) if organisation else "")
    return " · ".join(part for part in (*parts, me.login if me else "") if part)
