"""The one place that puts the server together.

A slice is wired by adding it to the tuples below: its ``HANDLERS`` (commands), its ``scopes_of`` and its router.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, cast

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backend.background import in_background
from backend.catalog import commands as catalog_commands
from backend.catalog import scopes as catalog_scopes
from backend.catalog.service import CATALOGUES, Catalogues, pictured, show_pictures
from backend.claims import commands as claims_commands
from backend.claims import scopes as claims_scopes
from backend.claims.applying import CHORES as ACTIVITY_CHORES
from backend.claims.comparing import JOBS as CLAIM_JOBS
from backend.claims.deputies import CHORES as DEPUTY_CHORES
from backend.claims.service import files_arrived
from backend.counts import commands as counts_commands
from backend.counts.shelving import CHORES as COUNT_CHORES
from backend.database import (
    Sessions,
    close_engine,
    connections_in_use,
    make_engine,
    make_read_sessions,
    make_sessions,
    transaction,
)
from backend.errors import answer_problem
from backend.housekeeping import IDENTITY_DUTIES, INTERVAL_SECONDS, Duty, Housekeeper, renew_statistics
from backend.http.asgi import App, HeadAsGet, MethodOverride, Scope
from backend.http.compression import MAX_BODY, AnswerCompressor, BodyReader
from backend.http.proxies import ProxyWatch
from backend.http.security import CrossOriginGuard, SecurityHeaders
from backend.http.snapshots import WorkEnder, held, request_snapshot
from backend.identity import commands as identity_commands
from backend.identity import scopes as identity_scopes
from backend.identity.guards import provide_principal, provide_signed, require_session
from backend.identity.routes import identity_router
from backend.identity.service import still_in
from backend.importing.routes import transfer_router
from backend.jobs.chores import duties_of, jobs_of
from backend.jobs.routes import jobs_router
from backend.jobs.running import Runner
from backend.jobs.service import Chore, Job, Surroundings, in_parts
from backend.learning import commands as learning_commands
from backend.learning import scopes as learning_scopes
from backend.learning.jobs import JOBS as COURSE_JOBS
from backend.learning.routes import learning_router, verify_router
from backend.learning.service import announce_files, illustrated
from backend.media.archive import ARCHIVE, Archive, Namer
from backend.media.routes import files_router, tus_router
from backend.media.service import Listener
from backend.media.sweeping import CHORES as FILE_CHORES
from backend.media_routes import media_router
from backend.notices import commands as notices_commands
from backend.notices import scopes as notices_scopes
from backend.notices.jobs import CHORES as NOTICE_CHORES
from backend.notices.jobs import JOBS as NOTICE_JOBS
from backend.notices.putting_away import CHORES as OLD_NOTICE_CHORES
from backend.notices.putting_away import JOBS as OLD_NOTICE_JOBS
from backend.notices.routes import notices_router
from backend.notices.service import follow_files
from backend.objects import open_storage
from backend.observability.health import show_health
from backend.observability.metrics import Metrics, show_metrics
from backend.observability.requests import RequestLayer
from backend.openapi import openapi_config, openapi_document
from backend.orders import commands as orders_commands
from backend.orders.backorders import filling
from backend.orders.price_holds import CHORES as PRICE_HOLD_CHORES
from backend.orders.routes import orders_router
from backend.orders.service import show_signatures
from backend.orders.shelving import CHORES as ORDER_CHORES
from backend.partners import commands as partners_commands
from backend.partners import scopes as partners_scopes
from backend.partners.service import reach
from backend.push.routes import push_router
from backend.push.sending import SENDING
from backend.push.service import CHORES as PUSH_CHORES
from backend.push.service import SEND
from backend.settings import VERSION, Settings
from backend.shell import create_shell_router
from backend.stock import commands as stock_commands
from backend.stock import scopes as stock_scopes
from backend.stock.routes import stock_router
from backend.sync.commands import Handler, Principal
from backend.sync.feed import DROPPED_AT_ONCE
from backend.sync.live import Hub, make_hub
from backend.sync.routes import sync_router
from backend.sync.service import HUB, forget_tombstones
from backend.visits import commands as visits_commands
from backend.visits import scopes as visits_scopes
from backend.visits.days import CHORES as VISIT_CHORES
from backend.visits.service import show_photos
from media.apart import Decoders

# Commands of every slice. Add a slice's HANDLERS here.
HANDLERS: tuple[Handler, ...] = (
    *identity_commands.HANDLERS,
    *partners_commands.HANDLERS,
    *catalog_commands.HANDLERS,
    # Goods that came in, or were found, go to the orders that wait for them: stock itself knows no orders.
    *map(filling, stock_commands.HANDLERS),
    *map(filling, counts_commands.HANDLERS),
    *orders_commands.HANDLERS,
    *learning_commands.HANDLERS,
    *claims_commands.HANDLERS,
    *visits_commands.HANDLERS,
    *notices_commands.HANDLERS,
)

ScopesOf = Callable[[AsyncSession, Principal], Awaitable[list[str]]]

# Scopes of every slice: async (session, principal) -> list[str]. Add a slice's scopes_of here.
SCOPES: tuple[ScopesOf, ...] = (
    identity_scopes.scopes_of,
    catalog_scopes.brand_of,
    catalog_scopes.assigned_of,
    stock_scopes.scopes_of,
    partners_scopes.scopes_of,
    learning_scopes.scopes_of,
    claims_scopes.scopes_of,
    visits_scopes.scopes_of,
    notices_scopes.scopes_of,
)

# What each brand needs done now and then, by kind of its job. Add a slice's CHORES here.
CHORES: Mapping[str, Chore] = {
    "sync.tombstones": Chore(in_parts(forget_tombstones, DROPPED_AT_ONCE), timedelta(hours=6)),
    **PRICE_HOLD_CHORES,
    **ORDER_CHORES,
    **FILE_CHORES,
    **ACTIVITY_CHORES,
    **DEPUTY_CHORES,
    **VISIT_CHORES,
    **COUNT_CHORES,
    **NOTICE_CHORES,
    **OLD_NOTICE_CHORES,
    **PUSH_CHORES,
}

# What housekeeping does itself, and what it asks for: (name, async (session, now) -> rows removed).
DUTIES: tuple[Duty, ...] = (*IDENTITY_DUTIES, ("statistics", renew_statistics), *duties_of(CHORES))

# Who is told, inside the transaction, that files of a brand came or were refused, so that papers put their rows anew:
# async (session, tenant_id, media_ids, changes). Add a slice's here.
MEDIA_LISTENERS: tuple[Listener, ...] = (
    show_pictures,
    show_signatures,
    announce_files,
    files_arrived,
    show_photos,
    follow_files,
)

# Who says which public pictures rows name, before one is swept: async (session, addresses) -> those.
PICTURE_NAMERS: tuple[Namer, ...] = (pictured, illustrated)

# Work of every slice that is done in the background, by kind: ``backend.jobs.service.enqueue`` puts it in.
JOBS: Mapping[str, Job] = {
    SEND: SENDING,
    **NOTICE_JOBS,
    **OLD_NOTICE_JOBS,
    **COURSE_JOBS,
    **CLAIM_JOBS,
    **jobs_of(CHORES),
}

# Routers of every slice. Add a slice's here. Each route asks for a session unless it says opt={"public": True}.
ROUTERS: tuple[Router, ...] = (
    identity_router,
    sync_router,
    media_router,
    tus_router,
    files_router,
    orders_router,
    stock_router,
    notices_router,
    transfer_router,
    jobs_router,
    learning_router,
    verify_router,
    push_router,
)


# Around Litestar, not in it: its own middleware never sees a 404 or 405. From the inside out.
LAYERS: tuple[Callable[[App], App], ...] = (
    WorkEnder,
    HeadAsGet,
    MethodOverride,
    BodyReader,
    CrossOriginGuard,
    AnswerCompressor,
    SecurityHeaders,
    ProxyWatch,
)


async def provide_session(request: Request[Any, Any, Any], state: State) -> AsyncIterator[AsyncSession]:
    """The request's one transaction: reading for GET and HEAD, else writing and committed before the answer goes
    out, so that a failed commit is the answer."""
    scope = cast("Scope", request.scope)
    reads = request.method in ("GET", "HEAD")
    work = request_snapshot(scope, state.read_sessions) if reads else transaction(state.sessions)
    async with held(scope, work) as session:
        yield session


async def provide_read_session(request: Request[Any, Any, Any], state: State) -> AsyncIterator[AsyncSession]:
    """For a POST that only reads, such as a pull."""
    scope = cast("Scope", request.scope)
    async with held(scope, request_snapshot(scope, state.read_sessions)) as session:
        yield session


def open_sessions(engine: AsyncEngine) -> tuple[Sessions, Hub]:
    """For ``transaction``, with what services look for in a session's ``info``."""
    sessions, hub = make_sessions(engine), make_hub(engine)
    sessions.kw["info"] |= {CATALOGUES: Catalogues(), HUB: hub}
    return sessions, hub


