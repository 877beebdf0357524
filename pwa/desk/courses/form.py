"""A course as texts, and back. A card in the form is a dict of texts and tuples, so that it compares and copies."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from offline.ids import new_id
from offline.rules.marking import question_faults
from offline.wire.learning import (
    FALSE,
    TRUE,
    Audience,
    AuthoredCard,
    AuthoredQuestion,
    CourseDraft,
    CourseSave,
    Option,
)
from pwa.components.fields import parse_whole
from pwa.desk.editing import Reader, names_of

ROLES = ("staff", "rep", "shop", "dealer", "distributor", "order_desk", "finance", "trainer", "head_office")
TYPES = ("shop", "dealer", "distributor", "head_office")
KINDS = ("single", "multiple", "true_false", "order", "short")
FIELDS = ("title_zh", "title_en", "summary_zh", "summary_en", "minutes", "pass_mark", "attempts", "valid_months",
          "marking", "shuffle", "certificate", "roles", "types", "prerequisites", "cards")  # fmt: skip

FormCard = dict[str, Any]


def option_id() -> str:
    """Drawn at random: ids by the clock would tell in which order options were typed."""
    return os.urandom(4).hex()


def fresh_card(kind: str) -> FormCard:
    card: FormCard = {"id": new_id(), "kind": kind, "title_zh": "", "title_en": "", "text_zh": "", "text_en": "",
                      "image": "", "media": ()}  # fmt: skip
    if kind == "question":
        card |= {"ask": "single", "options": ((option_id(), "", ""), (option_id(), "", "")), "right": (),
                 "accepted": "", "points": "1", "partial": False, "why_zh": "", "why_en": ""}  # fmt: skip
    return card


def form_card(card: AuthoredCard) -> FormCard:
    made = fresh_card(card.kind) | {
        "id": card.id, "image": card.image, "media": (card.media,) if card.media else (),
        "title_zh": card.title.get("zh", ""), "title_en": card.title.get("en", ""),
        "text_zh": card.text.get("zh", ""), "text_en": card.text.get("en", ""),
    }  # fmt: skip
    question = card.question
    if question is not None:
        kept = {option.id: option for option in question.options}
        ordered = [kept[one] for one in question.right] if question.kind == "order" else question.options
        made |= {
            "ask": question.kind, "right": question.right, "accepted": "\n".join(question.accepted),
            "options": tuple((each.id, each.text.get("zh", ""), each.text.get("en", "")) for each in ordered),
            "points": str(question.points), "partial": question.partial,
            "why_zh": question.explanation.get("zh", ""), "why_en": question.explanation.get("en", ""),
        }  # fmt: skip
    return made


def start_of(row: CourseDraft | CourseSave | None) -> dict[str, Any]:
    """What the form starts from."""
    if row is None:
        return {
            "title_zh": "", "title_en": "", "summary_zh": "", "summary_en": "", "minutes": "5", "pass_mark": "80",
            "attempts": "3", "valid_months": "12", "marking": "on_phone", "shuffle": True, "certificate": True,
            "roles": (), "types": (), "prerequisites": (), "cards": (), "image": "",
        }  # fmt: skip
    return {
        "title_zh": row.title.get("zh", ""), "title_en": row.title.get("en", ""),
        "summary_zh": row.summary.get("zh", ""), "summary_en": row.summary.get("en", ""),
        "minutes": str(row.minutes), "pass_mark": str(row.pass_mark),
        "attempts": str(row.attempts) if row.attempts else "",
        "valid_months": str(row.valid_months) if row.valid_months else "", "marking": row.marking,
        "shuffle": row.shuffle, "certificate": row.certificate, "roles": row.audience.roles,
        "types": row.audience.types, "prerequisites": row.prerequisites, "image": row.image,
        "cards": tuple(map(form_card, row.cards)),
    }  # fmt: skip


def authored(card: FormCard) -> AuthoredCard:
    """What the card says now; it may be unfinished."""
    return AuthoredCard(
        id=card["id"],
        kind=card["kind"],
        title=names_of(card["title_zh"].strip(), card["title_en"].strip()),
        text=names_of(card["text_zh"].strip(), card["text_en"].strip()),
        image="" if card["media"] else card["image"],
        media=card["media"][0] if card["media"] else None,
        question=_question(card) if card["kind"] == "question" else None,
    )


def _question(card: FormCard) -> AuthoredQuestion:
    kind = card["ask"]
    filled = tuple(
        Option(one, names_of(zh.strip(), en.strip())) for one, zh, en in card["options"] if zh.strip() or en.strip()
    )
    options = filled if kind in ("single", "multiple", "order") else ()
    names = [option.id for option in options]
    if kind == "order":
        right = tuple(names)
    elif kind == "true_false":
        right = tuple(one for one in card["right"] if one in (TRUE, FALSE))[:1]
    else:
        right = tuple(one for one in names if one in card["right"])
    return AuthoredQuestion(
        kind=kind,
        options=options,
        right=right if kind != "short" else (),
        accepted=tuple(filter(None, (line.strip() for line in card["accepted"].splitlines())))
        if kind == "short"
        else (),
        points=parse_whole(card["points"]) or 1,
        partial=card["partial"] and kind in ("multiple", "order"),
        explanation=names_of(card["why_zh"].strip(), card["why_en"].strip()),
    )


def faults_of(card: FormCard) -> list[str]:
    """What keeps the card from being published, as ``field:problem``."""
    made = authored(card)
    faults = question_faults(made)
    if made.kind == "text" and not made.text and not made.title:
        faults.append("text:missing")
    if made.kind in ("picture", "video") and made.media is None and not made.image:
        faults.append("media:missing")
    return faults


def command_of(reader: Reader, course_id: str) -> CourseSave | None:
    form = reader.form
    title = reader.names("title", required=True)
    minutes = reader.whole("minutes", least=1, most=240, empty=5)
    pass_mark = reader.whole("pass_mark", least=1, most=100, empty=80)
    attempts = reader.whole("attempts", most=20, empty=0)
    months = reader.whole("valid_months", most=120, empty=0)
    cards: Sequence[FormCard] = form["cards"]
    if any((parse_whole(card["points"]) or 0) not in range(1, 101) for card in cards if card["kind"] == "question"):
        reader.fault("cards", "whole", least=1, most=100)
    if reader.errors:
        return None
    return CourseSave(
        course=course_id,
        title=title,
        summary=reader.names("summary"),
        image=form["image"],
        minutes=minutes or 5,
        cards=tuple(map(authored, cards)),
        pass_mark=pass_mark or 80,
        attempts=attempts or 0,
        shuffle=form["shuffle"],
        marking=form["marking"],
        prerequisites=form["prerequisites"],
        certificate=form["certificate"],
        valid_months=(months or 0) if form["certificate"] else 0,
        audience=Audience(roles=form["roles"], types=form["types"]),
    )


def changed(cards: Sequence[FormCard], card_id: str, changes: Mapping[str, Any]) -> tuple[FormCard, ...]:
    return tuple({**card, **changes} if card["id"] == card_id else card for card in cards)
