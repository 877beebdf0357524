"""The decisions of the HTTP layers, without a server."""

import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.http.compression import chosen_encoding, compress
from backend.http.origin import network_of
from backend.http.security import is_cross_origin


def test_compressed_answers_unpack() -> None:
    body = "价目表".encode() * 5000
    assert brotli.decompress(compress(body, b"br")) == body
    assert gzip.decompress(compress(body, b"gzip")) == body


@given(st.binary(max_size=60))
def test_any_accept_encoding_is_read(accept: bytes) -> None:
    assert chosen_encoding(accept) in (b"", b"br", b"gzip")


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({b"sec-fetch-site": b"same-origin"}, False),
        ({b"sec-fetch-site": b"none"}, False),
        ({b"sec-fetch-site": b"same-site"}, True),
        ({b"sec-fetch-site": b"cross-site"}, True),
        ({b"sec-fetch-site": b"cross-site", b"origin": b"https://shop.example", b"host": b"shop.example"}, True),
        ({b"origin": b"https://shop.example", b"host": b"shop.example"}, False),
        ({b"origin": b"https://shop.example:8443", b"host": b"shop.example"}, True),
        ({b"origin": b"https://evil.example", b"host": b"shop.example"}, True),
        ({b"origin": b"null", b"host": b"shop.example"}, True),
        ({b"origin": b"https://[", b"host": b"shop.example"}, True),
    ],
)
def test_who_counts_as_another_site(headers: dict[bytes, bytes], refused: bool) -> None:
    assert is_cross_origin(headers) is refused


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix", "unix"),
    ],
)
def test_one_attacker_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network