def open_archive(settings: Settings, sessions: Sessions) -> Archive:
    """Files for the server or the worker; the sessions carry it for housekeeping."""
    archive = Archive(open_storage(settings), sessions, MEDIA_LISTENERS, PICTURE_NAMERS)
    sessions.kw["info"][ARCHIVE] = archive
    return archive


def _shell(settings: Settings) -> list[Router]:
    """The built phone app, when it is there: an API alone needs none."""
    if not (settings.shell / "index.html").is_file():
        return []
    handler = create_shell_router(settings.shell, getattr(settings.storage, "public_endpoint", ""))
    return [Router("", route_handlers=[handler], opt={"public": True})]


@asynccontextmanager
async def _work_beside(app: Litestar) -> AsyncIterator[None]:
    """What runs as long as the app does: the hub, and housekeeping and jobs where the settings say so."""
    state = app.state
    work: tuple[Coroutine[Any, Any, None], ...]
    if state.settings.housekeeping:
        keeper = Housekeeper(state.sessions, DUTIES, registry=state.metrics.registry)
        work = (keeper.run(delay=INTERVAL_SECONDS), state.runner.run())
    else:
        work = (state.runner.watch(),)
    try:
        async with state.hub.running(), in_background(*work):
            yield
    finally:
        state.archive.close()
        await close_engine(state.engine)


