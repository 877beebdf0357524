"""The activities partners apply for, and who approves them: commands and rows.

Amounts are in the fund's currency and have its digits, limits in the brand's. Days are the brand's calendar days.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.rules.approvals import Step
from offline.rules.evidence import Role
from offline.wire.commands import Command, Id, Note, Seen, Text
from offline.wire.rows import Names, PaperEvent, Row

Title = Annotated[str, Meta(min_length=1, max_length=200)]
ActivityKind = Literal["display", "promotion", "tasting", "advertising", "event", "other"]
ActivityStatus = Literal["queued", "applied", "approved", "refused", "cancelled", "expired", "closed"]


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where an activity happens: a partner of the brand, or any place by name. Degrees WGS 84, None = not known."""

    organisation: Id | None = None
    name: Text = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class ApprovalSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The steps activities go through from now on; limits are in the brand's currency."""

    NAME: ClassVar[str] = "approval.save"
    steps: tuple[Step, ...] = ()
    seen: Seen = ""


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


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (ApprovalSave, ApprovalDelegate, ApprovalRecall, ActivityApply, ActivityDecide, ActivityCancel)
}


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


ENTITIES: dict[str, type[Row]] = {
    "approval_route": ApprovalRoute,
    "delegation": Delegation,
    "colleague": Colleague,
    "activity": Activity,
}
