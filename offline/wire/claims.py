"""Trade funds, the activities partners apply for, their claims, and who approves: commands and rows.

Amounts are in the fund's currency and have its digits. Days are the brand's calendar days.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.rules.approvals import Step
from offline.rules.evidence import Finding, Role
from offline.rules.ledger import EntryKind
from offline.wire.commands import Code, Command, Currency, Id, Note, Text
from offline.wire.media import MediaRef, MediaView
from offline.wire.rows import Names, Row

MAX_RECEIPTS = 20
MAX_PICTURES = 6
MAX_DISPLAY = 20
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=2000)]
ActivityKind = Literal["display", "promotion", "tasting", "advertising", "event", "other"]
ActivityStatus = Literal["queued", "applied", "approved", "refused", "cancelled", "expired", "closed"]
ClaimStatus = Literal[
    "queued", "media_pending", "submitted", "blocked", "more_wanted", "approved", "refused", "withdrawn", "settled"
]
SettlementKind = Literal["credit_note", "payment"]


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where an activity happens: a partner of the brand, or any place by name. Degrees WGS 84, None = not known."""

    organisation: Id | None = None
    name: Text = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


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


class FundSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Opens or changes a fund for some partners. ``shared``: they draw on one pot; else each on what is allocated to
    it. ``needs``: what a claim must show; ``claim_days``: how long after an activity it may be claimed."""

    NAME: ClassVar[str] = "fund.save"
    fund: Id
    code: Code
    name: Names
    organisations: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)]
    currency: Currency
    valid_from: date
    valid_until: date
    shared: bool = False
    needs: tuple[Role, ...] = ("receipt", "display")
    claim_days: Annotated[int, Meta(ge=0, le=365)] = 30
    status: Literal["open", "closed"] = "open"
    note: Note = ""


class FundTopUp(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """More budget, or less (below nothing). With one purse it is allocated at once."""

    NAME: ClassVar[str] = "fund.top_up"
    fund: Id
    entry: Id
    amount: Decimal
    reason: Note = ""


class FundAllocate(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """From the pot to a partner, or back (below nothing)."""

    NAME: ClassVar[str] = "fund.allocate"
    fund: Id
    entry: Id
    organisation: Id
    amount: Decimal
    reason: Note = ""


class ApprovalSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The steps activities go through from now on; limits are in the brand's currency."""

    NAME: ClassVar[str] = "approval.save"
    steps: tuple[Step, ...] = ()


