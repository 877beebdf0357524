"""Claims on what an activity cost, what finance decides and pays, what the checks found: commands and rows.

Amounts are in the fund's currency and have its digits. Days are the brand's calendar days.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.rules.evidence import Finding
from offline.wire.activities import Title
from offline.wire.commands import Code, Command, Currency, Id, Note
from offline.wire.media import MediaRef, MediaView
from offline.wire.rows import Names, PaperEvent, Row

MAX_RECEIPTS = 20
MAX_PICTURES = 6
MAX_DISPLAY = 20
Reason = Annotated[str, Meta(min_length=1, max_length=2000)]
ClaimStatus = Literal[
    "queued", "media_pending", "submitted", "blocked", "more_wanted", "approved", "refused", "withdrawn", "settled"
]
SettlementKind = Literal["credit_note", "payment"]


class ReceiptDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A receipt as typed beside its pictures."""

    id: Id
    seller: Title
    on: date
    total: Decimal
    currency: Currency
    pictures: Annotated[tuple[MediaRef, ...], Meta(max_length=MAX_PICTURES)] = ()


class ReceiptDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What finance accepts of a receipt; ``reason`` is needed where it is less than its total."""

    amount: Decimal
    reason: Note = ""


class ClaimFile(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "claim.file"
    claim: Id
    activity: Id
    receipts: Annotated[tuple[ReceiptDraft, ...], Meta(min_length=1, max_length=MAX_RECEIPTS)]
    display: Annotated[tuple[MediaRef, ...], Meta(max_length=MAX_DISPLAY)] = ()
    note: Note = ""


class ClaimAmend(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The claim anew, whole: when finance asked for more, or a picture of it was refused or used before."""

    NAME: ClassVar[str] = "claim.amend"
    claim: Id
    receipts: Annotated[tuple[ReceiptDraft, ...], Meta(min_length=1, max_length=MAX_RECEIPTS)]
    display: Annotated[tuple[MediaRef, ...], Meta(max_length=MAX_DISPLAY)] = ()
    note: Note = ""


class ClaimWithdraw(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "claim.withdraw"
    claim: Id
    reason: Note = ""


class ClaimApprove(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Receipt id -> what of it. ``release``: what is still reserved for the activity goes back to the fund, and the
    activity is closed."""

    NAME: ClassVar[str] = "claim.approve"
    claim: Id
    receipts: Annotated[dict[Id, ReceiptDecision], Meta(min_length=1, max_length=MAX_RECEIPTS)]
    release: bool = True
    note: Note = ""


class ClaimAsk(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "claim.ask"
    claim: Id
    question: Reason


class ClaimRefuse(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``release`` as in ``ClaimApprove``; else the partner may claim anew while there is time."""

    NAME: ClassVar[str] = "claim.refuse"
    claim: Id
    reason: Reason
    release: bool = False


class ClaimSettle(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``reference``: the credit note's number, or the payment's."""

    NAME: ClassVar[str] = "claim.settle"
    claim: Id
    settlement: Id
    kind: SettlementKind
    reference: Code
    amount: Decimal
    settled_on: date


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (ClaimFile, ClaimAmend, ClaimWithdraw, ClaimApprove, ClaimAsk, ClaimRefuse, ClaimSettle)
}


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``approved`` None: not decided."""

    id: str
    seller: str
    on: date
    total: Decimal
    currency: str
    pictures: tuple[MediaView, ...] = ()
    approved: Decimal | None = None
    reason: str = ""


class SettlementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    kind: SettlementKind
    reference: str
    amount: Decimal
    settled_on: date
    actor_name: str = ""


class Claim(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``media_pending`` until every picture is here and is what was named. ``used_before``: pictures that other claims
    brought already. ``question``: what finance wants to know or see."""

    number: str = ""
    activity: str
    activity_number: str = ""
    activity_title: str = ""
    fund: str = ""
    organisation: str
    organisation_code: str = ""
    organisation_name: Names = {}
    currency: str
    status: ClaimStatus
    receipts: tuple[ReceiptView, ...]
    display: tuple[MediaView, ...] = ()
    note: str = ""
    total: Decimal
    approved: Decimal | None = None
    settled: Decimal = Decimal(0)
    settlements: tuple[SettlementView, ...] = ()
    used_before: tuple[str, ...] = ()
    question: str = ""
    filed_by: str = ""
    filed_by_name: str = ""
    events: tuple[PaperEvent, ...] = ()
    local_at: datetime | None = None
    filed_at: datetime | None = None
    changed_at: datetime | None = None


class PictureFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a picture. ``metres``: from the place of the activity. By the phone's words, and by the file's
    own: ``exif``: it says something of time or place; a wall clock without a zone is taken as the brand's."""

    picture: str
    taken_at: datetime | None = None
    source: str = ""
    metres: int | None = None
    accuracy: int | None = None
    exif: bool = False
    exif_taken_at: datetime | None = None
    exif_metres: int | None = None


class ClaimReview(Row, frozen=True, kw_only=True, omit_defaults=True):
    """For finance alone: what the checks found. ``id`` is the claim's."""

    findings: tuple[Finding, ...] = ()
    pictures: tuple[PictureFacts, ...] = ()
    checked_at: datetime | None = None


ENTITIES: dict[str, type[Row]] = {
    "claim": Claim,
    "claim_review": ClaimReview,
}
