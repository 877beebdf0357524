"""What is tolerated of a variance: by the brand, by category, by product; a form of one row a rule."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.wire.commands import MAX_QUANTITY
from offline.wire.counts import CountConfigure, CountSettings, ToleranceRule
from pwa.components.basics import Child, IconButton, calling
from pwa.components.fields import NumberField, parse_number, parse_whole
from pwa.desk.categories import MOST_OFFERED, categories_like, category_names
from pwa.desk.choices import products_like
from pwa.desk.editing import FEW, Choice, Picker
from pwa.desk.parts import block
from pwa.desk.state import DeskState, Form
from pwa.desk.words import Words

MOST_RULES = 200
_MOST_PERCENT = Decimal(1000)
_FIELDS = ("units", "percent")


def start_of(held: CountSettings | CountConfigure) -> dict[str, Any]:
    """The form's values. ``rules`` are names, ``product:<id>`` or ``category:<id>``; the figures of one stand under
    ``units.<name>`` and ``percent.<name>``, those of the brand under ``units`` and ``percent``."""
    values: dict[str, Any] = {"units": str(held.units), "percent": _percent(held.percent), "blind": held.blind}
    names = []
    for rule in held.rules:
        name = f"product:{rule.product}" if rule.product is not None else f"category:{rule.category}"
        names.append(name)
        values |= {f"units.{name}": str(rule.units), f"percent.{name}": _percent(rule.percent)}
    return values | {"rules": tuple(names)}


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f}"


def command_of(form: Form, words: Words) -> tuple[CountConfigure, dict[str, str]]:
    """The settings as typed, and what is wrong with them, by field."""
    errors: dict[str, str] = {}
    units, percent = _figures(form, words, "", errors)
    rules = []
    for name in form["rules"]:
        if not any(str(form[f"{each}.{name}"]).strip() for each in _FIELDS):
            errors[f"units.{name}"] = words("counts.rule_empty")
            continue
        own_units, own_percent = _figures(form, words, f".{name}", errors)
        kind, _, row_id = name.partition(":")
        rules.append(ToleranceRule(**{kind: row_id}, units=own_units, percent=own_percent))
    command = CountConfigure(units=units, percent=percent, blind=bool(form["blind"]), rules=tuple(rules))
    return command, errors


def _figures(form: Form, words: Words, tail: str, errors: dict[str, str]) -> tuple[int, Decimal]:
    """Units and percent; an empty one is 0, so that the other alone counts."""
    units = parse_whole(str(form[f"units{tail}"]).strip() or "0")
    percent = parse_number(str(form[f"percent{tail}"]).strip() or "0")
    if units is None or units > MAX_QUANTITY:
        errors[f"units{tail}"] = words("counts.units_fault")
    if percent is None or not 0 <= percent <= _MOST_PERCENT:
        errors[f"percent{tail}"] = words("counts.percent_fault")
    return units or 0, percent or Decimal(0)


def fields(form: Form, words: Words, tail: str = "") -> VdomDict:
    """Units and percent side by side. ``tail``: ``.<name>`` of a rule."""
    return html.div(
        {"className": "field-columns", "key": f"fields{tail}"},
        *(
            NumberField(
                words(f"counts.{name}"),
                value=form[f"{name}{tail}"],
                on_change=form.typed(f"{name}{tail}"),
                error=form.error(f"{name}{tail}"),
                decimals=name == "percent",
                unit="%" if name == "percent" else "",
                revision=form.revision,
                testid=f"field-{name}{tail}",
                key=f"{name}{tail}",
            )
            for name in _FIELDS
        ),
    )


def rules_block(desk: DeskState, form: Form) -> VdomDict:
    """The rules there are, each with its own figures, and two ways to add one."""
    words, names = desk.words(), tuple(form["rules"])
    full = len(names) >= MOST_RULES
    adding: list[Child] = [
        _adder(form, words, "category", partial(categories_like, desk, words)),
        _adder(form, words, "product", partial(sold_products_like, desk, words)),
    ]
    return block(
        words("counts.rules"),
        html.p({"className": "block-note"}, words("counts.rules_hint")),
        *(_rule(desk, form, name) for name in names),
        *([html.p({"className": "block-note"}, words("counts.rules_full", most=MOST_RULES))] if full else adding),
        key="rules",
    )


def _rule(desk: DeskState, form: Form, name: str) -> VdomDict:
    words = desk.words()
    kind, _, row_id = name.partition(":")
    text = dict(named(desk, words, kind)).get(row_id) or words("counts.rule_gone")

    def remove() -> None:
        for each in _FIELDS:
            form.draft.values.pop(f"{each}.{name}", None)
        form.put("rules", tuple(each for each in form["rules"] if each != name))

    return html.div(
        {"className": "tolerance-rule", "role": "group", "aria-label": text, "key": name},
        html.div(
            {"className": "tolerance-head"},
            html.span({"className": "faint"}, words(f"counts.rule_{kind}")),
            html.strong({"dir": "auto"}, text),
            IconButton("trash-2", words("form.remove", name=text), calling(remove), testid=f"rule-remove-{row_id}"),
        ),
        fields(form, words, f".{name}"),
    )


def _adder(form: Form, words: Words, kind: str, find: Callable[[str], Sequence[Choice]]) -> Child:
    taken = set(form["rules"])

    def add(ids: tuple[str, ...]) -> None:
        name = f"{kind}:{ids[-1]}"
        form.draft.values |= {f"{each}.{name}": "" for each in _FIELDS}
        form.put("rules", (*form["rules"], name))

    def offered(text: str) -> Sequence[Choice]:
        return [each for each in find(text) if f"{kind}:{each[0]}" not in taken]

    # A new one for each rule: closed again, with nothing typed.
    return Picker(
        words(f"counts.rule_add_{kind}"), (), offered, add, testid=f"rule-{kind}", single=True,
        most=MOST_OFFERED if kind == "category" else FEW,
        key=f"{kind}-{sum(each.startswith(kind) for each in taken)}",
    )  # fmt: skip


def named(desk: DeskState, words: Words, kind: str) -> Mapping[str, str]:
    if kind == "category":
        return category_names(desk, words)

    def make() -> dict[str, str]:
        return {row.id: f"{row.sku} {words.name(row.name)}" for row in desk.reads.products}

    return desk.reads.kept(f"named {kind} {words.locale}", make)


def sold_products_like(desk: DeskState, words: Words, text: str) -> Sequence[Choice]:
    return products_like(desk, words, text, fits=lambda row: row.status == "active")
