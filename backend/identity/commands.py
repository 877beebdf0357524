"""Commands of the identity slice."""

import msgspec

from backend.db import by_key
from backend.errors import Invalid
from backend.identity import queries
from backend.identity.brands import change_tenant
from backend.identity.models import Tenant, User
from backend.identity.service import Actor, announce_user, brand_of, refuse_overtaken
from backend.sync.commands import Context, Handler, Refused
from offline.wire.commands import BrandConfigure, MeLocale


async def configure_brand(context: Context, command: BrandConfigure) -> None:
    """Refuses with ``invalid`` {field} or ``changed_meanwhile``."""
    principal = context.principal
    tenant = await by_key(context.session, Tenant, principal.tenant_id, lock=True)
    assert tenant is not None
    await refuse_overtaken(context, await brand_of(context.session, tenant.id), command)
    who = Actor(principal.tenant_id, principal.user_id, principal.login)
    wanted = {name: value for name, value in msgspec.structs.asdict(command).items() if name != "seen"}
    try:
        await change_tenant(context.session, context.changes, tenant, wanted, who)
    except Invalid as invalid:
        raise Refused("invalid", field=invalid.errors[0].field) from None


async def set_own_locale(context: Context, command: MeLocale) -> None:
    principal = context.principal
    user = await by_key(context.session, User, (principal.tenant_id, principal.user_id), lock=True)
    if user is None or not user.active:
        raise Refused("unknown_user")
    user.locale = command.locale
    permissions = await queries.permissions_of(context.session, user.tenant_id, user.role)
    announce_user(context.changes, user, permissions)


HANDLERS: tuple[Handler, ...] = (
    Handler(BrandConfigure, "brand.edit", configure_brand),
    # No permission: everybody may say which language one reads.
    Handler(MeLocale, "", set_own_locale),
)
