"""What lacked of a parcel: told at the desk, and settled there by a press."""

from typing import Any

import msgspec
import pytest

from offline.wire import rows
from offline.wire.commands import OrderCredit, OrderResend
from offline.wire.rows import Parcel
from tests.desk.conftest import Open
from tests.desk.world import NOW, uid
from tests.screens.world import OFFICE, D, me, order


async def test_of_what_a_customer_lacked_the_desk_is_told_until_the_order_is_closed(open_desk: Open) -> None:
    parcel = Parcel(
        id=uid("p"), carrier="顺丰", tracking="", lines={uid("0009", "line"): 48}, shipped_at=NOW, signed_at=NOW,
        lacking={uid("0009", "line"): 6}, remark="箱子压坏",
    )  # fmt: skip
    whole = msgspec.structs.replace(parcel, lacking={}, remark="")
    more = [
        ("order", order("0009", "signed", parcels=(parcel,))),
        ("order", order("0032", "signed", parcels=(whole,))),
        ("order", order("0033", "closed", parcels=(parcel,))),
    ]
    desk = await open_desk("/desk/orders?tab=lacking", more=more)
    assert desk.listed() == ["0009"]
    assert not desk.has(f"order-{uid('0032')}")
    assert not desk.has(f"order-{uid('0033')}")
    assert desk.text("tab-lacking").endswith("1")
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=lacking", more=more)
    assert "清泉苏打水 × 6" in desk.text("lacking")
    assert "箱子压坏" in desk.text("lacking")


def lacking_order(**more: Any) -> rows.Order:
    """Signed, and six of its 48 lacked."""
    line_id = uid("0009", "line")
    parcel = Parcel(
        id=uid("p"), carrier="顺丰", tracking="", lines={line_id: 48}, shipped_at=NOW, signed_at=NOW,
        lacking={line_id: 6}, remark="箱子压坏",
    )  # fmt: skip
    found = order("0009", "signed", parcels=(parcel,))
    lines = tuple(msgspec.structs.replace(line, shipped=line.quantity) for line in found.lines)
    return msgspec.structs.replace(found, lines=lines, **more)


async def test_what_lacked_is_sent_again_by_a_press(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=lacking", more=[("order", lacking_order())])
    await desk.tap(f"resend-{uid('p')}")
    assert "清泉苏打水 × 6" in desk.text("order-action")
    await desk.double_tap("order-action-yes")
    assert desk.commands("order.resend") == [OrderResend(order=uid("0009"), parcel=uid("p"))]
    assert "已安排补发" in desk.text("lacking")
    assert not desk.has(f"resend-{uid('p')}")
    assert not desk.has(f"credit-{uid('p')}")
    # To ship again, and no longer among those to be settled.
    assert desk.text("panel-status") == "部分发货"
    assert desk.listed() == []
    assert "清泉苏打水 × 6" in desk.text("event-resent")


async def test_what_lacked_is_not_charged_with_a_reason_only(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/orders/{uid('0009')}?tab=lacking", more=[("order", lacking_order())])
    await desk.tap(f"credit-{uid('p')}")
    assert desk.text("credit-total").endswith("¥340.20")
    await desk.tap("order-action-yes")
    assert desk.commands("order.credit") == []
    await desk.type("reason", "路上压坏")
    await desk.double_tap("order-action-yes")
    assert desk.commands("order.credit") == [
        OrderCredit(order=uid("0009"), parcel=uid("p"), total=D("340.20"), reason="路上压坏")
    ]
    assert desk.text("panel-total").endswith("¥340.20")
    assert "未收到，不收钱-¥48.60" in desk.text("order-panel").replace("−", "-")
    assert "不收钱" in desk.text("lacking")
    assert desk.listed() == []


@pytest.mark.parametrize(("role", "kinds"), [("finance", {"credit"}), ("order_desk", {"resend", "credit"})])
async def test_who_may_settle_what_lacked(open_desk: Open, role: str, kinds: set[str]) -> None:
    who = ("me", me(uid(role), role, "某人", OFFICE))
    path = f"/desk/orders/{uid('0009')}"
    desk = await open_desk(path, more=[("order", lacking_order()), who], user=uid(role))
    assert {kind for kind in ("resend", "credit") if desk.has(f"{kind}-{uid('p')}")} == kinds
