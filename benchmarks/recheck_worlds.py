"""Publishers that ``benchmarks.rechecks`` replays: synthetic histories, drawn from other laws than the model knows."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TICK = 0.25
"""Hours between two crawls."""
_DAYS = 20
_DAYS_AFTER = 40


@dataclass(frozen=True, slots=True)
class History:
    """One article: when it came and when it was edited, in hours from the start, and its section."""

    born: float
    edits: tuple[float, ...]
    section: str = ""

    @property
    def first_look(self) -> float:
        """The crawl that finds it."""
        return crawl_after(self.born)


@dataclass(frozen=True, slots=True)
class World:
    """A publisher. ``hinted`` articles, the latest, are in a feed that tells of changes; ``lies``: always 304."""

    name: str
    histories: tuple[History, ...]
    hours: float
    hinted: int = 0
    lies: bool = False
    habits: str = ""


@dataclass(slots=True)
class Tally:
    """What a rule did in a world."""

    requests: int = 0
    delays: list[float] = field(default_factory=list)

    def look(self, history: History, before: float, now: float) -> bool:
        """Counts what a look finds; whether it finds an edit."""
        self.requests += 1
        latest = bisect_right(history.edits, now)
        if not latest or history.edits[latest - 1] <= before:
            return False
        self.delays.append(now - history.edits[latest - 1])
        return True


def crawl_after(hours: float) -> float:
    """The first crawl from a moment on."""
    return math.ceil(hours / TICK) * TICK


# The synthetic publishers


@dataclass(frozen=True, slots=True)
class Habits:
    """How a section edits: the share of articles that change, when (median, spread), how often (tail)."""

    changing: float
    median_hours: float
    spread: float
    tail: float = 1.8
    live: float = 0.0


HABITS = {
    "agency": {"news": Habits(0.6, 1.5, 1.4, 1.5), "sport": Habits(0.5, 0.7, 1.0), "culture": Habits(0.25, 12, 1.8)},
    "daily": {"news": Habits(0.35, 6, 1.8), "opinion": Habits(0.15, 10, 1.5), "local": Habits(0.3, 20, 1.6)},
    "magazine": {"essays": Habits(0.25, 60, 1.9), "reviews": Habits(0.15, 100, 1.5)},
    "live": {"news": Habits(0.3, 4, 1.8), "live": Habits(0.4, 3, 1.5, live=0.5)},
    "silent": {"news": Habits(0.2, 300, 1.6), "archive": Habits(0.3, 600, 0.8)},
}


def synthetic(name: str, seed: int, *, hinted: int = 0, lies: bool = False) -> World:
    """A publisher of so many days, forty articles a day."""
    rng = random.Random(f"{name} {seed}")  # noqa: S311 - a simulation
    habits, hours = HABITS[name], (_DAYS + _DAYS_AFTER) * 24.0
    sections = sorted(habits)
    histories = []
    for _ in range(40 * _DAYS):
        section = sections[min(int(rng.expovariate(1.2)), len(sections) - 1)]
        born = rng.uniform(0, _DAYS * 24)
        ages = sorted(_ages(rng, habits[section]))
        found = crawl_after(born)
        edits = tuple(born + age for age in ages if found < born + age < hours)
        histories.append(History(born, edits, section))
    histories.sort(key=lambda history: history.born)
    label = name + (" with hints" if hinted else "") + (" that lies" if lies else "")
    return World(label, tuple(histories), hours, hinted, lies, name)


def _ages(rng: random.Random, habits: Habits) -> Iterator[float]:
    if rng.random() < habits.live:
        length = rng.uniform(4, 16)
        yield from (rng.uniform(0, length) for _ in range(rng.randint(20, 90)))
    if rng.random() < habits.changing:
        for _ in range(min(40, int(rng.paretovariate(habits.tail)))):
            age = rng.lognormvariate(math.log(habits.median_hours), habits.spread)
            yield age
            if rng.random() < 0.25:
                yield age + rng.expovariate(2)
