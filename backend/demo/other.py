"""The second brand: small, English, in euro, prices without tax. It shows that brands never see one another."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.promoting import save_promotions
from backend.catalog.service import PriceBook, save_categories, save_products
from backend.demo.catalogue import ean13
from backend.demo.people import OTHER, make_people, user_id
from backend.demo.pictures import Look
from backend.identity.service import brand_of
from backend.identity.users import create_tenant
from backend.partners.saving import found_tenant, save_organisations
from backend.stock.service import receive
from backend.sync.changes import BRAND, Changes
from backend.sync.service import flush_changes
from offline.ids import derived_id
from offline.wire.commands import OrganisationSave, PriceListSave, ProductSave, PromotionSave
from offline.wire.rows import Address, Category, Pack, PromotionReward, Tier

# (sku, name, category, price of a piece in euro, pieces in a case, shape of its picture)
_GOODS = (
    ("TLP-S", "Table Lamp Linnea, small", "Lighting", "38.00", 4, "cup"),
    ("TLP-L", "Table Lamp Linnea, large", "Lighting", "64.00", 2, "cup"),
    ("PDN-01", "Pendant Oslo, opal", "Lighting", "89.00", 1, "tub"),
    ("PDN-02", "Pendant Oslo, smoke", "Lighting", "94.00", 1, "tub"),
    ("BLB-E27", "LED Bulb E27 806 lm", "Lighting", "4.20", 10, "can"),
    ("CND-WH", "Candle Harbour, white", "Candles", "6.50", 12, "jar"),
    ("CND-FG", "Candle Harbour, fig", "Candles", "7.90", 12, "jar"),
    ("CND-CD", "Candle Harbour, cedar", "Candles", "7.90", 12, "jar"),
    ("MUG-BL", "Stoneware Mug, blue", "Tableware", "5.80", 6, "cup"),
    ("MUG-SA", "Stoneware Mug, sand", "Tableware", "5.80", 6, "cup"),
    ("PLT-26", "Dinner Plate 26 cm", "Tableware", "9.40", 6, "tin"),
    ("BWL-16", "Bowl 16 cm", "Tableware", "7.10", 6, "tub"),
    ("LIN-NP", "Linen Napkins, set of 4", "Textiles", "14.50", 8, "box"),
    ("LIN-TT", "Tea Towel, striped", "Textiles", "6.90", 10, "box"),
    ("THR-WL", "Wool Throw 130 x 180", "Textiles", "48.00", 3, "sack"),
    ("BSK-M", "Seagrass Basket, medium", "Storage", "17.00", 4, "sack"),
    ("BSK-L", "Seagrass Basket, large", "Storage", "26.00", 2, "sack"),
    ("BOX-OAK", "Oak Box with Lid", "Storage", "22.50", 4, "box"),
)
_SHOPS = (
    ("S01", "Weber Wohnen", "Berlin", "Kastanienallee 12", 52.5390, 13.4100),
    ("S02", "Casa Rossi", "Milano", "Via Torino 41", 45.4610, 9.1840),
    ("S03", "La Petite Maison", "Lyon", "Rue Mercière 8", 45.7630, 4.8330),
    ("S04", "Huis & Thuis", "Utrecht", "Oudegracht 155", 52.0900, 5.1180),
    ("S05", "Nordlicht", "Hamburg", "Lange Reihe 67", 53.5590, 10.0140),
    ("S06", "El Rincón", "Valencia", "Calle Colón 22", 39.4700, -0.3710),
)
# Ofcom keeps this range for films and books: it rings nowhere.
_PHONE = "+44 20 7946 0{:03d}"


def _en(text: str) -> dict[str, str]:
    return {"en": text}


async def make_other(session: AsyncSession, images: Mapping[Look, str], now: datetime) -> None:
    """The tenant ``other`` with its few of everything, no order yet."""
    begun, changes = now - timedelta(days=60), Changes()
    tenant = await create_tenant(
        session,
        "other",
        _en("Fjord Living"),
        currency="EUR",
        prices_include_tax=False,
        industry="home",
        time_zone="Europe/Berlin",
    )
    changes.put("brand", await brand_of(session, tenant.id), BRAND)
    categories = {name: derived_id(tenant.id, "category", name) for _, _, name, *_ in _GOODS}
    drafts = [Category(id=id_, name=_en(name), sort=sort) for sort, (name, id_) in enumerate(categories.items())]
    await save_categories(session, tenant.id, drafts, changes)
    products = _products(tenant.id, categories, images)
    await save_products(session, tenant.id, products, begun, changes)
    base = await _price(session, tenant.id, products, begun, changes)
    await found_tenant(
        session, tenant.id, _organisation(tenant.id, "HQ", "Fjord Living"), "EUR", now=begun, changes=changes
    )
    shops = [_shop(tenant.id, base, number) for number in range(len(_SHOPS))]
    await save_organisations(session, tenant.id, shops, begun, changes)
    codes = {code: _organisation_id(tenant.id, code) for code in ("HQ", *(shop.code for shop in shops))}
    await make_people(session, changes, tenant, OTHER, codes)
    await save_promotions(session, tenant.id, [_candles(tenant.id, categories["Candles"])], now, changes)
    amounts = {draft.product: 40 * (number % 5) for number, draft in enumerate(products, 1)}
    await receive(session, tenant.id, amounts, now=now, changes=changes, reason="Opening stock")
    await flush_changes(session, tenant.id, changes)


def _products(tenant_id: str, categories: Mapping[str, str], images: Mapping[Look, str]) -> list[ProductSave]:
    by_shape: dict[str, list[str]] = {}
    for look, path in images.items():
        by_shape.setdefault(look.shape, []).append(path)
    return [
        ProductSave(
            product=derived_id(tenant_id, "product", sku),
            sku=sku,
            name=_en(name),
            unit=_en("piece"),
            category=categories[category],
            brand="Fjord",
            packs=(Pack("CASE", _en(f"Case of {case}"), case, ean13(f"27{number:010d}")),) if case > 1 else (),
            barcodes=(ean13(f"26{number:010d}"),),
            minimum=case,
            multiple=case,
            tax_rate=Decimal("0.19"),
            image=by_shape[shape][number % len(by_shape[shape])],
            sort=number,
        )
        for number, (sku, name, category, _, case, shape) in enumerate(_GOODS)
    ]


async def _price(
    session: AsyncSession, tenant_id: str, products: list[ProductSave], begun: datetime, changes: Changes
) -> str:
    list_id = derived_id(tenant_id, "price_list", "TRADE")
    book = PriceBook(session, tenant_id, begun, changes)
    draft = PriceListSave(price_list=list_id, code="TRADE", name=_en("Trade prices"), kind="base", currency="EUR")
    await book.save_list(draft)
    prices: dict[tuple[str, str], tuple[Tier, ...]] = {}
    for product, (_, _, _, price, case, _) in zip(products, _GOODS, strict=True):
        low = (Decimal(price) * Decimal("0.92")).quantize(Decimal("0.01"))
        prices[list_id, product.product] = (Tier(1, Decimal(price)), Tier(case * 5, low))
    await book.save_prices(prices)
    return list_id


def _organisation_id(tenant_id: str, code: str) -> str:
    return derived_id(tenant_id, "organisation", code)


def _organisation(tenant_id: str, code: str, name: str) -> OrganisationSave:
    id_ = _organisation_id(tenant_id, code)
    return OrganisationSave(
        organisation=id_, code=code, name=_en(name), type="shop", parent=_organisation_id(tenant_id, "HQ")
    )


def _shop(tenant_id: str, base: str, number: int) -> OrganisationSave:
    code, name, city, line, latitude, longitude = _SHOPS[number]
    address = Address(
        id=derived_id(tenant_id, "address", code),
        line=line,
        city=city,
        phone=_PHONE.format(100 + number),
        latitude=latitude,
        longitude=longitude,
    )
    return OrganisationSave(
        organisation=_organisation_id(tenant_id, code),
        code=code,
        name=_en(name),
        type="shop",
        parent=_organisation_id(tenant_id, "HQ"),
        group="retail",
        territory="Europe",
        rep=user_id(tenant_id, "rep"),
        addresses=(address,),
        payment_days=30,
        credit_limit=Decimal(4000 + 1500 * number),
        price_lists=(base,),
    )


def _candles(tenant_id: str, category: str) -> PromotionSave:
    return PromotionSave(
        promotion=derived_id(tenant_id, "promotion", "CANDLES"),
        code="CANDLES",
        name=_en("Any 24 candles: 10% off"),
        kind="mix_and_match",
        reward=PromotionReward(quantity=24, percent=Decimal(10)),
        categories=(category,),
    )
