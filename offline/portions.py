"""How much goes into one request, so that a thin line gets on, and is seen to, and one that keeps breaking off gets on
at all: what never passes whole is not asked for again and again."""


class Portion:
    """``size`` begins with ``first``: times four, up to ``most``, while an answer takes less than a second, twice while
    it takes less than twelve; half, down to ``least``, where it takes longer than thirty, a quarter where it breaks
    off. Each answer has some kilobytes of its own, so that small ones cost a thin line more than they are worth."""

    def __init__(self, first: int, least: int, most: int) -> None:
        self.size = min(first, most)
        self._least = min(least, most)
        self._most = most

    def passed(self, seconds: float) -> None:
        if seconds < 12:
            self.size = min(self._most, self.size * (4 if seconds < 1 else 2))
        elif seconds > 30:
            self.size = max(self._least, self.size // 2)

    def broke_off(self) -> None:
        self.size = max(self._least, self.size // 4)
