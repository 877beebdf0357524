"""Whatever is cut from whatever order: sums, stock and the customer's money come out right."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from offline.money import quantise
from offline.rules.cutting import Agreed, cut, fault, gifts_in_step, holds_after_cut, share, totals_of
from offline.wire.rows import Brand, Order, OrderLine, Organisation

CURRENCIES = ("CNY", "JPY", "KWD")
RATES = (Decimal(0), Decimal("0.09"), Decimal("0.13"))


@st.composite
def orders(draw: st.DrawFn, *, included: bool) -> Order:
    currency = draw(st.sampled_from(CURRENCIES))
    lines = tuple(draw(lines_of(number, currency, included=included)) for number in range(draw(st.integers(1, 4))))
    totals = totals_of(lines, currency, included=included)
    return Order(id="o", organisation="c", status="approved", lines=lines, totals=totals, currency=currency)


@st.composite
def lines_of(draw: st.DrawFn, number: int, currency: str, *, included: bool) -> OrderLine:
    quantity = draw(st.integers(1, 500))
    price = draw(st.decimals(0, 500, places=4))
    free = draw(st.fractions(0, 1))
    goods = quantise(price * quantity, currency)
    discount = min(goods, quantise(goods * free.numerator / free.denominator, currency))
    rate = draw(st.sampled_from(RATES))
    agreed = Agreed(quantity=quantity, unit_price=price, discount=discount, tax_rate=rate)
    figures = share(agreed, quantity, currency, included=included)
    shipped = draw(st.integers(0, quantity))
    reserved = draw(st.integers(0, quantity - shipped))
    return OrderLine(
        id=f"l{number}",
        product=f"p{number}",
        sku=f"p{number}",
        name={},
        quantity=quantity,
        unit_price=price,
        discount=figures.discount,
        net=figures.net,
        tax=figures.tax,
        tax_rate=agreed.tax_rate,
        gift=number > 0 and draw(st.booleans()),
        shipped=shipped,
        reserved=reserved,
        backordered=quantity - shipped - reserved,
    )


@st.composite
def keeps(draw: st.DrawFn, order: Order) -> dict[str, int]:
    chosen = [line for line in order.lines if line.shipped < line.quantity and draw(st.booleans())]
    return {line.id: draw(st.integers(line.shipped, line.quantity - 1)) for line in chosen}


@given(st.data(), st.booleans())
def test_a_cut_adds_up(data: st.DataObject, included: bool) -> None:
    order = data.draw(orders(included=included))
    keep = data.draw(keeps(order))
    problem = fault(order.lines, keep)
    assert problem is None or problem.code == "nothing_left"
    after = cut(order, keep, included=included)
    assert after.totals == totals_of(after.lines, order.currency, included=included)
    for was, line in zip(order.lines, after.lines, strict=True):
        assert line.shipped + line.reserved + line.backordered == line.quantity == keep.get(line.id, was.quantity)
        assert line.quantity + line.cut == was.quantity
        assert Decimal(0) <= line.net <= was.net
        assert Decimal(0) <= line.discount <= was.discount
        assert line.tax <= was.tax
        # What is not there to be promised goes first: nothing is released that need not be.
        assert line.reserved == was.reserved or line.backordered == 0
    # The same again takes nothing more off.
    assert not keep or fault(after.lines, keep) is not None
    assert all(left >= 0 for left in gifts_in_step(order.lines, keep, {}).values())


def test_what_was_free_stays_free() -> None:
    """Goods and discount are both rounded: three of seven goods that cost nothing would have cost a cent."""
    agreed = Agreed(quantity=7, unit_price=Decimal("0.022"), discount=Decimal("0.15"), tax_rate=Decimal(0))
    whole, part = (share(agreed, left, "CNY", included=True) for left in (7, 3))
    assert (whole.net, part.net) == (Decimal(0), Decimal(0))
    assert (part.goods, part.discount) == (Decimal("0.07"), Decimal("0.07"))


def test_a_cut_answers_no_question_about_prices() -> None:
    """An order within its limits waits on for its customer's word."""
    brand = Brand(id="b", code="b", name={}, currency="CNY")
    organisation = Organisation(id="c", code="c", name={}, type="shop", currency="CNY", credit_limit=Decimal(50))
    nothing = totals_of((), "CNY", included=True)
    order = Order(id="o", organisation="c", status="on_hold", lines=(), totals=nothing, currency="CNY")
    order = replace(order, holds=("price", "credit"))
    assert holds_after_cut(brand, organisation, order, Decimal(60)) == ("price", "credit")
    assert holds_after_cut(brand, organisation, order, Decimal(50)) == ("price",)


def test_a_gift_that_is_cut_by_hand_is_not_proposed_again() -> None:
    line = OrderLine(id="l", product="p", sku="p", name={}, quantity=10, unit_price=Decimal(1), net=Decimal(10))
    gift = OrderLine(
        id="g", product="q", sku="q", name={}, quantity=2, unit_price=Decimal(0), net=Decimal(0), gift=True
    )
    assert gifts_in_step((line, gift), {"l": 5}, {}) == {"g": 1}
    assert gifts_in_step((line, gift), {"l": 5, "g": 0}, {}) == {}
