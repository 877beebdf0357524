"""The demo's categories and products as drafts for the catalogue."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from backend.demo.flavours import FLAVOURS, Flavour
from backend.demo.goods import BRANDS, KINDS, LINES, MOTIFS, Line
from backend.demo.pictures import Look
from backend.demo.sizes import FORMATS, SIZE_EN, SIZES, UNITS, Format, Size
from offline.ids import derived_id
from offline.wire.commands import ProductSave
from offline.wire.rows import Category, Pack

_KIND = {kind.code: kind for kind in KINDS}
# Every line of a brand is printed in the colour of its first, so that lines share pictures.
_COLOUR = {line.brand: line.colour for line in reversed(LINES)}
# What the screenshots and the demo's story use costs what they say.
_FIXED = {
    "QS-0450-LM": "9.00",
    "MT-0200-WW": "6.00",
    "XG-1000-OR": "11.50",
    "JR-0500-LV": "9.90",
    "LT-0505-SC": "13.50",
}


@dataclass(frozen=True, slots=True)
class Good:
    """A product with what the catalogue does not keep. ``price``: standard price per unit, tax included;
    ``popularity`` from 0 on, how often it is bought."""

    draft: ProductSave
    look: Look
    price: Decimal
    case: int
    kind: str
    line: str
    popularity: float


def ean13(body: str) -> str:
    """``body`` (12 digits) with its check digit (GS1 General Specifications, 7.9)."""
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(body))
    return f"{body}{-weighted % 10}"


def category_id(tenant_id: str, code: str) -> str:
    return derived_id(tenant_id, "category", code)


def product_id(tenant_id: str, sku: str) -> str:
    return derived_id(tenant_id, "product", sku)


def make_categories(tenant_id: str) -> list[Category]:
    return [
        Category(id=category_id(tenant_id, kind.code), name={"zh": kind.zh, "en": kind.en}, sort=(index + 1) * 10)
        for index, kind in enumerate(KINDS)
    ]


def make_goods(tenant_id: str, chance: random.Random, images: Mapping[Look, str]) -> list[Good]:
    """The whole catalogue. ``images``: the picture of every look of ``all_looks``."""
    goods: list[Good] = []
    for line in LINES:
        for flavour in FLAVOURS[line.flavours]:
            love = chance.lognormvariate(0, 0.9)
            for size in SIZES[line.sizes]:
                goods.append(
                    _good(tenant_id, line, flavour, size, love=love, number=len(goods), chance=chance, images=images)
                )
    return goods


def all_looks() -> Iterator[Look]:
    """Every different look once."""
    yield from dict.fromkeys(_look(line, flavour) for line in LINES for flavour in FLAVOURS[line.flavours])


def _look(line: Line, flavour: Flavour) -> Look:
    motif = MOTIFS.get(line.flavours, "fruit")
    return Look(FORMATS[line.sizes].shape, BRANDS[line.brand], _COLOUR[line.brand], flavour.colour, motif)


def _good(
    tenant_id: str,
    line: Line,
    flavour: Flavour,
    size: Size,
    *,
    love: float,
    number: int,
    chance: random.Random,
    images: Mapping[Look, str],
) -> Good:
    sku = f"{line.prefix}-{size.code}-{flavour.code}"
    look = _look(line, flavour)
    form = FORMATS[line.sizes]
    price = Decimal(_FIXED[sku]) if sku in _FIXED else _price(line.price * size.times)
    minimum, multiple = _quantity_rule(size, price, chance)
    withdrawn = sku not in _FIXED and chance.random() < 0.015
    draft = ProductSave(
        product=product_id(tenant_id, sku),
        sku=sku,
        name=_name(line, flavour, size),
        unit=_names(UNITS[size.unit or form.unit]),
        category=category_id(tenant_id, line.kind),
        brand=line.brand,
        spec={"zh": size.text, "en": SIZE_EN.get(size.text, size.text)},
        packs=tuple(_packs(size, form, number)),
        barcodes=(ean13(f"20{number:010d}"),),
        minimum=minimum,
        multiple=multiple,
        tax_rate=Decimal(_KIND[line.kind].tax) / 100,
        status="withdrawn" if withdrawn else "active",
        image=images[look],
        sort=number,
        lot_tracked=line.keeps > 0,
    )
    first = SIZES[line.sizes][0] is size
    popularity = love * (2.0 if first else 1.0) / (1 + float(price) / 40)
    return Good(draft, look, price, size.case, line.kind, line.prefix, 0.0 if withdrawn else popularity)


def _name(line: Line, flavour: Flavour, size: Size) -> dict[str, str]:
    return {
        "zh": f"{line.brand}{line.zh} {flavour.zh} {size.text}",
        "en": f"{BRANDS[line.brand]} {line.en} {flavour.en} {SIZE_EN.get(size.text, size.text)}",
    }


def _names(pair: tuple[str, str]) -> dict[str, str]:
    return {"zh": pair[0], "en": pair[1]}


def _price(yuan: float) -> Decimal:
    """As shelves show them: .x0 below ten, .50 or .00 below fifty, whole above."""
    step = Decimal("0.10") if yuan < 10 else Decimal("0.50") if yuan < 50 else Decimal(1)
    steps = (Decimal(str(yuan)) / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return (max(steps, Decimal(1)) * step).quantize(Decimal("0.01"))


def _quantity_rule(size: Size, price: Decimal, chance: random.Random) -> tuple[int, int]:
    """(minimum, multiple): cheap goods go by the case or inner pack, dear ones by the piece."""
    if size.case == 1 or price >= 40:
        return 1, 1
    drawn = chance.random()
    if drawn < 0.12:
        return size.case * 2, size.case
    if drawn < 0.5:
        return size.case, size.case
    step = size.inner or (6 if size.case % 6 == 0 else size.case)
    return step, step


def _packs(size: Size, form: Format, number: int) -> Iterator[Pack]:
    zh, en = UNITS[size.unit or form.unit]
    if size.inner:
        yield Pack("INNER", {"zh": f"{size.inner} {zh}/中包", "en": f"Inner of {size.inner}"}, size.inner)
    if size.case > 1:
        # A case has a barcode of its own, as in a warehouse.
        barcode = ean13(f"21{number:010d}")
        yield Pack("CASE", {"zh": f"{size.case} {zh}/箱", "en": f"Case of {size.case} ({en})"}, size.case, barcode)
