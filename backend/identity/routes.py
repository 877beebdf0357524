"""Sessions, people and the audit trail over HTTP."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.errors import NotFound
from backend.http.given import Session, Who
from backend.identity import queries
from backend.identity.guards import COOKIE, requires
from backend.identity.known import KNOWN_COOKIE, KNOWN_FOR
from backend.identity.models import Tenant, User
from backend.identity.schemas import (
    AuditView,
    NewSession,
    PasswordChange,
    PasswordReset,
    SessionView,
    SignedInTenant,
    SignedInUser,
    SignIn,
    UserDraft,
    UserPatch,
)
from backend.identity.service import Signed, audit, end_one_session, end_session, end_sessions, tenant_of
from backend.identity.signing_in import Device, change_password, sign_in
from backend.identity.users import (
    change_user,
    check_may_grant,
    check_organisation,
    create_user,
    reset_password,
    user_to_change,
)
from backend.partners import service as partners
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from offline.wire.people import RoleView, SessionSummary, UserView

# When the session ends is for the server to say.
_COOKIE_SECONDS = int(KNOWN_FOR.total_seconds())
# A word that more organisations have in common finds nobody in particular.
_MOST_PLACES = 500
SignedIn = NamedDependency[Signed]
AnyRequest = Request[Any, Any, Any]


def _cookie(request: AnyRequest, value: str, seconds: int, key: str = COOKIE, path: str = "/") -> Cookie:
    secure = request.scope["scheme"] == "https"
    return Cookie(key=key, value=value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=secure)


def _user(user: User, permissions: frozenset[str]) -> SignedInUser:
    return SignedInUser(
        id=user.id,
        login=user.login,
        name=user.name,
        role=user.role,
        permissions=tuple(sorted(permissions)),
        organisation=user.organisation_id,
        locale=user.locale,
    )


def _tenant(tenant: Tenant) -> SignedInTenant:
    return SignedInTenant(id=tenant.id, code=tenant.code, name=tenant.name, currency=tenant.currency)


@post("/session", opt={"public": True}, summary="Sign in")
async def open_session(data: JSONBody[SignIn], request: AnyRequest, state: State) -> Response[NewSession]:
    """Opens a session: the token once in the body, and in an HttpOnly cookie. A device that still sends the cookie of
    its session goes on with that one; the old token ends when the new one is first used. A second cookie tells the
    device from others that guess: wrong passwords are counted for it alone."""
    device = Device(data.device, request.cookies.get(COOKIE, ""), request.cookies.get(KNOWN_COOKIE, ""))
    opened = await sign_in(state.sessions, data.login, data.password, device, state.settings.session_days)
    body = NewSession(
        token=opened.token,
        user=_user(opened.user, opened.permissions),
        tenant=_tenant(opened.tenant),
        expires_at=opened.expires_at,
        server_time=datetime.now(UTC),
    )
    cookies = [_cookie(request, opened.token, _COOKIE_SECONDS)]
    if opened.known:
        # Only signing in looks at it.
        cookies.append(_cookie(request, opened.known, _COOKIE_SECONDS, KNOWN_COOKIE, "/api/session"))
    return Response(body, cookies=cookies, headers={"Cache-Control": "no-store"})


@get("/session", summary="Who is signed in")
async def show_session(session: Session, principal: Who, signed: SignedIn) -> SessionView:
    user = await session.get_one(User, (principal.tenant_id, principal.user_id))
    return SessionView(
        user=_user(user, principal.permissions),
        tenant=_tenant(await tenant_of(session, principal.tenant_id)),
        expires_at=signed.expires_at,
        server_time=datetime.now(UTC),
    )


@delete("/session", summary="Sign out", status_code=204)
async def close_session(request: AnyRequest, session: Session, principal: Who, signed: SignedIn) -> Response[None]:
    await end_session(session, signed)
    audit(session, principal, "session.ended", signed.session_id)
    return Response(None, status_code=204, cookies=[_cookie(request, "", 0)])


@get("/sessions", summary="Where the person is signed in")
async def list_sessions(session: Session, principal: Who, signed: SignedIn) -> list[SessionSummary]:
    return [
        SessionSummary(
            id=item.id,
            device=item.device_id,
            agent=item.agent,
            address=item.address,
            created_at=item.created_at,
            seen_at=item.seen_at,
            current=item.id == signed.session_id,
            expires_at=item.expires_at,
        )
        for item in await queries.sessions_of(session, principal.tenant_id, principal.user_id, datetime.now(UTC))
    ]


@delete("/sessions", summary="Sign out everywhere", status_code=204)
async def close_sessions(request: AnyRequest, session: Session, principal: Who) -> Response[None]:
    count = await end_sessions(session, principal.tenant_id, principal.user_id)
    audit(session, principal, "session.ended_everywhere", principal.user_id, {"sessions": count})
    return Response(None, status_code=204, cookies=[_cookie(request, "", 0)])


@delete("/sessions/{session_id:str}", summary="Sign one device out", status_code=204)
async def close_one_session(
    session_id: FromPath[str], request: AnyRequest, session: Session, principal: Who, signed: SignedIn
) -> Response[None]:
    """A device of the person who asks; where it is the one they ask from, its cookie goes too."""
    await end_one_session(session, principal, session_id)
    audit(session, principal, "session.ended", session_id)
    here = session_id == signed.session_id
    return Response(None, status_code=204, cookies=[_cookie(request, "", 0)] if here else [])


@post("/session/password", summary="Change the own password", status_code=204)
async def set_own_password(data: JSONBody[PasswordChange], state: State, signed: SignedIn) -> None:
    """The other sessions of the person end."""
    await change_password(state.sessions, signed, data.current, data.new)


def _user_view(user: User) -> UserView:
    return UserView(
        id=user.id,
        login=user.login,
        name=user.name,
        role=user.role,
        organisation=user.organisation_id,
        locale=user.locale,
        active=user.active,
        created_at=user.created_at,
    )


@get("/users", summary="List people, by login", **requires("user.admin"))
async def list_users(  # noqa: PLR0917 - Litestar gives them by name
    session: Session,
    principal: Who,
    search: Annotated[str, QueryParameter(max_length=100, description="Words of name, login or organisation")] = "",
    role: Annotated[str, QueryParameter(max_length=64)] = "",
    active: Annotated[bool | None, QueryParameter(description="Only those who may sign in, or may not")] = None,
    after: Annotated[str, QueryParameter(max_length=128, description="Only logins behind this one")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 500,
) -> list[UserView]:
    words = search.casefold().split()
    wanted = queries.Wanted(
        organisations=principal.organisations,
        role=role,
        active=active,
        words=words,
        at=[await partners.ids_with(session, principal.tenant_id, word, _MOST_PLACES) for word in words],
        after=after,
    )
    return [_user_view(user) for user in await queries.people_page(session, principal.tenant_id, wanted, limit)]


@get("/users/{user_id:str}", summary="A person", **requires("user.admin"))
async def show_user(user_id: FromPath[str], session: Session, principal: Who) -> UserView:
    user = await session.get(User, (principal.tenant_id, user_id))
    if user is None or not principal.sees(user.organisation_id):
        raise NotFound("unknown_user")
    return _user_view(user)


@post("/users", summary="Add a person", **requires("user.admin"))
async def add_user(data: JSONBody[UserDraft], session: Session, principal: Who) -> UserView:
    changes = Changes()
    await check_may_grant(session, principal, data.role)
    await check_organisation(session, principal, data.organisation)
    user = await create_user(
        session,
        changes,
        await tenant_of(session, principal.tenant_id),
        user_id=data.id,
        login=data.login,
        name=data.name,
        role=data.role,
        organisation_id=data.organisation,
        password=data.password,
        locale=data.locale,
    )
    await flush_changes(session, principal.tenant_id, changes)
    audit(session, principal, "user.created", user.id, {"login": user.login, "role": user.role})
    return _user_view(user)


@patch("/users/{user_id:str}", summary="Change a person's role, name or standing", **requires("user.admin"))
async def patch_user(user_id: FromPath[str], data: JSONBody[UserPatch], session: Session, principal: Who) -> UserView:
    changes = Changes()
    user = await user_to_change(session, principal, user_id)
    wanted = msgspec.to_builtins(data)
    await change_user(session, changes, principal, user, wanted, was=wanted.pop("was"))
    await flush_changes(session, principal.tenant_id, changes)
    return _user_view(user)


@post("/users/{user_id:str}/password", summary="Reset a person's password", status_code=204, **requires("user.admin"))
async def set_password(user_id: FromPath[str], data: JSONBody[PasswordReset], session: Session, principal: Who) -> None:
    await reset_password(session, principal, await user_to_change(session, principal, user_id), data.password)


@get("/roles", summary="List roles", **requires("user.admin"))
async def list_roles(session: Session, principal: Who) -> list[RoleView]:
    found = await queries.roles(session, principal.tenant_id)
    return [RoleView(name=role.name, permissions=tuple(role.permissions)) for role in found]


@get("/audit", summary="Read the audit trail, newest first", **requires("audit.see", whole_brand=True))
async def list_audit(
    session: Session,
    principal: Who,
    subject: Annotated[str, QueryParameter(max_length=128, description="Only entries about this id")] = "",
    before: Annotated[str, QueryParameter(max_length=36, description="Only entries older than this id")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> list[AuditView]:
    tenant_id = principal.tenant_id
    found = await queries.audit_entries(session, tenant_id, subject=subject, before=before, limit=limit)
    names = await queries.user_names(session, tenant_id, {entry.actor_id for entry in found})
    return [
        AuditView(
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            actor_name=names.get(entry.actor_id, ""),
            action=entry.action,
            subject=entry.subject,
            address=entry.address,
            agent=entry.agent,
            request_id=entry.request_id,
            detail=entry.detail,
        )
        for entry in found
    ]


identity_router = Router(
    "/api",
    route_handlers=[
        open_session,
        show_session,
        close_session,
        list_sessions,
        close_sessions,
        close_one_session,
        set_own_password,
        list_users,
        show_user,
        add_user,
        patch_user,
        set_password,
        list_roles,
        list_audit,
    ],
    tags=["identity"],
)
