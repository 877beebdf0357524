"""The databases that tests begin with: all tables, then the two brands of ``tests.people`` in them, then a shop open in
the first. Each is made once a process, where a test asks for it, and copied for each test: to furnish one takes longer
than most tests do."""

import asyncio
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.database import Sessions, close_engine, make_engine, make_sessions
from backend.migrations import running
from backend.schema import metadata
from backend.settings import load_settings
from tests.people import World, make_world
from tests.shop import Shop, open_shop

Kind = Literal["tables", "world", "shop"]


@dataclass(slots=True)
class Scene:
    """What is in a database. ``shop`` is open in ``world.demo``; its ``sessions`` are given by who uses it."""

    world: World
    shop: Shop | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """``place``: a file, or a name on a server. ``scene`` is pickled, so that each test has one of its own."""

    place: str
    scene: bytes = b""


class Templates:
    """Those of one engine. ``copy`` makes a database like another (like none: an empty one), ``url`` says where it
    is."""

    def __init__(self, copy: Callable[[str], str], url: Callable[[str], str]) -> None:
        self.copy = copy
        self.url = url
        self._made: dict[Kind, Template] = {}

    def __getitem__(self, kind: Kind) -> Template:
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def _make(self, kind: Kind) -> Template:
        if kind == "tables":
            place = self.copy("")
            asyncio.run(_lay_tables(self.url(place)))
            return Template(place)
        below = self["tables" if kind == "world" else "world"]
        place = self.copy(below.place)
        return described(place, asyncio.run(_furnish(self.url(place), below)))


async def _lay_tables(url: str) -> None:
    settings = load_settings({"QUDAO_DATABASE_URL": url})
    engine = make_engine(settings.database_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata().create_all)
    await close_engine(engine)
    await running.stamp(settings.database_url)


async def _furnish(url: str, below: Template) -> Scene:
    engine = make_engine(load_settings({"QUDAO_DATABASE_URL": url}).database_url)
    sessions = make_sessions(engine)
    if below.scene:
        world = scene_of(below).world
        found = Scene(world, await open_shop(sessions, world))
    else:
        found = Scene(await make_world(sessions))
    await close_engine(engine)
    return found


def described(place: str, scene: Scene) -> Template:
    """The template at ``place``, in which all this is."""
    nobody: Any = None
    shop = scene.shop and replace(scene.shop, sessions=nobody)
    return Template(place, pickle.dumps(Scene(scene.world, shop)))


def scene_of(template: Template, sessions: Sessions | None = None) -> Scene:
    """Of a copy of the template."""
    found: Scene = pickle.loads(template.scene)
    if found.shop is not None and sessions is not None:
        found.shop.sessions = sessions
    return found
