"""Tables taken in at the desk: the file is tried first, taken over when a person says so, and what it holds can be read
otherwise."""

import json
from typing import Any

import msgspec

from offline.store import Response
from offline.wire.importing import Refusal
from pwa.desk.imports.sending import as_csv
from tests.desk.conftest import Open
from tests.desk.world import DESK_CLERK, Desk

COLUMNS = [
    {"header": "货号", "field": "sku", "sample": "N-1"},
    {"header": "说明", "field": "", "sample": "新品"},
]
FIELDS = [
    {"name": "sku", "title": "商品编码", "needed": True},
    {"name": "name_zh", "title": "商品名称", "needed": False},
]
REFUSED = {"row": 3, "column": "货号", "value": "=1+1", "reason": "与第 2 行重复"}


def told(**more: Any) -> Response:
    body = {
        "kind": "products", "rows": 3, "made": 1, "changed": 1, "unchanged": 0, "refused": 1, "dry_run": True,
        "fatal": "", "notes": {"新建的分类": 1}, "reasons": {"与第 2 行重复": 1}, "refusals": [REFUSED],
        "columns": COLUMNS, "fields": FIELDS, **more,
    }  # fmt: skip
    return Response(200, msgspec.json.encode(body))


def fault(status: int, code: str, detail: str = "", **params: Any) -> Response:
    return Response(status, msgspec.json.encode({"code": code, "detail": detail, "params": params}))


async def pick(desk: Desk, content: bytes = b"sku\nN-1\n", name: str = "新品.csv") -> None:
    """As if a person had picked a file."""
    desk.app.media.arrived({"token": 7, "content": content, "preview": None})
    report = json.dumps({"token": 7, "name": name, "size": len(content)})
    await desk._event(desk.field("import-file")["eventHandlers"]["report"]["target"], report)


def current(desk: Desk) -> set[str]:
    """What leads to where one is."""
    found = (node.get("attributes", {}) for node in desk.nodes())
    return {each.get("data-testid", "") for each in found if each.get("aria-current")}


async def test_a_file_is_tried_looked_at_and_taken_over(open_desk: Open) -> None:
    desk = await open_desk("/desk/products")
    await desk.tap("import-products")
    assert desk.app.router.path == "/desk/imports/products"
    assert "nav-products" in current(desk)
    desk.answers[:] = [told()]
    await pick(desk)
    assert desk.requests[-1] == ("POST", "/api/imports/products?dry_run=true&words=zh-CN")
    body = desk.bodies[-1]
    assert body is not None
    assert b"\r\n\r\nsku\nN-1\n\r\n" in body
    assert b'filename="table.csv"' in body
    assert b'name="columns"' not in body
    assert "新品.csv" in desk.text("import-name")
    assert [desk.text(f"import-count-{name}") for name in ("made", "changed", "unchanged")] == [
        "1新增",
        "1更改",
        "0不变",
    ]
    assert desk.text("import-refused").count("与第 2 行重复") == 1
    assert "新建的分类（1）" in desk.text("import-outcome")
    desk.answers[:] = [told(dry_run=False)]
    await desk.tap("import-take")
    assert desk.requests[-1] == ("POST", "/api/imports/products?dry_run=false&words=zh-CN")
    assert desk.bodies[-1] is not None
    assert b"\r\n\r\nsku\nN-1\n\r\n" in desk.bodies[-1]
    assert "已导入，共 3 行" in desk.text("import-done")
    assert not desk.has("import-take")
    await desk.tap("import-look")
    assert desk.app.router.path == "/desk/products"


