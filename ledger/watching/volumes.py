"""Finds days on which a member says far more than it is used to.

The rule: a day is unusual when the member's statements on it pass ``TIMES`` times the
median of the last ``DAYS`` days on which it said anything, and ``LEAST`` in any case;
before ``DAYS_KNOWN`` such days nothing is unusual. A batch counts by its lines. Days
are those of the ledger's time zone. Each day is reported once.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median_low
from typing import Final

TIMES: Final = 10
DAYS: Final = 30
DAYS_KNOWN: Final = 5
LEAST: Final = 20


@dataclass(slots=True)
class _Member:
    day: str = ""
    count: int = 0
    told: bool = False
    before: deque[int] = field(default_factory=lambda: deque(maxlen=DAYS))


class Volumes:
    """Counts of statements by member and day, as far back as the rule looks."""

    def __init__(self) -> None:
        """Know nobody."""
        self._members: dict[str, _Member] = {}

    def count(self, member_id: str, *, day: str) -> str | None:
        """Count one statement; return what is unusual about the day, once."""
        member = self._members.setdefault(member_id, _Member())
        if member.day != day:
            if member.day:
                member.before.append(member.count)
            member.day, member.count, member.told = day, 0, False
        member.count += 1
        if member.told or len(member.before) < DAYS_KNOWN:
            return None
        usual = median_low(member.before)
        if member.count <= max(TIMES * usual, LEAST):
            return None
        member.told = True
        return f"{day}: more than {member.count - 1} statements, usually {usual}"
