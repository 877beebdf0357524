"""The life of activities and claims: which status may follow which, and who may bring it about.

::

    activity  queued -> applied -> approved -> closed
                           |          |
                           +----------+----> refused, cancelled, expired

    claim     queued -> media_pending <-> blocked -> submitted <-> more_wanted
                              |              |           |              |
                              +--------------+-----------+--------------+---> withdrawn, refused
                                                         |
                                                         v
                                                      approved -> settled

``queued`` exists on the phone only. ``media_pending`` ends by itself when every picture is here; ``blocked``: a
picture was handed in before, and the claim waits for another.
"""

from collections.abc import Collection, Iterable
from typing import Protocol

ACTIVITY_MOVES: dict[str, tuple[tuple[str, str], ...]] = {
    "applied": (("decide", "activity.approve"), ("cancel", "activity.apply")),
    "approved": (("claim", "claim.file"), ("cancel", "activity.apply")),
}
CLAIM_MOVES: dict[str, tuple[tuple[str, str], ...]] = {
    "media_pending": (("amend", "claim.file"), ("withdraw", "claim.file"), ("refuse", "claim.review")),
    "blocked": (("amend", "claim.file"), ("withdraw", "claim.file"), ("refuse", "claim.review")),
    "submitted": (
        ("approve", "claim.review"),
        ("ask", "claim.review"),
        ("refuse", "claim.review"),
        ("withdraw", "claim.file"),
    ),
    "more_wanted": (("amend", "claim.file"), ("withdraw", "claim.file"), ("refuse", "claim.review")),
    "approved": (("settle", "claim.settle"),),
}
OPEN_CLAIMS = frozenset({"queued", "media_pending", "submitted", "blocked", "more_wanted"})
"""A claim that is not decided: its activity can have one at a time."""
VOID_CLAIMS = frozenset({"refused", "withdrawn"})
"""What such a claim showed may be shown again."""


class Told(Protocol):
    """An event of a paper."""

    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...


def wrote_claim(filed_by: str, events: Iterable[Told], person: str) -> bool:
    """Whether what a claim says is this person's own: nobody decides on that."""
    return person == filed_by or any(each.kind == "amended" and each.actor == person for each in events)


def activity_may(status: str, move: str, permissions: Collection[str] | None = None) -> bool:
    """Whether an activity of ``status`` allows ``move``, and who holds ``permissions`` (None: anybody) may make it."""
    return _may(ACTIVITY_MOVES, status, move, permissions)


def claim_may(status: str, move: str, permissions: Collection[str] | None = None) -> bool:
    return _may(CLAIM_MOVES, status, move, permissions)


def _may(
    moves: dict[str, tuple[tuple[str, str], ...]], status: str, move: str, permissions: Collection[str] | None
) -> bool:
    needed = dict(moves.get(status, ()))
    return move in needed and (permissions is None or needed[move] in permissions)
