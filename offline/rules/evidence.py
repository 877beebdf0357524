"""The checks of a claim over given facts. They judge evidence, never people, and a look-alike is never a verdict.

    block    the very bytes were handed in before: the claim cannot be approved with them
    review   finance must look before approving: receipt fields seen before, outside the period, over what is
             reserved, taken far away, evidence missing
    hint     worth a look beside the picture: a look-alike, no position (phones strip it), and whatever the file itself
             says of time and place (EXIF): anybody can write it, phones and editors strip it

The phone runs the same checks over the claims it holds, the server over all of the tenant's and with what it found in
the files.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from offline.money import quantise
from offline.rules.days import local_day
from offline.rules.fence import distance

Check = Literal[
    "same_file",
    "same_receipt",
    "look_alike",
    "receipt_outside_period",
    "picture_outside_period",
    "over_reserved",
    "other_currency",
    "far_away",
    "no_position",
    "exif_outside_period",
    "exif_far_away",
    "exif_time_differs",
    "exif_place_differs",
    "missing_receipt",
    "missing_picture",
    "missing_display",
]
Level = Literal["block", "review", "hint"]
Role = Literal["receipt", "display"]
LEVELS: dict[Check, Level] = {
    "same_file": "block",
    "same_receipt": "review",
    "look_alike": "hint",
    "receipt_outside_period": "review",
    "picture_outside_period": "review",
    "over_reserved": "review",
    "other_currency": "review",
    "far_away": "review",
    "no_position": "hint",
    "exif_outside_period": "hint",
    "exif_far_away": "hint",
    "exif_time_differs": "hint",
    "exif_place_differs": "hint",
    "missing_receipt": "review",
    "missing_picture": "review",
    "missing_display": "review",
}
FENCE_METRES = 500
UNSAID_ACCURACY = 100
"""Metres: how far off a position may be that came without a radius. Cameras seldom write one, and 0 is how a phone says
that its camera did not. In the open a phone is within some 10 m, between high houses and inside them within 100."""
CLOCK_SECONDS = 3600
"""How far a camera's clock may be off before its time is another one than the phone's."""
_WESTERNMOST, _EASTERNMOST = timedelta(hours=-12), timedelta(hours=14)
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_COMPANY_FORMS = {
    *("sdn", "bhd", "sb", "co", "ltd", "limited", "inc", "llc", "plc", "gmbh", "ag", "pte", "pty", "corp"),
    *("company", "corporation", "enterprise", "enterprises", "trading", "the"),
}
_CHINESE_FORMS = re.compile(r"(股份)?有限(责任)?公司|公司$")
_NOT_A_WORD = re.compile(r"[^\w]+", re.UNICODE)


class Place(msgspec.Struct, frozen=True):
    """WGS 84 degrees; ``accuracy`` in metres, 68 % radius."""

    latitude: float
    longitude: float
    accuracy: float = 0


class Exif(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file says of itself. ``taken_at``: naive where the camera wrote no zone, its wall clock then."""

    taken_at: datetime | None = None
    place: Place | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``taken_at`` and ``place``: as the phone said; ``exif``: as the file does, where it does."""

    id: str
    sha256: str
    role: Role
    taken_at: datetime | None = None
    place: Place | None = None
    exif: Exif = Exif()


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of a receipt as typed beside its pictures."""

    id: str
    seller: str
    on: date
    total: Decimal
    currency: str
    pictures: tuple[str, ...] = ()


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the activity was approved for. ``left`` is what is still reserved for it; ``place`` where it happens;
    ``needs`` the kinds of picture that must be there."""

    starts_on: date
    ends_on: date
    left: Decimal
    currency: str
    place: Place | None = None
    needs: tuple[Role, ...] = ("receipt", "display")
    time_zone: str = "Asia/Shanghai"


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something was seen before: in which claim, as which of its pictures. ``void``: that claim was refused or
    taken back, so handing the same in again is looked at and not blocked."""

    claim: str
    number: str = ""
    picture: str = ""
    void: bool = False
    distance: int = 0


