"""What a trainer saves and publishes, and whose phones hold what of it."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.media.models import Media
from backend.sync.models import SyncRow
from offline.ids import new_id
from offline.rules.marking import grade
from offline.wire.learning import (
    Audience,
    AuthoredCard,
    Course,
    CourseDraft,
    CoursePublish,
    CourseTally,
    CourseWithdraw,
)
from offline.wire.media import MediaRef
from tests.learning.lessons import CARDS, MANY, ONE, RIGHT, SHORT, TEXT, ask, course, options, published, uid
from tests.shop import Shop


async def docs(shop: Shop, scope: str) -> str:
    """All a phone that holds ``scope`` is sent of it."""
    async with shop.sessions() as session:
        statement = select(SyncRow.doc).where(SyncRow.tenant_id == shop.tenant_id, SyncRow.scope == scope)
        return "\n".join(filter(None, await session.scalars(statement)))


async def test_what_is_saved_is_the_trainers_alone_until_it_is_published(shop: Shop) -> None:
    saved = course()
    await shop.done("trainer", saved)
    draft, scopes = await shop.feed("course_draft", saved.course, CourseDraft)
    assert (draft.state, draft.revision, draft.changed, draft.cards) == ("draft", 0, True, saved.cards)
    assert scopes == {"learn:authors"}
    assert await shop.feed("course", saved.course, Course) == (None, set())


async def test_a_published_course_marks_on_the_phone_and_has_no_answer_in_clear(shop: Shop) -> None:
    course_id = await published(shop)
    row, scopes = await shop.feed("course", course_id, Course)
    assert scopes == {"learn:staff:shop"}
    assert grade(row.salt, row.cards, RIGHT, row.pass_mark).passed
    assert not grade(row.salt, row.cards, {**RIGHT, ONE: ("a",)}, row.pass_mark).passed
    sent = await docs(shop, "learn:staff:shop")
    assert "选项b" in sent
    for secret in ("12 箱", "一打", "12箱", "因为保质期", '"right"', '"accepted"'):
        assert secret not in sent


async def test_where_the_server_marks_nothing_of_the_answer_is_on_the_phone(shop: Shop) -> None:
    course_id = await published(shop, marking="on_server")
    row, _ = await shop.feed("course", course_id, Course)
    questions = [card.question for card in row.cards if card.question is not None]
    assert [(each.seals, each.veiled) for each in questions] == [((), {})] * 3
    assert row.salt == ""
    assert grade(row.salt, row.cards, RIGHT, row.pass_mark).points == 0


async def test_options_to_be_put_in_order_are_not_sent_in_it(shop: Shop) -> None:
    card = ask(ONE, kind="order", options=options("z", "m", "a"), right=("z", "m", "a"))
    row, _ = await shop.feed("course", await published(shop, cards=(card,)), Course)
    question = row.cards[0].question
    assert question is not None
    assert [option.id for option in question.options] == ["a", "m", "z"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("audience", "scopes"),
    [
        (Audience(), {"learn:*:*"}),
        (Audience(roles=("staff", "rep")), {"learn:staff:*", "learn:rep:*"}),
        (Audience(types=("dealer",)), {"learn:*:dealer"}),
    ],
)
async def test_audiences(shop: Shop, audience: Audience, scopes: set[str]) -> None:
    course_id = await published(shop, audience=audience)
    assert (await shop.feed("course", course_id, Course))[1] == scopes


async def test_a_new_revision_replaces_the_old_and_seals_anew(shop: Shop) -> None:
    course_id = await published(shop)
    first, _ = await shop.feed("course", course_id, Course)
    await shop.done("trainer", CoursePublish(course=course_id))
    assert (await shop.feed("course", course_id, Course))[0] == first
    changed = course(title={"zh": "陈列标准二"}, audience=Audience(types=("dealer",)))
    await shop.done("trainer", changed)
    assert (await shop.feed("course", course_id, Course))[0] == first
    draft, _ = await shop.feed("course_draft", course_id, CourseDraft)
    assert (draft.revision, draft.changed, draft.state) == (1, True, "published")
    await shop.done("trainer", CoursePublish(course=course_id))
    second, scopes = await shop.feed("course", course_id, Course)
    assert (second.revision, second.title, scopes) == (2, {"zh": "陈列标准二"}, {"learn:*:dealer"})
    assert second.salt != first.salt
    # As it was: nothing to publish.
    await shop.done("trainer", changed)
    assert not (await shop.feed("course_draft", course_id, CourseDraft))[0].changed


async def test_withdrawn_and_published_again(shop: Shop) -> None:
    course_id = await published(shop)
    await shop.done("trainer", CourseWithdraw(course=course_id))
    assert await shop.feed("course", course_id, Course) == (None, set())
    assert (await shop.feed("course_draft", course_id, CourseDraft))[0].state == "withdrawn"
    await shop.done("trainer", CoursePublish(course=course_id))
    row, _ = await shop.feed("course", course_id, Course)
    assert row.revision == 1


async def test_a_course_is_published_whole_or_not(shop: Shop) -> None:
    cards = (
        AuthoredCard(id=TEXT, kind="text"),
        AuthoredCard(id=new_id(), kind="video"),
        ask(ONE, kind="single", options=options("a", "b"), right=("a", "b")),
        AuthoredCard(id=MANY, kind="question", question=ask(MANY, kind="short").question),
    )
    await shop.done("trainer", course(cards=cards), course("empty", cards=()))
    detail = await shop.refused("trainer", CoursePublish(course=uid("course")), "course_unfinished")
    expected = ["1:text:missing", "2:media:missing", "3:right:missing", "4:text:missing", "4:accepted:missing"]
    assert detail == {"faults": expected}
    detail = await shop.refused("trainer", CoursePublish(course=uid("empty")), "course_unfinished")
    assert detail == {"faults": ["0:cards:missing"]}
    await shop.refused("trainer", CoursePublish(course=new_id()), "course_unknown")
    await shop.refused("trainer", CourseWithdraw(course=new_id()), "course_unknown")


async def test_prerequisites_exist_and_make_no_circle(shop: Shop) -> None:
    await shop.done("trainer", course("a"), course("b", prerequisites=(uid("a"),)))
    await shop.done("trainer", course("c", prerequisites=(uid("b"),)))
    await shop.refused("trainer", course("a", prerequisites=(uid("c"),)), "prerequisite_circle")
    await shop.refused("trainer", course("a", prerequisites=(uid("a"),)), "prerequisite_circle")
    await shop.refused("trainer", course("d", prerequisites=(uid("nowhere"),)), "prerequisite_unknown")
    await shop.done("trainer", CoursePublish(course=uid("b")))
    row, _ = await shop.feed("course", uid("b"), Course)
    assert [(each.course, each.title["en"]) for each in row.requires] == [(uid("a"), "Display standards")]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": {"zh": " "}}, "title"),
        ({"title": {"zh": "a\0"}}, ""),
        ({"summary": {"zh": "长" * 4001}}, "summary"),
        ({"image": "https://elsewhere.example/x.webp"}, "image"),
        ({"cards": (AuthoredCard(id=TEXT, kind="text"), AuthoredCard(id=TEXT, kind="text"))}, "cards"),
        ({"cards": (AuthoredCard(id=TEXT, kind="question"),)}, "cards[0]"),
        ({"cards": (AuthoredCard(id=TEXT, kind="text", question=ask(ONE, kind="short").question),)}, "cards[0]"),
        ({"cards": (AuthoredCard(id=TEXT, kind="text", image="javascript:alert(1)"),)}, "image"),
        ({"prerequisites": (SHORT, SHORT)}, "prerequisites"),
    ],
)
async def test_what_cannot_be_saved(shop: Shop, change: dict[str, Any], field: str) -> None:
    detail = await shop.refused("trainer", course(**change), "invalid")
    assert field in str(detail.get("field", ""))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_file_stays_as_long_as_what_is_saved_or_published_shows_it(shop: Shop) -> None:
    films = [MediaRef(id=new_id(), sha256=f"{n:02}" * 32, size=9, content_type="video/mp4") for n in range(2)]
    shown, tried = [AuthoredCard(id=film.id, kind="video", text={"zh": "短片"}, media=film) for film in films]
    await published(shop, cards=(*CARDS, shown))
    await shop.done("trainer", course(cards=(*CARDS, tried)))
    await shop.done("trainer", course())
    async with shop.sessions() as session:
        rows = [await session.get_one(Media, (shop.tenant_id, film.id)) for film in films]
    # The first is in what people take; the second was in no more than a draft.
    assert [row.expires_at is None for row in rows] == [True, False]


async def test_a_tally_begins_with_the_first_revision(shop: Shop) -> None:
    course_id = await published(shop)
    row, scopes = await shop.feed("course_tally", course_id, CourseTally)
    assert (msgspec.to_builtins(row), scopes) == ({"id": course_id}, {"learn:results"})