def _wrap(app: Litestar, metrics: Metrics) -> None:
    """``LAYERS`` around the app, and around them what watches each request."""
    handler = cast("App", app.asgi_handler)
    for layer in LAYERS:
        handler = layer(handler)
    app.asgi_handler = cast("Any", RequestLayer(handler, metrics, partial(connections_in_use, app.state.engine)))


def create_app(settings: Settings, decoders: Decoders | None = None) -> Litestar:
    """The whole server for ``settings``; ``decoders`` look into files, within this process if not given.

    ``app.state`` carries ``settings``, ``engine``, ``sessions`` (for ``transaction``), ``read_sessions`` (for
    ``snapshot``), ``metrics``, ``archive``, ``handlers``, ``scopes``, ``hub`` and ``runner`` (of the jobs)."""
    engine = make_engine(settings.database_url)
    metrics = Metrics()
    sessions, hub = open_sessions(engine)
    archive = open_archive(settings, sessions)
    if decoders is not None:
        archive.decoders = decoders
    runner = Runner(sessions, JOBS, Surroundings(settings, archive.storage), metrics.registry)

    app = Litestar(
        route_handlers=[show_health, show_metrics, openapi_document, *ROUTERS, *_shell(settings)],
        dependencies={
            "session": Provide(provide_session),
            "read_session": Provide(provide_read_session),
            "principal": Provide(provide_principal, sync_to_thread=False),
            "signed": Provide(provide_signed, sync_to_thread=False),
        },
        guards=[require_session],
        exception_handlers={Exception: answer_problem},
        lifespan=[_work_beside],
        logging_config=None,
        openapi_config=openapi_config(VERSION),
        request_max_body_size=MAX_BODY,
        state=State(
            {
                "settings": settings,
                "engine": engine,
                "sessions": sessions,
                "hub": hub,
                "read_sessions": make_read_sessions(engine),
                "metrics": metrics,
                "storage": archive.storage,
                "archive": archive,
                "runner": runner,
                "handlers": HANDLERS,
                "scopes": SCOPES,
                "reach": reach,
                "still_in": still_in,
                "version": VERSION,
            }
        ),
    )
    _wrap(app, metrics)
    return app
