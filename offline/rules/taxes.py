"""Tax of one line. Rates are fractions: 13 % is ``0.13``. Rounded per line, halves away from zero, and only added up
after that, so that the tax of an order is exactly the sum of the taxes of its lines."""

from decimal import Decimal

from offline.money import ARITHMETIC, quantise


def tax_of(net: Decimal, rate: Decimal, currency: str, *, included: bool) -> Decimal:
    """The tax in ``net`` (``included``: net x rate / (1 + rate)) or on top of it (net x rate). Nothing for a rate
    that ``is_rate`` refuses: 13 is a slip for 0.13, and nobody is charged thirteen times the goods for it."""
    if not net or not is_rate(rate):
        return quantise(Decimal(0), currency)
    tax = ARITHMETIC.multiply(net, rate)
    return quantise(ARITHMETIC.divide(tax, ARITHMETIC.add(1, rate)) if included else tax, currency)


def is_rate(rate: Decimal) -> bool:
    """Whether ``rate`` can be a product's tax rate: a fraction from 0 to 1."""
    return rate.is_finite() and 0 <= rate <= 1
