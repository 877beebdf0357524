"""Money: a ``Decimal`` beside its ISO 4217 currency, quantised here and nowhere else.

Unit prices keep the digits their price list gives; amounts (line, tax, total) have the currency's digits. Sums and
shares are worked out in whole minor units (``to_minor``), so that no cent can go missing between two roundings.
"""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

# ISO 4217 minor units that are not two.
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_STEPS = {digits: Decimal(1).scaleb(-digits) for digits in (0, 2, 3)}
_STEP_OF = {currency: _STEPS[digits] for currency, digits in _DIGITS.items()}
_CENT = _STEPS[2]

ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
"""The one context amounts are worked out in: 60 digits hold a quantity of 8 digits times a price of 40 exactly, and
no caller's context can change an answer. Only pass it on (``ARITHMETIC.multiply``, ``localcontext(ARITHMETIC)``)."""


def quantise(amount: Decimal, currency: str) -> Decimal:
    """``amount`` rounded to the minor unit, halves away from zero, as invoices are."""
    return amount.quantize(_STEP_OF.get(currency, _CENT), ROUND_HALF_UP, ARITHMETIC)


def to_minor(amount: Decimal, currency: str) -> int:
    """``amount`` rounded by ``quantise``, in whole minor units: ``12.345 CNY`` is ``1235``."""
    return int(quantise(amount, currency).scaleb(_DIGITS.get(currency, 2), ARITHMETIC))


def whole(minor: Decimal) -> int:
    """A share worked out in minor units, rounded to whole ones, halves away from zero."""
    return int(minor.quantize(_STEPS[0], ROUND_HALF_UP, ARITHMETIC))


def from_minor(units: int, currency: str) -> Decimal:
    """The amount of ``units`` minor units, with the currency's digits: ``1235`` is ``12.35 CNY``."""
    return Decimal(units).scaleb(-_DIGITS.get(currency, 2), ARITHMETIC)
