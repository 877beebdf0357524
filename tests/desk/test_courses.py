"""A trainer's desk: a course put together, what is missing told, published; results and what waits for a decision."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from offline.ids import derived_id
from offline.wire.learning import (
    TRUE,
    Audience,
    AuthoredCard,
    AuthoredQuestion,
    Certificate,
    CertificateRevoke,
    CourseAttempt,
    CourseAttemptDecide,
    CourseDraft,
    CoursePublish,
    CourseSave,
    CourseTally,
    CourseWithdraw,
    Enrolment,
    Option,
    QuestionTally,
)
from tests.desk.conftest import Open
from tests.desk.world import NOW, OFFICE, SHOP, Desk, uid
from tests.screens.world import me

TRAINER, COURSE, ASK = uid("trainer"), uid("course"), uid("ask")
ME = ("me", me(TRAINER, "trainer", "培训老师", OFFICE))


def draft(**changes: Any) -> tuple[str, CourseDraft]:
    question = AuthoredQuestion(
        kind="multiple", options=(Option("a", {"zh": "甲"}), Option("b", {"zh": "乙"})), right=("a",), points=2,
        explanation={"zh": "因为"},
    )  # fmt: skip
    given: dict[str, Any] = {
        "id": COURSE, "title": {"zh": "陈列标准", "en": "Display"}, "pass_mark": 70, "attempts": 2,
        "cards": (
            AuthoredCard(id=uid("text"), kind="text", title={"zh": "先进先出"}, text={"zh": "先到先卖"}),
            AuthoredCard(id=ASK, kind="question", text={"zh": "怎么摆？"}, question=question),
        ),
        "audience": Audience(roles=("staff",)), "state": "published", "revision": 1, "changed": False,
    }  # fmt: skip
    return "course_draft", CourseDraft(**(given | changes))


async def trainer(open_desk: Open, *more: Any, path: str = "/desk/courses", **options: Any) -> Desk:
    return await open_desk(path, more=[ME, *more], user=TRAINER, **options)


async def test_a_trainer_has_the_desk_with_courses_and_nothing_of_orders(open_desk: Open) -> None:
    desk = await trainer(open_desk, draft(), path="/desk")
    assert desk.has("desk-courses")
    assert desk.has("nav-courses")
    assert not any(desk.has(f"nav-{name}") for name in ("overview", "orders", "products", "promotions", "customers"))
    assert "陈列标准" in desk.text(f"course-{COURSE}")


async def test_a_course_is_put_together_and_published(open_desk: Open) -> None:
    desk = await trainer(open_desk, path="/desk/courses/new")
    assert "至少要有一张卡片" in desk.text("course-faults")
    await desk.type("field-title_zh", "新人入门")
    await desk.tap("add-text")
    await desk.type("card-title_zh", "欢迎")
    await desk.type("card-text_zh", "欢迎加入")
    await desk.tap("add-question")
    assert "第 2 张缺少文字" in desk.text("course-faults")
    await desk.type("card-text_zh", "几点开门？")
    for place, text in ((1, "八点"), (2, "九点")):
        await desk.type(f"option-{place}-zh", text)
    await desk.tap("option-2-right")
    await desk.type("card-why_zh", "门店公约")
    await desk.tap("add-question")
    await desk.choose("card-ask", "true_false")
    await desk.type("card-text_zh", "要戴工牌")
    await desk.tap("card-right-true")
    assert not desk.has("course-faults")
    await desk.tap("roles-staff")
    await desk.tap("course-publish")
    (saved,) = desk.commands("course.save")
    assert isinstance(saved, CourseSave)
    first, one, two = saved.cards
    assert (saved.title, saved.audience, first.text) == (
        {"zh": "新人入门"},
        Audience(roles=("staff",)),
        {"zh": "欢迎加入"},
    )
    assert one.question is not None
    assert two.question is not None
    assert [option.text for option in one.question.options] == [{"zh": "八点"}, {"zh": "九点"}]
    assert one.question.right == (one.question.options[1].id,)
    assert one.question.explanation == {"zh": "门店公约"}
    assert (two.question.kind, two.question.right) == ("true_false", (TRUE,))
    assert desk.commands("course.publish") == [CoursePublish(course=saved.course)]
    assert desk.app.router.path == f"/desk/courses/{saved.course}"


async def test_what_was_saved_comes_back_as_it_was(open_desk: Open) -> None:
    """A change of the title alone leaves every card as it is."""
    kind, row = draft()
    ordered = AuthoredQuestion(
        kind="order", options=(Option("a", {"zh": "甲"}), Option("b", {"zh": "乙"})), right=("b", "a")
    )
    cards = (*row.cards, AuthoredCard(id=uid("order"), kind="question", text={"zh": "排序"}, question=ordered))
    desk = await trainer(open_desk, draft(cards=cards), path=f"/desk/courses/{COURSE}")
    await desk.type("field-title_zh", "陈列新标准")
    await desk.tap("save")
    (saved,) = desk.commands("course.save")
    assert saved.cards[:2] == row.cards
    assert saved.cards[2].question.right == ("b", "a")
    assert (saved.pass_mark, saved.attempts, saved.audience) == (70, 2, row.audience)
    assert kind == "course_draft"


async def test_faults_stand_at_their_field_and_nothing_is_sent(open_desk: Open) -> None:
    desk = await trainer(open_desk, draft(), path=f"/desk/courses/{COURSE}")
    await desk.type("field-title_zh", "")
    await desk.type("field-title_en", "")
    await desk.type("field-pass_mark", "120")
    await desk.tap("save")
    assert desk.error_of("field-title_zh")
    assert "100" in desk.error_of("field-pass_mark")
    assert desk.commands("course.save") == []


async def test_withdrawing_and_the_preview(open_desk: Open) -> None:
    desk = await trainer(open_desk, draft(), path=f"/desk/courses/{COURSE}")
    await desk.tap("course-preview")
    assert "怎么摆？" in desk.text("preview")
    await desk.tap("course-withdraw")
    assert desk.commands("course.withdraw") == [CourseWithdraw(course=COURSE)]


def person(name: str, **more: Any) -> tuple[str, Enrolment]:
    row = Enrolment(
        id=uid(name, "enrolled"), user=uid(name), user_name=name, organisation=SHOP,
        organisation_name={"zh": "好邻居"}, course=COURSE, **more,
    )  # fmt: skip
    return "enrolment", row


def results() -> list[tuple[str, Any]]:
    aside = CourseAttempt(
        id=uid("aside"), user=uid("周敏"), user_name="周敏", course=COURSE, revision=1, status="set_aside",
        reason="twice", points=2, total=2, passed=True, finished_at=NOW - timedelta(hours=2),
    )  # fmt: skip
    certificate = Certificate(
        id=uid("certificate"), code="7KQ2M9X4B6D8F3HJ", user=uid("李雷"), user_name="李雷", course=COURSE,
        title={"zh": "陈列标准"}, issued_on=NOW.date(), expires_on=NOW.date() + timedelta(days=365),
    )  # fmt: skip
    return [
        person("周敏", tries=1, best=50),
        person("李雷", tries=2, best=100, passed_at=NOW),
        person("韩梅"),
        ("course_attempt", aside),
        ("course_tally", CourseTally(id=COURSE, questions={ASK: QuestionTally(3, 1)})),
        ("certificate", certificate),
    ]


async def test_results_and_a_decision(open_desk: Open) -> None:
    desk = await trainer(open_desk, draft(), *results(), path=f"/desk/courses/{COURSE}?tab=results")
    assert "1" in desk.text("nav-courses")
    assert desk.text("result-begun").endswith("3")
    assert desk.text("result-passed").endswith("1")
    assert "1 / 3" in desk.text("hardest")
    assert "两台手机" in desk.text("set-aside")
    await desk.type_and_tap("aside-note", "网络问题", "aside-count")
    assert desk.commands("course.decide") == [CourseAttemptDecide(attempt=uid("aside"), counts=True, note="网络问题")]
    # Decided: it is not asked about twice.
    assert not desk.has("set-aside")


async def test_a_certificate_is_revoked_with_a_reason_only(open_desk: Open) -> None:
    desk = await trainer(open_desk, draft(), *results(), path=f"/desk/courses/{COURSE}?tab=results")
    await desk.tap(f"revoke-{uid('certificate')}")
    await desk.tap("revoke-yes")
    assert desk.commands("certificate.revoke") == []
    await desk.type("revoke-reason", "代考")
    await desk.tap("revoke-yes")
    assert desk.commands("certificate.revoke") == [CertificateRevoke(certificate=uid("certificate"), reason="代考")]
    assert "已撤销" in desk.text("certificates")


async def test_the_last_word_typed_lets_publish_and_the_list_says_it(open_desk: Open) -> None:
    """What is missing follows the typing: publish is pressed next, and the field need not be left for it."""
    desk = await trainer(open_desk, draft(), path=f"/desk/courses/{COURSE}")
    await desk.tap("add-question")
    await desk.choose("card-ask", "short")
    await desk.type("card-text_zh", "几点开门？")
    assert "几点开门？" in desk.text("card-3")
    assert desk.text("course-faults") == "第 3 张没有可接受的答案"
    assert desk.disabled("course-publish")
    await desk.type("card-accepted", "八点", leave=False)
    assert not desk.has("course-faults")
    assert not desk.disabled("course-publish")


async def test_who_cannot_go_on_by_themselves_stands_out_among_the_learners(open_desk: Open) -> None:
    ended = Certificate(
        id=uid("ended"), code="0" * 16, user=uid("李雷"), user_name="李雷", course=COURSE, title={"zh": "陈列标准"},
        issued_on=(NOW - timedelta(days=400)).date(), expires_on=(NOW - timedelta(days=35)).date(),
    )  # fmt: skip
    more = [person("周敏", tries=2, best=50), *results()[1:3], ("certificate", ended)]
    desk = await trainer(open_desk, draft(), *more, path=f"/desk/courses/{COURSE}?tab=results")
    assert "次数已用完" in desk.text(f"person-{uid('周敏')}")
    assert "已过期" in desk.text(f"person-{uid('李雷')}")
    assert "学习中" in desk.text(f"person-{uid('韩梅')}")


async def test_a_trainer_gives_one_person_one_more_try(open_desk: Open) -> None:
    spent = replace(person("周敏", tries=2, best=50)[1], id=derived_id("enrolment", COURSE, uid("周敏")))
    more = [("enrolment", spent), *results()[1:3]]
    desk = await trainer(open_desk, draft(marking="on_server"), *more, path=f"/desk/courses/{COURSE}?tab=results")
    assert not desk.has(f"give-try-{uid('韩梅')}")
    assert not desk.has(f"give-try-{uid('李雷')}")
    await desk.tap(f"give-try-{uid('周敏')}")
    assert "已看到正确答案" in desk.text("try-sheet")
    await desk.double_tap("try-yes")
    (command,) = desk.commands("course.give_try")
    assert (command.course, command.person) == (COURSE, uid("周敏"))
    row = desk.text(f"person-{uid('周敏')}")
    assert "培训老师" in row
    assert "次数已用完" not in row
    assert not desk.has(f"give-try-{uid('周敏')}")


async def test_the_keys_go_on_in_what_was_added(open_desk: Open) -> None:
    desk = await trainer(open_desk, draft(), path=f"/desk/courses/{COURSE}")
    await desk.tap("add-question")
    await desk.tap("add-option")
    focused = [message["selector"] for message in desk.port.sent if message["type"] == "focus"]
    assert ".course-card-open .course-fields" in focused[-2]
    assert focused[-1] == ".course-card-open [data-testid=option-3-zh]"
    assert desk.value_of("option-3-zh") == ""


async def test_one_more_option_loses_nothing_typed_into_the_others(open_desk: Open) -> None:
    """A form is not drawn at each key: what it showed last is older than what was typed."""
    desk = await trainer(open_desk, draft(), path=f"/desk/courses/{COURSE}")
    await desk.tap("card-2")
    await desk.type("option-1-zh", "先到的在前")
    await desk.type("option-2-zh", "新到的在前")
    await desk.tap("add-option")
    assert (desk.value_of("option-1-zh"), desk.value_of("option-2-zh")) == ("先到的在前", "新到的在前")
    await desk.type("option-1-zh", "先到先摆")
    await desk.tap_labelled("删除", -1)
    assert desk.value_of("option-1-zh") == "先到先摆"


async def test_a_right_answer_written_twice_is_previewed(open_desk: Open) -> None:
    question = AuthoredQuestion(kind="short", accepted=("八点", "八点"), points=1)
    card = AuthoredCard(id=ASK, kind="question", text={"zh": "几点开门？"}, question=question)
    desk = await trainer(open_desk, draft(cards=(card,)), path=f"/desk/courses/{COURSE}")
    await desk.tap("course-preview")
    assert "几点开门？" in desk.text("preview")


async def test_what_was_refused_is_saved_again_before_it_is_published(open_desk: Open) -> None:
    """The form shows what was typed: published must be that, not what the server had before."""
    desk = await trainer(open_desk, draft(state="draft", revision=0, changed=True), path=f"/desk/courses/{COURSE}")
    await desk.type("field-title_zh", "陈列标准 2")
    await desk.tap("save")
    await desk.refuse("forbidden", permission="course.edit")
    assert not desk.disabled("save")
    await desk.tap("course-publish")
    entries = [(entry.name, entry.state) for entry in desk.app.engine.entries()]
    assert entries == [("course.save", "waiting"), ("course.publish", "waiting")]
    assert desk.commands("course.save")[0].title["zh"] == "陈列标准 2"
