"""An order's parcels on the phone: what is in them, signed for, with or without a name, and what lacked."""

import json
from typing import Any

import msgspec

from offline.wire import rows
from offline.wire.commands import OrderSign
from tests.screens.conftest import Start
from tests.screens.test_orders import commands
from tests.screens.world import NOW, SHOPKEEPER, D, Phone, order, uid


async def test_a_gift_of_what_was_bought_too_stands_in_the_parcel_beside_it(start: Start) -> None:
    bought = order("a").lines[0]
    gift = msgspec.structs.replace(bought, id=uid("gift"), unit_price=D(0), net=D(0), tax=D(0))
    parcel = rows.Parcel(id=uid("p"), carrier="顺丰", tracking="", lines={bought.id: 12, gift.id: 12}, shipped_at=NOW)
    shipped = order("a", "shipped", lines=(bought, gift), parcels=(parcel,))
    phone = await start(f"/orders/{uid('a')}", more=[("order", shipped)], user=SHOPKEEPER)
    assert phone.text(f"parcel-{uid('p')}").count("清泉苏打水 × 12") == 2


async def test_the_shop_signs_for_a_parcel(start: Start) -> None:
    parcel = rows.Parcel(id=uid("p"), carrier="顺丰", tracking="SF1400", lines={uid("a", "line"): 48}, shipped_at=NOW)
    shipped = order("a", "shipped", parcels=(parcel,))
    phone = await start(f"/orders/{uid('a')}", more=[("order", shipped)], user=SHOPKEEPER)
    assert "清泉苏打水 × 48" in phone.text(f"parcel-{uid('p')}")
    await phone.tap(f"sign-{uid('p')}")
    button = phone.port.find("signing-confirm")
    assert button is not None
    for _ in range(2):
        phone.port.post({"type": "layout-event", "target": button["eventHandlers"]["onClick"]["target"], "data": [{}]})
    await phone.port.settle()
    assert commands(phone) == [OrderSign(order=uid("a"), parcel=uid("p"))]
    assert "已签收" in phone.text(f"parcel-{uid('p')}")


async def test_what_became_of_what_lacked_is_told(start: Start) -> None:
    """To the customer and the rep, with the sum that comes off."""
    first = uid("a", "line")
    one = rows.Parcel(
        id=uid("p"), carrier="顺丰", tracking="", lines={first: 24}, shipped_at=NOW, signed_at=NOW, lacking={first: 6},
        settled="credited",
    )  # fmt: skip
    two = msgspec.structs.replace(one, id=uid("p2"), settled="resent")
    credit = rows.OrderCredit(parcel=uid("p"), lines={first: 6}, net=D("48.60"), at=NOW)
    event = rows.OrderEvent(
        id=uid("e"), kind="credited", at=NOW, actor_name="周宁", reason="路上压坏", data={first: "6", "off": "48.60"}
    )
    whole = order("a")
    shown = order(
        "a", "signed", parcels=(one, two), credits=(credit,), events=(*whole.events, event),
        totals=msgspec.structs.replace(whole.totals, total=D("340.20")),
    )  # fmt: skip
    phone = await start(f"/orders/{uid('a')}", more=[("order", shown)], user=SHOPKEEPER)
    assert "这些不收钱" in phone.text(f"lacking-{uid('p')}")
    assert "总部会补发" in phone.text(f"lacking-{uid('p2')}")
    sums = phone.text("ordered-lines").replace("−", "-")
    assert "未收到，不收钱-¥48.60" in sums
    assert sums.endswith("¥340.20")
    told = phone.text("timeline").replace("−", "-")
    for part in ("缺的货不收钱", "周宁", "清泉苏打水 × 6 -¥48.60", "路上压坏"):
        assert part in told


async def test_who_signs_says_what_lacks(start: Start) -> None:
    first = uid("a", "line")
    parcel = rows.Parcel(id=uid("p"), carrier="顺丰", tracking="", lines={first: 3}, shipped_at=NOW)
    shipped = order("a", "shipped", parcels=(parcel,))
    phone = await start(f"/orders/{uid('a')}", more=[("order", shipped)], user=SHOPKEEPER)
    await phone.tap(f"sign-{uid('p')}")
    assert not phone.has("what-lacks")
    await phone.tap("not-whole")
    for _ in range(5):  # no more than came
        await phone._event(phone.field(f"lacking-{first}")["eventHandlers"]["step"]["target"], 1)
    await phone._event(phone.field(f"lacking-{first}")["eventHandlers"]["step"]["target"], -1)
    await phone.type_and_tap("parcel-remark", " 两瓶漏了 ", "signing-confirm")
    assert commands(phone) == [OrderSign(order=uid("a"), parcel=uid("p"), lacking={first: 2}, remark="两瓶漏了")]
    told = phone.text(f"lacking-{uid('p')}")
    assert "清泉苏打水 × 2" in told
    assert "两瓶漏了" in told


