"""Tables taken in at the desk: a file is picked, tried at once, looked at, and taken over when a person says so."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import msgspec
from reactpy import component, html, use_async_effect, use_ref, use_state
from reactpy.types import VdomDict

from offline.wire.importing import FieldChoice, ImportSummary, ReadColumn
from pwa.components.basics import Button, Child, Chip, ChipRow, ErrorBox, Icon, Progress, attributes, calling
from pwa.desk.imports.kinds import LISTS
from pwa.desk.imports.report import Columns, Outcome, Refused
from pwa.desk.imports.sending import Fault, Picked, by_field, send
from pwa.desk.parts import export_address, link, page
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

ENDINGS = (".xlsx", ".csv")
MAX_BYTES = 8_000_000  # what one request may carry, and a little less


class File(msgspec.Struct, frozen=True):
    name: str
    content: bytes


Doing = Literal["", "checking", "taking"]


class State(msgspec.Struct, frozen=True):
    """``answer``: what the server says of ``file`` as read by ``tried`` columns. ``columns``: as chosen by now."""

    file: File | None = None
    doing: Doing = ""
    answer: ImportSummary | Fault | None = None
    columns: tuple[ReadColumn, ...] = ()
    tried: tuple[ReadColumn, ...] = ()
    fields: tuple[FieldChoice, ...] = ()
    by_hand: bool = False
    done: bool = False

    @property
    def asks_again(self) -> bool:
        """Whether other columns were chosen than the answer is about."""
        return self.columns != self.tried


@component
def ImportScreen(kind: str, _query: Mapping[str, str]) -> VdomDict:
    """``kind``: of table; products where none is named."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    known = kind if kind in LISTS else "products"
    kinds = [
        Chip(
            words(f"imports.kind.{name}"),
            calling(desk.go, f"/desk/imports/{name}"),
            selected=name == known,
            testid=f"import-kind-{name}",
            key=name,
        )
        for name in LISTS
    ]
    if not desk.reads.may("data.import"):
        return page(words("imports.title"), ErrorBox(words("imports.forbidden")), testid="desk-imports")
    return page(
        words("imports.title"),
        html.div(
            {"className": "imports"},
            ChipRow(*kinds, label=words("imports.kinds")),
            Import(known, key=known),
        ),
        testid="desk-imports",
    )


@component
def Import(kind: str) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    start = State()
    state, set_state = use_state(start)
    now = use_ref(state)  # what is under way looks at it long after it was drawn
    now.current = state

    def become(**changes: Any) -> None:
        now.current = msgspec.structs.replace(now.current, **changes)
        set_state(now.current)

    async def ask(*, keep: bool) -> None:
        current = now.current
        if current.file is None or current.doing:
            return
        become(doing="taking" if keep else "checking")
        columns = by_field(current.columns) if current.by_hand else None
        answer = await send(desk, kind, current.file.name, current.file.content, columns, keep=keep)
        if now.current.file is not current.file:
            return
        become(**_after(current, answer), doing="", answer=answer, done=keep and isinstance(answer, ImportSummary))

    async def picked(report: str) -> None:
        told = msgspec.json.decode(report, type=Picked)
        become(**msgspec.structs.asdict(State(file=File(told.name, desk.app.media.bytes_of(told.token)))))
        await ask(keep=False)

    def not_taken(why: str) -> None:
        desk.app.toasts.show(words(f"imports.not_{why}"), tone="bad")

    def choose(columns: tuple[ReadColumn, ...]) -> None:
        become(columns=columns, by_hand=True)

    file = {
        "part": "table", "label": words("imports.other_file" if state.file else "imports.pick"),
        "hint": words("imports.drop"), "accept": ",".join(ENDINGS), "endings": list(ENDINGS), "most": MAX_BYTES,
        "testid": "import-file",
    }  # fmt: skip
    return html.div(
        {"className": "stack-12"},
        _what(desk, words, kind),
        html.section(
            attributes("block block-large import-pick", "import-pick"),
            _name(words, state),
            # While one is under way no other is begun.
            html.q_part({"className": "drop", "config": file, "report": picked, "tell": not_taken})
            if not state.doing
            else Waiting(state.doing, key=state.doing),
        ),
        *_outcome(desk, kind, state, Deeds(choose, ask)),
    )


def _after(current: State, answer: ImportSummary | Fault) -> dict[str, Any]:
    """How the columns stand once the server has read the file."""
    table = answer if isinstance(answer, ImportSummary) else answer.params
    if not table.columns:
        return {"tried": current.columns}
    return {"columns": table.columns, "tried": table.columns, "fields": table.fields}


