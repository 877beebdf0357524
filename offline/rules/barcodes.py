"""What a barcode's number stands for: a GTIN-14, however many digits the scanner or the person who typed it gave.

Sources: GS1 General Specifications, 3.3 (a shorter GTIN is the same with zeros before it), 5.2.2.4 (UPC-E is a GTIN-12
with its zeros left out) and 7.9 (the check digit).
"""


def check_digit(digits: str) -> str:
    """Of a number's other digits: from the right, every other one counts three times."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def gtins(code: str) -> tuple[str, ...]:
    """The GTIN-14s that ``code`` may stand for, the likelier first. 8 digits are a GTIN-8 or an UPC-E, often both by
    their check digits: with a 0 before them they are an UPC-E first, as such GTIN-8s are a shop's own (1.4.3). Of an
    UPC-A some scanners tell 12 digits, some 13. What has another length is itself: an article number, or a carton's 14
    digits."""
    if not (code.isascii() and code.isdecimal() and len(code) in (8, 12, 13)):
        return (code,)
    plain = code.zfill(14)
    full = upc_a(code) if len(code) == 8 else None
    if full is None:
        return (plain,)
    return (full.zfill(14), plain) if code[0] == "0" else (plain, full.zfill(14))


def upc_a(code: str) -> str | None:
    """The 12 digits of an UPC-E's 8: number system (0 or 1), six, check digit. None where they are no UPC-E."""
    system, six, check = code[0], code[1:7], code[7]
    if system not in "01":
        return None
    last = six[5]
    if last in "012":
        body = f"{six[:2]}{last}0000{six[2:5]}"
    elif last == "3":
        body = f"{six[:3]}00000{six[3:5]}"
    elif last == "4":
        body = f"{six[:4]}00000{six[4]}"
    else:
        body = f"{six[:5]}0000{last}"
    return f"{system}{body}{check}" if check_digit(system + body) == check else None
