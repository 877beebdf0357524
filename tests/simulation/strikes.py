"""Crashes aimed at a moment, not at a time: between any two things that a phone or the server does to the world."""

from collections.abc import Callable


class Strike:
    """Falls on the ``moments``-th moment from now, of one kind or of any; ``take`` is what it does."""

    def __init__(self, moments: int, take: Callable[[], object], kind: str = "") -> None:
        self._moments = moments
        self._take = take
        self._kind = kind

    def moment(self, kind: str = "") -> None:
        """Another one has come."""
        if self._kind and kind != self._kind:
            return
        self._moments -= 1
        if self._moments == 0:
            self._take()