def _what(desk: DeskState, words: Words, kind: str) -> VdomDict:
    """What counts in a table of this kind, and where to have one."""
    exports = export_address(desk, kind)
    tables = [("imports.template", f"{exports}&empty=true", "import-template")]
    if desk.reads.may("data.export"):
        tables.append(("imports.current", exports, "import-current"))
    return html.section(
        attributes("block block-large", "import-what"),
        html.p({"className": "block-text"}, words(f"imports.what.{kind}")),
        html.p({"className": "block-note"}, words("imports.rules")),
        html.div(
            {"className": "import-links"},
            *(
                html.a(
                    attributes("button button-plain button-small", testid, testid, {"href": href, "download": ""}),
                    Icon("file-down", size=18),
                    html.span({"className": "button-text"}, words(text)),
                )
                for text, href, testid in tables
            ),
        ),
    )


def _name(words: Words, state: State) -> Child:
    if state.file is None:
        return None
    size = words("imports.size", kilobytes=words.number(max(1, round(len(state.file.content) / 1000))))
    return html.p(
        attributes("import-name", "import-name"),
        Icon("file-spreadsheet", size=20),
        html.strong(state.file.name),
        html.span({"className": "faint number"}, size),
    )


@component
def Waiting(doing: Doing) -> VdomDict:
    """How long it has taken: nobody knows how long it will. Leaving meanwhile is asked about."""
    desk = use_desk()
    words = desk.words()
    seconds, set_seconds = use_state(0)

    @use_async_effect(dependencies=[seconds])
    async def count() -> None:
        await desk.app.clock.sleep(1)
        set_seconds(seconds + 1)

    return html.div(
        attributes("import-waiting unsaved-on" if doing == "taking" else "import-waiting", "import-waiting"),
        html.p({"role": "status"}, words(f"imports.{doing}")),
        Progress(None, label=words(f"imports.{doing}")),
        html.span({"className": "faint number"}, words("imports.seconds", count=seconds)) if seconds > 1 else None,
    )


@dataclass(frozen=True)
class Deeds:
    """``choose(columns)`` has them read otherwise; ``ask(keep=)`` tries the file, or takes it over."""

    choose: Callable[[tuple[ReadColumn, ...]], None]
    ask: Callable[..., Awaitable[None]]


def _outcome(desk: DeskState, kind: str, state: State, deeds: Deeds) -> list[Child]:
    """What the server says of the file, and what can be done with it."""
    words, answer, ask = desk.words(), state.answer, deeds.ask
    if answer is None:
        return []
    columns = Columns(words, state.columns, state.fields, deeds.choose, open_=isinstance(answer, Fault))
    again = Button(
        words("imports.again"), calling(partial(ask, keep=False)), kind="secondary", icon="refresh-cw",
        busy=state.doing == "checking", testid="import-again", key="again",
    )  # fmt: skip
    if isinstance(answer, Fault):
        return [_fault(words, answer, again), columns if state.fields else None]
    if state.done:
        return [_done(desk, words, kind, answer), Refused(desk, words, answer, done=True)]
    buttons = [
        again if state.asks_again else None,
        Button(
            words("imports.take", count=answer.taken, number=words.number(answer.taken)),
            calling(partial(ask, keep=True)),
            icon="file-up",
            disabled=state.asks_again or not answer.taken,
            busy=state.doing == "taking",
            testid="import-take",
            key="take",
        ),
    ]
    return [
        columns,
        Outcome(words, answer, buttons, done=False),
        Refused(desk, words, answer, done=False),
    ]


def _fault(words: Words, fault: Fault, again: VdomDict) -> VdomDict:
    """A broken line may have taken it over all the same: trying it again tells."""
    if fault.code == "import_failed":
        # Of the same bytes the server would say the same, unless its columns are read otherwise.
        more = [again] if fault.params.columns else []
        return ErrorBox(words("imports.unread"), fault.detail, *more, testid="import-fault")
    text = {"away": "imports.away", "busy": "imports.busy", "too_large": "imports.not_size"}
    return ErrorBox(words("imports.failed"), words(text.get(fault.code, "imports.other")), again, testid="import-fault")


def _done(desk: DeskState, words: Words, kind: str, told: ImportSummary) -> VdomDict:
    look = link(
        desk, LISTS[kind], words("imports.look"), class_name="button button-secondary", testid="import-look", key="look"
    )
    return Outcome(words, told, [look], done=True)
