"""Where messages are handed to: endpoints are strangers' words, and lead to the open internet or nowhere."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from backend.push.gateway import Gateway, PublicOnly
from backend.push.models import PushSubscription
from backend.push.parcels import Message, Outcome, Parcel
from backend.push.vapid import keys_from, new_private
from tests.push.stand_in import Receiver, StandIn

PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")
INNER = ("127.0.0.1", "10.0.0.1", "169.254.169.254")


def parcel(endpoint: str) -> Parcel:
    keys = Receiver().subscription["keys"]
    to = PushSubscription(endpoint=endpoint, p256dh=keys["p256dh"], auth=keys["auth"], origin="https://app.example")
    message = Message(title="a", body="b", tag="t", url="/", at=int(datetime.now(UTC).timestamp() * 1000), lang="en")
    return Parcel(to, message, ttl=60, urgent=False)


class Names(AbstractResolver):
    """Answers with these addresses, whatever it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None: ...


async def test_a_name_with_one_inner_address_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = PublicOnly()
    for addresses in ((), INNER[:1], (PUBLIC[0], INNER[1]), (INNER[2], PUBLIC[0])):
        monkeypatch.setattr(resolver, "_inner", Names(*addresses))
        with pytest.raises(OSError, match="not on the open internet"):
            await resolver.resolve("push.example.com")
    monkeypatch.setattr(resolver, "_inner", Names(*PUBLIC))
    assert [each["host"] for each in await resolver.resolve("push.example.com")] == list(PUBLIC)


async def test_a_name_of_this_machine_is_not_called() -> None:
    async with StandIn().running() as service:
        port = service.url.rpartition(":")[2]
        (outcome,) = await Gateway(keys_from(new_private())).deliver([parcel(f"https://localhost:{port}/send/x")])
        assert outcome == Outcome("later", "ClientConnectorDNSError localhost")


async def test_nobody_is_led_on_by_an_answer() -> None:
    async with StandIn().running() as service:
        service.answers["x"] = 307, {"Location": f"{service.url}/send/elsewhere"}
        endpoint = "https://push.example.com/send/x"
        (outcome,) = await Gateway(keys_from(new_private()), service.url).deliver([parcel(endpoint)])
        assert outcome == Outcome("refused", "307 push.example.com")
        assert [each.token for each in service.handed] == ["x"]


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        (lambda: "90", 90, 90),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True), 60, 90),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True), 0, 0),
        (lambda: "9" * 30, 86_400, 86_400),
        (lambda: "soon", 0, 0),
    ],
)
async def test_when_to_come_again_is_said_in_seconds_or_as_a_time(
    told: Callable[[], str], least: float, most: float
) -> None:
    async with StandIn().running() as service:
        service.answers["x"] = 503, {"Retry-After": told()}
        gateway = Gateway(keys_from(new_private()), service.url)
        (outcome,) = await gateway.deliver([parcel("https://push.example.com/send/x")])
    assert (outcome.kind, outcome.why) == ("later", "503 push.example.com")
    assert least <= outcome.seconds <= most
