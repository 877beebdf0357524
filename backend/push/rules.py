"""What may be sent where and when: pure."""

import hashlib
import ipaddress
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from i18n.translate import translate, translated

MAX_ENDPOINT = 2000
MAX_TITLE, MAX_TEXT = 80, 240
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
# Names that are never a push service's: of networks of one's own, and reserved ones.
_INNER = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa", ".test", ".onion")

# IPv6 networks whose addresses end in one of IPv4, to which a gateway may lead: NAT64, and the compatible ones of old.
_CARRYING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96")))


def is_endpoint(url: str) -> bool:
    """Whether this can be a push service's address: https on its usual port, by a public name. What the name leads to
    is looked at when it is called (``gateway.PublicOnly``)."""
    if len(url) > MAX_ENDPOINT or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc or len(host) > 253:
        return False
    # The last part of an address in numbers is a number, whichever way it is written.
    return bool(_NAME.fullmatch(host)) and not host.endswith(_INNER) and not host.rpartition(".")[2][0].isdigit()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if found.version == 6 and any(found in network for network in _CARRYING):
        inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
    return found.is_global and not found.is_multicast and (inner is None or is_public(str(inner)))


def tag_of(tenant_id: str, subject: str) -> str:
    """One notification a subject: the browser replaces by this tag, the push service what waits by this topic (at
    most 32 letters of base64url). It tells nobody what the subject is."""
    digest = hashlib.sha256(f"{tenant_id}\n{subject}".encode()).digest()
    return urlsafe_b64encode(digest[:24]).decode()


def words(locale: str, text_key: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text of ``<text_key>.title`` and ``<text_key>.text``. Values that are names in several languages
    become the reader's."""
    given = {
        name: translated(locale, value) if isinstance(value, Mapping) else str(value) for name, value in values.items()
    }
    title, text = (translate(locale, f"{text_key}.{part}", **given) for part in ("title", "text"))
    return _short(title, MAX_TITLE), _short(text, MAX_TEXT)


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
