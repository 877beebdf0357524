"""Files as they come: encodings, delimiters, formulas, size; and what we write is what we read."""

import codecs
import csv
import gzip
import io
import re
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from backend.importing.cells import as_decimal, as_text
from backend.importing.tables import Uncomputed, UnreadableFile, open_table
from backend.importing.writing import table_writer
from offline.rules.formulas import defused

TEXT = "sku,名称\nA1,清泉苏打水\nB2,鲜果橙汁\n"


def read(path: Path, sheet: str = "") -> list[dict[str, object]]:
    with open_table(path, sheet) as table:
        return [dict(row.cells) for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert read(path) == [{"sku": "A1", "名称": "清泉苏打水"}, {"sku": "B2", "名称": "鲜果橙汁"}]


def test_gbk_far_into_a_large_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"sku,name\n" + b"A,plain\n" * 300_000 + "B,鲜果\n".encode("gbk"))
    assert read(path)[-1] == {"sku": "B", "name": "鲜果"}


def test_a_broken_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"sku,name\nA,\xff\xff\xff\n")
    with pytest.raises(UnreadableFile, match="neither"):
        read(path)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters_and_gzip(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(f"sku{mark}name\nA{mark}b\n".encode()))
    assert read(path) == [{"sku": "A", "name": "b"}]


def test_rows_keep_their_numbers_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('sku,name\nA,x\n,\n"B","two\nlines"\n')
    with open_table(path) as table:
        assert [(row.number, row.cells["sku"]) for row in table.rows] == [(2, "A"), (4, "B")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("f.csv", b"", "no column names"),
        ("f.csv", b"a,b,a\n1,2,3\n", "twice: a"),
        ("f.pdf", b"%PDF", "must end in"),
        ("f.xlsx", b"not a zip", "not an .xlsx"),
        ("f.csv.gz", b"\x1f\x8bbroken", "broken archive"),
        ("f.csv", b'a,b\n"open,2\n', "line"),
    ],
)
def test_files_of_no_use(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=reason):
        read(path)


@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz"])
def test_a_small_file_that_unpacks_to_a_large_one(tmp_path: Path, name: str) -> None:
    """It is told by its content: the name is a stranger's word."""
    path = tmp_path / name
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(17):
            file.write(b"\n" * (1 << 20))
    assert path.stat().st_size < 1 << 18
    with pytest.raises(UnreadableFile, match="unpacks to more than 16 MB"), open_table(path, most=16 << 20):
        pass


def test_nothing_but_empty_rows(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"sku\nA\n" + b"\n" * ((1 << 20) + 10))
    with pytest.raises(UnreadableFile, match="after line 2: nothing but empty rows"):
        read(path)


def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(UnreadableFile):
        read(path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>', "more than 1048576 rows"),
        (b'<row r="3"><c r="ZZZZZZ3"><v>1</v></c></row>', "not an .xlsx file"),
        (b'<row r="3"><c r="A3"><v>1</v></row>', "not an .xlsx file"),
    ],
)
def test_a_sheet_that_lies_ends_and_is_told(
    tmp_path: Path, xlsx_file: Callable[..., Path], row: bytes, reason: str
) -> None:
    path = tmp_path / "lies.xlsx"
    with zipfile.ZipFile(xlsx_file([("sku",), ("A",)])) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            content = re.sub(rb"<dimension[^>]*/>", b"", source.read(name))
            made.writestr(name, content.replace(b"</sheetData>", row + b"</sheetData>"))
    with pytest.raises(UnreadableFile, match=reason), open_table(path) as table:
        list(table.rows)


def test_formulas_give_their_value_and_never_run(tmp_path: Path, xlsx_file: Callable[..., Path]) -> None:
    path = xlsx_file([("sku", "price"), ("A", "=1+1"), ("B", 3)])
    assert read(path) == [{"sku": "A", "price": "=1+1"}, {"sku": "B", "price": 3}]
    assert isinstance(read(path)[0]["price"], Uncomputed)


def test_a_named_sheet(tmp_path: Path, xlsx_file: Callable[..., Path]) -> None:
    path = xlsx_file([("sku",), ("A",)])
    assert read(path, "Sheet") == [{"sku": "A"}]
    with pytest.raises(UnreadableFile, match="no sheet 'Prices'"):
        read(path, "Prices")


