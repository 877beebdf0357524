"""Where promotions go."""

from collections.abc import Iterable

from backend.sync.changes import BRAND, DESK, Changes, org_scope
from offline.wire import rows


def is_targeted(promotion: rows.Promotion) -> bool:
    return bool(promotion.organisations or promotion.groups)


def announce_promotion(changes: Changes, row: rows.Promotion, meant_for: Iterable[str] | None) -> None:
    """``meant_for``: every organisation a targeted promotion counts for; None for one that is everybody's."""
    scopes = (BRAND,) if meant_for is None else (DESK, *(org_scope(id_) for id_ in meant_for))
    changes.put("promotion", row, *scopes)


def move_promotion(changes: Changes, row: rows.Promotion, moved: Iterable[str], meant_for: Iterable[str]) -> None:
    """A targeted promotion that is as it was, when organisations have ``moved``, and ``meant_for`` those of them."""
    changes.put_among("promotion", row, map(org_scope, moved), map(org_scope, meant_for))
