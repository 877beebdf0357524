"""Who holds an assortment: some found by name or code, many by their type, group or territory, or pasted."""

from collections.abc import Callable, Mapping
from functools import partial

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.rows import Assortment, Organisation
from pwa.desk.choices import chosen_partners, partners_like
from pwa.desk.editing import Picker
from pwa.desk.parts import address_of, block, link, select, text_button
from pwa.desk.pasting import PasteField, plain
from pwa.desk.ranges.reading import holders
from pwa.desk.reading import Reads
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words

_KINDS = ("type", "group", "territory")


def held_by(reads: Reads, form: Form, row: Assortment | None) -> tuple[str, ...]:
    """The ids of all that will hold it: those that do, with what the form adds and without what it takes."""
    now = (each.id for each in holders(reads).get(row.id, ())) if row is not None else ()
    taken = set(form["taken"])
    return tuple(one for one in dict.fromkeys((*now, *form["given"])) if one not in taken)


def hold(reads: Reads, form: Form, row: Assortment | None, ids: tuple[str, ...]) -> None:
    """Make the form say that these hold it, and nobody else."""
    now = {each.id for each in holders(reads).get(row.id, ())} if row is not None else set()
    wanted = set(ids)
    form.draft.values["given"] = tuple(one for one in ids if one not in now)
    form.put("taken", tuple(sorted(now - wanted)))


def customers_block(desk: DeskState, words: Words, form: Form, row: Assortment | None) -> VdomDict:
    held = held_by(desk.reads, form, row)

    def put(ids: tuple[str, ...]) -> None:
        hold(desk.reads, form, row, ids)

    def add(ids: tuple[str, ...]) -> int:
        before = held_by(desk.reads, form, row)
        put(tuple(dict.fromkeys((*before, *ids))))
        return len(set(ids).difference(before))

    return block(
        words("ranges.customers"),
        html.p(
            {"className": "block-say", "data-testid": "range-holders", "aria-live": "polite"},
            words("ranges.held", count=words.number(len(held))) if held else words("ranges.held_by_none"),
        ),
        Many(lambda kind, value: add(_those(desk.reads, kind, value)), key="many"),
        PasteField(
            form,
            "pasted_customers",
            lambda: customers_by_code(desk.reads),
            add,
            texts="ranges.paste_customers",
            key="paste",
        ),
        Picker(
            words("ranges.field.organisations"),
            chosen_partners(desk, words, held),
            partial(partners_like, desk, words),
            put,
            hint=words("ranges.customers_hint"),
            testid="field-customers",
            key="customers",
        ),
        html.div(
            {"className": "range-links"},
            link(
                desk,
                address_of("customers", assortment=row.id),
                words("ranges.see_customers"),
                class_name="text-button",
                testid="see-customers",
            )
            if row is not None and held
            else None,
            text_button(words("ranges.take_all"), lambda: put(()), testid="take-all") if len(held) > 1 else None,
        ),
        key="customers-block",
        testid="range-customers",
    )


@component
def Many(on_choose: Callable[[str, str], int]) -> VdomDict:
    """All customers of a type, a group or a territory at once; the choice goes back to nothing then. ``on_choose``
    takes which of them and its value, and says how many are new."""
    desk = use_desk()
    words = desk.words()
    times, set_times = use_state(0)

    def choose(value: str) -> None:
        kind, _, one = value.partition(":")
        if one:
            count = on_choose(kind, one)
            desk.toast(words("ranges.added", count=words.number(count)))
        set_times(times + 1)

    return html.div(
        select(
            words("ranges.add_many"),
            [("", words("ranges.add_many_choose")), *_offers(desk.reads, words)],
            "",
            choose,
            testid="add-many",
            key=f"many-{times}",
        )
    )


def _those(reads: Reads, kind: str, value: str) -> tuple[str, ...]:
    return tuple(row.id for row in _business(reads) if getattr(row, kind) == value)


def _business(reads: Reads) -> list[Organisation]:
    return [row for row in reads.organisations if row.status != "exited"]


def _offers(reads: Reads, words: Words) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for kind in _KINDS:
        counts: dict[str, int] = {}
        for row in _business(reads):
            value = str(getattr(row, kind))
            counts[value] = counts.get(value, 0) + 1
        for value, count in sorted(counts.items()):
            if value:
                text = words(f"ranges.many_{kind}", name=_name(words, kind, value), count=words.number(count))
                found.append((f"{kind}:{value}", text))
    return found


def _name(words: Words, kind: str, value: str) -> str:
    if kind == "type":
        return words(f"customers.type_{value}")
    return words.group(value) if kind == "group" else value


def customers_by_code(reads: Reads) -> Mapping[str, str]:
    return reads.kept("customers by code", lambda: {plain(row.code): row.id for row in reads.organisations})
