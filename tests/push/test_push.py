"""Notices to devices: in the reader's words, once a subject, not at night, and never to who has left."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from backend.database import snapshot, transaction
from backend.identity.models import Tenant, User, UserSession
from backend.jobs.models import QueuedJob
from backend.partners.models import Organisation
from backend.push import subscribing
from backend.push.models import PushKey, PushSubscription
from backend.push.rules import is_public, tag_of
from backend.push.service import PEOPLE_A_JOB, forget_subscriptions, notify
from backend.push.vapid import new_private
from backend.settings import SettingsError, load_settings
from offline.ids import new_id
from offline.wire.commands import OrderApprove, OrderCancel, OrderShip
from tests.push.conftest import Office
from tests.push.stand_in import Receiver, StandIn
from tests.shop import open_shop


async def test_a_notice_comes_in_the_readers_language(office: Office, service: StandIn) -> None:
    shop, rep = await office.join("shop"), await office.join("rep")
    async with transaction(office.sessions) as session:
        await session.execute(update(User).where(User.login == "shop@demo").values(locale="zh-CN"))
    await office.tell("shop", "rep", "dealer")
    assert await office.send() == 1
    (chinese,), (english,) = service.to(shop), service.to(rep)
    assert (chinese["title"], chinese["body"]) == ("订单 SO-1 已发货", "好邻居：货已全部发出 SF 1")
    assert (english["title"], english["body"]) == (
        "Order SO-1 is shipped",
        "Good Neighbour: all of it is on its way SF 1",
    )
    assert english["url"] == "/orders/1"
    assert await office.jobs() == []


async def test_what_the_push_service_is_told(office: Office, service: StandIn) -> None:
    await office.join("shop", Receiver("fcm.googleapis.com"))
    await office.join("rep", Receiver("web.push.apple.com"))
    await office.tell("shop", "rep")
    await office.send()
    key = (await office.client.get("/api/push/key", headers=office.world.demo.bearer("rep"))).json()["key"]
    assert {each.claims["aud"] for each in service.handed if each.claims} == {
        "https://fcm.googleapis.com",
        "https://web.push.apple.com",
    }
    for each in service.handed:
        assert each.claims
        assert each.claims["sub"] == "https://qudao.test"
        assert each.signer == key
        assert each.headers["urgency"] == "normal"
        assert 0 < int(each.headers["ttl"]) <= 3 * 86400
        assert len(each.body) < 1000
        assert b"SO-1" not in each.body


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_an_app_on_a_port_of_its_own_can_sign(office: Office, service: StandIn) -> None:
    headers = office.world.demo.bearer("shop") | {"Host": "localhost:8443"}
    receiver = Receiver()
    answer = await office.client.post("/api/push/subscriptions", json=receiver.subscription, headers=headers)
    assert answer.status_code == 204
    await office.tell("shop")
    await office.send()
    (handed,) = service.handed
    assert handed.claims
    assert handed.claims["sub"] == "https://localhost"


async def test_one_notification_a_subject(office: Office, service: StandIn) -> None:
    shop = await office.join("shop")
    await office.tell("shop", subject="order:1", status="approved")
    await office.tell("shop", subject="order:1", status="shipped")
    await office.tell("shop", subject="order:2")
    await office.send()
    found = sorted(service.to(shop), key=lambda message: message["at"])
    assert found[0]["tag"] == found[1]["tag"] != found[2]["tag"]
    assert found[0]["at"] < found[1]["at"]  # the device tells the older by it
    assert {each.headers["topic"] for each in service.handed} == {message["tag"] for message in found}
    assert all(len(message["tag"]) <= 32 for message in found)
    # Another brand's is another one, whatever its id: a browser may be of both.
    assert tag_of(office.world.other.tenant.id, "order:1") not in {message["tag"] for message in found}


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_is_gone_is_forgotten(office: Office, service: StandIn, status: int) -> None:
    shop, rep = await office.join("shop"), await office.join("rep")
    service.answers[shop.token] = status, {}
    await office.tell("shop", "rep")
    await office.send()
    assert await office.devices() == 1
    assert await office.jobs() == []
    await office.tell("shop", "rep")
    await office.send()
    assert [each.token for each in service.handed].count(shop.token) == 1
    assert len(service.to(rep)) == 2


async def test_a_busy_push_service_is_asked_again_for_who_is_left(office: Office, service: StandIn) -> None:
    shop, rep = await office.join("shop"), await office.join("rep")
    service.answers[shop.token] = 429, {"Retry-After": "120"}
    await office.tell("shop", "rep")
    before = datetime.now(UTC)
    await office.send()
    (left,) = await office.jobs()
    assert timedelta(seconds=119) < left.due_at - before < timedelta(seconds=140)
    # Nothing gets through: the job fails, waits longer, and is listed in the end.
    service.answers[shop.token] = 503, {"Retry-After": "7200"}
    await office.hurry()
    await office.send()
    (left,) = await office.jobs()
    assert (left.status, left.reason, left.detail, left.failures) == ("waiting", "push_away", "503 push.example.com", 1)
    assert left.due_at - before > timedelta(seconds=7100)
    service.answers.clear()
    await office.hurry()
    await office.send()
    assert (len(service.to(shop)), len(service.to(rep))) == (3, 1)
    assert await office.jobs() == []
    # Also where nobody is reached, who has left is forgotten at once.
    await office.join("dealer")
    async with transaction(office.sessions) as session:
        await session.execute(delete(UserSession).where(UserSession.user_id == office.world.demo.users["dealer"].id))
    service.everything = 503, {}
    await office.tell("shop", "dealer")
    await office.send()
    assert await office.devices() == 2


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_many_are_told_in_parts(office: Office) -> None:
    people = [new_id() for _ in range(PEOPLE_A_JOB + 1)]
    async with transaction(office.sessions) as session:
        await notify(session, office.tenant_id, people, "order:1", "push.order.shipped", {}, "/orders/1")
    told = [job.args["users"] for job in await office.jobs()]
    assert sorted(map(len, told)) == [1, PEOPLE_A_JOB]
    assert sorted(user for users in told for user in users) == sorted(people)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_oldest_device_of_a_person_gives_way(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribing, "MOST_DEVICES", 2)
    await office.join("shop")
    async with transaction(office.sessions) as session:
        (first,) = await session.scalars(select(PushSubscription))
        columns = {each.key: getattr(first, each.key) for each in PushSubscription.__table__.columns}
        ids = sorted((new_id(), new_id()))  # two of one millisecond come in any order
        for id_ in ids:
            session.add(PushSubscription(**{**columns, "id": id_, "session_id": new_id(), "endpoint_hash": id_}))
    await office.join("shop")
    async with snapshot(office.sessions) as session:
        left = list(await session.scalars(select(PushSubscription.id).order_by(PushSubscription.id)))
    assert (len(left), left[0]) == (2, ids[1])


async def test_what_nobody_will_ever_take_is_listed(office: Office, service: StandIn) -> None:
    await office.join("shop")
    service.everything = 403, {}
    await office.tell("shop")
    await office.send()
    (left,) = await office.jobs()
    assert (left.status, left.reason, left.detail) == ("failed", "push_refused", "403 push.example.com")
    assert await office.devices() == 1


@pytest.mark.parametrize(("days", "sent"), [(2.9, 1), (3.1, 0)])
async def test_what_is_old_by_now_is_not_sent_any_more(
    office: Office, service: StandIn, days: float, sent: int
) -> None:
    receiver = await office.join("shop")
    await office.tell("shop")
    async with transaction(office.sessions) as session:
        (row,) = await session.scalars(select(QueuedJob))
        row.args = {**row.args, "at": (datetime.now(UTC) - timedelta(days=days)).isoformat()}
    await office.send()
    assert len(service.to(receiver)) == sent
    assert await office.jobs() == []


async def test_quiet_hours(office: Office, service: StandIn) -> None:
    shop, rep, dealer = [await office.join(login) for login in ("shop", "rep", "dealer")]
    now = datetime.now(UTC)
    end = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    around = f"{now - timedelta(hours=2):%H}:00-{end:%H}:00"
    async with transaction(office.sessions) as session:
        await session.execute(update(Tenant).values(quiet_hours=around, time_zone="UTC"))
    chosen = await office.client.put(
        "/api/push/settings", json={"quiet_hours": "none"}, headers=office.world.demo.bearer("rep")
    )
    assert chosen.status_code == 204
    await office.tell("shop", "rep", "dealer")
    await office.send()
    assert [len(service.to(each)) for each in (shop, rep, dealer)] == [0, 1, 0]
    (left,) = await office.jobs()
    assert left.due_at == end
    await office.tell("shop", urgent=True)
    await office.send()
    assert len(service.to(shop)) == 1
    assert service.handed[-1].headers["urgency"] == "high"
    await office.quiet("none")
    await office.hurry()
    await office.send()
    assert [len(service.to(each)) for each in (shop, rep, dealer)] == [2, 1, 1]


async def test_who_signed_out_hears_nothing(office: Office, service: StandIn) -> None:
    """The end of a session ends it, on whichever way it came; so does leaving."""
    world = office.world.demo
    for login in ("shop", "rep", "dealer", "desk", "distributor", "finance", "rival"):
        await office.join(login)
    assert (await office.client.delete("/api/session", headers=world.bearer("shop"))).status_code == 204
    (rival,) = (await office.client.get("/api/sessions", headers=world.bearer("rival"))).json()
    ended = await office.client.delete(f"/api/sessions/{rival['id']}", headers=world.bearer("rival"))
    assert ended.status_code == 204
    gone = await office.client.delete("/api/push/subscriptions", headers=world.bearer("desk"))
    assert gone.status_code == 204
    async with transaction(office.sessions) as session:
        await session.execute(update(User).where(User.login == "rep@demo").values(active=False))
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(
            update(UserSession).where(UserSession.user_id == world.users["dealer"].id).values(expires_at=past)
        )
        await session.execute(update(Organisation).where(Organisation.code == "DIST").values(status="exited"))
    await office.tell("shop", "rep", "dealer", "desk", "distributor", "finance", "rival")
    await office.send()
    assert len(service.handed) == 1  # finance
    assert await office.devices() == 1


async def test_housekeeping_forgets_devices_without_a_session(office: Office) -> None:
    for login in ("shop", "rep"):
        await office.join(login)
    async with transaction(office.sessions) as session:
        await session.execute(delete(UserSession).where(UserSession.user_id == office.world.demo.users["rep"].id))
        assert await forget_subscriptions(session, office.world.demo.tenant.id, datetime.now(UTC)) == 1
        assert await forget_subscriptions(session, office.world.demo.tenant.id, datetime.now(UTC)) == 0
    assert await office.devices() == 1


async def test_a_browser_has_one_subscription_whoever_uses_it(office: Office, service: StandIn) -> None:
    browser = await office.join("shop")
    await office.join("shop", browser)
    assert await office.devices() == 1
    await office.join("rep", browser)
    assert await office.devices() == 1
    await office.tell("shop")
    await office.send()
    assert service.handed == []
    other = office.world.other.bearer("rep")
    moved = await office.client.post("/api/push/subscriptions", json=browser.subscription, headers=other)
    assert moved.status_code == 204
    assert await office.devices() == 1
    await office.tell("rep")
    await office.send()
    assert service.handed == []
    # A renewed subscription takes the place of the old one.
    await office.join("rep")
    await office.join("rep")
    assert await office.devices() == 2


async def test_another_key_makes_subscriptions_void(office: Office, service: StandIn) -> None:
    await office.join("shop")
    async with transaction(office.sessions) as session:
        await session.execute(update(PushKey).values(private=new_private()))
    office.sessions.kw["info"].pop("push_keys")
    await office.tell("shop")
    await office.send()
    assert service.handed == []
    assert await office.devices() == 0


async def test_the_key_stays(office: Office) -> None:
    headers = office.world.demo.bearer("rep")
    first = (await office.client.get("/api/push/key", headers=headers)).json()
    office.sessions.kw["info"].pop("push_keys")
    assert (await office.client.get("/api/push/key", headers=headers)).json() == first
    async with snapshot(office.sessions) as session:
        assert len((await session.scalars(select(PushKey))).all()) == 1


async def test_an_address_of_others_is_a_fault_of_the_caller(office: Office) -> None:
    for url in ("https://elsewhere.example", "//elsewhere.example", "orders/1"):
        async with transaction(office.sessions) as session:
            with pytest.raises(ValueError, match="not an address"):
                await notify(session, office.tenant_id, (), "s", "push.order.shipped", {}, url)


async def test_settings_of_a_person(office: Office) -> None:
    headers = office.world.demo.bearer("rep")
    await office.quiet("21:00-08:00")

    async def found() -> dict[str, object]:
        answer: dict[str, object] = (await office.client.get("/api/push/settings", headers=headers)).json()
        return answer

    nothing = {"quiet_hours": "", "brand_quiet_hours": "21:00-08:00", "this_device": False, "devices": 0}
    assert await found() == nothing
    await office.join("rep")
    for hours in ("20:00-09:30", "none", ""):
        body = {"quiet_hours": hours}
        assert (await office.client.put("/api/push/settings", json=body, headers=headers)).status_code == 204
        assert await found() == nothing | {"quiet_hours": hours, "this_device": True, "devices": 1}
    for hours in ("25:00-07:00", "22:00-22:00", "22-7", "ten"):
        bad = await office.client.put("/api/push/settings", json={"quiet_hours": hours}, headers=headers)
        assert (bad.status_code, bad.json()["code"]) == (422, "bad_setting")


# where it may lead


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://push.example.com/x"),
        ("endpoint", "https://localhost/x"),
        ("endpoint", "https://127.0.0.1/x"),
        ("endpoint", "https://[::1]/x"),
        ("endpoint", "https://169.254.169.254/latest/meta-data"),
        ("endpoint", "https://2130706433/x"),
        ("endpoint", "https://push.example.com:8443/x"),
        ("endpoint", "https://user:pass@push.example.com/x"),
        ("endpoint", "https://database/x"),
        ("endpoint", "https://metadata.google.internal/x"),
        ("endpoint", "file:///etc/passwd"),
        ("endpoint", "https://push.example.com/" + "x" * 2000),
        ("p256dh", "A" * 87),
        ("auth", "A" * 30),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_subscription_that_is_none_is_refused(office: Office, field: str, value: str) -> None:
    draft = Receiver().subscription
    (draft if field == "endpoint" else draft["keys"])[field] = value
    answer = await office.client.post("/api/push/subscriptions", json=draft, headers=office.world.demo.bearer("rep"))
    assert answer.status_code == 422, answer.text
    assert await office.devices() == 0


# orders


async def test_an_orders_status_is_told_to_the_shop_and_to_who_placed_it(office: Office, service: StandIn) -> None:
    shop = await open_shop(office.sessions, office.world)
    buyer, rep, rival = [await office.join(login) for login in ("shop", "rep", "rival")]
    order = await shop.placed({"A": 10}, login="rep")
    await office.send()
    assert service.handed == []
    await shop.done("hq", OrderApprove(order=order))
    line = (await shop.order(order)).lines[0]
    await shop.done("hq", OrderShip(order=order, parcel=new_id(), lines={line.id: line.quantity}, carrier="SF"))
    assert await office.send() == 2
    for receiver in (buyer, rep):
        found = sorted(service.to(receiver), key=lambda message: message["at"])
        assert [message["title"].split(" is ")[1] for message in found] == ["approved", "shipped"]
        assert {message["url"] for message in found} == {f"/orders/{order}"}
        assert len({message["tag"] for message in found}) == 1
    assert service.to(rival) == []
    # Who does it oneself need not be told.
    order = await shop.placed({"A": 10}, login="rep")
    await shop.done("rep", OrderCancel(order=order, reason="no"))
    await office.send()
    assert len(service.to(rep)) == 2
    assert len(service.to(buyer)) == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_settings_are_checked(environ: dict[str, str]) -> None:
    for name, value in (
        ("QUDAO_VAPID_PRIVATE_KEY", "short"),
        ("QUDAO_VAPID_SUBJECT", "me"),
        ("QUDAO_PUSH_RELAY", "localhost:1"),
    ):
        with pytest.raises(SettingsError) as caught:
            load_settings(environ | {name: value})
        assert [problem.split(":")[0] for problem in caught.value.problems] == [name]
    assert load_settings(environ | {"QUDAO_VAPID_PRIVATE_KEY": new_private()}).vapid_private_key


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::", False),
        # A gateway between the two kinds of addresses may lead to one's own network.
        ("64:ff9b::a00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("::a00:1", False),
        ("fe80::1%eth0", False),
        ("nowhere", False),
    ],
)
def test_what_the_open_internet_is(address: str, public: bool) -> None:
    assert is_public(address) is public
