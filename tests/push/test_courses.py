"""A new course is told once, to those who are to take it."""

import msgspec

from offline.wire.learning import Audience, CoursePublish, CourseWithdraw
from tests.learning.lessons import course, published
from tests.push.conftest import Office
from tests.push.stand_in import StandIn
from tests.shop import open_shop


async def test_those_meant_hear_of_a_new_course_once(office: Office, service: StandIn) -> None:
    shop = await open_shop(office.sessions, office.world)
    staff, owner, trainer = [await office.join(login) for login in ("staff", "shop", "trainer")]
    course_id = await published(shop)
    await office.send()
    (told,) = service.to(staff)
    assert (told["title"], told["body"]) in {("新课程", "陈列标准"), ("New course", "Display standards")}
    assert told["url"] == f"/learn/{course_id}"
    assert (service.to(owner), service.to(trainer)) == ([], [])

    changed = msgspec.structs.replace(course(), minutes=9)
    await shop.done("trainer", changed, CoursePublish(course=course_id))
    await office.send()
    assert len(service.to(staff)) == 1
    assert await office.jobs() == []


async def test_a_course_for_everybody_reaches_all_who_take_courses_but_its_author(
    office: Office, service: StandIn
) -> None:
    shop = await open_shop(office.sessions, office.world)
    logins = ("staff", "shop", "rep", "trainer")
    devices = {login: await office.join(login) for login in logins}
    await published(shop, audience=Audience())
    await office.send()
    assert {login: len(service.to(device)) for login, device in devices.items()} == {
        "staff": 1,
        "shop": 1,
        "rep": 1,
        "trainer": 0,
    }


async def test_of_a_course_that_was_withdrawn_at_once_nobody_hears(office: Office, service: StandIn) -> None:
    shop = await open_shop(office.sessions, office.world)
    staff = await office.join("staff")
    course_id = await published(shop)
    await shop.done("trainer", CourseWithdraw(course=course_id))
    await office.send()
    assert service.to(staff) == []
    assert await office.jobs() == []


async def test_at_night_it_waits(office: Office, service: StandIn) -> None:
    shop = await open_shop(office.sessions, office.world)
    staff = await office.join("staff")
    await office.quiet("00:00-23:59")
    await published(shop)
    await office.send()
    assert service.to(staff) == []
    assert [job.kind for job in await office.jobs()] == ["push.send"]
