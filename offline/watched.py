"""What screens watch."""

from collections.abc import Callable


class Watched:
    """``version`` grows with whatever is shown."""

    def __init__(self) -> None:
        self.version = 0
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """``callback`` is called after anything shown may have changed; returns how to stop that."""
        self._listeners.append(callback)

        def unsubscribe() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return unsubscribe

    def _tell(self) -> None:
        self.version += 1
        for listener in list(self._listeners):
            listener()
