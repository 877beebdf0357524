"""What trainers do with a course: save what is not published yet, publish it, take it off the phones."""

import re
import secrets
from collections.abc import Collection, Mapping

from backend.db import insert_missing
from backend.identity.service import audit, refuse_overtaken
from backend.inputs import check_distinct, check_names, check_text
from backend.learning import queries
from backend.learning.audience import AUTHORS, RESULTS
from backend.learning.jobs import plan_announcement
from backend.learning.models import Course, CourseRevision, CourseTally
from backend.learning.rows import content_of, doc_of, draft_row, tally_row
from backend.learning.service import announce_course
from backend.media import service as media
from backend.sync.commands import Context, Refused
from offline.rules.marking import question_faults
from offline.wire.learning import AuthoredCard, CoursePublish, CourseSave, CourseWithdraw

MAX_TEXT = 4000
_IMAGE = re.compile(r"/images/[0-9a-f]{32}\.webp", re.ASCII)


async def save_course(context: Context, command: CourseSave) -> None:
    """What is saved may be unfinished; ``publish_course`` asks for more. Refuses with ``invalid`` {field},
    ``prerequisite_unknown``, ``prerequisite_circle`` or ``changed_meanwhile``, and as ``media.attach`` does."""
    _check(command)
    session, tenant_id = context.session, context.principal.tenant_id
    known = await queries.courses(session, tenant_id, lock=True)
    row = known.get(command.course)
    await refuse_overtaken(context, draft_row(row) if row is not None else None, command)
    _check_prerequisites(command, known)
    await _keep_media(context, command, row)
    doc = doc_of(command)
    if row is None or row.doc != doc:
        audit(session, context.principal, "course.saved", command.course, at=context.now)
    if row is None:
        row = Course(tenant_id=tenant_id, id=command.course, state="draft", revision=0, changed=True, doc=doc)
        row.changed_at = context.now
        session.add(row)
    elif row.doc != doc:
        row.doc, row.changed_at = doc, context.now
        published = await queries.revision(session, tenant_id, row.id, row.revision)
        row.changed = published is None or published.doc != doc
    context.changes.put("course_draft", draft_row(row), AUTHORS)


def _check(command: CourseSave) -> None:
    check_names("title", command.title)
    _check_long("summary", command.summary)
    check_distinct("cards", [card.id for card in command.cards])
    check_distinct("prerequisites", command.prerequisites)
    check_text("audience", *command.audience.roles)
    for number, card in enumerate(command.cards):
        _check_card(f"cards[{number}]", card)
    images = (command.image, *(card.image for card in command.cards))
    if any(image and not _IMAGE.fullmatch(image) for image in images):
        raise Refused("invalid", field="image")


def _check_card(field: str, card: AuthoredCard) -> None:
    check_names(f"{field}.title", card.title, needed=False)
    _check_long(f"{field}.text", card.text)
    question = card.question
    if (question is None) != (card.kind != "question") or (card.media is not None and card.kind == "text"):
        raise Refused("invalid", field=field)
    if question is not None:
        for option in question.options:
            check_names(f"{field}.options", option.text, needed=False)
        check_text(f"{field}.accepted", *question.accepted)
        _check_long(f"{field}.explanation", question.explanation)


def _check_long(field: str, names: Mapping[str, str]) -> None:
    """As ``check_names``, for texts of some length."""
    if any(not 2 <= len(tag) <= 16 or len(text) > MAX_TEXT for tag, text in names.items()) or len(names) > 20:
        raise Refused("invalid", field=field)
    check_text(field, *names, *names.values())


def _check_prerequisites(command: CourseSave, known: Mapping[str, Course]) -> None:
    if not set(command.prerequisites) <= known.keys():
        raise Refused("prerequisite_unknown")
    seen: set[str] = set()
    waiting = list(command.prerequisites)
    while waiting:
        one = waiting.pop()
        if one == command.course:
            raise Refused("prerequisite_circle")
        if one not in seen:
            seen.add(one)
            waiting += content_of(known[one].doc).prerequisites


