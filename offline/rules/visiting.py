"""The fence of one organisation as phone and server hold it: its addresses, and what head office has set."""

from datetime import datetime

from offline.ids import derived_id
from offline.rules.fence import Fence, Fix, Mode, Reading, judge, nearest_setting, radius_of
from offline.wire.rows import Organisation
from offline.wire.visits import VisitFence, VisitShop, VisitShopSave

FENCE_ID = derived_id("visit_fence")
"""The brand's one ``VisitFence``."""


def template_id(type_: str) -> str:
    """The ``VisitTemplate`` of a type of organisations."""
    return derived_id("visit_template", type_)


def fences_of(organisation: Organisation, settings: VisitFence | None) -> tuple[Fence, ...]:
    """A circle around every address that is on the map."""
    by_type = {kind: fence.radius for kind, fence in settings.by_type.items() if fence.radius} if settings else {}
    brand = settings.radius if settings else None
    return tuple(
        Fence(each.latitude, each.longitude, radius_of(each.fence_radius, by_type, organisation.type, brand))
        for each in organisation.addresses
        if each.latitude is not None and each.longitude is not None
    )


def shop_as_saved(organisation: Organisation, shop: VisitShop | None) -> VisitShopSave:
    """What would be saved if nothing were changed: the place stands in the partner's first address."""
    first = organisation.addresses[0] if organisation.addresses else None
    return VisitShopSave(
        organisation=organisation.id,
        mode=shop.mode if shop is not None else "",
        radius=first.fence_radius if first else None,
        latitude=first.latitude if first else None,
        longitude=first.longitude if first else None,
    )


def mode_of(organisation: Organisation, settings: VisitFence | None, shop: VisitShop | None) -> Mode:
    """How strict the fence is here: the partner's own, its type's, the brand's."""
    by_type = settings.by_type.get(organisation.type) if settings else None
    return nearest_setting(
        shop.mode if shop else "", by_type.mode if by_type else "", settings.mode if settings else ""
    )


def judge_at(organisation: Organisation, settings: VisitFence | None, fix: Fix | None, at: datetime) -> Reading:
    """``at`` by the clock that dated ``fix``."""
    return judge(fix, fences_of(organisation, settings), at)
