"""Learning on the phone, without a network: reading, answering, being told, killed in between, a second try."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from offline.ids import derived_id
from offline.wire.learning import (
    Card,
    Certificate,
    CourseAttempt,
    CourseAttemptFinish,
    CourseStudy,
    Enrolment,
    ExtraTry,
    Requirement,
)
from offline.wire.media import MediaView
from offline.wire.rows import Row
from tests.screens.conftest import Start
from tests.screens.courses import (
    CARD_1,
    CARD_2,
    MANY,
    ONE,
    ORDER,
    SHORT,
    STAFF,
    TRUTH,
    ask,
    course,
    options,
    questions,
    readings,
)
from tests.screens.world import NOW, SHOP, Phone, me, uid

COURSE = uid("course")
ME = ("me", me(STAFF, "staff", "周敏", SHOP))


async def phone_with(start: Start, *more: tuple[str, Row], path: str = "/learn", **options: Any) -> Phone:
    return await start(path, more=[ME, *more], user=STAFF, **options)


def sent(phone: Phone, kind: type[Any]) -> list[Any]:
    return [
        msgspec.json.decode(entry.args, type=kind) for entry in phone.app.engine.entries() if entry.name == kind.NAME
    ]


async def read_all(phone: Phone) -> None:
    await phone.tap("next")
    await phone.tap("next")


async def answer(phone: Phone, *chosen: str) -> None:
    for one in chosen:
        await phone.tap(f"option-{one}")
    await phone.tap("answer")


async def test_a_course_from_the_first_card_to_the_result(start: Start) -> None:
    phone = await phone_with(start, course())
    assert phone.has("tab-learn")
    assert "待学习" in phone.text("courses-open")
    await phone.tap(f"course-{COURSE}")
    assert "2 道题" in phone.text("course-screen")
    await phone.tap("course-start")
    assert "先进先出" in phone.text("lesson")
    await read_all(phone)
    assert sent(phone, CourseStudy) == [CourseStudy(course=COURSE, revision=1, cards=(CARD_1, CARD_2))]
    assert "第 1 / 2 题" in phone.text("player")
    assert "status" in [node.get("attributes", {}).get("role") for node in phone.nodes() if "第 1 / 2 题" in str(node)]
    # Nothing to hand in before something is chosen.
    assert phone.port.find("answer")["attributes"].get("disabled")  # type: ignore[index]  # the test fails here without it
    await answer(phone, "b")
    assert "答对了" in phone.text("feedback")
    assert "因为保质期" in phone.text("feedback")
    await phone.tap("next")
    await answer(phone, "a", "b")
    assert "答错了" in phone.text("feedback")
    await phone.tap("next")
    assert "未通过" in phone.text("result") or "没有通过" in phone.text("result")
    assert phone.text("score") == "50%"
    assert "最后一次机会" in phone.text("result")
    (finished,) = sent(phone, CourseAttemptFinish)
    assert (finished.number, finished.answers) == (1, {ONE: ("b",), MANY: ("a", "b")})
    await phone.tap("retake")
    await read_all(phone)
    await answer(phone, "b")
    await phone.tap("next")
    await answer(phone, "c", "a")
    await phone.tap("next")
    assert "恭喜" in phone.text("result")
    first, second = sent(phone, CourseAttemptFinish)
    assert (second.number, second.attempt != first.attempt) == (2, True)
    await phone.go("/learn")
    assert "陈列标准" in phone.text("courses-done")


async def test_a_kill_loses_no_answer(start: Start) -> None:
    phone = await phone_with(start, course(), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await answer(phone, "b")
    await phone.killed()
    await phone.start(f"/learn/{COURSE}")
    assert "继续学习" in phone.text("course-start")
    await phone.tap("course-start")
    assert "答对了" in phone.text("feedback")
    await phone.tap("next")
    await answer(phone, "a", "c")
    await phone.tap("next")
    assert phone.text("score") == "100%"
    await phone.killed()
    await phone.start(f"/learn/{COURSE}")
    # It was sent: what is next is another try.
    assert len(sent(phone, CourseAttemptFinish)) == 1
    assert "再考一次" in phone.text("course-start")


async def test_where_the_server_marks_the_phone_says_so(start: Start) -> None:
    cards = (*readings(), *questions(sealed=False))
    phone = await phone_with(start, course(cards=cards, marking="on_server", salt=""), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await answer(phone, "a")
    assert not phone.has("feedback")
    await answer(phone, "a", "c")
    assert phone.port.find("result")["attributes"]["data-status"] == "waiting"  # type: ignore[index]  # the test fails here without it
    assert "联网后" in phone.text("result")
    await phone.go("/learn")
    assert "待批改" in phone.text("courses-begun")


async def test_every_kind_of_question(start: Start) -> None:
    cards = (
        ask(TRUTH, kind="true_false", right=("false",)),
        ask(SHORT, kind="short", accepted=("12 箱",)),
        ask(ORDER, kind="order", options=options("a", "b", "c"), right=("b", "a", "c"), points=3, partial=True),
    )
    phone = await phone_with(start, course(cards=cards), path=f"/learn/{COURSE}/take")
    await answer(phone, "false")
    assert "答对了" in phone.text("feedback")
    await phone.tap("next")
    await phone.type("short-answer", "１２箱")
    await phone.tap("answer")
    assert "答对了" in phone.text("feedback")
    await phone.tap("next")
    shown = [node["attributes"]["data-testid"] for node in phone.nodes()
             if str(node.get("attributes", {}).get("data-testid", "")).startswith("down-")]  # fmt: skip
    before = [each.removeprefix("down-") for each in shown]
    assert sorted(before) == ["a", "b", "c"]
    # Sorted by bubbles, as a thumb does it.
    wanted = ["b", "a", "c"]
    now = list(before)
    for place, one in enumerate(wanted):
        while now.index(one) > place:
            at = now.index(one)
            await phone.tap(f"up-{one}")
            now[at - 1], now[at] = now[at], now[at - 1]
    await phone.tap("answer")
    await phone.tap("next")
    (finished,) = sent(phone, CourseAttemptFinish)
    assert finished.answers[ORDER] == ("b", "a", "c")
    assert phone.text("score") == "100%"


async def test_a_locked_course_says_what_comes_first(start: Start) -> None:
    first = course("first", title={"zh": "产品知识"})
    later = course(requires=(Requirement(uid("first"), {"zh": "产品知识"}),))
    phone = await phone_with(start, first, later, path=f"/learn/{COURSE}")
    assert "产品知识" in phone.text("locked")
    assert not phone.has("course-start")
    await phone.go(f"/learn/{COURSE}/take")  # a link that was kept
    assert not phone.has("player")
    await phone.tap(f"first-{uid('first')}")
    assert phone.app.router.path == f"/learn/{uid('first')}"
    await phone.go(f"/learn/{COURSE}")
    row = Enrolment(
        id=derived_id("enrolment", uid("first"), STAFF), user=STAFF, course=uid("first"), passed_at=NOW, best=90
    )
    phone.put([("enrolment", row)])
    await phone.port.settle()
    assert phone.has("course-start")


def certificate(**changes: Any) -> Certificate:
    given: dict[str, Any] = {
        "id": uid("certificate"), "code": "7KQ2M9X4B6D8F3HJ", "user": STAFF, "user_name": "周敏", "course": COURSE,
        "title": {"zh": "陈列标准"}, "issued_on": date(2025, 8, 1), "expires_on": date(2026, 8, 1),
    }  # fmt: skip
    return Certificate(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"expires_on": date(2027, 7, 1)}, "valid"),
        ({}, "expiring"),
        ({"expires_on": date(2026, 7, 13)}, "expired"),
        ({"revoked_on": date(2026, 7, 1), "revoked_reason": "代考"}, "revoked"),
    ],
)
async def test_a_certificate_and_how_it_stands(start: Start, changes: dict[str, Any], state: str) -> None:
    phone = await phone_with(start, course(), ("certificate", certificate(**changes)), path=f"/learn/{COURSE}")
    assert phone.text("certificate-state") == phone.app.t(f"certificate.state.{state}")
    assert "7KQ2-M9X4-B6D8-F3HJ" in phone.text("certificate")
    assert ("代考" in phone.text("certificate")) == (state == "revoked")
    # Which year it is valid in is read off it; one that runs out says what brings a new one.
    assert f"{changes.get('expires_on', date(2026, 8, 1)).year}年" in phone.text("certificate")
    assert phone.has("renewal") == (state in ("expiring", "expired"))
    assert ("重新考取证书" in phone.text("course-start")) == phone.has("renewal")
    pdf = phone.port.find("certificate-pdf")
    assert pdf is not None
    assert pdf["attributes"]["href"] == f"/api/certificates/{uid('certificate')}/certificate.pdf"


async def test_an_attempt_that_was_set_aside_says_why(start: Start) -> None:
    row = CourseAttempt(
        id=uid("aside"), user=STAFF, course=COURSE, revision=1, status="set_aside", reason="twice", points=2, total=2,
        finished_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    phone = await phone_with(start, course(), ("course_attempt", row), path=f"/learn/{COURSE}")
    assert "另一台手机" in phone.text("attempts")
    await phone.go("/learn")
    assert "待判定" in phone.text("courses-begun")


async def test_who_passed_on_another_phone_is_told_so_where_this_ones_attempt_is_set_aside(start: Start) -> None:
    phone = await phone_with(start, course(cards=readings()), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    (finished,) = sent(phone, CourseAttemptFinish)
    row = CourseAttempt(
        id=finished.attempt, user=STAFF, course=COURSE, revision=1, status="set_aside", reason="twice", passed=True
    )
    enrolled = Enrolment(id=derived_id("enrolment", COURSE, STAFF), user=STAFF, course=COURSE, passed_at=NOW)
    held = certificate(expires_on=date(2027, 7, 1))
    phone.put([("course_attempt", row), ("enrolment", enrolled), ("certificate", held)])
    await phone.port.settle()
    assert "由培训师判定" in phone.text("result")
    assert "您已通过这门课程" in phone.text("result")
    assert "有效" in phone.text("certificate-state")


async def test_with_no_try_left_a_course_may_be_read_again(start: Start) -> None:
    tried = [
        (
            "course_attempt",
            CourseAttempt(id=uid(str(n)), user=STAFF, course=COURSE, revision=1, status="failed", number=n),
        )
        for n in (1, 2)
    ]
    phone = await phone_with(start, course(), *tried, path="/learn")
    assert "次数已用完" in phone.text("courses-begun")
    await phone.tap(f"course-{COURSE}")
    assert "联系培训师" in phone.text("spent")
    assert "2 次都用完了" in phone.text("course-screen")
    assert "再看一遍" in phone.text("course-start")
    await phone.tap("course-start")
    await read_all(phone)
    assert phone.app.router.path == f"/learn/{COURSE}"
    assert sent(phone, CourseAttemptFinish) == []


async def test_who_has_no_try_left_is_told_whom_to_ask_and_goes_on_with_one_more(start: Start) -> None:
    """With no network: what the trainer gave is on the phone. A third that was past the limit takes nothing of it."""
    states: Any = ({"status": "failed"}, {"status": "failed"}, {"status": "set_aside", "reason": "over_limit"})
    tried = [
        ("course_attempt", CourseAttempt(id=uid(str(n)), user=STAFF, course=COURSE, revision=1, number=n, **state))
        for n, state in enumerate(states, 1)
    ]
    phone = await phone_with(start, course(trainer="何敏"), *tried[:2], path=f"/learn/{COURSE}")
    assert "联系何敏" in phone.text("spent")
    extra = ExtraTry(id=uid("extra"), at=NOW - timedelta(hours=1), by_name="何敏")
    row = Enrolment(id=derived_id("enrolment", COURSE, STAFF), user=STAFF, course=COURSE, tries=2, extra=(extra,))
    phone.put([("enrolment", row), tried[2]])
    await phone.port.settle()
    assert not phone.has("spent")
    assert "何敏" in phone.text("extra-try")
    assert "还可考 1 次（共 3 次）" in phone.text("course-screen")
    await phone.tap("course-start")
    await read_all(phone)
    await answer(phone, "a")
    await phone.tap("next")
    await answer(phone, "b")
    await phone.tap("next")
    (finished,) = sent(phone, CourseAttemptFinish)
    assert finished.number == 3
    assert "联系何敏" in phone.text("result")


async def test_an_exam_begun_one_day_is_finished_on_the_next(start: Start) -> None:
    phone = await phone_with(start, course(), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await answer(phone, "b")
    await phone.tap("next")
    await phone.tap("option-a")  # chosen, not handed in
    await phone.app.jottings.settled()
    await phone.killed()
    phone.clock.at = NOW + timedelta(days=1, hours=3)
    await phone.start("/learn")
    await phone.tap(f"course-{COURSE}")
    assert "继续" in phone.text("course-start")
    await phone.tap("course-start")
    assert "第 2 / 2 题" in phone.text("player")
    await answer(phone, "c")
    await phone.tap("next")
    (finish,) = sent(phone, CourseAttemptFinish)
    assert finish.answers == {ONE: ("b",), MANY: ("a", "c")}
    assert finish.started_at == NOW
    assert phone.text("score") == "100%"


async def test_a_course_that_is_changed_in_the_middle_of_its_exam_says_so(start: Start) -> None:
    phone = await phone_with(start, course(), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await answer(phone, "b")
    await phone.tap("next")
    phone.put([course(revision=2)])
    await phone.port.settle()
    # The cards are read, the questions may be others.
    assert "第 1 / 2 题" in phone.text("player")
    assert "课程内容更新了" in phone.text("renewed")
    await answer(phone, "b")
    await phone.tap("next")
    assert not phone.has("renewed")
    await answer(phone, "a", "c")
    await phone.tap("next")
    assert [each.revision for each in sent(phone, CourseAttemptFinish)] == [2]


async def test_a_new_revision_keeps_what_was_read(start: Start) -> None:
    phone = await phone_with(start, course(), path=f"/learn/{COURSE}/take")
    await phone.tap("next")
    await phone.tap("leave-course")
    assert phone.asked("navigate")[-1] == {"type": "navigate", "path": f"/learn/{COURSE}", "replace": True}
    assert sent(phone, CourseStudy) == [CourseStudy(course=COURSE, revision=1, cards=(CARD_1,))]
    phone.put([course(revision=2)])
    await phone.port.settle()
    await phone.go("/learn")
    assert "1 / 2" in phone.text("courses-begun")


async def test_who_has_read_it_all_is_told_that_the_quiz_is_left(start: Start) -> None:
    phone = await phone_with(start, course(), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await phone.go("/learn")
    assert "卡片已学完，还没通过测验" in phone.text("courses-begun")


async def test_pictures_are_kept_when_asked_for(start: Start) -> None:
    asked: list[list[str]] = []

    async def keep(urls: Any) -> bool:
        asked.append(list(urls))
        return len(asked) > 1

    phone = await phone_with(start, course())
    phone.app.device.keep_files = keep
    await phone.go(f"/learn/{COURSE}")
    await phone.tap("keep-offline")
    assert "没有全部保存下来（0/1）" in phone.text("toast")
    await phone.tap("keep-offline")
    assert phone.has("kept")
    assert asked[0] == ["/images/a.webp"]


async def test_a_video_that_is_not_on_the_phone_says_so_where_there_is_no_network(start: Start) -> None:
    film = MediaView(id=uid("film"), content_type="video/mp4", size=9, sha256="a" * 64, status="stored")
    card = Card(id=uid("film-card"), kind="video", title={"zh": "收银"}, media=film)
    phone = await phone_with(start, course(cards=(card, *questions())))
    held: set[str] = set()

    async def which(urls: Any) -> frozenset[str]:
        return frozenset(held.intersection(urls))

    phone.app.device.held_files = which
    phone.app.engine._offline = True
    phone.app.engine._tell()
    await phone.go(f"/learn/{COURSE}/take")
    assert "联网后可看" in phone.text("film-away")
    held.add(f"/api/media/{film.id}/original")
    await phone.go("/learn")
    await phone.go(f"/learn/{COURSE}/take")
    assert not phone.has("film-away")


async def test_who_sells_sees_the_tab_once_there_is_a_course(start: Start) -> None:
    phone = await start("/")
    assert not phone.has("tab-learn")
    phone.put([course()])
    await phone.port.settle()
    assert phone.has("tab-learn")


async def test_in_english(start: Start) -> None:
    phone = await phone_with(start, course(), locale="en", path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await answer(phone, "a")
    assert "Not right" in phone.text("feedback")
    assert "point" not in phone.text("feedback")


async def test_an_order_that_is_left_as_it_stands_is_an_answer(start: Start) -> None:
    asked = ask(ORDER, kind="order", options=options("a", "b"), right=("b", "a"))
    phone = await phone_with(start, course(cards=(asked,)), path=f"/learn/{COURSE}/take")
    await phone.tap("answer")
    await phone.tap("next")
    (finished,) = sent(phone, CourseAttemptFinish)
    assert sorted(finished.answers[ORDER]) == ["a", "b"]


async def test_a_double_tap_at_the_end_is_one_try(start: Start) -> None:
    phone = await phone_with(start, course(), path=f"/learn/{COURSE}/take")
    await read_all(phone)
    await answer(phone, "b")
    await phone.tap("next")
    await answer(phone, "a", "b")
    await phone.double_tap("next")
    assert [each.number for each in sent(phone, CourseAttemptFinish)] == [1]
    assert "50%" in phone.text("score")
