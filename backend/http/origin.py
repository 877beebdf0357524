"""Where the work of this task came from: set per request by the outermost layer, read by the audit trail."""

import ipaddress
from contextvars import ContextVar

import msgspec


class Origin(msgspec.Struct, frozen=True):
    """Empty fields: not from a request (a command line, a job)."""

    address: str = ""
    agent: str = ""
    request_id: str = ""


NOWHERE = Origin()
current_origin: ContextVar[Origin] = ContextVar("current_origin", default=NOWHERE)


def network_of(address: str) -> str:
    """What one attacker holds: a single IPv4 address, also where IPv6 carries it, or an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
