"""How much goes into one request, so that a thin line gets on, and is seen to, and one that keeps breaking off gets on
at all: what never passes whole is not asked for again and again."""

from typing import NamedTuple


class Steps(NamedTuple):
    """How a portion follows its answers: times the factor of the first of ``faster`` (seconds, factor) that the answer
    took less than; half where it took longer than ``slow`` seconds; through ``broken`` where it broke off."""

    faster: tuple[tuple[float, int], ...]
    slow: float
    broken: int


ANSWERS = Steps(((1, 4), (12, 2)), slow=30, broken=4)
"""Of rows and commands: each answer has some kilobytes of its own, so that small ones cost a thin line more than they
are worth."""
PIECES = Steps(((1, 2),), slow=4, broken=2)
"""Of a file, on its way up: with so many before its end, one that is lost costs little."""


class Portion:
    """``size`` begins with ``first`` and stays from ``least`` to ``most``."""

    def __init__(self, first: int, least: int, most: int, steps: Steps = ANSWERS) -> None:
        self.size = min(first, most)
        self._least = min(least, most)
        self._most = most
        self._steps = steps

    def passed(self, seconds: float) -> None:
        factor = next((factor for bound, factor in self._steps.faster if seconds < bound), 1)
        if factor > 1:
            self.size = min(self._most, self.size * factor)
        elif seconds > self._steps.slow:
            self.size = max(self._least, self.size // 2)

    def broke_off(self) -> None:
        self.size = max(self._least, self.size // self._steps.broken)
