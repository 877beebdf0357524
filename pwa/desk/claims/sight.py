"""A claim as it is looked at: what its pictures and its decision are told by, and the signs of what was found."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from reactpy import html
from reactpy.types import VdomDict

from offline.rules.evidence import Finding
from offline.rules.papers import wrote_claim
from offline.wire.claims import Claim
from pwa.components.basics import Icon
from pwa.desk.state import DeskState
from pwa.desk.words import Words
from pwa.screens.claims.checks import finding_text

ICONS = {"block": "octagon-alert", "review": "triangle-alert", "hint": "info"}


@dataclass(frozen=True)
class Sight:
    """A claim as it is looked at. ``look`` shows a picture by its id, of a receipt its first one; ``shown`` is the
    picture that is."""

    desk: DeskState
    words: Words
    row: Claim
    findings: tuple[Finding, ...]
    look: Callable[[str], None]
    shown: str = ""

    def shows(self, subject: str) -> bool:
        """Whether what is shown is this picture, or one of this receipt."""
        receipt = next((each for each in self.row.receipts if each.id == subject), None)
        return self.shown in (each.id for each in receipt.pictures) if receipt else self.shown == subject

    @property
    def may_review(self) -> bool:
        return may_review(self.desk, self.row)


def may_review(desk: DeskState, row: Claim) -> bool:
    """Nobody reviews what they filed or amended themselves."""
    app = desk.app
    return app.may("claim.review") and not wrote_claim(row.filed_by, row.events, app.me.id if app.me else "")


def mark_of(sight: Sight, subjects: Collection[str], testid: str) -> VdomDict | None:
    """The gravest that was found about any of the ``subjects``, as a sign that says so to those who don't see it."""
    found = next((each for each in sight.findings if each.subject in subjects), None)
    if found is None:
        return None
    said = said_of(sight.desk, found)
    look = {"className": f"review-mark review-mark-{found.level}", "role": "img", "aria-label": said, "title": said}
    return html.span({**look, "data-testid": testid}, Icon(ICONS[found.level], size=16))


def said_of(desk: DeskState, finding: Finding) -> str:
    return finding_text(desk.app, finding, desk.reads.currency)
