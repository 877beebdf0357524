"""Who may do what: roles are names for sets of permissions, and every check asks for a permission, never a role.

Which rows a person sees is decided by scopes (own organisation and below, assigned customers, or all); permissions
say what may be done with them.
"""

from collections.abc import Collection

PERMISSIONS = (
    "order.place",
    "order.approve",
    "order.ship",
    "order.cancel",
    "order.sign",
    "order.close",
    "order.see_all",
    "catalog.edit",
    "price.edit",
    "price.see",
    "promotion.edit",
    "organisation.edit",
    "organisation.see",
    "stock.adjust",
    "stock.see",
    "fund.manage",
    "activity.apply",
    "activity.approve",
    "claim.file",
    "claim.review",
    "claim.settle",
    "visit.make",
    "visit.plan",
    "visit.see_all",
    "partner_stock.move",
    "count.make",
    "count.decide",
    "count.setup",
    "brand.edit",
    "user.admin",
    "audit.see",
    "data.import",
    "data.export",
    "job.admin",
    "course.edit",
    "course.take",
    "course.results",
    "notice.write",
)

_BUYER = frozenset(
    {
        "order.place",
        "order.cancel",
        "order.sign",
        "price.see",
        "organisation.see",
        "stock.see",
        "partner_stock.move",
        "count.make",
        "course.take",
    }
)

_CLAIMANT = frozenset({"activity.apply", "claim.file"})

ROLES: dict[str, frozenset[str]] = {
    "head_office": frozenset(PERMISSIONS),
    "order_desk": frozenset(
        {
            "order.place",
            "order.approve",
            "order.ship",
            "order.cancel",
            "order.close",
            "order.see_all",
            "price.see",
            "organisation.see",
            "stock.adjust",
            "stock.see",
            "count.make",
            "count.decide",
            "data.export",
            "course.take",
        }
    ),
    "finance": frozenset(
        {
            "order.approve",
            "order.cancel",
            "order.close",
            "order.see_all",
            "price.see",
            "organisation.edit",
            "organisation.see",
            "stock.see",
            "fund.manage",
            "activity.approve",
            "claim.review",
            "claim.settle",
            "audit.see",
            "data.export",
            "course.take",
        }
    ),
    "rep": _CLAIMANT
    | {
        "order.place",
        "order.cancel",
        "price.see",
        "organisation.see",
        "stock.see",
        "course.take",
        "activity.approve",
        "visit.make",
        "count.make",
    },
    "distributor": _BUYER | _CLAIMANT,
    "dealer": _BUYER | _CLAIMANT,
    "shop": _BUYER | _CLAIMANT,
    "trainer": frozenset({"organisation.see", "course.edit", "course.take", "course.results"}),
    "staff": frozenset({"stock.see", "course.take"}),
}


def permissions_of(role: str) -> frozenset[str]:
    """The permissions of a built-in role; none for an unknown one, so that a misspelt role can do nothing."""
    return ROLES.get(role, frozenset())


def may(permissions: Collection[str], permission: str) -> bool:
    """Whether someone who holds ``permissions`` may do ``permission``. A name that is no permission is a bug:
    ``ValueError``."""
    if permission not in PERMISSIONS:
        raise ValueError(f"no such permission: {permission}")
    return permission in permissions