def test_other_sheets_that_hold_something_are_named(tmp_path: Path) -> None:
    book = Workbook()
    for title, cell in (("Sheet2", None), ("Prices", "sku"), ("Below", None)):
        book.create_sheet(title)["A1"] = cell
    first = book.active
    assert first is not None
    first["A1"], first["A2"] = "sku", "A"
    path = tmp_path / "four.xlsx"
    book.save(path)
    with open_table(path) as table:
        assert table.others == ("Prices",)
        assert [row.cells for row in table.rows] == [{"sku": "A"}]
    with open_table(path, "Prices") as table:
        assert table.others == ()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_large_files_are_streamed(tmp_path: Path, form: str) -> None:
    rows = 150_000 if form == "csv" else 30_000
    path = tmp_path / f"f.{form}"
    with path.open("wb") as file:
        writer = table_writer(form, file, ("sku", "name"), "x")
        for number in range(rows):
            writer.add((f"SKU-{number:08d}", f"a name that is rather long, to fill the memory {number}"))
        writer.close()
    tracemalloc.start()
    try:
        with open_table(path) as table:
            count = sum(1 for _ in table.rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == rows
    assert peak < 8 << 20


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=40),
    st.sampled_from(["=1+1", "+49 30", "-5 %", "@sum", "'=x", "'quoted", "=cmd|' /C calc'!A0", "007", "\t=1", ""]),
    st.integers(-(10**9), 10**9),
    st.decimals(min_value=-(10**8), max_value=10**8, places=4),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
@example(rows=[('=HYPERLINK("http://x")', "'-1")])
def test_what_is_written_is_read(form: str, rows: list[tuple[object, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"f.{form}"
        with path.open("wb") as file:
            writer = table_writer(form, file, ("number", "one", "two"), "t")
            for number, row in enumerate(rows):
                writer.add((number, *row))
            writer.close()
        found = read(path)
    assert len(found) == len(rows)
    for read_back, (one, two) in zip(found, rows, strict=True):
        assert same(read_back["one"], one)
        assert same(read_back["two"], two)


def same(read_back: object, written: object) -> bool:
    if isinstance(written, int | Decimal):
        return as_decimal(read_back) == written
    if isinstance(written, date):
        return as_text(read_back) == written.isoformat()
    return as_text("" if read_back is None else read_back) == as_text(written)


def test_nothing_in_a_csv_can_run(tmp_path: Path) -> None:
    dangerous = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"]
    out = io.BytesIO()
    writer = table_writer("csv", out, ("a",), "t")
    for text in dangerous:
        writer.add((text,))
    writer.close()
    assert out.getvalue().startswith(codecs.BOM_UTF8)
    cells = [row[0] for row in csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig")))][1:]
    assert cells == [f"'{text}" for text in dangerous]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    path = tmp_path / "f.csv"
    path.write_bytes(out.getvalue())
    assert [row["a"] for row in read(path)] == dangerous
    assert defused("plain") == "plain"


def test_nothing_in_a_workbook_can_run(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with path.open("wb") as file:
        writer = table_writer("xlsx", file, ("a", "b"), "t")
        writer.add(("=1+1", datetime(2026, 1, 1)))  # noqa: DTZ001 - a cell has no zone
        writer.close()
    sheet = load_workbook(path).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")


def test_a_workbook_reads_well(tmp_path: Path) -> None:
    """As its columns come: wide enough, money with its places, times as times, the head in sight and to filter by."""
    path = tmp_path / "f.xlsx"
    at = datetime(2026, 11, 26, 16, 30, 15, 500_000, tzinfo=UTC)
    rows = [("好邻居便利店（中山北路店）", Decimal("388.80"), at, date(2026, 11, 27), 12)] * 250
    with path.open("wb") as file:
        writer = table_writer("xlsx", file, ("客户", "金额", "时间", "日期", "数量"), "订单", ZoneInfo("Asia/Shanghai"))
        for row in rows:
            writer.add(row)
        writer.close()
    sheet = load_workbook(path).active
    assert sheet is not None
    assert [cell.value for cell in sheet[251]] == [
        "好邻居便利店（中山北路店）", 388.8, datetime(2026, 11, 27, 0, 30, 15), datetime(2026, 11, 27), 12,  # noqa: DTZ001 - a cell has no zone
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[2]] == [
        "General", "#,##0.00", "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "General",
    ]  # fmt: skip
    widths = [sheet.column_dimensions[each].width for each in "ABC"]
    assert widths[0] >= 26, "13 characters, each as wide as two digits"
    assert widths[2] >= 16
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:E251")
