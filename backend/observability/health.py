"""Whether this process can serve."""

from typing import Literal

import msgspec
from litestar import get
from litestar.datastructures import State
from sqlalchemy import text

from backend.database import snapshot


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]
    database: str
    version: str


@get("/api/health", opt={"public": True}, summary="Whether the server can serve", tags=["operation"])
async def show_health(state: State) -> Health:
    """200 once the database answers, else 503."""
    async with snapshot(state.read_sessions) as session:
        await session.execute(text("SELECT 1"))
    return Health("ok", state.engine.dialect.name, state.version)
