"""Marking as vectors give it: ``MARKING`` for ``run_vectors``."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from offline.rules.facts import Facts
from offline.rules.marking import (
    another_try,
    certificate_state,
    expiry,
    grade,
    is_passed,
    normalised,
    parts,
    period,
    question_faults,
    right_options,
    seal,
    seals_of,
    set_aside,
    shuffled,
    tries_allowed,
    tries_left,
    unveil,
    veil,
)
from offline.wire.learning import AuthoredCard, AuthoredQuestion, Card, Certificate, Question

Given = dict[str, Any]
_SOME_ID = "01900000-0000-7000-8000-000000000000"


def authored(written: Given) -> AuthoredQuestion:
    """Options are written as their ids; each is its own text."""
    options = [{"id": name, "text": {"en": name}} for name in written.get("options", [])]
    return msgspec.convert({**written, "options": options}, AuthoredQuestion)


def _grade(_facts: Facts | None, given: Given) -> Any:
    """``questions``: by card, as their author wrote them; they are sealed here as the server seals them."""
    salt = given.get("salt", "salt")
    cards = []
    for card, written in given["questions"].items():
        made = authored(written)
        sealed = Question(
            kind=made.kind,
            options=made.options,
            points=made.points,
            partial=made.partial,
            seals=seals_of(salt, card, made),
        )
        cards.append(Card(id=card, kind="question", question=sealed))
    found = grade(salt, cards, given["answers"], given.get("pass_mark", 80))
    right = {card.id: right_options(salt, card.id, card.question) for card in cards if card.question}
    return {**msgspec.to_builtins(found), "right": right}


def _question_faults(_facts: Facts | None, given: Given) -> list[str]:
    question = authored(given["question"]) if "question" in given else None
    text = {"en": given.get("text", "?")}
    return question_faults(AuthoredCard(id=_SOME_ID, kind="question", text=text, question=question))


def _certified(_facts: Facts | None, given: Given) -> Any:
    common = {"id": "c", "code": "c", "user": "u", "user_name": "u", "course": "k", "title": {}}
    found = msgspec.convert([{**common, **one} for one in given["certificates"]], list[Certificate])
    today = date.fromisoformat(given["today"])
    return {
        "states": [certificate_state(each, today) for each in found],
        "period": period(found, today),
        "passed": is_passed(given.get("passed", True), found, today),
    }


def _sealed(_facts: Facts | None, given: Given) -> Any:
    salt, card = given["salt"], given["card"]
    hidden = veil(salt, card, given["text"])
    return {
        "seals": sorted(seal(salt, card, part) for part in parts(given["kind"], given["answer"])),
        "veiled": hidden,
        "unveiled": unveil(salt, card, hidden),
    }


MARKING: dict[str, Callable[[Facts | None, Given], Any]] = {
    "grade": _grade,
    "question_faults": _question_faults,
    "certified": _certified,
    "sealed": _sealed,
    "normalised": lambda _, given: [normalised(text) for text in given["texts"]],
    "shuffled": lambda _, given: shuffled(given["ids"], *given["seed"]),
    "set_aside": lambda _, given: set_aside(given["number"], given["taken"], given["limit"]),
    "tries_left": lambda _, given: tries_left(given["limit"], given["used"]),
    "tries_allowed": lambda _, given: tries_allowed(given["limit"], given["extra"], given["now"]),
    "another_try": lambda _, given: another_try(
        given["allowed"], given["used"], passed=given["passed"], state=given.get("state")
    ),
    "expiry": lambda _, given: expiry(date.fromisoformat(given["issued_on"]), given["months"]),
}
