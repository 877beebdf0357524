"""Whether a row is still as it was when somebody began to change it.

Who saves a form replaces the whole row. The command says what the form began with, as a print of the fields it
replaces; where the row has changed since, somebody else's work would be lost without a word, so that is refused.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from offline.wire.media import MediaRef, MediaView

NOTHING = "none"
"""The print of a row that is not there."""
# Not of the row; or changed by a command of its own, which no form replaces by what somebody typed.
_LEFT_OUT = frozenset({"seen", "image"})


def print_of(row: msgspec.Struct | None, saves: type[msgspec.Struct]) -> str:
    """Of the fields that a ``saves`` command replaces. The same on phone and server, and the same for the forecast of a
    command as for the row that the server made of it."""
    if row is None:
        return NOTHING
    fields = fields_of(row, saves)
    return blake2b(repr(_plain(fields)).encode(), digest_size=12).hexdigest()


def fields_of(row: msgspec.Struct, saves: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields by name that ``row``, or a ``saves`` command, has in common with such a command."""
    fields = {
        name: getattr(row, name) for name in saves.__struct_fields__ if name not in _LEFT_OUT and hasattr(row, name)
    }
    # A partner's row names all above it, the command the nearest.
    if "parent" in saves.__struct_fields__ and hasattr(row, "ancestors"):
        fields["parent"] = next(iter(row.ancestors), None)
    return fields


def differing(row: msgspec.Struct, command: msgspec.Struct) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that ``command`` would change: as they are in ``row``, and as it has them."""
    held = fields_of(row, type(command))
    names = [name for name, value in held.items() if _plain(value) != _plain(getattr(command, name))]
    return {name: held[name] for name in names}, {name: getattr(command, name) for name in names}


def is_overtaken(seen: str, row: msgspec.Struct | None, command: msgspec.Struct) -> bool:
    """Whether ``command`` would undo what happened to ``row`` since it was ``seen``; "": nobody said. Not where it asks
    for what is there already."""
    kind = type(command)
    return bool(seen) and seen != print_of(row, kind) and (row is None or any(differing(row, command)))


def _plain(value: Any) -> Any:
    """Equal values alike: 8.10 and 8.1, a time in any zone, fields in any order."""
    if isinstance(value, MediaRef | MediaView):
        # What is known of a file changes by itself.
        return value.id
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return sorted((str(name), _plain(each)) for name, each in value.items() if each not in (None, ""))
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else value
