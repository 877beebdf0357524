"""Notifications: the key to subscribe with, this device's subscription, quiet hours."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Router, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend.database import transaction
from backend.http.address import public_address
from backend.http.given import Session, Who
from backend.identity.service import Signed
from backend.push.schemas import PushKeyView, PushSettings, PushSettingsPatch, SubscriptionDraft
from backend.push.subscribing import choose_quiet_hours, settings_of, subscribe, unsubscribe
from backend.push.vapid import keys_of

SignedIn = NamedDependency[Signed]


@get("/push/key", summary="The key a browser subscribes with")
async def show_push_key(state: State) -> PushKeyView:
    return PushKeyView((await keys_of(state.sessions, state.settings)).public)


@post("/push/subscriptions", summary="This device wants notifications", status_code=204)
async def add_subscription(
    data: JSONBody[SubscriptionDraft],
    request: Request[Any, Any, Any],
    signed: SignedIn,
    state: State,
) -> None:
    """Until its session ends. Sent again at each start of the app, it stays one."""
    # The key may have to be made, in a transaction of its own, so this one begins after it.
    keys = await keys_of(state.sessions, state.settings)
    # As a contact it must be https, which it is wherever push works but on one's own machine.
    origin = f"https://{urlsplit(public_address(request)).hostname}"
    async with transaction(state.sessions) as session:
        await subscribe(session, signed, data, keys, origin)


@delete("/push/subscriptions", summary="This device wants no notifications any more", status_code=204)
async def remove_subscription(session: Session, signed: SignedIn) -> None:
    await unsubscribe(session, signed)


@get("/push/settings", summary="The person's notification settings")
async def show_push_settings(session: Session, signed: SignedIn) -> PushSettings:
    return await settings_of(session, signed)


@put("/push/settings", summary="Choose quiet hours", status_code=204)
async def set_push_settings(data: JSONBody[PushSettingsPatch], session: Session, principal: Who) -> None:
    await choose_quiet_hours(session, principal, data.quiet_hours)


push_router = Router(
    "/api",
    route_handlers=[
        show_push_key,
        add_subscription,
        remove_subscription,
        show_push_settings,
        set_push_settings,
    ],
    tags=["push"],
)
