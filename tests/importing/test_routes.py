"""Imports and exports over HTTP."""

import csv
import io

import httpx
import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from backend.catalog.models import Product
from backend.importing.routes import MAX_ROWS
from tests.shop import Shop, checksums

CSV = b"sku,name_en,minimum\nN-1,One,1\nN-2,Two,many\n"


def upload(content: bytes = CSV, name: str = "file.csv") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, content)}


async def test_a_dry_run_is_what_one_gets_unless_one_asks(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    before = await checksums(shop.sessions)
    dry = await client.post("/api/imports/products", headers=hq, files=upload())
    assert dry.status_code == 200
    assert await checksums(shop.sessions) == before
    real = await client.post("/api/imports/products?dry_run=false", headers=hq, files=upload())
    assert {**real.json(), "dry_run": True} == dry.json()
    assert real.json()["made"] == 1
    assert real.json()["refusals"] == [{"row": 3, "column": "minimum", "value": "many", "reason": "not a number"}]
    async with shop.sessions() as session:
        made = await session.scalar(select(func.count()).where(Product.sku == "N-1"))
    assert made == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "file.csv"),
        (b"a,b\n1,2\n", "file.csv"),
        (b"%PDF", "file.pdf"),
        (b"PK\x03\x04", "file.xlsx"),
        (b"sku,name_en\n" + b"N,One\n" * (MAX_ROWS + 1), "file.csv"),
        (b"\xff\xff\xff", "../../file.csv"),
    ],
)
async def test_what_cannot_be_read(shop: Shop, client: httpx.AsyncClient, content: bytes, name: str) -> None:
    before = await checksums(shop.sessions)
    answer = await client.post(
        "/api/imports/products?dry_run=false", headers=shop.brand.bearer("hq"), files=upload(content, name)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "import_failed")
    assert await checksums(shop.sessions) == before


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_odd_requests(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    requests = [
        client.post("/api/imports/people", headers=hq, files=upload()),
        client.post("/api/imports/products", headers=hq, data={"file": "text"}),
        client.post("/api/imports/products", headers=hq, files={"other": ("a.csv", CSV)}),
        client.post("/api/imports/products", headers=hq),
        client.post("/api/imports/products", headers=hq, json={"file": "x"}),
        client.get("/api/exports/products", headers=hq),
        client.get("/api/exports/people.csv", headers=hq),
        client.get("/api/exports/products.pdf", headers=hq),
    ]
    for request in requests:
        answer = await request
        assert 400 <= answer.status_code < 500, answer.request.url
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("login", ["rep", "shop", "dealer", "staff", "trainer", "finance", "desk"])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_who_may(shop: Shop, client: httpx.AsyncClient, login: str) -> None:
    before = await checksums(shop.sessions)
    person = shop.brand.bearer(login)
    refused = await client.post("/api/imports/products?dry_run=false", headers=person, files=upload())
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert await checksums(shop.sessions) == before
    exported = await client.get("/api/exports/products.csv", headers=person)
    assert exported.status_code == (200 if login in {"finance", "desk"} else 403)
    assert (await client.get("/api/exports/products.csv")).status_code == 401


async def test_who_takes_a_table_along_is_written_down(shop: Shop, client: httpx.AsyncClient) -> None:
    finance = shop.brand.bearer("finance")
    trail = "/api/audit?subject=partners"
    assert (await client.get(trail, headers=finance)).json() == []
    # An empty one to fill in takes nothing along, and neither does who may not.
    assert (await client.get("/api/exports/partners.csv?empty=true", headers=finance)).status_code == 200
    assert (await client.get("/api/exports/partners.csv", headers=shop.brand.bearer("rep"))).status_code == 403
    assert (await client.get(trail, headers=finance)).json() == []
    answer = await client.get("/api/exports/partners.csv", headers=finance)
    rows = len(answer.content.splitlines()) - 1
    (entry,) = (await client.get(trail, headers=finance)).json()
    assert (entry["action"], entry["actor"]) == ("data.exported", shop.brand.users["finance"].login)
    assert entry["detail"] == {"form": "csv", "rows": rows}


async def test_an_export_is_ones_own_brands_and_goes_back_in(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    answer = await client.get("/api/exports/products.csv", headers=hq)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="products.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.decode("utf-8-sig").splitlines()[1].startswith("A,")
    back = await client.post("/api/imports/products", headers=hq, files=upload(answer.content))
    assert (back.json()["unchanged"], back.json()["refused"]) == (back.json()["rows"], 0)
    book = await client.get("/api/exports/partners.xlsx", headers=hq)
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert sheet.max_row == 6
    foreign = await client.get("/api/exports/orders.csv", headers=hq)
    assert len(foreign.text.splitlines()) == 1


async def test_a_workbook_in_the_readers_language(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    answer = await client.get("/api/exports/partners.xlsx?words=zh-CN", headers=hq)
    assert "filename*=UTF-8''%E5%AE%A2%E6%88%B7" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert sheet.title == "客户"
    rows = list(sheet.iter_rows(values_only=True))
    types = {row[rows[0].index("类型")] for row in rows[1:]}
    assert types <= {"总部", "经销商", "分销商", "门店"}
    back = await client.post("/api/imports/partners", headers=hq, files=upload(answer.content, "file.xlsx"))
    assert (back.json()["unchanged"], back.json()["refused"]) == (back.json()["rows"], 0)
    odd = await client.get("/api/exports/partners.xlsx?words=tlh", headers=hq)
    assert odd.status_code == 422


async def test_prices_of_a_workbook_show_their_currencys_digits(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    prices = "price_list,sku,from_quantity,unit_price\nDEAL,A,1,5.2\nDEAL,B,1,13\nDEAL,C,1,0.085\n"
    await client.post("/api/imports/price-lists?dry_run=false", headers=hq, files=upload(prices.encode(), "p.csv"))
    answer = await client.get("/api/exports/price-lists.csv", headers=hq)
    found = {(row[0], row[-3], row[-2]): row[-1] for row in csv.reader(io.StringIO(answer.text))}
    assert [found["DEAL", sku, "1"] for sku in "ABC"] == ["5.20", "13.00", "0.085"]
    book = await client.get("/api/exports/price-lists.xlsx", headers=hq)
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    forms = {row[-3].value: row[-1].number_format for row in sheet.iter_rows() if row[0].value == "DEAL"}
    assert forms == {"A": "#,##0.00", "B": "#,##0.00", "C": "#,##0.000"}


async def test_reasons_and_columns_in_the_readers_language(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    content = "货号,品名,起订量,说明\nN-1,One,many,x\nN-2,Two,2,y\n".encode("gb18030")
    told = (await client.post("/api/imports/products?words=zh-CN", headers=hq, files=upload(content))).json()
    assert told["refusals"] == [{"row": 2, "column": "起订量", "value": "many", "reason": "不是数字"}]
    assert told["reasons"] == {"不是数字": 1}
    assert told["notes"]["未读取（不认识的列）：说明"] == 2
    assert told["columns"] == [
        {"header": "货号", "field": "sku", "sample": "N-1"},
        {"header": "品名", "field": "name_zh", "sample": "One"},
        {"header": "起订量", "field": "minimum", "sample": "many"},
        {"header": "说明", "field": "", "sample": "x"},
    ]
    fields = {each["name"]: each for each in told["fields"]}
    assert fields["sku"] == {"name": "sku", "title": "商品编码", "needed": True}
    assert fields["spec_en"] == {"name": "spec_en", "title": "英文规格", "needed": False}
    english = (await client.post("/api/imports/products", headers=hq, files=upload(content))).json()
    assert english["reasons"] == {"not a number": 1}
    assert {"name": "tax_rate", "title": "Tax rate", "needed": False} in english["fields"]


async def test_columns_chosen_by_hand(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    content = b"Ref,What it is,sku\nN-1,One,old\n"
    files = upload(content)
    lost = await client.post("/api/imports/stock?words=zh-CN", headers=hq, files=upload(b"Ref,Amount\nA,7\n"))
    assert (lost.status_code, lost.json()["code"]) == (422, "import_failed")
    assert "商品编码" in lost.json()["detail"]
    assert [each["header"] for each in lost.json()["params"]["columns"]] == ["Ref", "Amount"]
    assert [each["name"] for each in lost.json()["params"]["fields"]] == ["sku", "on_hand", "expected_at"]
    chosen = {"columns": '{"sku": "Ref", "name_en": "What it is"}'}
    told = (await client.post("/api/imports/products?dry_run=false", headers=hq, files=files, data=chosen)).json()
    assert (told["made"], told["refused"]) == (1, 0)
    assert [each["field"] for each in told["columns"]] == ["sku", "name_en", ""]
    async with shop.sessions() as session:
        assert await session.scalar(select(Product.name).where(Product.sku == "N-1")) == {"en": "One"}
    before = await checksums(shop.sessions)
    for wrong in ("{", '["sku"]', '{"sku": 3}', '{"nothing": "Ref"}', '{"sku": "Gone"}', "{}"):
        answer = await client.post(
            "/api/imports/products?dry_run=false", headers=hq, files=files, data={"columns": wrong}
        )
        assert answer.status_code == 422, wrong
    assert await checksums(shop.sessions) == before


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_sheets_that_are_not_read_are_told(shop: Shop, client: httpx.AsyncClient) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["sku", "name_en"])
    sheet.append(["N-1", "One"])
    book.create_sheet("Old")["A1"] = "x"
    file = io.BytesIO()
    book.save(file)
    answer = await client.post(
        "/api/imports/products", headers=shop.brand.bearer("hq"), files=upload(file.getvalue(), "two.xlsx")
    )
    assert (answer.json()["made"], answer.json()["notes"]["only the first sheet was read, not Old"]) == (1, 1)


async def test_words_for_codes_count_in_a_column_chosen_by_hand(shop: Shop, client: httpx.AsyncClient) -> None:
    hq = shop.brand.bearer("hq")
    content = "Ref,What,还卖吗\nN-1,One,停售\n".encode()
    chosen = {"columns": '{"sku": "Ref", "name_en": "What", "status": "还卖吗"}'}
    address = "/api/imports/products?dry_run=false"
    told = (await client.post(address, headers=hq, files=upload(content), data=chosen)).json()
    assert (told["made"], told["refusals"]) == (1, [])
    async with shop.sessions() as session:
        assert await session.scalar(select(Product.status).where(Product.sku == "N-1")) == "withdrawn"


@pytest.mark.parametrize("kind", ["products", "assortments", "partners", "price-lists", "stock", "orders"])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_an_empty_table_to_be_filled_in(shop: Shop, client: httpx.AsyncClient, kind: str) -> None:
    hq = shop.brand.bearer("hq")
    answer = await client.get(f"/api/exports/{kind}.xlsx?words=zh-CN&empty=true", headers=hq)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert sheet.max_row == 1
    back = await client.post(f"/api/imports/{kind}", headers=hq, files=upload(answer.content, "file.xlsx"))
    assert back.json()["rows"] == 0
    assert all(each["field"] for each in back.json()["columns"])
