"""What the order routes give."""

import msgspec

from offline.wire.rows import Order


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """``cursor`` goes into the next request, also when there was nothing more: it then asks for what is new."""

    orders: tuple[Order, ...]
    cursor: str
    more: bool
