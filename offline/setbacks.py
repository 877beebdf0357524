"""What can stop a round of work with the server, and what that means for the next one: the same for commands and rows
(``offline.engine``) and for files (``offline.media``)."""

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

from offline.exchange import Later, SignInNeeded, Trouble, UpdateNeeded
from offline.store import StorageFull, Superseded, Unreachable

Needs = Literal["", "sign_in", "update", "storage"]
"""What only a person can do before it goes on."""


class Setback(NamedTuple):
    """``offline``: it goes on by itself; ``busy``: not for want of a network, but the server answered that it cannot
    now; ``seconds``: how long it asked to be left alone."""

    offline: bool = False
    busy: bool = False
    needs: Needs = ""
    seconds: float | None = None


async def tried(work: Awaitable[None], on_failure: Callable[[Exception], None]) -> Setback | None:
    """Do ``work``; what stopped it, or None when it came to its end. ``on_failure`` is told of what nobody expects.
    Nothing is raised, whatever it was: the next round must come. But ``Superseded``: that is another tab's by now."""
    try:
        await work
    except Superseded:
        raise
    except Unreachable:
        return Setback(offline=True)
    except SignInNeeded:
        return Setback(needs="sign_in")
    except UpdateNeeded:
        return Setback(needs="update")
    except StorageFull:
        # What was done before it is kept; rows that could not be kept come again.
        return Setback(needs="storage")
    except Later as later:
        return Setback(offline=True, busy=True, seconds=later.seconds)
    except Trouble:
        return Setback(offline=True, busy=True)
    except Exception as error:  # noqa: BLE001 - see above
        on_failure(error)
        return Setback(offline=True)
    return None
