"""Commands into the outbox, each once for a double tap."""

from datetime import datetime, timedelta

from offline.engine import Engine
from offline.store import Clock, Entry
from offline.wire.commands import Command

# The second tap comes before the screen has answered the first; on purpose nobody does the same twice so fast.
DOUBLE_TAP = timedelta(seconds=1)


class Submitting:
    """What was submitted a moment ago is not submitted again: the server would refuse it before the eyes of who had
    just done it."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._latest: tuple[tuple[Command, ...], datetime] = (), clock.now()

    async def submit(self, *commands: Command) -> None:
        """Durable when this returns."""
        for command in filter(self._is_new, commands):
            await self._engine.submit(command)
        self._latest = commands, self._clock.now()

    async def save(self, command: Command, refused: Entry | None, *then: Command) -> None:
        """In the place of a refused command where there is one. ``then`` is of what this one makes."""
        if not self._is_new(command):
            return
        engine = self._engine
        entry = await (engine.submit(command) if refused is None else engine.replace(refused.id, command))
        for each in then:
            await engine.submit(each, after=(entry.id,))
        self._latest = (command,), self._clock.now()

    def _is_new(self, command: Command) -> bool:
        commands, at = self._latest
        return command not in commands or self._clock.now() - at > DOUBLE_TAP
