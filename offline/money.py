"""Money: a ``Decimal`` beside its ISO 4217 currency, quantised here and nowhere else.

Unit prices keep the digits their price list gives; amounts (line, tax, total) have the currency's digits.
"""

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 minor units that are not two.
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def minor_digits(currency: str) -> int:
    """Digits after the decimal point in amounts of ``currency``."""
    return _DIGITS.get(currency, 2)


def quantise(amount: Decimal, currency: str) -> Decimal:
    """``amount`` rounded to the minor unit, halves away from zero, as invoices are."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)
