"""What SQLAlchemy compiled for one test's engine serves the next one's. Each test has a database of its own, and an
engine with it: to compile the same statements for each was a quarter of the work."""

from typing import Any

from sqlalchemy import util
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend import database

_MOST = 4000  # statements; the largest module of tests has a few hundred


class _Compiled(util.LRUCache[Any, Any]):
    """Keys begin with the engine's own dialect; two of one class, made with the same options, compile the same."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(_shared(key))

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_shared(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_shared(key), value)


def _shared(key: Any) -> Any:
    return (type(key[0]), *key[1:])


def share_compiled() -> None:
    """For every engine that ``make_engine`` makes from here on in this process."""
    compiled = _Compiled(_MOST)

    def create(*arguments: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*arguments, **options)
        engine.sync_engine._compiled_cache = compiled
        return engine

    database.create_async_engine = create  # type: ignore[attr-defined]  # it imports the name, and exports it to nobody
