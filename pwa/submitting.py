"""Commands into the outbox, each once for a double tap."""

from datetime import timedelta

from offline.engine import Engine
from offline.outbox import REFUSED
from offline.store import Clock, Entry
from offline.wire.commands import Command

# The second tap comes before the screen has answered the first; on purpose nobody does the same twice so fast.
DOUBLE_TAP = timedelta(seconds=1)


class Submitting:
    """What was submitted a moment ago is not submitted again: the server would refuse it before the eyes of who had
    just done it. What it has refused already may be tried again at once."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._latest: list[tuple[Command, str]] = []
        self._at = clock.now()

    async def submit(self, *commands: Command) -> list[Entry]:
        """Durable when this returns."""
        fresh = [command for command in commands if self._is_new(command)]
        entries = await self._engine.submit_all(fresh)
        self._note(*((command, entry.id) for command, entry in zip(fresh, entries, strict=True)))
        return entries

    async def save(self, command: Command, refused: Entry | None, *then: Command) -> None:
        """In the place of a refused command where there is one. ``then`` is of what this one makes."""
        engine = self._engine
        if not (self._is_new(command) if refused is None else self._is_refused(refused.id)):
            return
        entry = await (engine.submit(command) if refused is None else engine.replace(refused.id, command))
        for each in then:
            await engine.submit(each, after=(entry.id,))
        self._note((command, entry.id))

    async def retry(self, entry_id: str) -> None:
        """Send a refused command once more."""
        if self._is_refused(entry_id):
            await self._engine.retry(entry_id)

    async def discard(self, entry_id: str) -> None:
        """The person throws a refused command away."""
        if self._is_refused(entry_id):
            await self._engine.discard(entry_id)

    def _is_refused(self, entry_id: str) -> bool:
        """Not any more for the second tap: the first has done it."""
        return any(each.id == entry_id and each.state in REFUSED for each in self._engine.entries())

    def _note(self, *submitted: tuple[Command, str]) -> None:
        if submitted:
            self._latest, self._at = [*submitted], self._clock.now()

    def _is_new(self, command: Command) -> bool:
        if self._clock.now() - self._at > DOUBLE_TAP:
            return True
        refused = {entry.id for entry in self._engine.entries() if entry.state in REFUSED}
        return all(each != command or entry_id in refused for each, entry_id in self._latest)
