"""Commands of the identity slice."""

from backend.db import by_key
from backend.identity import queries
from backend.identity.models import User
from backend.identity.service import announce_user
from backend.sync.commands import Context, Handler, Refused
from offline.wire.commands import MeLocale


async def set_own_locale(context: Context, command: MeLocale) -> None:
    principal = context.principal
    user = await by_key(context.session, User, (principal.tenant_id, principal.user_id), lock=True)
    if user is None or not user.active:
        raise Refused("unknown_user")
    user.locale = command.locale
    permissions = await queries.permissions_of(context.session, user.tenant_id, user.role)
    announce_user(context.changes, user, permissions)


# No permission: everybody may say which language one reads.
HANDLERS: tuple[Handler, ...] = (Handler(MeLocale, "", set_own_locale),)