async def test_columns_are_read_as_a_person_says(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports/products")
    desk.answers[:] = [told()]
    await pick(desk)
    await desk.type("import-column-1", "name_zh")
    # What was said is about other columns.
    assert desk.disabled("import-take")
    desk.answers[:] = [told(columns=[COLUMNS[0], {**COLUMNS[1], "field": "name_zh"}])]
    await desk.tap("import-again")
    body = desk.bodies[-1]
    assert body is not None
    assert '{"sku":"货号","name_zh":"说明"}'.encode() in body
    assert not desk.disabled("import-take")
    assert not desk.has("import-again")
    # No two columns are the same field.
    await desk.type("import-column-1", "sku")
    desk.answers[:] = [fault(422, "import_failed", "缺少")]
    await desk.tap("import-again")
    body = desk.bodies[-1]
    assert body is not None
    assert '{"sku":"说明"}'.encode() in body


async def test_a_file_whose_columns_nobody_knows(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports/stock")
    unknown = [{"header": "Ref", "field": "", "sample": "A"}]
    desk.answers[:] = [fault(422, "import_failed", "缺少必需的列", columns=unknown, fields=FIELDS)]
    await pick(desk)
    assert "缺少必需的列" in desk.text("import-fault")
    assert "请指定哪一列是：商品编码" in desk.text("import-columns")
    await desk.type("import-column-0", "sku")
    assert "请指定" not in desk.text("import-columns")
    desk.answers[:] = [told()]
    await desk.tap("import-again")
    assert desk.has("import-take")


async def test_what_cannot_be_read_or_sent_says_what_to_do(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports/products", locale="en")
    desk.answers[:] = [fault(422, "import_failed", "not an .xlsx file")]
    await pick(desk, b"PK", "list.xlsx")
    assert b'filename="table.xlsx"' in (desk.bodies[-1] or b"")
    assert "not an .xlsx file" in desk.text("import-fault")
    assert not desk.has("import-again"), "the same bytes would say the same"
    for answer, text in (
        (None, "did not answer"),
        (fault(503, "busy"), "busy"),
        (fault(413, "too_large"), "larger than 8 MB"),
        (Response(502, b"<html>"), "could not do this"),
    ):
        desk.answers[:] = [answer] if answer else []
        await pick(desk)
        assert text in desk.text("import-fault")
    desk.answers[:] = [told()]
    await desk.tap("import-again")
    assert desk.has("import-take")


async def test_a_file_the_page_does_not_take(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports/products")
    for why, text in (("kind", ".xlsx 或 .csv"), ("size", "8 MB"), ("unreadable", "重新选择")):
        await desk._event(desk.field("import-file")["eventHandlers"]["tell"]["target"], why)
        assert text in desk.text()
    assert not desk.requests


async def test_another_kind_begins_anew(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports")
    desk.answers[:] = [told()]
    await pick(desk)
    await desk.tap("import-kind-partners")
    assert desk.app.router.path == "/desk/imports/partners"
    assert not desk.has("import-outcome")
    assert not desk.has("import-name")
    assert "nav-customers" in current(desk)


async def test_nothing_to_take_over_is_said(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports/products")
    desk.answers[:] = [told(made=0, changed=0, unchanged=3, refused=0, refusals=[], reasons={})]
    await pick(desk)
    assert "没有可导入的行" in desk.text("import-take")
    assert desk.disabled("import-take")
    assert not desk.has("import-refused")


async def test_rows_not_taken_as_a_file(open_desk: Open) -> None:
    desk = await open_desk("/desk/imports/products")
    desk.answers[:] = [told()]
    await pick(desk)
    await desk.tap("import-csv")
    (sent,) = desk.asked("download")
    assert sent["name"] == "未导入的行 2026-07-14.csv"
    assert sent["text"] == "\ufeff行,列,内容,原因\r\n3,货号,'=1+1,与第 2 行重复\r\n"


def test_a_file_of_what_was_not_taken_holds_any_text() -> None:
    odd = Refusal(2, 'a "b", c', "line\nbreak", "-x")
    assert as_csv(("r", "c", "v", "w"), (odd,)) == '\ufeffr,c,v,w\r\n2,"a ""b"", c","line\nbreak",\'-x\r\n'


async def test_who_may_not_import_sees_no_way_to(open_desk: Open) -> None:
    desk = await open_desk("/desk/products", user=DESK_CLERK)
    assert not desk.has("import-products")
    await desk.go("/desk/imports/products")
    assert not desk.has("import-pick")
    assert "没有导入" in desk.text()
