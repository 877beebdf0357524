"""A file on its way to the server and what it says of it: this is done with a network only, as the rows of a file are
judged against all there is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from offline.ids import new_id
from offline.rules.formulas import defused
from offline.store import Unreachable
from offline.wire.importing import FieldChoice, ImportSummary, ReadColumn, Refusal
from pwa.desk.state import DeskState

# As long as 20,000 rows take a slow machine, and more.
PATIENCE_MS = 15 * 60_000


class Picked(msgspec.Struct, frozen=True):
    """As the page reports a file; its bytes come apart (``Media.bytes_of``)."""

    token: int
    name: str
    size: int


class Params(msgspec.Struct, frozen=True):
    columns: tuple[ReadColumn, ...] = ()
    fields: tuple[FieldChoice, ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """Why nothing was read: ``code`` of the server, ``away`` where it can't be reached."""

    code: str = "other"
    detail: str = ""
    params: Params = Params()


async def send(
    desk: DeskState, kind: str, name: str, content: bytes, columns: Mapping[str, str] | None, *, keep: bool
) -> ImportSummary | Fault:
    """Tried only, or with ``keep`` taken over. ``columns``: field -> heading, where a person chose them."""
    query = urlencode({"dry_run": str(not keep).lower(), "words": desk.app.locale})
    mark = f"qudao-{new_id()}"
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Accept": "application/json"}
    fields = {"columns": msgspec.json.encode(columns)} if columns is not None else {}
    body = _multipart(mark, fields, name, content)
    try:
        answer = await desk.app.device.exchange("POST", f"/api/imports/{kind}?{query}", headers, body, PATIENCE_MS)
    except Unreachable:
        return Fault("away")
    try:
        if answer.status == 200:
            return msgspec.json.decode(answer.body, type=ImportSummary)
        return msgspec.json.decode(answer.body, type=Fault)
    except msgspec.MsgspecError:
        return Fault()


def _multipart(mark: str, fields: Mapping[str, bytes], name: str, content: bytes) -> bytes:
    """RFC 7578. The server looks at the ending of a name only, so that it need not carry other letters."""
    ending = ".xlsx" if name.lower().endswith(".xlsx") else ".csv"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'.encode() + value + b"\r\n"
        for field, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="table{ending}"\r\n'
    kind = "Content-Type: application/octet-stream\r\n\r\n"
    return b"".join((*parts, f"{head}{kind}".encode(), content, f"\r\n--{mark}--\r\n".encode()))


def chosen(columns: tuple[ReadColumn, ...], header: str, field: str) -> tuple[ReadColumn, ...]:
    """The columns with one read as something else; no two are read as the same."""

    def as_now(column: ReadColumn) -> ReadColumn:
        if column.header == header:
            return msgspec.structs.replace(column, field=field)
        return msgspec.structs.replace(column, field="") if field and column.field == field else column

    return tuple(map(as_now, columns))


def by_field(columns: tuple[ReadColumn, ...]) -> dict[str, str]:
    return {column.field: column.header for column in columns if column.field}


def as_csv(headings: tuple[str, str, str, str], refusals: tuple[Refusal, ...]) -> str:
    """Rows not taken, for a spreadsheet: nothing in it runs as a formula."""
    lines: list[tuple[Any, ...]] = [headings]
    lines += [(each.row, each.column, each.value, each.reason) for each in refusals]
    return "\ufeff" + "".join(",".join(map(_cell, line)) + "\r\n" for line in lines)


def _cell(value: object) -> str:
    text = defused(str(value))
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(mark in text for mark in ',"\n\r') else text
