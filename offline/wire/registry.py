"""Every command and every row by its name on the wire. A slice with a module of its own adds it to ``_MODULES``."""

from types import ModuleType

from offline.wire import activities, claims, commands, counts, funds, learning, media, notices, ranges, rows, visits
from offline.wire.commands import Command
from offline.wire.rows import Row

# Each may have COMMANDS and ENTITIES: {name: type}.
_MODULES: tuple[ModuleType, ...] = (
    commands, ranges, rows, learning, funds, activities, claims, visits, counts, notices, media,
)  # fmt: skip


def _named(what: str) -> dict[str, type]:
    return {name: kind for module in _MODULES for name, kind in getattr(module, what, {}).items()}


COMMANDS: dict[str, type[Command]] = _named("COMMANDS")
ENTITIES: dict[str, type[Row]] = _named("ENTITIES")
