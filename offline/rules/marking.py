"""Marking a quiz, the same on the phone and on the server; and who may try, how often, and how long a pass lasts.

**Sealed answers.** A question that phones mark carries, in place of its answer, what the answer's parts hash to with
the revision's salt. So no answer stands in clear in what the phone stores or the server sends, and the phone still
marks. It keeps out who looks, not who computes: among four options the right one is found by hashing all four. Where
that matters the trainer lets the server mark, and then nothing of the answer is on the phone. The explanation is
*veiled* (below), which is weaker still: it is only unreadable until somebody runs this code.
"""

import base64
import hashlib
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import cycle
from typing import Literal

import msgspec

from offline.wire.learning import (
    FALSE,
    TRUE,
    AuthoredCard,
    AuthoredQuestion,
    Card,
    Certificate,
    Question,
    QuestionKind,
    SetAsideReason,
)

RENEWAL_DAYS = 30
_MAX_OPTIONS = 12
_TRAILING = ".,!?;:。、…"


class Mark(msgspec.Struct, frozen=True):
    """``ok``: all of it right."""

    points: int
    of: int
    ok: bool


class Grade(msgspec.Struct, frozen=True):
    """``percent`` is rounded down: 79.9 % is not 80 %. ``marks`` by the question's card."""

    points: int
    total: int
    percent: int
    passed: bool
    marks: dict[str, Mark]


def normalised(text: str) -> str:
    """A short answer without what does not make it another answer: width and form of letters and figures (NFKC),
    case, blanks, a full stop at its end."""
    plain, before = text, ""
    while plain != before:
        before = plain
        folded = unicodedata.normalize("NFKC", plain).casefold()
        plain = "".join(folded.split()).rstrip(_TRAILING) or "".join(folded.split())
    return plain


def parts(kind: QuestionKind, answer: Sequence[str]) -> frozenset[str]:
    """What an answer consists of: chosen options; option by place for ``order``; the text for ``short``."""
    if kind == "short":
        return frozenset(text for text in map(normalised, answer) if text)
    if kind == "order":
        return frozenset(f"{place}:{option}" for place, option in enumerate(answer))
    return frozenset(answer)


def seal(salt: str, card: str, part: str) -> str:
    """24 hex digits: as good as unique among a question's few parts."""
    return hashlib.sha256(f"{salt}\n{card}\n{part}".encode("utf-8", "surrogatepass")).hexdigest()[:24]


def seals_of(salt: str, card: str, question: AuthoredQuestion) -> tuple[str, ...]:
    """Sorted, so that their order tells nothing."""
    answer = question.accepted if question.kind == "short" else question.right
    return tuple(sorted(seal(salt, card, part) for part in parts(question.kind, answer)))


def mark(salt: str, card: str, question: Question, answer: Sequence[str]) -> Mark:
    """No answer is a wrong one. ``partial``: for ``multiple`` each right option counts and each wrong one takes one
    away, for ``order`` each option in its place counts; rounded down to whole points, all of them for all only."""
    given = {seal(salt, card, part) for part in parts(question.kind, answer)}
    wanted = set(question.seals)
    # Any one of the accepted texts is all of a short answer.
    ok = given <= wanted and bool(given) and (question.kind == "short" or given == wanted)
    points = question.points if ok else 0
    if question.partial and not ok and wanted and question.kind in ("multiple", "order"):
        wrong = len(given - wanted) if question.kind == "multiple" else 0
        points = question.points * max(0, len(given & wanted) - wrong) // len(wanted)
    return Mark(points, question.points, ok)


def grade(salt: str, cards: Iterable[Card], answers: Mapping[str, Sequence[str]], pass_mark: int) -> Grade:
    """A whole quiz; ``pass_mark`` in percent. A course without questions is passed by finishing it."""
    marks = {
        card.id: mark(salt, card.id, card.question, answers.get(card.id, ()))
        for card in cards
        if card.question is not None
    }
    points, total = sum(each.points for each in marks.values()), sum(each.of for each in marks.values())
    percent = points * 100 // total if total else 100
    return Grade(points, total, percent, points * 100 >= pass_mark * total, marks)


def right_options(salt: str, card: str, question: Question) -> tuple[str, ...]:
    """The right options of a sealed question, to be shown once it is answered; in their order for ``order``. None
    for ``short``: its answer can't be read from a seal."""
    names = [option.id for option in question.options] or [TRUE, FALSE]
    if question.kind == "short":
        return ()
    wanted = set(question.seals)
    if question.kind != "order":
        return tuple(name for name in names if seal(salt, card, name) in wanted)
    return tuple(name for place in range(len(names)) for name in names if seal(salt, card, f"{place}:{name}") in wanted)


def veil(salt: str, card: str, text: str) -> str:
    """A text not in clear; ``unveil`` reads it. No secret: whoever has the row has the salt."""
    return base64.b64encode(_veiled(salt, card, text.encode())).decode()


