"""A brand with something to import into and to export."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

Write = Callable[..., Path]


@pytest.fixture
def csv_file(tmp_path: Path) -> Write:
    """``csv_file(rows, encoding=...)``: the first row holds the headers."""

    def write(rows: Sequence[Sequence[object]], name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return write


@pytest.fixture
def xlsx_file(tmp_path: Path) -> Write:
    def write(rows: Sequence[Sequence[object]], name: str = "file.xlsx") -> Path:
        path = tmp_path / name
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
        book.save(path)
        return path

    return write
