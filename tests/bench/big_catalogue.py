"""The demo with as many products as asked for: its own goods again under further SKUs, exported and imported by
``qudao``, with their prices in every list."""

import csv
from collections.abc import Callable
from pathlib import Path

from tests.running import qudao

Row = dict[str, str]


def enlarge(data: Path, products: int) -> None:
    """Bring the demo's brand in ``data`` to ``products`` products."""
    goods, prices = data / "products.csv", data / "prices.csv"
    qudao("export", "products", str(goods), "--tenant", "demo", data=data)
    qudao("export", "price-lists", str(prices), "--tenant", "demo", data=data)
    missing = products - len(_rows(goods))
    chosen: dict[str, list[str]] = {}
    skus = [row["sku"] for row in _rows(goods)]
    for number in range(missing):
        sku = skus[number % len(skus)]
        chosen.setdefault(sku, []).append(f"{sku}-{2 + number // len(skus)}")
    _write_copies(goods, chosen, _another)
    _write_copies(prices, chosen, lambda row, _sku: row)
    for kind, path in (("products", goods), ("price-lists", prices)):
        qudao("import", kind, str(path), "--tenant", "demo", "--mapping", kind, data=data)
    qudao("export", "products", str(goods), "--tenant", "demo", data=data)
    found = len(_rows(goods))
    assert found == products, f"{found} products, not {products}"


def _another(row: Row, sku: str) -> Row:
    """Barcodes are one product's; its name tells it from the first."""
    number = sku.rpartition("-")[2]
    named = {name: f"{text} {number}" for name, text in row.items() if name.startswith("name_") and text}
    return row | named | {name: "" for name in row if "barcode" in name}


def _write_copies(path: Path, chosen: dict[str, list[str]], change: Callable[[Row, str], Row]) -> None:
    rows = _rows(path)
    copies = [change(row, sku) | {"sku": sku} for row in rows for sku in chosen.get(row["sku"], ())]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(copies)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
