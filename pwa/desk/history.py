"""Who changed a row, when, and what of it: asked of the server's audit trail once somebody wants to know."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from reactpy import component, html, use_async_effect, use_state

from i18n.translate import has
from offline.store import Unreachable
from pwa.components.basics import Child, Pieces, Skeleton, calling
from pwa.components.lists import Moment, Timeline
from pwa.desk.parts import block, text_button
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_sync_status

AT_ONCE = 20
_MOST_NAMED = 5
# Where the words of an entity's fields stand.
TEXTS = {
    "promotion": "promotions",
    "product": "products",
    "price": "prices",
    "price_list": "prices",
    "organisation": "customers",
    "assortment": "ranges",
    "category": "categories",
    "tenant": "orders",
    "user": "people",
    "brand": "orders",
    "fund": "funds",
    "approval": "approvals",
    "course": "courses",
    "notice": "notices",
    "visit_route": "visits",
    "visit_template": "visits",
    "visit_fence": "visits",
    "visit_shop": "visits",
    "count": "counts",
    "count_list": "counts",
}
_NAMES = {"name", "unit", "spec", "title", "text", "summary"}
_MONEY = {"amount", "threshold", "bundle_price", "credit_limit", "approval_above"}
_PRODUCTS = {"product", "products", "excluded"}
# Follows from another field, or is nobody's to read.
_UNSAID = {"withdrawn_at", "currency", "sort"}
_CHOICES = {"kind": "kind_{}", "type": "type_{}", "mode": "mode_{}", "marking": "{}"}
_STATUSES = {"products": "{}", "customers": "status_{}", "funds": "status_{}"}
_DAYS = {"valid_from", "starts_on", "ends_on", "due_at"}
# What no line can tell.
_WHOLE = {"addresses", "audience", "by_type", "cards", "dates", "files", "items", "needs", "prerequisites", "rules",
          "steps", "types", "weekdays"}  # fmt: skip
_LONGEST = 80


class Detail(msgspec.Struct, frozen=True):
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class Change(msgspec.Struct, frozen=True):
    """As ``GET /api/audit`` tells of one."""

    id: str
    at: datetime
    actor: str
    actor_name: str
    action: str
    detail: Detail


State = tuple[Change, ...] | Literal["", "loading", "away"]


@component
def History(subject: str) -> Child:
    """Of the row with the id ``subject``, newest first, for those who may see the audit trail."""
    desk = use_desk()
    words = desk.words()
    nothing: State = ""
    state, set_state = use_state(nothing)
    more, set_more = use_state(False)
    pending = use_sync_status().pending

    @use_async_effect(dependencies=[pending])
    async def follow() -> None:
        """Whoever looks at the history while saving wants to see that too, once it is at the server."""
        if isinstance(state, tuple) and not pending:
            await load(anew=True)

    if not desk.reads.may("audit.see"):
        return html.span({"hidden": True})

    async def load(*, anew: bool = False) -> None:
        held = state if isinstance(state, tuple) and not anew else ()
        if not (held or anew):
            set_state("loading")
        found = await _ask(desk, subject, held[-1].id if held else "")
        if found is None and anew:
            return
        if found is None:
            set_state(held or "away")
            return
        set_state((*held, *found))
        set_more(len(found) == AT_ONCE)

    return block(
        words("history.title"), *_content(desk, words, state, load, more=more), key="history", testid="history"
    )


async def _ask(desk: DeskState, subject: str, before: str) -> tuple[Change, ...] | None:
    query = urlencode({"subject": subject, "before": before, "limit": AT_ONCE})
    try:
        answer = await desk.app.device.request("GET", f"/api/audit?{query}")
    except Unreachable:
        return None
    return msgspec.json.decode(answer.body, type=tuple[Change, ...]) if answer.status == 200 else None


def _content(desk: DeskState, words: Words, state: State, load: Callable[[], Any], *, more: bool) -> list[Child]:
    if state == "loading":
        return [Skeleton("line", 3)]
    if not isinstance(state, tuple):
        away = html.p({"className": "block-note"}, words("history.away")) if state else None
        return [away, text_button(words("history.show"), calling(load), testid="history-show")]
    if not state:
        return [html.p({"className": "block-note"}, words("history.none"))]
    further = text_button(words("history.more"), calling(load), testid="history-more") if more else None
    return [Timeline([moment(desk, words, change) for change in state], testid="changes"), further]


def moment(desk: DeskState, words: Words, change: Change) -> Moment:
    entity, _, deed = change.action.partition(".")
    own = f"history.{entity}_{deed}" if entity == "price" else f"history.{deed}"
    title = words(own) if has(words.locale, f"desk.{own}") else words("history.changed")
    said = said_of(desk, words, entity, change.detail) if deed == "changed" or entity == "price" else []
    lines = [html.li({"key": str(place), "dir": "auto"}, line) for place, line in enumerate(said)]
    who = change.actor_name or change.actor
    return Moment(
        title,
        Pieces(who, words.when(change.at)),
        extra=html.ul({"className": "history-lines"}, *lines) if lines else None,
        testid=f"change-{change.id}",
    )


def said_of(desk: DeskState, words: Words, entity: str, detail: Detail) -> list[str]:
    """A line for each field that differs: what it was and is, or what was added and taken out."""
    before, after = _flat(detail.before), _flat(detail.after)
    area = TEXTS.get(entity, "")
    lines = []
    for name in dict.fromkeys((*before, *after)):
        if name in _UNSAID or (entity == "price" and name == "product"):
            continue
        label = label_of(words, area, name)
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        if name != "tiers" and isinstance(was or now, list | tuple | dict):
            what = _moved(desk, words, name, was, now)
        else:
            texts = [said_field(desk, words, area, name, value) for value in (was, now)]
            brief = all(len(text) <= _LONGEST for text in texts)
            what = words("history.from_to", was=texts[0], now=texts[1]) if brief else words("history.rewritten")
        lines.append(words("history.line", field=label, what=what))
    return lines


def label_of(words: Words, area: str, name: str) -> str:
    keys = (f"{area}.field.{name}", f"history.field.{name}", f"{area}.{name}")
    return next((words(key) for key in keys if has(words.locale, f"desk.{key}")), name)


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Names by language and rewards by field, as a form has them."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _NAMES and isinstance(value, dict):
            found |= {f"{name}_{language}": text for language, text in value.items()}
        elif name == "reward" and isinstance(value, dict):
            found |= value
        else:
            found[name] = value
    return found


def said_field(desk: DeskState, words: Words, area: str, name: str, value: Any) -> str:  # noqa: PLR0911 - one a kind
    """One value of a field, as people read it."""
    if value is None or value in ("", [], ()):
        return words("history.nothing")
    if name == "tiers":
        return words("list_comma").join(_parts(desk, words, name, value))
    if isinstance(value, bool):
        return words("history.yes" if value else "history.no")
    if name in _CHOICES:
        return words(f"{area}.{_CHOICES[name].format(value)}")
    if name == "status":
        return words(f"{area}.{_STATUSES[area].format(value)}")
    if name in _MONEY:
        return words.money(Decimal(str(value)))
    if name == "percent":
        return f"{value}%"
    if name == "tax_rate":
        return f"{_number(value) * 100:f}%"
    if name in _DAYS or name == "valid_until":
        return _day(words, name, str(value))
    return _named(desk, words, name, str(value))


def _day(words: Words, name: str, value: str) -> str:
    """A day of the calendar, or the day of a moment; a period told in moments ends just before its last one."""
    if len(value) == len("2026-01-01"):
        return words.day(date.fromisoformat(value))
    at = datetime.fromisoformat(value)
    return words.last_day(at) if name == "valid_until" else words.day(at)


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return Decimal(0)


def _moved(desk: DeskState, words: Words, name: str, was: Any, now: Any) -> str:
    """What came to a list and what went."""
    if name in _WHOLE:
        return words("history.rewritten")
    old, new = _parts(desk, words, name, was), _parts(desk, words, name, now)
    came, went = [each for each in new if each not in old], [each for each in old if each not in new]
    said = [words(f"history.{key}", what=_some(words, each)) for key, each in (("came", came), ("went", went)) if each]
    return words("list_comma").join(said) or words("history.rewritten")


def _some(words: Words, names: Sequence[str]) -> str:
    text = words("list_comma").join(names[:_MOST_NAMED])
    rest = len(names) - _MOST_NAMED
    return text + words("history.and_more", count=rest) if rest > 0 else text


def _parts(desk: DeskState, words: Words, name: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{_named(desk, words, 'product', key)} × {count}" for key, count in value.items()]
    return [_part(desk, words, name, each) for each in value or ()]


def _part(desk: DeskState, words: Words, name: str, value: Any) -> str:
    if name == "tiers":
        quantity, price = (value["quantity"], value["unit_price"]) if isinstance(value, dict) else value
        return words("history.tier", count=words.number(int(quantity)), price=words.price(_number(price)))
    if name == "packs":
        return words.name(value["name"] if isinstance(value, dict) else value[1])
    return _named(desk, words, name, str(value))


def _named(desk: DeskState, words: Words, name: str, value: str) -> str:
    """An id as people know it; the text itself where it is none."""
    reads = desk.reads
    if name in _PRODUCTS:
        row: Any = reads.product(value)
    elif name in ("organisations", "parent", "stops"):
        row = reads.organisation(value) or reads.category(value)
    elif name in ("price_list", "price_lists"):
        row = reads.price_list(value)
    elif name in ("categories", "category"):
        row = next((each for each in reads.categories if each.id == value), None)
    elif name == "assortments":
        row = next((each for each in reads.assortments if each.id == value), None)
    else:
        return reads.reps().get(value) or value if name == "rep" else value
    return words.name(row.name) if row is not None else words("history.unknown")
