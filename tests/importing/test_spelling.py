"""Codes as people and spreadsheets write them."""

from pathlib import Path

import pytest

from backend.importing.cells import BadCell
from backend.importing.mapping import Kind
from backend.importing.report import Report
from backend.importing.running import run_import
from backend.importing.spelling import Spellings, plain
from tests.shop import Shop, checksums

KNOWN = ("QS-0450", "00421", "茶（红）", "ab", "AB")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("QS-0450", "QS-0450"),
        ("ＱＳ－０４５０", "QS-0450"),
        ("qs-0450", "QS-0450"),
        ("茶（红）", "茶（红）"),
        ("茶(红)", "茶（红）"),
        ("00421", "00421"),
        ("ab", "ab"),
        ("AB", "AB"),
        ("ＮＥＷ－１", "NEW-1"),
        ("新（１）", "新（1）"),
        ("77", "77"),
    ],
)
def test_a_code_is_the_one_there_is_however_it_is_written(written: str, meant: str) -> None:
    assert Spellings(KNOWN).meant(written) == meant


def test_of_two_told_apart_by_case_none_is_guessed() -> None:
    assert Spellings(KNOWN).meant("Ab") == "Ab"


def test_zeros_that_a_spreadsheet_took_are_told() -> None:
    with pytest.raises(BadCell, match="there is 00421"):
        Spellings(KNOWN).meant("421")


@pytest.mark.parametrize("cell", ["2E+12", "2.00E+12", "6,9E+12"])
def test_a_number_without_its_digits_is_none(cell: str) -> None:
    with pytest.raises(BadCell, match="shortened"):
        plain(cell)


async def test_products_in_full_width_are_those_there_are(shop: Shop, tmp_path: Path) -> None:
    before = await checksums(shop.sessions)
    table = "SKU,条码,我的备注\nａ,,x\n Ｂ　,,\nD,6.9E+12,y\n"
    report = await taken(shop, tmp_path, "products", table)
    assert (report.made, report.unchanged, report.refused) == (0, 2, 1)
    assert report.notes == {"not read, as no field is called so: 我的备注": 2}
    (refusal,) = report.refusals
    assert (refusal.row, refusal.column, refusal.value) == (4, "条码", "6.9E+12")
    after = await checksums(shop.sessions)
    assert {name for name in before if before[name] != after[name]} <= {"audit_entries"}


async def test_barcodes_without_their_zeros_are_those_there_are(shop: Shop, tmp_path: Path) -> None:
    assert (await taken(shop, tmp_path, "products", "sku,barcodes\nA,0012345678905; 2000000000015\n")).changed == 1
    assert (
        await taken(shop, tmp_path, "products", "sku,barcodes\nA,12345678905; ２００００００００００１５\n")
    ).unchanged == 1


async def test_shops_and_stock_lose_no_zeros(shop: Shop, tmp_path: Path) -> None:
    partners = "code,name_zh,type\n00421,零号店,shop\n"
    assert (await taken(shop, tmp_path, "partners", partners)).made == 1
    report = await taken(shop, tmp_path, "partners", "code,name_zh,type\n421,零号店,shop\n")
    assert (report.made, [each.reason[:14] for each in report.refusals]) == (0, ["there is 00421"])
    assert (await taken(shop, tmp_path, "stock", "sku,on_hand\nａ,7\n")).refused == 0


async def taken(shop: Shop, folder: Path, kind: Kind, text: str) -> Report:
    path = folder / "table.csv"
    path.write_text(text)
    report = await run_import(shop.sessions, "demo", kind, path)
    assert not report.fatal
    return report