def _files(cards: Collection[AuthoredCard]) -> dict[str, AuthoredCard]:
    return {card.media.id: card for card in cards if card.media is not None}


async def _keep_media(context: Context, command: CourseSave, old: Course | None) -> None:
    """The files of what is saved and of what is published belong to the course; others may go."""
    session, principal = context.session, context.principal
    refs = [card.media for card in command.cards if card.media is not None]
    kept = set(_files(command.cards))
    if old is not None:
        published = await queries.revision(session, principal.tenant_id, old.id, old.revision)
        kept |= set(_files(content_of(published.doc).cards)) if published is not None else set()
    if refs:
        await media.attach(
            session,
            principal.tenant_id,
            refs,
            user_id=principal.user_id,
            entity="course",
            entity_id=command.course,
            now=context.now,
            scopes=(AUTHORS,),
        )
    if old is not None and _files(content_of(old.doc).cards).keys() - kept:
        await media.detach(
            session, principal.tenant_id, entity="course", entity_id=command.course, now=context.now, keep=kept
        )


async def publish_course(context: Context, command: CoursePublish) -> None:
    """What is saved becomes the next revision, unless it is the published one already; of the first one those who are
    to take it hear on their devices. Refuses with
    ``course_unknown`` or ``course_unfinished`` {faults}: ``2:right:missing`` is of the second card."""
    session, principal = context.session, context.principal
    row = await _course(context, command.course)
    faults = publishing_faults(content_of(row.doc))
    if faults:
        raise Refused("course_unfinished", faults=faults)
    if row.changed:
        row.revision += 1
        session.add(
            CourseRevision(
                tenant_id=principal.tenant_id,
                course_id=row.id,
                revision=row.revision,
                doc=row.doc,
                salt=secrets.token_hex(8),
                published_at=context.now,
                published_by=principal.user_id,
            )
        )
        row.published_at, row.changed = context.now, False
        await session.flush()
        await _open_tally(context, row)
        if row.revision == 1:
            await plan_announcement(session, principal.tenant_id, row.id, principal.user_id)
    row.state = "published"
    await announce_course(session, principal.tenant_id, row, context.changes)
    audit(session, principal, "course.published", row.id, {"revision": row.revision}, at=context.now)


def publishing_faults(content: CourseSave) -> list[str]:
    """What keeps a course from being taken, ``<card's number>:<field>:<problem>``."""
    faults = [] if content.cards else ["0:cards:missing"]
    for number, card in enumerate(content.cards, 1):
        faults += [f"{number}:{fault}" for fault in question_faults(card)]
        said = any(text.strip() for text in (*card.text.values(), *card.title.values()))
        if card.kind == "text" and not said:
            faults.append(f"{number}:text:missing")
        if card.kind in ("picture", "video") and card.media is None and not card.image:
            faults.append(f"{number}:media:missing")
    return faults


async def _open_tally(context: Context, row: Course) -> None:
    tenant_id = context.principal.tenant_id
    fresh = {"tenant_id": tenant_id, "course_id": row.id, "questions": {}}
    await insert_missing(context.session, CourseTally, [fresh])
    tallies = await queries.locked_tallies(context.session, tenant_id, {row.id})
    context.changes.put("course_tally", tally_row(tallies[row.id]), RESULTS)


async def withdraw_course(context: Context, command: CourseWithdraw) -> None:
    """Refuses with ``course_unknown``. Results stay, and attempts under way are still taken."""
    row = await _course(context, command.course)
    row.state = "withdrawn"
    await announce_course(context.session, context.principal.tenant_id, row, context.changes)
    audit(context.session, context.principal, "course.withdrawn", row.id, {}, at=context.now)


async def _course(context: Context, course_id: str) -> Course:
    found = await queries.courses(context.session, context.principal.tenant_id, {course_id}, lock=True)
    if course_id not in found:
        raise Refused("course_unknown")
    return found[course_id]
