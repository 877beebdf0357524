"""What an import would do, or has done: figures, columns, rows not taken."""

from collections.abc import Callable, Sequence
from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.wire.importing import FieldChoice, ImportSummary, ReadColumn
from pwa.components.basics import Button, Child, Icon, attributes, calling, classes
from pwa.components.fields import Select
from pwa.desk.imports.sending import as_csv, chosen
from pwa.desk.parts import more_note
from pwa.desk.state import DeskState
from pwa.desk.words import Words

SHOWN = 100
Choose = Callable[[tuple[ReadColumn, ...]], Any]


def Columns(
    words: Words, columns: tuple[ReadColumn, ...], fields: Sequence[FieldChoice], choose: Choose, *, open_: bool
) -> VdomDict:
    """Which column is read as what, to be changed. Closed while there is nothing to say of it."""
    read = [column for column in columns if column.field]
    lacking = [field.title for field in fields if field.needed and all(each.field != field.name for each in columns)]
    summary = words("imports.columns", read=len(read), count=len(columns))
    note = words("imports.lacking", fields=words("imports.and").join(lacking)) if lacking else ""
    return html.details(
        attributes("block block-large import-columns", "import-columns", "columns", {"open": open_ or None}),
        html.summary({"className": "block-title"}, summary, Icon("chevron-down", size=18, class_name="turning")),
        html.p({"className": classes("block-note", note and "field-error")}, note or words("imports.columns_note")),
        html.table(
            {"className": "small-table"},
            html.thead(
                html.tr(*(html.th({"scope": "col", "key": name}, words(f"imports.{name}")) for name in _HEAD)),
            ),
            html.tbody(*(_column(words, place, columns, fields, choose) for place in range(len(columns)))),
        ),
    )


_HEAD = ("heading", "sample", "read_as")


def _column(
    words: Words, place: int, columns: tuple[ReadColumn, ...], fields: Sequence[FieldChoice], choose: Choose
) -> VdomDict:
    column = columns[place]
    options = [("", words("imports.not_read"))]
    called = ((words("imports.needed", field=each.title) if each.needed else each.title, each.name) for each in fields)
    options += [(name, title) for title, name in called]
    return html.tr(
        {"key": column.header},
        html.th({"scope": "row"}, column.header),
        html.td({"className": "import-sample"}, column.sample),
        html.td(
            Select(
                words("imports.read_column", heading=column.header),
                options,
                column.field,
                lambda field: choose(chosen(columns, column.header, field)),
                bare=True,
                testid=f"import-column-{place}",
            )
        ),
    )


def Outcome(words: Words, told: ImportSummary, deeds: Sequence[Child], *, done: bool) -> VdomDict:
    """The rows in figures, each counted once; what else there is to say; what can be done."""
    figures = [("made", told.made), ("changed", told.changed), ("unchanged", told.unchanged), ("refused", told.refused)]
    title = words("imports.done" if done else "imports.would", count=told.rows, number=words.number(told.rows))
    return html.section(
        attributes("block block-large", "import-done" if done else "import-outcome", "outcome"),
        html.h2(
            {"className": "block-title", "role": "status"},
            Icon("circle-check" if done else "list-checks", size=20),
            title,
        ),
        html.div(
            {"className": "import-figures"},
            *(_figure(words, name, count, done=done) for name, count in figures),
        ),
        *(
            html.p({"className": "block-note number", "key": note}, words("imports.note", note=note, count=count))
            for note, count in told.notes.items()
        ),
        html.p({"className": "block-note"}, words("imports.done_note")) if done and told.taken else None,
        html.p({"className": "block-note"}, words("imports.nothing")) if not told.taken and not done else None,
        html.div({"className": "import-deeds"}, *deeds),
    )


def _figure(words: Words, name: str, count: int, *, done: bool) -> VdomDict:
    refused = name == "refused"
    label = "refused_yet" if refused and not done else name
    look = classes("import-figure", refused and count > 0 and "import-figure-bad")
    return html.div(
        attributes(look, f"import-count-{name}", name),
        html.strong({"className": "number"}, words.number(count)),
        html.span(words(f"imports.figure.{label}")),
    )


def Refused(desk: DeskState, words: Words, told: ImportSummary, *, done: bool) -> Child:
    """Row, column, value and reason of what is not taken; all of it as a file to be worked through."""
    if not told.refused:
        return None
    names = ("row", "column", "value", "reason")
    row, column, value, reason = (words(f"imports.{name}") for name in names)

    def download() -> None:
        text = as_csv((row, column, value, reason), told.refusals)
        name = f"{words('imports.report_name')} {words.now.date().isoformat()}.csv"
        desk.app.device.send({"type": "download", "name": name, "mediaType": "text/csv", "text": text})

    reasons = [
        html.li({"key": text, "className": "number"}, words("imports.note", note=text, count=words.number(count)))
        for text, count in told.reasons.items()
    ]
    lines = [
        html.tr(
            {"key": str(place)},
            html.td({"className": "number"}, str(each.row)),
            html.td(each.column),
            html.td({"className": "import-sample"}, each.value),
            html.td(each.reason),
        )
        for place, each in enumerate(told.refusals[:SHOWN])
    ]
    return html.section(
        attributes("block block-large", "import-refused", "refused"),
        html.h2(
            {"className": "block-title"},
            words("imports.refused" if done else "imports.refused_yet", count=told.refused),
        ),
        html.ul({"className": "import-reasons"}, *reasons) if 1 < len(reasons) <= 12 else None,
        html.table(
            {"className": "small-table"},
            html.thead(html.tr(*(html.th({"scope": "col", "key": name}, words(f"imports.{name}")) for name in names))),
            html.tbody(*lines),
        ),
        more_note(words, told.refused, SHOWN),
        html.div(
            {"className": "import-deeds"},
            Button(
                words("imports.download"),
                calling(download),
                kind="secondary",
                icon="download",
                testid="import-csv",
            ),
        ),
    )
