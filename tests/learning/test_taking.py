"""Reading, trying, passing; and that no attempt is lost, whatever phones were offline when."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select

from backend.learning.models import Certificate as CertificateTable
from backend.learning.models import CourseAttempt as AttemptTable
from offline.ids import derived_id, new_id
from offline.wire.learning import (
    Audience,
    Certificate,
    CertificateRevoke,
    CourseAttempt,
    CourseAttemptDecide,
    CoursePublish,
    CourseStudy,
    CourseTally,
    CourseWithdraw,
    Enrolment,
)
from tests.learning.lessons import CARDS, MANY, ONE, PICTURE, RIGHT, SHORT, TEXT, WRONG, course, finish, published, uid
from tests.shop import Shop


def enrolment_of(shop: Shop, course_id: str, login: str = "staff") -> str:
    return derived_id("enrolment", course_id, shop.brand.users[login].id)


async def enrolled(shop: Shop, course_id: str, login: str = "staff") -> Enrolment:
    row, scopes = await shop.feed("enrolment", enrolment_of(shop, course_id, login), Enrolment)
    assert scopes == {f"user:{shop.brand.users[login].id}", "learn:results"}
    assert isinstance(row, Enrolment)
    return row


async def attempt(shop: Shop, attempt_id: str) -> tuple[CourseAttempt, set[str]]:
    row, scopes = await shop.feed("course_attempt", attempt_id, CourseAttempt)
    return row, {each.partition(":")[0] for each in scopes}


async def certificates(shop: Shop) -> list[CertificateTable]:
    async with shop.sessions() as session:
        statement = select(CertificateTable).where(CertificateTable.tenant_id == shop.tenant_id)
        return list(await session.scalars(statement.order_by(CertificateTable.issued_on)))


async def test_cards_read_on_two_phones_add_up(shop: Shop) -> None:
    course_id = await published(shop)
    await shop.done("staff", CourseStudy(course=course_id, revision=1, cards=(PICTURE,)))
    await shop.done("staff", CourseStudy(course=course_id, revision=1, cards=(TEXT, ONE, new_id())))
    row = await enrolled(shop, course_id)
    assert (row.cards, row.user_name, row.tries, row.passed_at) == ((TEXT, PICTURE), "Staff", 0, None)
    # A newer revision keeps what it still has.
    await shop.done("trainer", course(cards=(*CARDS[1:], CARDS[0])), CoursePublish(course=course_id))
    await shop.done("staff", CourseStudy(course=course_id, revision=2))
    assert (await enrolled(shop, course_id)).cards == (PICTURE, TEXT)
    # A phone that has the older one still does not bring it back.
    yesterday = shop.now - timedelta(days=1)
    await shop.done("staff", CourseStudy(course=course_id, revision=1, cards=(TEXT,)), at=yesterday)
    row = await enrolled(shop, course_id)
    assert (row.cards, row.last_at) == ((PICTURE, TEXT), shop.now)


async def test_a_pass_is_marked_again_and_certified(shop: Shop) -> None:
    course_id = await published(shop)
    command = finish(course_id)
    await shop.done("staff", command)
    row, scopes = await attempt(shop, command.attempt)
    assert (row.status, row.points, row.total, row.passed, scopes) == ("passed", 5, 5, True, {"user"})
    assert row.marks[ONE].explanation == {"zh": "因为保质期"}
    standing = await enrolled(shop, course_id)
    assert (standing.tries, standing.best, standing.passed_at) == (1, 100, shop.now)
    (made,) = await certificates(shop)
    certificate, held_by = await shop.feed("certificate", made.id, Certificate)
    assert held_by == {f"user:{shop.brand.users['staff'].id}", "learn:results"}
    assert (certificate.user_name, certificate.percent) == ("Staff", 100)
    assert (certificate.issued_on, certificate.expires_on) == (date(2026, 7, 6), date(2027, 7, 6))
    assert len(certificate.code) == 16
    tally, _ = await shop.feed("course_tally", course_id, CourseTally)
    assert {card: (each.asked, each.right) for card, each in tally.questions.items()} == dict.fromkeys(RIGHT, (1, 1))


async def test_a_fail_is_told_question_by_question(shop: Shop) -> None:
    course_id = await published(shop)
    command = finish(course_id, {**RIGHT, MANY: ("a", "b", "c")})
    await shop.done("staff", command)
    row, _ = await attempt(shop, command.attempt)
    assert (row.status, row.points, row.passed) == ("passed", 4, True)
    assert (row.marks[MANY].points, row.marks[MANY].ok) == (1, False)
    await shop.done("staff", second := finish(course_id, WRONG, number=2))
    row, _ = await attempt(shop, second.attempt)
    assert (row.status, row.points) == ("failed", 0)
    # A pass stays one, and the best result; no second certificate is made of it.
    standing = await enrolled(shop, course_id)
    assert (standing.passed_at, standing.best) == (shop.now, 80)
    assert len(await certificates(shop)) == 1


async def test_the_server_tells_answers_once_no_try_is_left(shop: Shop) -> None:
    course_id = await published(shop, marking="on_server")
    first, second = finish(course_id, WRONG), finish(course_id, WRONG, number=2)
    await shop.done("staff", first)
    row, _ = await attempt(shop, first.attempt)
    assert [(mark.ok, mark.right, mark.explanation) for mark in row.marks.values()] == [(False, (), {})] * 3
    await shop.done("staff", second)
    row, _ = await attempt(shop, second.attempt)
    assert row.marks[ONE].right == ("b",)
    assert row.marks[SHORT].right == ("12 箱", "一打")


async def test_two_phones_that_both_took_the_first_try(shop: Shop) -> None:
    """The one that arrives second is set aside, with all its answers, where trainers see it."""
    course_id = await published(shop)
    first, second = finish(course_id, WRONG), finish(course_id)
    await shop.push("staff", [first], device="old phone")
    await shop.push("staff", [second], device="new phone")
    row, scopes = await attempt(shop, second.attempt)
    assert (row.status, row.reason, row.points, row.passed) == ("set_aside", "twice", 5, True)
    assert scopes == {"user", "learn"}
    assert (await enrolled(shop, course_id)).passed_at is None
    assert await certificates(shop) == []
    shop.now += timedelta(days=3)
    await shop.done("trainer", CourseAttemptDecide(attempt=second.attempt, counts=True, note="网络问题"))
    row, scopes = await attempt(shop, second.attempt)
    assert (row.status, row.note, row.decided_by, scopes) == ("passed", "网络问题", "Trainer", {"user"})
    assert (await enrolled(shop, course_id)).tries == 2
    (made,) = await certificates(shop)
    # It begins with the day on which it was decided.
    assert (made.user_id, made.issued_on) == (shop.brand.users["staff"].id, date(2026, 7, 9))
    detail = await shop.refused("trainer", CourseAttemptDecide(attempt=second.attempt, counts=False), "attempt_decided")
    assert detail == {"status": "passed"}


async def test_past_the_limit_and_left_out(shop: Shop) -> None:
    course_id = await published(shop, attempts=1)
    await shop.done("staff", finish(course_id, WRONG))
    await shop.done("staff", over := finish(course_id, number=2))
    row, _ = await attempt(shop, over.attempt)
    assert (row.status, row.reason) == ("set_aside", "over_limit")
    await shop.done("trainer", CourseAttemptDecide(attempt=over.attempt, counts=False))
    row, scopes = await attempt(shop, over.attempt)
    assert (row.status, scopes) == ("left_out", {"user"})
    assert (await enrolled(shop, course_id)).tries == 1
    assert await certificates(shop) == []


async def test_the_same_attempt_from_two_windows_keeps_both_answers(shop: Shop) -> None:
    course_id = await published(shop)
    command = finish(course_id, WRONG)
    await shop.done("staff", command)
    await shop.done("staff", command)
    await shop.done("staff", msgspec.structs.replace(command, answers=RIGHT))
    async with shop.sessions() as session:
        found = list(await session.scalars(select(AttemptTable).order_by(AttemptTable.points)))
    assert [(each.status, each.reason, each.points) for each in found] == [("failed", "", 0), ("set_aside", "twice", 5)]
    await shop.done("trainer", course("other", audience=Audience()), CoursePublish(course=uid("other")))
    await shop.refused("shop", msgspec.structs.replace(command, course=uid("other")), "attempt_exists")


async def test_an_attempt_is_marked_by_the_revision_it_was_taken_in(shop: Shop) -> None:
    course_id = await published(shop)
    other = (*CARDS[:2], msgspec.structs.replace(CARDS[2], id=new_id()))
    await shop.done("trainer", course(cards=other), CoursePublish(course=course_id), CourseWithdraw(course=course_id))
    await shop.done("staff", command := finish(course_id))
    row, _ = await attempt(shop, command.attempt)
    assert (row.status, row.points, row.total) == ("passed", 5, 5)
    await shop.refused("staff", finish(course_id, revision=3), "course_unknown")
    await shop.refused("staff", finish(new_id()), "course_unknown")
    await shop.refused("staff", CourseStudy(course=new_id(), revision=1), "course_unknown")


async def test_a_course_not_ones_to_take_is_set_aside(shop: Shop) -> None:
    """The phone may not have known yet; what was done on it is kept."""
    first = await published(shop, "first", attempts=0, valid_months=1)
    later = await published(shop, "later", prerequisites=(first,), audience=Audience(types=("shop",)))
    await shop.done("staff", early := finish(later))
    row, _ = await attempt(shop, early.attempt)
    assert (row.status, row.reason) == ("set_aside", "prerequisite")
    await shop.done("staff", finish(first), now := finish(later))
    assert (await attempt(shop, now.attempt))[0].status == "passed"
    await shop.done("dealer", stranger := finish(later))
    row, _ = await attempt(shop, stranger.attempt)
    assert (row.status, row.reason) == ("set_aside", "audience")
    # A prerequisite that ran out is none.
    shop.now += timedelta(days=40)
    await shop.done("staff", after := finish(later, number=2))
    assert (await attempt(shop, after.attempt))[0].reason == "prerequisite"


async def test_tries_are_counted_anew_when_a_certificate_is_to_be_renewed(shop: Shop) -> None:
    course_id = await published(shop, attempts=1, valid_months=6)
    await shop.done("staff", finish(course_id))
    shop.now += timedelta(days=100)
    await shop.done("staff", early := finish(course_id))
    assert (await attempt(shop, early.attempt))[0].reason == "twice"
    shop.now += timedelta(days=60)
    await shop.done("staff", renewal := finish(course_id))
    row, _ = await attempt(shop, renewal.attempt)
    assert (row.status, row.period) == ("passed", 1)
    first, second = await certificates(shop)
    assert (second.issued_on, second.expires_on) == (date(2026, 12, 13), date(2027, 6, 13))
    assert first.code != second.code


async def test_a_revoked_certificate_is_told_and_may_be_earned_again(shop: Shop) -> None:
    course_id = await published(shop, attempts=1)
    await shop.done("staff", finish(course_id))
    (made,) = await certificates(shop)
    revoke = CertificateRevoke(certificate=made.id, reason="代考")
    await shop.refused("trainer", CertificateRevoke(certificate=made.id, reason=" "), "reason_needed")
    await shop.refused("trainer", CertificateRevoke(certificate=new_id(), reason="x"), "certificate_unknown")
    await shop.done("trainer", revoke)
    row, _ = await shop.feed("certificate", made.id, Certificate)
    assert (row.revoked_on, row.revoked_reason) == (date(2026, 7, 6), "代考")
    await shop.refused("trainer", revoke, "certificate_revoked")
    await shop.done("staff", again := finish(course_id))
    assert (await attempt(shop, again.attempt))[0].status == "passed"
    assert len(await certificates(shop)) == 2
    # One from before it was given, told only now, belongs to the tries before.
    await shop.done("staff", old := finish(course_id), at=shop.now - timedelta(days=3))
    row, _ = await attempt(shop, old.attempt)
    assert (row.period, row.reason) == (0, "twice")


async def test_a_push_of_many_counts_each_once(shop: Shop) -> None:
    """In either way of taking a push: one transaction, or a savepoint each."""
    one, two = await published(shop, attempts=0), await published(shop, "two", attempts=0)
    for one_by_one in (False, True):
        await shop.push("staff", [finish(one, WRONG), finish(two), finish(one, number=2)], one_by_one=one_by_one)
    tally, _ = await shop.feed("course_tally", one, CourseTally)
    assert (tally.questions[ONE].asked, tally.questions[ONE].right) == (2, 1)
    async with shop.sessions() as session:
        statuses = [each.status for each in await session.scalars(select(AttemptTable))]
    assert sorted(statuses) == ["failed", "passed", "passed", "set_aside", "set_aside", "set_aside"]


async def test_a_course_without_questions_is_passed_by_finishing_it(shop: Shop) -> None:
    course_id = await published(shop, cards=CARDS[:2])
    await shop.done("staff", command := finish(course_id, {}))
    row, _ = await attempt(shop, command.attempt)
    assert (row.status, row.total) == ("passed", 0)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_start_that_no_database_takes(shop: Shop) -> None:
    course_id = await published(shop)
    for started in (datetime(1901, 1, 1, tzinfo=UTC), datetime(2026, 7, 1)):  # noqa: DTZ001 - the case
        detail = await shop.refused("staff", finish(course_id, started_at=started), "invalid")
        assert detail == {"field": "started_at"}


async def test_two_phones_at_the_same_moment(shop: Shop) -> None:
    """Whichever comes first counts; the other waits for a trainer."""
    course_id = await published(shop)
    await asyncio.gather(
        *(shop.push("staff", [CourseStudy(course=course_id, revision=1), finish(course_id)]) for _ in range(4))
    )
    async with shop.sessions() as session:
        statuses = sorted(each.status for each in await session.scalars(select(AttemptTable)))
    assert statuses == ["passed", "set_aside", "set_aside", "set_aside"]
    assert len(await certificates(shop)) == 1
