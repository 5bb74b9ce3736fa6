"""Limits on all that a bot asks for: so many requests a second, and so many mistakes until it is shut out."""

from collections import deque
from collections.abc import Callable

SECOND = 1.0
BANNED_AFTER = 10_000  # answers of 401, 403 and 429 within ten minutes
BAN_WINDOW = 600.0
INVALID = {401, 403, 429}


class Traffic:
    """Counts by a clock that only goes forward; nothing is limited until somebody says how."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._asked: deque[float] = deque()
        self._invalid: deque[float] = deque()
        self.a_second: int | None = None  # Discord's own limit is 50
        self.banned_after = BANNED_AFTER

    def too_fast(self) -> float | None:
        """How long to wait, when this request is one too many for the second that it comes in."""
        now = self._now()
        while self._asked and self._asked[0] <= now - SECOND:
            self._asked.popleft()
        if self.a_second is not None and len(self._asked) >= self.a_second:
            return self._asked[0] + SECOND - now
        self._asked.append(now)
        return None

    def answered(self, status: int, *, shared: bool = False) -> None:
        """A 429 for a limit that others share is nobody's mistake."""
        if status in INVALID and not shared:
            self._invalid.append(self._now())

    @property
    def invalid(self) -> int:
        """How many answers of the last ten minutes told of a mistake."""
        while self._invalid and self._invalid[0] <= self._now() - BAN_WINDOW:
            self._invalid.popleft()
        return len(self._invalid)

    @property
    def banned(self) -> bool:
        return self.invalid >= self.banned_after
