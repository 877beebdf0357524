"""Choosing whom a notice is for, and whom that reaches: counted by the rule that sending follows."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.rules.audiences import addresses, is_empty
from offline.rules.permissions import ROLES
from offline.store import Unreachable
from offline.wire.notices import Audience
from offline.wire.rows import Organisation
from pwa.components.basics import Child, Chip, Icon, classes
from pwa.components.fields import Checkbox, SegmentedFilter
from pwa.desk.choices import chosen_partners, partners_like
from pwa.desk.editing import Choice, Picker
from pwa.desk.notices.form import audience_of
from pwa.desk.reading import Reads
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words

TYPES = ("distributor", "dealer", "shop", "head_office")
_PAUSE_SECONDS = 0.25
_MOST_NAMED = 4


class _Found(msgspec.Struct):
    people: int
    organisations: int
    silent: int


def AudienceFields(desk: DeskState, words: Words, form: Form) -> list[Child]:
    """Everyone, or some of them: bounds that narrow each other, and single partners beside."""
    scopes = [(name, words(f"notices.scope_{name}")) for name in ("everyone", "some")]
    made: list[Child] = [
        SegmentedFilter(
            scopes, form["scope"], lambda value: form.put("scope", value), label=words("notices.to"), testid="scope"
        )
    ]
    if form["scope"] == "some":
        made += [
            _chips(words, form, "territories", [(name, name) for name in distinct(desk.reads, "territory")]),
            _chips(words, form, "types", [(name, words(f"notices.type_{name}")) for name in TYPES]),
            _chips(words, form, "groups", [(name, words.group(name)) for name in distinct(desk.reads, "group")]),
            _partners(desk, words, form),
            Checkbox(
                words("notices.below"),
                form["below"],
                lambda on: form.put("below", on),
                testid="field-below",
                key="below",
            )
            if form["partners"]
            else None,
        ]
    made.append(_chips(words, form, "roles", [(role, words(f"role.{role}")) for role in ROLES]))
    if form.error("audience"):
        made.append(html.p({"className": "field-note field-error", "role": "alert"}, form.error("audience")))
    made.append(Count(audience_of(form), key="count"))
    return made


def distinct(reads: Reads, name: str) -> list[str]:
    """What partners have in this column, each once."""
    return reads.kept(("notices", name), lambda: sorted({getattr(row, name) for row in reads.organisations} - {""}))


def _chips(words: Words, form: Form, name: str, options: Sequence[Choice]) -> Child:
    """Any number of few. Chosen ones that no row has any more stay to be seen."""
    chosen = form[name]
    known = {value for value, _ in options}
    whole = [*options, *((value, value) for value in chosen if value not in known)]
    if not whole:
        return None

    def toggled(value: str) -> Callable[[Any], None]:
        def toggle(_event: Any) -> None:
            now = form[name]
            form.put(name, tuple(each for each in now if each != value) if value in now else (*now, value))

        return toggle

    chips = (
        Chip(text, toggled(value), selected=value in chosen, testid=f"{name}-{value}", key=value)
        for value, text in whole
    )
    hint = words(f"notices.{name}_hint")
    return html.div(
        {"className": "field", "role": "group", "aria-label": words(f"notices.{name}"), "key": name},
        html.span({"className": "field-label"}, words(f"notices.{name}")),
        html.div({"className": "chip-wrap"}, *chips),
        html.p({"className": "field-note"}, hint) if not chosen else None,
    )


def _partners(desk: DeskState, words: Words, form: Form) -> Child:
    return Picker(
        words("notices.partners"),
        chosen_partners(desk, words, form["partners"]),
        partial(partners_like, desk, words, fits=lambda row: row.status != "exited"),
        partial(form.put, "partners"),
        hint=words("notices.partners_hint"),
        testid="field-partners",
        key="partners",
    )


def addressed(reads: Reads, audience: Audience) -> int:
    """Organisations, by the rows at hand: no network needed."""
    everyone: list[Organisation] = [row for row in (*reads.organisations, reads.head_office) if row is not None]
    return sum(addresses(audience, row) for row in everyone)


@component
def Count(audience: Audience) -> VdomDict:
    """How many people and organisations that is right now. People are not among the desk's rows: the server counts
    them, by the same rule."""
    desk = use_desk()
    words = desk.words()
    key = msgspec.json.encode(audience)
    nothing: tuple[bytes, _Found | None] = (b"", None)
    answer, set_answer = use_state(nothing)

    @use_async_effect(dependencies=[key])
    async def ask() -> None:
        if is_empty(audience):
            return
        # Ticking several boxes asks once.
        await asyncio.sleep(_PAUSE_SECONDS)
        found = await count_reach(desk, audience)
        set_answer((key, found))

    asked, found = answer
    if is_empty(audience):
        text = words("notices.nobody_yet")
    elif asked != key:
        text = words("notices.counting", organisations=words.number(addressed(desk.reads, audience)))
    elif found is None:
        text = words("notices.count_offline", organisations=words.number(addressed(desk.reads, audience)))
    elif not found.people:
        text = words("notices.count_nobody")
    else:
        text = words(
            "notices.count", people=words.number(found.people), organisations=words.number(found.organisations)
        )
    silent = found.silent if found is not None and asked == key else 0
    nobody = found is not None and asked == key and not found.people
    ready = "true" if asked == key and found is not None else "false"
    return html.div(
        {
            "className": classes("reach", nobody and "reach-nobody"),
            "data-testid": "reach",
            "data-ready": ready,
            "role": "status",
        },
        Icon("circle-alert" if nobody else "users", size=18),
        html.div(
            html.strong(text),
            html.p({"className": "block-note"}, words("notices.silent", count=silent)) if silent else None,
        ),
    )


async def count_reach(desk: DeskState, audience: Audience) -> _Found | None:
    """None without a network."""
    body = msgspec.json.encode({"audience": audience})
    try:
        answer = await desk.app.device.request("POST", "/api/notices/reach", body)
        return msgspec.json.decode(answer.body, type=_Found) if answer.status == 200 else None
    except (Unreachable, msgspec.MsgspecError):
        return None


def summary(audience: Audience, words: Words, reads: Reads) -> str:
    """Whom it is for, in plain words."""
    if is_empty(audience):
        return words("notices.nobody")
    parts: list[str] = []
    if audience.everyone:
        parts.append(words("notices.scope_everyone"))
    bounds = [
        *audience.territories,
        *map(words.group, audience.groups),
        *(words(f"notices.type_{name}") for name in audience.types),
    ]
    if bounds:
        parts.append(words("middle_dot").join(bounds))
    if audience.partners:
        found = [reads.organisation(one) for one in audience.partners[:_MOST_NAMED]]
        names = words("list_comma").join(words.name(row.name) for row in found if row is not None)
        rest = len(audience.partners) - len(found)
        text = words("and_more", names=names, count=rest) if rest else names
        parts.append(words("notices.with_below", names=text) if audience.below else text)
    if audience.roles:
        names = words("list_comma").join(words(f"role.{role}") if role in ROLES else role for role in audience.roles)
        parts.append(words("notices.only_roles", roles=names))
    return words("notices.plus").join(parts)