class ApprovalDelegate(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``deputy`` approves for the person who says so, from ``since`` until before ``until``."""

    NAME: ClassVar[str] = "approval.delegate"
    delegation: Id
    deputy: Id
    since: datetime
    until: datetime


class ApprovalRecall(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "approval.recall"
    delegation: Id


class ActivityApply(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``amount`` is the planned cost the fund is to bear: it is reserved from now on."""

    NAME: ClassVar[str] = "activity.apply"
    activity: Id
    fund: Id
    organisation: Id
    kind: ActivityKind
    title: Title
    starts_on: date
    ends_on: date
    amount: Decimal
    place: Place = Place()
    shows: Note = ""


class ActivityDecide(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``step`` is the one the person saw open, from 0. Declining needs a reason."""

    NAME: ClassVar[str] = "activity.decide"
    activity: Id
    step: Annotated[int, Meta(ge=0, le=100)]
    accept: bool
    reason: Note = ""


class ActivityCancel(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "activity.cancel"
    activity: Id
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
    for command in (
        FundSave,
        FundTopUp,
        FundAllocate,
        ApprovalSave,
        ApprovalDelegate,
        ApprovalRecall,
        ActivityApply,
        ActivityDecide,
        ActivityCancel,
        ClaimFile,
        ClaimAmend,
        ClaimWithdraw,
        ClaimApprove,
        ClaimAsk,
        ClaimRefuse,
        ClaimSettle,
    )
}


class PaperEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who did what to a paper, when and why. A newer server may know more kinds."""

    id: str
    kind: str
    at: datetime
    actor: str = ""
    actor_name: str = ""
    reason: str = ""
    data: dict[str, str] = {}
    local_at: datetime | None = None


class Fund(Row, frozen=True, kw_only=True, omit_defaults=True):
    """For head office: all of it. ``unallocated`` lies in the pot."""

    code: str
    name: Names
    organisations: tuple[str, ...]
    currency: str
    valid_from: date
    valid_until: date
    shared: bool = False
    needs: tuple[Role, ...] = ("receipt", "display")
    claim_days: int = 30
    status: Literal["open", "closed"] = "open"
    note: str = ""
    budget: Decimal
    unallocated: Decimal
    available: Decimal
    reserved: Decimal
    payable: Decimal
    settled: Decimal
    changed_at: datetime | None = None


class Allocation(Row, frozen=True, kw_only=True, omit_defaults=True):
    """What a partner may use of a fund. ``organisation`` "" = a shared pot, for all of ``organisations``."""

    fund: str
    organisation: str = ""
    organisations: tuple[str, ...] = ()
    code: str
    name: Names
    currency: str
    valid_from: date
    valid_until: date
    needs: tuple[Role, ...] = ("receipt", "display")
    claim_days: int = 30
    status: Literal["open", "closed"] = "open"
    allocated: Decimal
    available: Decimal
    reserved: Decimal
    payable: Decimal
    settled: Decimal


class LedgerEntry(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``amount`` went one step on: see ``offline.rules.ledger``. ``number`` counts a fund's entries from 1."""

    fund: str
    number: int
    kind: EntryKind
    organisation: str = ""
    amount: Decimal
    currency: str
    at: datetime
    actor_name: str = ""
    reason: str = ""
    activity: str = ""
    claim: str = ""
    paper: str = ""
    reference: str = ""


class ApprovalRoute(Row, frozen=True, kw_only=True, omit_defaults=True):
    currency: str
    steps: tuple[Step, ...] = ()
    changed_at: datetime | None = None
    changed_by_name: str = ""


class Delegation(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``deputy`` approves for ``person``, whose role is ``role``."""

    person: str
    person_name: str
    role: str
    deputy: str
    deputy_name: str
    since: datetime
    until: datetime


class Colleague(Row, frozen=True, kw_only=True, omit_defaults=True):
    """A person who may approve: to be named in a step or as a deputy."""

    name: str
    role: str


class StepView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a paper and, once taken, by whom."""

    role: str = ""
    person: str = ""
    person_name: str = ""
    limit: Decimal | None = None
    same_person: bool = False
    outcome: Literal["", "approved", "refused"] = ""
    decided_by: str = ""
    decided_by_name: str = ""
    on_behalf_of: str = ""
    on_behalf_of_name: str = ""
    at: datetime | None = None
    reason: str = ""


class Activity(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``left`` is still reserved, ``spent`` was approved in claims. ``claim_until`` is the last day to claim."""

    number: str = ""
    fund: str
    fund_code: str = ""
    fund_name: Names = {}
    organisation: str
    organisation_code: str = ""
    organisation_name: Names = {}
    kind: ActivityKind
    title: str
    starts_on: date
    ends_on: date
    claim_until: date
    amount: Decimal
    currency: str
    left: Decimal
    spent: Decimal = Decimal(0)
    status: ActivityStatus
    place: Place = Place()
    shows: str = ""
    needs: tuple[Role, ...] = ("receipt", "display")
    steps: tuple[StepView, ...] = ()
    applied_by: str = ""
    applied_by_name: str = ""
    events: tuple[PaperEvent, ...] = ()
    local_at: datetime | None = None
    applied_at: datetime | None = None
    changed_at: datetime | None = None


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
    "fund": Fund,
    "allocation": Allocation,
    "ledger_entry": LedgerEntry,
    "approval_route": ApprovalRoute,
    "delegation": Delegation,
    "colleague": Colleague,
    "activity": Activity,
    "claim": Claim,
    "claim_review": ClaimReview,
}