def unveil(salt: str, card: str, veiled: str) -> str:
    return _veiled(salt, card, base64.b64decode(veiled)).decode()


def _veiled(salt: str, card: str, content: bytes) -> bytes:
    mask = cycle(hashlib.sha256(f"veil\n{salt}\n{card}".encode()).digest())
    return bytes(byte ^ other for byte, other in zip(content, mask, strict=False))


def shuffled(ids: Iterable[str], *seed: str) -> list[str]:
    """An order that depends on ``seed`` (the attempt's id, ...) and on nothing else, whatever order they came in."""
    prefix = "\n".join(seed)
    return sorted(ids, key=lambda one: (hashlib.sha256(f"{prefix}\n{one}".encode()).digest(), one))


def question_faults(card: AuthoredCard) -> list[str]:
    """What keeps a question from being asked, as ``field:problem``; empty when it is sound."""
    question = card.question
    if question is None:
        return ["question:missing"] if card.kind == "question" else []
    faults = [] if any(text.strip() for text in card.text.values()) else ["text:missing"]
    if question.kind == "short":
        return faults + ([] if any(map(normalised, question.accepted)) else ["accepted:missing"])
    if question.kind == "true_false":
        return faults + ([] if question.right in ((TRUE,), (FALSE,)) else ["right:missing"])
    names = [option.id for option in question.options]
    if not 2 <= len(names) <= _MAX_OPTIONS or not all(any(o.text.values()) for o in question.options):
        faults.append("options:missing")
    if len(set(names)) != len(names) or len(set(question.right)) != len(question.right):
        faults.append("options:twice")
    elif not _is_answered(question, names):
        faults.append("right:missing")
    return faults


def _is_answered(question: AuthoredQuestion, names: Sequence[str]) -> bool:
    right = question.right
    if question.kind == "order":
        return sorted(right) == sorted(names)
    if question.kind == "single":
        return len(right) == 1 and right[0] in names
    return bool(right) and set(right) <= set(names)


def cards_left(cards: Iterable[Card], done: Collection[str]) -> list[str]:
    """Ids of the cards to read that are not read yet."""
    return [card.id for card in cards if card.kind != "question" and card.id not in done]


def tries_left(limit: int, used: int) -> int | None:
    """None = as many as one likes."""
    return max(0, limit - used) if limit else None


def tries_allowed(limit: int, extra: Iterable[int], now: int) -> int:
    """In period ``now``; ``extra``: the periods in which a trainer gave one more. 0 = as many as one likes."""
    return limit + sum(each == now for each in extra) if limit else 0


NotNeeded = Literal["", "no_limit", "left", "passed"]


def another_try(allowed: int, used: int, *, passed: bool, state: "CertificateState | None") -> NotNeeded:
    """Why a person needs no further try, empty for who does: all that are ``allowed`` are used up, and nothing was
    passed, or what was has to be renewed. ``state``: of the latest certificate, None without one."""
    if not allowed:
        return "no_limit"
    if tries_left(allowed, used):
        return "left"
    return "passed" if passed and state != "expiring" else ""


def set_aside(number: int, taken: Collection[int], limit: int) -> SetAsideReason:
    """Why an attempt does not count by itself: ``taken`` are the numbers of those that do. Two phones that did not
    know of each other both send try 1; the one that arrives second is a person's to judge."""
    if number in taken:
        return "twice"
    return "over_limit" if limit and (number > limit or len(taken) >= limit) else ""


CertificateState = Literal["valid", "expiring", "expired", "revoked"]


def certificate_state(certificate: Certificate, today: date) -> CertificateState:
    """``today`` at the brand. It holds through its last day; within RENEWAL_DAYS of that it should be renewed."""
    if certificate.revoked_on is not None:
        return "revoked"
    if certificate.expires_on is None:
        return "valid"
    if today > certificate.expires_on:
        return "expired"
    return "expiring" if today > certificate.expires_on - timedelta(days=RENEWAL_DAYS) else "valid"


def expiry(issued_on: date, months: int) -> date | None:
    """The last day of a certificate: the same day of the month it ends in, or that month's last."""
    if not months:
        return None
    year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + months, 12)
    return date(year, month + 1, min(issued_on.day, monthrange(year, month + 1)[1]))


def period(certificates: Iterable[Certificate], today: date) -> int:
    """Tries are counted anew once a certificate is to be renewed: how often that was so until ``today``."""
    return sum(certificate_state(each, today) != "valid" for each in certificates)


def is_passed(passed: bool, certificates: Sequence[Certificate], today: date) -> bool:
    """Whether a course counts as passed, as a prerequisite too: with certificates, only while one of them holds."""
    if not certificates:
        return passed
    return any(certificate_state(each, today) in ("valid", "expiring") for each in certificates)


def unmet(required: Iterable[str], passed: Collection[str]) -> list[str]:
    return [course for course in required if course not in passed]
