"""``qudao demo``, ``qudao export`` and ``qudao import`` as a person types them."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from backend import cli
from tests.running import demo_template, demo_told
from tests.servers import ROOT, clean_environ


def qudao(data: Path, *arguments: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli", *map(str, arguments)],
        cwd=ROOT,
        env=clean_environ() | {"QUDAO_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_a_day_at_the_command_line(tmp_path: Path) -> None:
    data = shutil.copytree(demo_template(), tmp_path / "data")
    assert "demo made in" in demo_told()
    assert qudao(data, "demo") == ""

    products = tmp_path / "products.csv"
    assert qudao(data, "export", "products", products, "--tenant", "demo").startswith("2130 rows")
    assert "2130 rows: 0 would be made, 0 changed, 2130 unchanged, 0 not imported" in qudao(
        data, "import", "products", products, "--tenant", "demo", "--dry-run"
    )
    book = tmp_path / "partners.xlsx"
    qudao(data, "export", "partners", book, "--tenant", "demo")
    assert "331 unchanged, 0 not imported" in qudao(data, "import", "partners", book, "--tenant", "demo")

    wrong = tmp_path / "wrong.csv"
    wrong.write_text("sku,库存\nQS-0450-LM,24\nNONE,1\n", encoding="gbk")
    answer = qudao(data, "import", "stock", wrong, "--tenant", "demo")
    assert "1 not imported" in answer
    with (tmp_path / "wrong.csv.report.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["3", "sku", "NONE", "no product has this SKU"]

    assert "nothing was imported: no column for sku" in qudao(
        data, "import", "products", book, "--tenant", "demo", code=1
    )
    qudao(data, "import", "products", products, "--tenant", "nobody", code=1)
    qudao(data, "export", "products", tmp_path / "x.pdf", "--tenant", "demo", code=2)


@pytest.mark.parametrize("words", ["import", "export", "demo", "import online-retail"])
def test_each_says_how_it_is_used(words: str) -> None:
    told = CliRunner().invoke(cli.qudao, [*words.split(), "--help"])
    assert told.exit_code == 0, told.output
    assert "Usage:" in told.output
