"""Giving and taking what organisations hold: the server does what the phone of who asks for it shows."""

from typing import Any

import msgspec
import pytest

from offline.ids import new_id
from offline.overlay import replay
from offline.replica import Replica
from offline.rules.assigning import held_after
from offline.store import Entry
from offline.wire import rows
from offline.wire.protocol import Put, ScopePage
from offline.wire.ranges import AssortmentAssign, AssortmentSave, PriceListAssign
from tests.shop import Shop, price_list

HELD = {"assortment": "assortments", "price_list": "price_lists"}


@pytest.mark.parametrize("kind", HELD)
async def test_what_somebody_holds_already_or_no_more_stays_as_it_is_on_both_sides(shop: Shop, kind: str) -> None:
    """Two may give the same thing; the order counts, as the form of a customer says what its row was."""
    first, second = await two(shop, kind)
    code, id_ = "SHOP", shop.organisation("SHOP")
    await shop.set_organisation(code, **{HELD[kind]: (first, second)})
    for change, after in (
        ({"give": (id_,)}, (first, second)),
        ({"take": (id_,)}, (second,)),
        ({"take": (id_,)}, (second,)),
        ({"give": (id_,)}, (second, first)),
    ):
        row, _ = await shop.feed("organisation", id_, rows.Organisation)
        command = (
            AssortmentAssign(assortment=first, **change)
            if kind == "assortment"
            else PriceListAssign(price_list=first, **change)
        )
        foreseen = shown(shop, row, command)
        await shop.done("hq", command)
        row, _ = await shop.feed("organisation", id_, rows.Organisation)
        assert getattr(row, HELD[kind]) == getattr(foreseen, HELD[kind]) == after, change


async def two(shop: Shop, kind: str) -> tuple[str, str]:
    saves: list[Any] = [
        price_list(shop, code, kind="customer")
        if kind == "price_list"
        else AssortmentSave(assortment=new_id(), code=code, name={"en": code})
        for code in ("ONE", "TWO")
    ]
    await shop.done("hq", *saves)
    return getattr(saves[0], kind), getattr(saves[1], kind)


def shown(shop: Shop, row: rows.Organisation, command: AssortmentAssign | PriceListAssign) -> rows.Row | None:
    """The row while the command waits."""
    user = shop.brand.users["hq"].id
    replica = Replica(user, 1)
    replica.set_scopes("e1", ["desk"])
    put = Put("organisation", row.id, 1, msgspec.Raw(msgspec.json.encode(row)))
    replica.apply("desk", ScopePage(puts=(put,), next=1))
    entry = Entry(
        id=new_id(), n=1, name=command.NAME, args=msgspec.json.encode(command), user=user, local_at=shop.now,
        clock_offset_ms=0,
    )  # fmt: skip
    return replay([entry], replica, {}, user, {})["organisation", row.id]


def test_what_is_new_comes_last() -> None:
    assert held_after(["a", "b"], "c", given=True) == ("a", "b", "c")
    assert held_after(["a", "b"], "c", given=False) == ("a", "b")
