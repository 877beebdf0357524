"""The digest of a scope: a count and a hash over its live rows, kept up to date row by row on both sides."""

from hashlib import blake2b

MODULUS = 1 << 61


def row_hash(entity: str, row_id: str, seq: int) -> int:
    """A number below 2**61; the hash of a scope is the sum over its rows, modulo 2**61."""
    text = f"{entity}\0{row_id}\0{seq}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % MODULUS


def digest(count: int, total: int) -> str:
    """As it stands in ``ScopePage.digest``."""
    return f"{count}:{total % MODULUS}"
