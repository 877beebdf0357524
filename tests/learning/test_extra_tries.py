"""One person gets one more try than the course allows: once, when it is needed, and known to all it concerns."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.learning import deciding
from offline.ids import new_id
from offline.wire.learning import Course, CourseAttempt, CourseTryGive, CourseWithdraw
from tests.learning.lessons import ONE, WRONG, finish, published
from tests.learning.test_taking import attempt, enrolled
from tests.shop import Shop


def give(shop: Shop, course_id: str, **changes: Any) -> CourseTryGive:
    return CourseTryGive(**({"extra": new_id(), "course": course_id, "person": shop.brand.users["staff"].id} | changes))


async def spent(shop: Shop, **changes: Any) -> str:
    """A course whose one try the staff has used up."""
    course_id = await published(shop, **({"attempts": 1} | changes))
    await shop.done("staff", finish(course_id, WRONG))
    return course_id


async def test_one_more_counts_and_only_one(shop: Shop) -> None:
    course_id = await spent(shop)
    command = give(shop, course_id)
    await shop.done("trainer", command)
    await shop.done("trainer", command)
    row = await enrolled(shop, course_id)
    assert [(each.id, each.by_name, each.at, each.period) for each in row.extra] == [
        (command.extra, "Trainer", shop.now, 0)
    ]
    await shop.done("staff", second := finish(course_id, number=2))
    assert (await attempt(shop, second.attempt))[0].status == "passed"
    assert (await enrolled(shop, course_id)).tries == 2
    await shop.done("staff", third := finish(course_id, number=3))
    assert (await attempt(shop, third.attempt))[0].reason == "over_limit"


async def test_it_is_for_that_person_alone(shop: Shop) -> None:
    course_id = await spent(shop, audience={"types": ("shop",)})
    await shop.done("shop", finish(course_id, WRONG))
    await shop.done("trainer", give(shop, course_id))
    await shop.done("shop", over := finish(course_id, number=2))
    assert (await attempt(shop, over.attempt))[0].reason == "over_limit"


async def test_none_is_given_that_is_not_needed(shop: Shop) -> None:
    course_id = await published(shop, attempts=2)
    await shop.refused("trainer", give(shop, course_id), "enrolment_unknown")
    await shop.done("staff", finish(course_id, WRONG))
    assert await shop.refused("trainer", give(shop, course_id), "try_not_needed") == {"why": "left"}
    await shop.done("staff", finish(course_id, number=2))
    assert await shop.refused("trainer", give(shop, course_id), "try_not_needed") == {"why": "passed"}
    free = await published(shop, "free", attempts=0)
    await shop.done("staff", finish(free, WRONG))
    assert await shop.refused("trainer", give(shop, free), "try_not_needed") == {"why": "no_limit"}
    await shop.refused("trainer", give(shop, new_id()), "course_unknown")
    await shop.done("trainer", CourseWithdraw(course=free))
    await shop.refused("trainer", give(shop, free), "course_unknown")


async def test_two_trainers_at_the_same_moment_give_one(shop: Shop) -> None:
    course_id = await spent(shop)
    first, second = await asyncio.gather(
        *(shop.push(login, [give(shop, course_id)]) for login in ("trainer", "hq")),
    )
    assert sorted(each.code for each in (*first, *second)) == ["", "try_not_needed"]
    assert len((await enrolled(shop, course_id)).extra) == 1


async def test_answers_that_were_told_go_from_the_phone_until_no_try_is_left(shop: Shop) -> None:
    course_id = await published(shop, attempts=1, marking="on_server")
    await shop.done("staff", first := finish(course_id, WRONG))

    async def told() -> tuple[str, ...]:
        row, _ = await shop.feed("course_attempt", first.attempt, CourseAttempt)
        return tuple(row.marks[ONE].right)

    assert await told() == ("b",)
    await shop.done("trainer", give(shop, course_id))
    assert await told() == ()
    await shop.done("staff", second := finish(course_id, WRONG, number=2))
    assert (await attempt(shop, second.attempt))[0].marks[ONE].right == ("b",)


async def test_one_given_for_a_renewal_does_not_outlive_it(shop: Shop) -> None:
    """Tries begin anew with the next certificate to be renewed: as many as the course allows."""
    course_id = await published(shop, attempts=1, valid_months=6)
    await shop.done("staff", finish(course_id))
    shop.now += timedelta(days=160)
    await shop.done("staff", finish(course_id, WRONG))
    row = await enrolled(shop, course_id)
    assert (row.period, row.tries) == (1, 1)
    await shop.done("trainer", give(shop, course_id))
    await shop.done("staff", second := finish(course_id, number=2))
    assert (await attempt(shop, second.attempt))[0].status == "passed"
    shop.now += timedelta(days=160)
    await shop.done("staff", finish(course_id, WRONG))
    await shop.done("staff", over := finish(course_id, number=2))
    assert (await attempt(shop, over.attempt))[0].reason == "over_limit"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_person_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    async def notify(_session: Any, _tenant: str, people: set[str], *about: Any) -> None:
        told.append((people, *about))

    monkeypatch.setattr(deciding, "notify", notify)
    course_id = await spent(shop)
    await shop.done("trainer", give(shop, course_id))
    ((people, subject, text, values, url),) = told
    assert people == {shop.brand.users["staff"].id}
    assert (subject, text, url) == (f"course:{course_id}", "push.course.another_try", f"/learn/{course_id}")
    assert values["title"]["en"] == "Display standards"


async def test_whom_to_ask_goes_with_the_course(shop: Shop) -> None:
    course_id = await published(shop)
    row, _ = await shop.feed("course", course_id, Course)
    assert row.trainer == "Trainer"
