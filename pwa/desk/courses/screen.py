"""Courses at the desk: the list, and the panel of one with its editor, preview and results."""

from collections.abc import Callable, Mapping
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.learning import CourseAttempt, CourseDraft, CourseSave, Enrolment
from pwa.components.basics import Badge, Child, Picture, Pieces, Tone
from pwa.components.fields import SegmentedFilter
from pwa.desk.courses.editor import EditPanel
from pwa.desk.courses.results import Results
from pwa.desk.listing import new_button, use_listing
from pwa.desk.parts import Nothing, export_link, link, page, panel
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

STATE_TONES: Mapping[str, Tone] = {"draft": "neutral", "published": "accent", "withdrawn": "neutral"}


def drafts(desk: DeskState) -> list[CourseDraft]:
    found = [row for row in desk.app.engine.replica.all("course_draft") if isinstance(row, CourseDraft)]
    return sorted(found, key=lambda row: (row.state == "withdrawn", row.published_at is not None, row.id))


def open_attempts(desk: DeskState, course_id: str = "") -> list[CourseAttempt]:
    """Those that wait for a decision, of one course or of all."""
    rows = (row for row in desk.app.engine.replica.all("course_attempt") if isinstance(row, CourseAttempt))
    return [row for row in rows if row.status == "set_aside" and course_id in ("", row.course)]


def enrolments(desk: DeskState, course_id: str) -> list[Enrolment]:
    rows = (row for row in desk.app.engine.replica.all("enrolment") if isinstance(row, Enrolment))
    return [row for row in rows if row.course == course_id]


@component
def CoursesScreen(course_id: str, query: Mapping[str, str]) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    rows = drafts(desk)
    tab = query.get("tab", "edit" if desk.reads.may("course.edit") else "results")

    listing = use_listing("courses", course_id, query)
    return page(
        words("courses.title"),
        html.div({"className": "promotion-list"}, *(_card(desk, words, row, row.id == course_id) for row in rows))
        if rows
        else Nothing("graduation-cap", words("courses.none"), words("courses.none_text"), key="empty"),
        tools=(
            export_link(desk, "results"),
            new_button(listing, words("courses.new"), "course.edit", testid="course-new"),
        ),
        panel=_panel(desk, words, course_id, tab, listing.close) if course_id else None,
        testid="desk-courses",
    )


def _card(desk: DeskState, words: Words, row: CourseDraft, selected: bool) -> VdomDict:
    people = enrolments(desk, row.id)
    passed = sum(each.passed_at is not None for each in people)
    waiting = len(open_attempts(desk, row.id))
    facts = [audience_text(words, row), words("courses.card_count", count=len(row.cards))]
    if people:
        facts.append(words("courses.passed_of", passed=passed, count=len(people)))
    return link(
        desk,
        f"/desk/courses/{row.id}",
        Picture(row.image, fallback="graduation-cap", size=48),
        html.span(
            {"className": "promotion-body"},
            html.span({"className": "promotion-head"}, html.strong(words.name(row.title))),
            html.span({"className": "promotion-limits faint"}, Pieces(*facts)),
            Badge(words("courses.waiting", count=waiting), "warning") if waiting else None,
        ),
        Badge(state_text(words, row), "warning" if row.changed and row.revision else STATE_TONES[row.state]),
        class_name="promotion promotion-selected" if selected else "promotion",
        testid=f"course-{row.id}",
        key=row.id,
    )


def state_text(words: Words, row: CourseDraft) -> str:
    """A published course with changes says that they are not out yet."""
    if row.state == "published" and row.changed:
        return words("courses.state_changed")
    return words(f"courses.state_{row.state}")


def audience_text(words: Words, row: CourseDraft) -> str:
    named = [words(f"role.{role}") for role in row.audience.roles]
    named += [words(f"courses.type_{each}") for each in row.audience.types]
    return words("list_comma").join(named) if named else words("courses.everyone")


def _panel(desk: DeskState, words: Words, course_id: str, tab: str, close: Callable[[], Any]) -> Child:
    row = desk.app.engine.replica.typed(CourseDraft, "course_draft", course_id)
    if row is None and course_id != "new" and not desk.refused("course", course_id, CourseSave.NAME):
        return panel(words("courses.gone"), on_close=close, testid="course-panel")
    may_edit = desk.reads.may("course.edit")
    tabs = [("edit", words("courses.tab_edit")), ("results", words("courses.tab_results"))]
    chosen = tab if may_edit and course_id != "new" else "edit" if may_edit else "results"
    filter_ = (
        SegmentedFilter(
            tabs,
            chosen,
            lambda one: desk.go(f"/desk/courses/{course_id}?tab={one}"),
            label=words("courses.title"),
            testid="course-tab",
        )
        if may_edit and course_id != "new"
        else None
    )
    if chosen == "results" and row is not None:
        return Results(row, filter_, close, key=f"results-{course_id}")
    return EditPanel(course_id, filter_, close, key=f"edit-{course_id}")