class Before(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What other claims brought: by hash, by ``receipt_key``, and look-alikes by the id of the picture at hand."""

    files: Mapping[str, Seen] = {}
    receipts: Mapping[str, Seen] = {}
    look_alikes: Mapping[str, tuple[Seen, ...]] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``subject``: the id of the receipt or picture it is about, "" for the claim as a whole. ``claim``, ``number``,
    ``picture``: where it was seen before. ``detail``: what a sentence about it needs, as text."""

    check: Check
    level: Level
    subject: str = ""
    claim: str = ""
    number: str = ""
    picture: str = ""
    detail: dict[str, str] = {}


def place_of(latitude: float, longitude: float, accuracy: float | None) -> Place:
    """A position as it was told; without a radius it counts as ``UNSAID_ACCURACY``."""
    return Place(latitude, longitude, accuracy if accuracy is not None and accuracy > 0 else UNSAID_ACCURACY)


def exif_of(taken_at: str, latitude: float | None, longitude: float | None, accuracy: float | None) -> Exif:
    """From what was read in a file; ``taken_at`` ISO 8601, with or without an offset. What is no time is none."""
    try:
        at = datetime.fromisoformat(taken_at)
    except ValueError:
        at = None
    if at is not None and not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        at = None
    known = latitude is not None and longitude is not None
    return Exif(taken_at=at, place=place_of(latitude or 0.0, longitude or 0.0, accuracy) if known else None)


def seller_key(seller: str) -> str:
    """A seller's name as two receipts would share it: width and case folded, punctuation, brackets' contents kept as
    words, legal forms left out. A name of nothing but legal forms stays as it is."""
    folded = unicodedata.normalize("NFKC", seller).casefold()
    words = _NOT_A_WORD.sub(" ", _CHINESE_FORMS.sub("", folded)).split()
    # "S.D.N. B.H.D." and "S D N": single letters in a row are one word.
    kept = [word for word in _joined(words) if word not in _COMPANY_FORMS]
    return "".join(kept or words)


def _joined(words: Iterable[str]) -> list[str]:
    found: list[str] = []
    open_ = False
    for word in words:
        single = len(word) == 1 and word.isascii()
        if single and open_:
            found[-1] += word
        else:
            found.append(word)
        open_ = single
    return found


def receipt_key(receipt: Receipt) -> str:
    """Equal for receipts of the same seller, day and total: typed twice, or the same paper photographed twice."""
    total = quantise(receipt.total, receipt.currency)
    return f"{seller_key(receipt.seller)}|{receipt.on.isoformat()}|{total}|{receipt.currency}"


def check_claim(
    receipts: Iterable[Receipt], pictures: Iterable[Picture], terms: Terms, before: Before
) -> tuple[Finding, ...]:
    """Everything there is to say, the gravest first, in an order that does not depend on the order of the pictures'
    upload."""
    papers, shots = list(receipts), list(pictures)
    found = [
        *_files(shots, before),
        *_receipts(papers, before),
        *_look_alikes(shots, before),
        *_period(papers, shots, terms),
        *_amounts(papers, terms),
        *_places(shots, terms),
        *_exif(shots, terms),
        *_missing(papers, shots, terms),
    ]
    order = {"block": 0, "review": 1, "hint": 2}
    return tuple(sorted(found, key=lambda each: order[each.level]))


def gravest(findings: Iterable[Finding]) -> Level | None:
    levels = {finding.level for finding in findings}
    return next((level for level in ("block", "review", "hint") if level in levels), None)


def _finding(check: Check, subject: str = "", seen: Seen | None = None, **detail: str) -> Finding:
    level: Level = "review" if check == "same_file" and seen is not None and seen.void else LEVELS[check]
    before = seen or Seen(claim="")
    return Finding(
        check=check,
        level=level,
        subject=subject,
        claim=before.claim,
        number=before.number,
        picture=before.picture,
        detail=detail,
    )


def _files(pictures: list[Picture], before: Before) -> Iterable[Finding]:
    """The same bytes in another claim, or twice in this one."""
    mine: set[str] = set()
    for picture in pictures:
        seen = before.files.get(picture.sha256)
        if seen is not None or picture.sha256 in mine:
            yield _finding("same_file", picture.id, seen)
        mine.add(picture.sha256)


def _receipts(receipts: list[Receipt], before: Before) -> Iterable[Finding]:
    mine: set[str] = set()
    for receipt in receipts:
        key = receipt_key(receipt)
        seen = before.receipts.get(key)
        if seen is not None or key in mine:
            yield _finding("same_receipt", receipt.id, seen, seller=receipt.seller, on=receipt.on.isoformat())
        mine.add(key)


def _look_alikes(pictures: list[Picture], before: Before) -> Iterable[Finding]:
    for picture in pictures:
        same = before.files.get(picture.sha256)
        for seen in before.look_alikes.get(picture.id, ()):
            if same is None or same.claim != seen.claim:
                yield _finding("look_alike", picture.id, seen, distance=str(seen.distance))


def _period(receipts: list[Receipt], pictures: list[Picture], terms: Terms) -> Iterable[Finding]:
    """A receipt's own date; for the display, when its picture was taken."""
    for receipt in receipts:
        if not terms.starts_on <= receipt.on <= terms.ends_on:
            yield _finding("receipt_outside_period", receipt.id, on=receipt.on.isoformat())
    for picture in pictures:
        if picture.role == "display" and picture.taken_at is not None:
            day = local_day(picture.taken_at, terms.time_zone)
            if not terms.starts_on <= day <= terms.ends_on:
                yield _finding("picture_outside_period", picture.id, on=day.isoformat())


def _amounts(receipts: list[Receipt], terms: Terms) -> Iterable[Finding]:
    for receipt in receipts:
        if receipt.currency != terms.currency:
            yield _finding("other_currency", receipt.id, currency=receipt.currency)
    total = sum((receipt.total for receipt in receipts if receipt.currency == terms.currency), Decimal(0))
    if total > terms.left:
        yield _finding("over_reserved", total=str(total), left=str(terms.left))


def _places(pictures: list[Picture], terms: Terms) -> Iterable[Finding]:
    """Of display pictures only: a receipt is photographed at the desk. A picture counts as near when it may be, given
    its accuracy."""
    for picture in pictures:
        if picture.role != "display":
            continue
        if picture.place is None:
            if picture.exif.place is None:
                yield _finding("no_position", picture.id)
        elif terms.place is not None:
            away = _far(picture.place, terms.place)
            if away:
                yield _finding("far_away", picture.id, metres=str(away))


def _exif(pictures: list[Picture], terms: Terms) -> Iterable[Finding]:
    """What the files themselves say, where the phone's own words did not say the same already: of display pictures
    against the activity, of all pictures against the phone."""
    for picture in pictures:
        yield from _exif_time(picture, terms)
        yield from _exif_place(picture, terms)


def _exif_time(picture: Picture, terms: Terms) -> Iterable[Finding]:
    at, said = picture.exif.taken_at, picture.taken_at
    if at is None:
        return
    day = _day(at, terms.time_zone)
    told = said is not None and local_day(said, terms.time_zone) == day
    if picture.role == "display" and not told and not terms.starts_on <= day <= terms.ends_on:
        yield _finding("exif_outside_period", picture.id, on=day.isoformat())
    apart = _hours_apart(at, said) if said is not None else 0
    if apart:
        yield _finding("exif_time_differs", picture.id, hours=str(apart))


def _exif_place(picture: Picture, terms: Terms) -> Iterable[Finding]:
    place, said = picture.exif.place, picture.place
    if place is None:
        return
    if picture.role == "display" and terms.place is not None:
        away = _far(place, terms.place)
        told = said is not None and _far(said, terms.place)
        if away and not told:
            yield _finding("exif_far_away", picture.id, metres=str(away))
    between = _far(place, said) if said is not None else 0
    if between:
        yield _finding("exif_place_differs", picture.id, metres=str(between))


def _far(one: Place, other: Place) -> int:
    """Metres between two places that cannot be the same, given how far off each may be; else 0."""
    away = distance(one, other)
    return away if away > FENCE_METRES + one.accuracy + other.accuracy else 0


def _day(at: datetime, time_zone: str) -> date:
    """A wall clock without a zone is taken as the brand's."""
    return local_day(at, time_zone) if at.tzinfo is not None else at.date()


def _hours_apart(exif: datetime, said: datetime) -> int:
    """Whole hours, at least 1, between two times that are not the same one; 0 for what may be. A wall clock without a
    zone may be of any zone on Earth."""
    utc = (said - (said.utcoffset() or timedelta())).replace(tzinfo=UTC)
    if exif.tzinfo is not None:
        apart = abs(exif - utc)
    else:
        ahead = exif.replace(tzinfo=UTC) - utc
        apart = max(_WESTERNMOST - ahead, ahead - _EASTERNMOST, timedelta())
    seconds = int(apart.total_seconds())
    return max(1, seconds // 3600) if seconds > CLOCK_SECONDS else 0


def _missing(receipts: list[Receipt], pictures: list[Picture], terms: Terms) -> Iterable[Finding]:
    roles = {picture.role for picture in pictures}
    if "receipt" in terms.needs:
        if not receipts:
            yield _finding("missing_receipt")
        for receipt in receipts:
            if not receipt.pictures:
                yield _finding("missing_picture", receipt.id)
    if "display" in terms.needs and "display" not in roles:
        yield _finding("missing_display")
