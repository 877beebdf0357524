"""How an address is written in one line."""

from offline.wire.rows import Address


def one_line(address: Address) -> str:
    """Region, city, street; a city that is its own region (上海市 上海) once."""
    city = "" if address.region.startswith(address.city) else address.city
    return " ".join(part for part in (address.region, city, address.line) if part)
