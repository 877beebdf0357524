"""Notices: what head office writes to partners and people, who has read it, who has confirmed it.

Three rows. The *paper* is the author's: everything, drafts too, with the audience and the figures; readers never get
it, because an audience names other partners. The *notice* is what readers see, once for all of them in a scope of its
own. The *state* is one reader's, in that person's own scope, and small, because there are thousands.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.wire.commands import Code, Command, Id, Note, Seen, Text
from offline.wire.kinds import OrganisationType
from offline.wire.media import MediaRef, MediaView
from offline.wire.rows import Names, Row

MAX_TITLE = 120
MAX_BODY = 20_000
MAX_PARTNERS = 2000
MAX_FILES = 10

NoticeStatus = Literal["draft", "scheduled", "sending", "sent", "withdrawn"]
Texts = dict[Annotated[str, Meta(min_length=2, max_length=16)], str]


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whom a notice is for; ``offline.rules.audiences`` says what it means. Nothing chosen is nobody.

    ``partners`` are organisations by id, with ``below`` also all that stand below them. ``territories``, ``groups`` and
    ``types`` bound each other; ``everyone`` = every organisation. ``roles`` empty = everybody who works there.
    """

    everyone: bool = False
    territories: Annotated[tuple[Text, ...], Meta(max_length=200)] = ()
    groups: Annotated[tuple[Text, ...], Meta(max_length=200)] = ()
    types: Annotated[tuple[OrganisationType, ...], Meta(max_length=4)] = ()
    partners: Annotated[tuple[Id, ...], Meta(max_length=MAX_PARTNERS)] = ()
    below: bool = False
    roles: Annotated[tuple[Code, ...], Meta(max_length=50)] = ()


class NoticeFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file that comes with a notice, under the name readers know it by."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    media: MediaRef


class NoticeFileView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The same as rows carry it."""

    name: str
    media: MediaView


Files = Annotated[tuple[NoticeFile, ...], Meta(max_length=MAX_FILES)]


class NoticePaper(Row, frozen=True, kw_only=True, omit_defaults=True):
    """The author's side. ``asked`` is the revision readers must have read and confirmed: a correction that does not
    ask again leaves it. ``joiners``: who comes into the audience while the notice is out gets it too. Figures are of
    ``counted_at``; ``opened`` and ``confirmed`` count those who did so since ``asked``."""

    title: Names
    text: Names
    audience: Audience
    files: tuple[NoticeFileView, ...] = ()
    confirm: bool = False
    due_at: datetime | None = None
    urgent: bool = False
    pinned: bool = False
    joiners: bool = False
    status: NoticeStatus = "draft"
    revision: int = 1
    asked: int = 1
    author: str = ""
    author_name: str = ""
    changed_at: datetime | None = None
    send_at: datetime | None = None
    sent_at: datetime | None = None
    corrected_at: datetime | None = None
    withdrawn_at: datetime | None = None
    note: str = ""
    reminded_at: datetime | None = None
    organisations: int = 0
    addressed: int = 0
    delivered: int = 0
    opened: int = 0
    confirmed: int = 0
    counted_at: datetime | None = None


class Notice(Row, frozen=True, kw_only=True, omit_defaults=True):
    """What readers see. ``note``: what a correction changed, or why it was withdrawn; a withdrawn one has no text any
    more."""

    title: Names
    text: Names
    files: tuple[NoticeFileView, ...] = ()
    confirm: bool = False
    due_at: datetime | None = None
    urgent: bool = False
    pinned: bool = False
    status: Literal["sent", "withdrawn"] = "sent"
    revision: int = 1
    asked: int = 1
    author_name: str = ""
    sent_at: datetime
    corrected_at: datetime | None = None
    note: str = ""


class NoticeState(Row, frozen=True, kw_only=True, omit_defaults=True):
    """One reader's. ``opened`` and ``confirmed`` are the latest revisions this person did that with, 0 = never; their
    times are when it was first done with that revision, by the phone's corrected clock."""

    notice: str
    addressed_at: datetime
    delivered: bool = False
    opened: int = 0
    opened_at: datetime | None = None
    confirmed: int = 0
    confirmed_at: datetime | None = None
    reminded_at: datetime | None = None


class NoticeSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Makes or replaces a draft, or one that is scheduled and not sent yet. A draft may be incomplete."""

    NAME: ClassVar[str] = "notice.save"
    notice: Id
    title: Texts
    text: Texts
    audience: Audience = Audience()
    files: Files = ()
    confirm: bool = False
    due_at: datetime | None = None
    urgent: bool = False
    pinned: bool = False
    joiners: bool = False
    seen: Seen = ""


class NoticeSend(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Sends a draft, now or at ``at``. The audience is fixed when it is sent."""

    NAME: ClassVar[str] = "notice.send"
    notice: Id
    at: datetime | None = None


class NoticeUnschedule(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Makes a scheduled notice a draft again."""

    NAME: ClassVar[str] = "notice.unschedule"
    notice: Id


class NoticeDiscard(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Throws away a draft."""

    NAME: ClassVar[str] = "notice.discard"
    notice: Id


class NoticeCorrect(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A new revision of one that is out. ``ask_again``: whoever read or confirmed an earlier one is asked anew, and
    told. ``note``: what has changed, shown to readers."""

    NAME: ClassVar[str] = "notice.correct"
    notice: Id
    title: Texts
    text: Texts
    files: Files = ()
    confirm: bool = False
    due_at: datetime | None = None
    urgent: bool = False
    pinned: bool = False
    note: Note = ""
    ask_again: bool = False
    seen: Seen = ""


class NoticeWithdraw(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Takes back what is out: readers see that and why, and no text any more."""

    NAME: ClassVar[str] = "notice.withdraw"
    notice: Id
    note: Note = ""


class NoticeRemind(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Reminds those who have not done what is asked of them, and nobody else."""

    NAME: ClassVar[str] = "notice.remind"
    notice: Id


class NoticeDelivered(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The phone holds these notices, readable without a network: one command for all that came together."""

    NAME: ClassVar[str] = "notice.delivered"
    notices: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=200)]


class NoticeRead(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The person opened it."""

    NAME: ClassVar[str] = "notice.read"
    notice: Id
    revision: Annotated[int, Meta(ge=1, le=1_000_000)]


class NoticeConfirm(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The person confirmed what this revision says."""

    NAME: ClassVar[str] = "notice.confirm"
    notice: Id
    revision: Annotated[int, Meta(ge=1, le=1_000_000)]


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (
        NoticeSave,
        NoticeSend,
        NoticeUnschedule,
        NoticeDiscard,
        NoticeCorrect,
        NoticeWithdraw,
        NoticeRemind,
        NoticeDelivered,
        NoticeRead,
        NoticeConfirm,
    )
}
ENTITIES: dict[str, type[Row]] = {"notice_paper": NoticePaper, "notice": Notice, "notice_state": NoticeState}