async def test_a_name_that_is_written_goes_with_it_and_no_half_of_it(start: Start) -> None:
    parcel = rows.Parcel(id=uid("p"), carrier="顺丰", tracking="", lines={}, shipped_at=NOW)
    shipped = order("a", "shipped", parcels=(parcel,))
    phone = await start(f"/orders/{uid('a')}", more=[("order", shipped)], user=SHOPKEEPER)
    await phone.tap(f"sign-{uid('p')}")
    pad = _signature_pad(phone)
    await phone._event(pad["eventHandlers"]["tell"]["target"], "")
    confirm = phone.port.find("signing-confirm")
    assert confirm is not None
    assert confirm["attributes"]["disabled"]
    await _write_name(phone)
    await phone.tap("signing-confirm")
    (command,) = commands(phone)
    assert isinstance(command, OrderSign)
    assert command.signature is not None
    assert phone.app.media.queue.find(command.signature.id) is not None
    assert phone.has(f"signature-{uid('p')}")


async def test_a_name_that_is_not_sent_is_not_kept(start: Start) -> None:
    parcel = rows.Parcel(id=uid("p"), carrier="顺丰", tracking="", lines={}, shipped_at=NOW)
    shipped = order("a", "shipped", parcels=(parcel,))
    phone = await start(f"/orders/{uid('a')}", more=[("order", shipped)], user=SHOPKEEPER)
    await phone.tap(f"sign-{uid('p')}")
    await _write_name(phone)
    assert len(phone.app.media.queue.files()) == 1
    sheet = next(node for node in phone.nodes() if node.get("tagName") == "q-sheet")
    await phone._event(sheet["eventHandlers"]["close"]["target"], {})
    assert phone.app.media.queue.files() == []
    assert commands(phone) == []
    assert not phone.has("signing")


async def test_a_name_that_could_not_be_read_is_said_and_written_again(start: Start) -> None:
    parcel = rows.Parcel(
        id=uid("p"), carrier="顺丰", tracking="", lines={}, shipped_at=NOW, signed_at=NOW, signature=uid("name"),
        signature_status="refused",
    )  # fmt: skip
    signed = order("a", "signed", parcels=(parcel,))
    phone = await start(f"/orders/{uid('a')}", more=[("order", signed)], user=SHOPKEEPER)
    assert "签收已经生效" in phone.text("signature-refused")
    assert not phone.has(f"signature-{uid('p')}")
    await phone.tap("sign-again")
    await _write_name(phone)
    await phone.tap("signing-confirm")
    (command,) = commands(phone)
    assert isinstance(command, OrderSign)
    assert command.parcel == uid("p")
    assert not phone.has("signature-refused")
    assert phone.has(f"signature-{uid('p')}")


async def _write_name(phone: Phone) -> None:
    """As if the page's pad had handed a picture of it over."""
    report = {"token": 1, "sha256": "0" * 64, "size": 3, "content_type": "image/png", "source": "file"}
    phone.app.media.arrived({"token": 1, "content": b"png", "preview": None})
    await phone._event(_signature_pad(phone)["eventHandlers"]["report"]["target"], json.dumps(report))


def _signature_pad(phone: Phone) -> Any:
    parts = [node for node in phone.nodes() if node.get("attributes", {}).get("config", {}).get("part") == "signature"]
    return parts[0]


async def test_a_rep_may_not_sign(start: Start) -> None:
    parcel = rows.Parcel(id=uid("p"), carrier="顺丰", tracking="", lines={}, shipped_at=NOW)
    phone = await start(f"/orders/{uid('a')}", more=[("order", order("a", "shipped", parcels=(parcel,)))])
    assert phone.has(f"parcel-{uid('p')}")
    assert not phone.has(f"sign-{uid('p')}")
