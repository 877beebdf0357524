"""A product as texts, and back."""

from collections import Counter
from decimal import Decimal
from typing import Any

from offline.rules.codes import plain_code
from offline.wire.commands import ProductSave
from offline.wire.rows import Pack, Product
from pwa.components.fields import parse_whole
from pwa.desk.editing import Reader, names_of
from pwa.desk.reading import Reads

FIELDS = ("sku", "name_zh", "name_en", "unit_zh", "unit_en", "spec_zh", "spec_en", "category", "brand", "barcodes",
          "minimum", "multiple", "tax", "packs", "status", "available_from", "lots")  # fmt: skip
_ZERO, _HUNDRED = Decimal(0), Decimal(100)
Packs = tuple[tuple[str, str, str, str], ...]
"""Packs being edited: (name zh, name en, base units in it, barcode), as typed."""


def usual_tax(reads: Reads) -> str:
    """The rate in percent that most products have. With none yet, China's where one sells in its currency: any other
    brand says what its rate is."""
    rates = Counter(product.tax_rate for product in reads.products)
    if rates:
        return _percent(rates.most_common(1)[0][0])
    return "13" if reads.brand is None or reads.brand.currency == "CNY" else ""


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}"


def start_of(product: Product | ProductSave | None, tax: str = "") -> dict[str, Any]:
    """What the form starts from; a new product's without one, with ``tax``. ``picture`` is the first one of a new
    product."""
    if product is None:
        blank: dict[str, Any] = dict.fromkeys(FIELDS, "")
        usual = {"minimum": "1", "multiple": "1", "tax": tax, "packs": (), "status": "active", "lots": "no"}
        return blank | usual | {"picture": ()}
    return {
        "sku": product.sku,
        "name_zh": product.name.get("zh", ""),
        "name_en": product.name.get("en", ""),
        "unit_zh": product.unit.get("zh", ""),
        "unit_en": product.unit.get("en", ""),
        "spec_zh": product.spec.get("zh", ""),
        "spec_en": product.spec.get("en", ""),
        "category": product.category or "",
        "brand": product.brand,
        "barcodes": " ".join(product.barcodes),
        "minimum": str(product.minimum),
        "multiple": str(product.multiple),
        "tax": _percent(product.tax_rate),
        "packs": tuple(
            (pack.name.get("zh", ""), pack.name.get("en", ""), str(pack.factor), pack.barcode or "")
            for pack in product.packs
        ),
        "status": product.status,
        "available_from": product.available_from.isoformat() if product.available_from else "",
        "lots": "yes" if product.lot_tracked else "no",
        "picture": (),
    }


def command_of(reader: Reader, product_id: str, old: Product | ProductSave | None) -> ProductSave | None:
    """The command; None when ``reader.errors`` says what is wrong. Fields the form does not show stay as they are."""
    sku = reader.code("sku")
    name = reader.names("name", required=True)
    unit = reader.names("unit", required=True)
    tax = reader.number("tax", most=_HUNDRED, percent=True, required=True)
    minimum = reader.whole("minimum", least=1, empty=1)
    multiple = reader.whole("multiple", least=1, empty=1)
    available_from = reader.calendar_day("available_from")
    packs = _packs(reader, reader.form["packs"], old.packs if old else ())
    if len(sku) > 64:
        reader.fault("sku", "too_long", most=64)
    if reader.errors:
        return None
    return ProductSave(
        product=product_id,
        sku=sku,
        name=name,
        unit=unit,
        category=reader.form["category"] or None,
        brand=reader.text("brand"),
        spec=reader.names("spec"),
        packs=packs,
        barcodes=tuple(dict.fromkeys(plain_code(reader.text("barcodes")).replace(",", " ").replace("，", " ").split())),
        minimum=minimum or 1,
        multiple=multiple or 1,
        tax_rate=(tax or _ZERO) / 100,
        status=reader.form["status"],
        image=old.image if old else None,
        sort=old.sort if old else 0,
        available_from=available_from,
        lot_tracked=reader.form["lots"] == "yes",
    )


def _packs(reader: Reader, rows: Packs, old: tuple[Pack, ...]) -> tuple[Pack, ...]:
    """Rows with a name; a pack keeps its code, a new one gets the next free."""
    found: list[Pack] = []
    codes = {pack.code for pack in old}
    for place, (zh, en, factor_text, barcode) in enumerate(rows):
        if not (zh.strip() or en.strip()) and not factor_text.strip():
            continue
        factor = parse_whole(factor_text)
        if factor is None or not 1 <= factor <= 10_000_000 or not (zh.strip() or en.strip()):
            reader.fault("packs", "pack")
            continue
        code = old[place].code if place < len(old) else _free(codes)
        codes.add(code)
        found.append(Pack(code, names_of(zh.strip(), en.strip()), factor, plain_code(barcode.strip()) or None))
    return tuple(found)


def _free(codes: set[str]) -> str:
    number = 1
    while f"pack{number}" in codes:
        number += 1
    return f"pack{number}"
