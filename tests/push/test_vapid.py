"""The signature by which push services know us."""

from backend.push.vapid import keys_from, new_private
from tests.push.stand_in import signed

HOUR = 3600.0
NOW = 1_772_352_000.0


def test_a_signature_serves_for_half_its_time_and_is_made_anew_before_it_ends() -> None:
    keys = keys_from(new_private())
    ends = []
    for hours in (0, 5.9, 6.1, 12, 30):
        headers = keys.headers("https://push.example.com", "https://app.example", NOW + hours * HOUR)
        claims, signer = signed(headers["Authorization"])
        assert claims is not None
        assert signer == keys.public
        assert claims["aud"] == "https://push.example.com"
        ends.append((claims["exp"] - NOW) / HOUR)
    assert ends == [12, 12, 18.1, 18.1, 42]


def test_each_push_service_gets_its_own() -> None:
    keys = keys_from(new_private(), "mailto:it@brand.example")
    named = [keys.headers(f"https://{host}.example", "https://app.example", NOW) for host in ("one", "two")]
    told = [signed(headers["Authorization"])[0] for headers in named]
    assert [claims and claims["aud"] for claims in told] == ["https://one.example", "https://two.example"]
    assert {claims and claims["sub"] for claims in told} == {"mailto:it@brand.example"}
