"""Replay histories of edits against the rule for rechecks and against the known ones, at the same number of requests.

Ours is the product's: the same pure functions (``pipeline.hazard``, ``pipeline.rechecks``), learning from nothing, with
a budget an hour, at a crawl every quarter of an hour. The others:

- ``fixed``: every article at one distance, for ever.
- ``newsdiffs``: the ladder of github.com/ecprice/newsdiffs by the time since the last update seen: 15 minutes for three
  hours, an hour for a day, three hours for a week, three days for a month, thirty days for a year.
- ``one_one_four``: a day, a day and four days after the first sight.
- ``stormcrawler``: its adaptive scheduler: half as far again where nothing changed, half as near where something did.

Each is scaled in time to the number of requests that ours made in the same world, by bisection with hindsight, which
ours never has. An edit is caught when a look comes after it and before the next one. The synthetic publishers are drawn
from other laws than the model assumes: ages of edits are log-normal, their number by article is a Pareto variable, live
blogs are bursts, corrections follow edits, and some pages change silently after years. The product's model knows
piecewise constant rates and gamma variables only.

Three more rules are told in brackets, which know what no rule can: the law by which each section edits, how many edits
each article will have, or every edit itself. They bound what can be asked of a rule. Where even looks right after each
edit, as far as the requests go, find less than twice as many edits as the best of the known rules, nothing finds twice
as many.

    python -m benchmarks.rechecks --format json
    python -m benchmarks.rechecks --database sqlite:///warraq.db

With ``--database`` the histories are those of an archive's view ``article_history``: edits that its own visits saw, at
the moments they saw them, so that they tell of no edit that it missed.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import statistics
import sys
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs as a file as well as a module

from sqlalchemy import text

from benchmarks.recheck_worlds import HABITS, TICK, Habits, History, Tally, World, crawl_after, synthetic
from pipeline.hazard import AGE_BINS, Hazard, after_look, fit
from pipeline.rechecks import FIRST_THRESHOLD, Watch, chosen, credited, is_unconditional, next_distance, steered
from storage.archive import Archive
from storage.errors import WarraqError
from storage.records_rechecks import DueArticle, EditRecord, Exposure, RecheckState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_START = datetime(2026, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_LOOKS_PER_ARTICLE = (3, 10, 30)
_BISECTIONS = 14
_LEAST_LIVE = 20
_RECORDED = "SELECT source, url, captured_at FROM article_history ORDER BY captured_at"


# Ours


@dataclass(slots=True)
class _Article:
    history: History
    last: float
    record: EditRecord = field(default_factory=EditRecord)


def ours(world: World, per_hour: float) -> Tally:
    """The product's rule, as a crawl every quarter of an hour carries it out."""
    return _Ours(world, per_hour).run()


class _Ours:
    def __init__(self, world: World, per_hour: float) -> None:
        self._world = world
        self._per_hour = per_hour
        self._state = RecheckState(FIRST_THRESHOLD)
        self._tally = Tally()
        self._articles: list[_Article] = []
        self._due: list[tuple[float, int]] = []
        self._waiting: set[int] = set()
        self._hinted: set[int] = set()
        self._counts: dict[str, list[Exposure]] = {}
        self._hazards: dict[str, Hazard] = {}

    def run(self) -> Tally:
        arrivals = iter(self._world.histories)
        coming = next(arrivals, None)
        tick = 0.0
        while tick < self._world.hours:
            while coming is not None and coming.first_look <= tick:
                self._articles.append(_Article(coming, tick))
                self._plan(len(self._articles) - 1, tick)
                coming = next(arrivals, None)
            self._crawl(tick)
            if tick % 1 == 0:
                self._hazards = {}
            tick += TICK
        return self._tally

    def _hazard(self, section: str) -> Hazard:
        if section not in self._hazards:
            self._hazards[section] = fit(self._counts, section)
        return self._hazards[section]

    def _crawl(self, tick: float) -> None:
        now = _START + tick * _HOUR
        self._note_hints(tick)
        while self._due and self._due[0][0] <= tick:
            self._waiting.add(heapq.heappop(self._due)[1])
        self._state = credited(self._state, self._per_hour, now)
        due = [self._as_due(number) for number in sorted(self._waiting)]
        taken = chosen(due, self._hazard, self._state, now)
        subject = sum(not article.is_first for article in taken)
        waiting = sum(not article.is_first for article in due)
        self._state = steered(self._state, waiting, subject, (self._per_hour, TICK))
        for article in taken:
            self._waiting.discard(article.id)
            self._look(article, tick)

    def _note_hints(self, tick: float) -> None:
        if not self._world.hinted:
            return
        for number in range(max(0, len(self._articles) - self._world.hinted), len(self._articles)):
            edits = self._articles[number].history.edits
            latest = bisect_right(edits, tick)
            if latest and edits[latest - 1] > self._articles[number].last:
                self._waiting.add(number)
                self._hinted.add(number)

    def _as_due(self, number: int) -> DueArticle:
        article = self._articles[number]
        born, last = (_START + hours * _HOUR for hours in (article.history.born, article.last))
        return DueArticle(number, article.history.section, born, last, article.record, number in self._hinted)

    def _look(self, due: DueArticle, tick: float) -> None:
        article = self._articles[due.id]
        is_whole = is_unconditional(due.id, due.last_seen_at, self._state, _START + tick * _HOUR)
        if self._world.lies and not is_whole:
            self._tally.requests += 1
            is_edited = False
        else:
            is_edited = self._tally.look(article.history, article.last, tick)
        if is_edited and self._world.lies:
            self._state = replace(self._state, lied_at=_START + tick * _HOUR)
        ages = article.last - article.history.born, tick - article.history.born
        hazard = self._hazard(article.history.section)
        announced = due.id in self._hinted
        article.record, seen = after_look(article.record, hazard, ages, is_edited=is_edited, is_announced=announced)
        self._count(article.history.section, seen)
        if is_edited or not self._world.lies or is_whole:
            article.last = tick
        self._hinted.discard(due.id)
        self._plan(due.id, tick)

    def _count(self, section: str, seen: Sequence[Exposure]) -> None:
        totals = self._counts.setdefault(section, [Exposure(age_bin, 0, 0) for age_bin in range(len(AGE_BINS))])
        for each in seen:
            total = totals[each.age_bin]
            totals[each.age_bin] = Exposure(each.age_bin, total.edits + each.edits, total.hours + each.hours)

    def _plan(self, number: int, tick: float) -> None:
        article = self._articles[number]
        threshold = self._state.threshold or FIRST_THRESHOLD
        born_at = _START + article.history.born * _HOUR
        watch = Watch(self._hazard(article.history.section), article.record, born_at, threshold)
        heapq.heappush(self._due, (tick + next_distance(watch, _START + tick * _HOUR) / _HOUR, number))


# The known ones: when to look next, from the time since the last update seen and what was seen


def _fixed(scale: float, history: History, hours: float) -> Tally:
    return _follow(history, hours, lambda _update, _changed, _distance: 24 * scale)


def _newsdiffs(scale: float, history: History, hours: float) -> Tally:
    steps = ((3, 0.25), (24, 1), (24 * 7, 3), (24 * 30, 72), (24 * 360, 720))

    def distance(since_update: float, _changed: float, _distance: float) -> float:
        return next((step * scale for until, step in steps if since_update < until), math.inf)

    return _follow(history, hours, distance)


def _stormcrawler(scale: float, history: History, hours: float) -> Tally:
    # Its defaults: a day at first, an hour at least, two weeks at most.
    low, first, high = 1 * scale, 24 * scale, 336 * scale

    def distance(_since: float, changed: float, before: float) -> float:
        if not before:
            return first
        return min(max(before * (0.5 if changed else 1.5), low), high)

    return _follow(history, hours, distance)


def _one_one_four(scale: float, history: History, hours: float) -> Tally:
    """Three looks: one in the first day, one in the second, one in the next four; scaled in their density."""
    tally, last, number = Tally(), history.first_look, 1
    while number * scale <= 3 + 1e-9:
        mark = number * scale
        age = 24 * mark if mark <= 2 else 48 + 96 * (mark - 2)
        number += 1
        now = crawl_after(history.first_look + age)
        if now >= hours:
            break
        if now > last:
            tally.look(history, last, now)
            last = now
    return tally


def _follow(history: History, hours: float, distance: Callable[[float, float, float], float]) -> Tally:
    tally = Tally()
    last = updated = history.first_look
    changed, step = False, 0.0
    while True:
        step = distance(last - updated, changed, step)
        if math.isinf(step):
            return tally
        now = max(last + TICK, crawl_after(last + step))
        if now >= hours:
            return tally
        changed = tally.look(history, last, now)
        updated = now if changed else updated
        last = now


# What no rule can do: three that know what nobody knows


def law_known(world: World, requests: int) -> Tally:
    """A rule that knows of each section how many edits its articles have in the mean, and the law of their ages.

    The same number of expected edits between two looks everywhere, scaled to so many requests: the best that rates
    allow (see ``pipeline.rechecks``) to a rule that does not learn from an article's own past.
    """
    counts: dict[str, list[int]] = defaultdict(list)
    for history in world.histories:
        counts[history.section].append(len(history.edits))
    means = {section: statistics.mean(found) for section, found in counts.items()}
    return _by_expected_edits(world, requests, lambda history: means[history.section])


def counts_known(world: World, requests: int) -> Tally:
    """The same by a rule that knows how many edits each single article will have, and not when."""
    return _by_expected_edits(world, requests, lambda history: len(history.edits))


def _by_expected_edits(world: World, requests: int, edits_of: Callable[[History], float]) -> Tally:
    low, high, best = 1e-3, 1e3, Tally()
    for _ in range(_BISECTIONS):
        threshold, tally = math.sqrt(low * high), Tally()
        for history in world.histories:
            _look_at_expected(history, world, (edits_of(history), threshold), tally)
        if tally.requests > requests * 1.02:
            low = threshold
        else:
            high, best = threshold, tally
    return best


def _look_at_expected(history: History, world: World, expected: tuple[float, float], tally: Tally) -> None:
    edits, threshold = expected
    habits, last = HABITS[world.habits][history.section], history.first_look
    for number in range(1, int(edits / threshold) + 1):
        share = min(number * threshold / edits, 1 - 1e-6)
        now = crawl_after(history.born + _age_at(share, habits, edits))
        if last < now < world.hours:
            tally.look(history, last, now)
            last = now


def _age_at(share: float, habits: Habits, edits: float) -> float:
    """The age by which a share of an article's edits is expected."""
    if habits.live and edits >= _LEAST_LIVE:
        return 16 * share
    return habits.median_hours * math.exp(habits.spread * statistics.NormalDist().inv_cdf(share))


def edits_known(world: World, requests: int) -> Tally:
    """Looks right after each edit, as far as the requests go: the most that can be caught at all."""
    tally = Tally()
    for history in world.histories:
        for before, now in pairwise((history.first_look, *history.edits)):
            if tally.requests < requests:
                tally.look(history, before, now)
    tally.requests = requests
    return tally


UNREACHABLE = {"law known": law_known, "counts known": counts_known, "edits known": edits_known}
KNOWN = {"fixed": _fixed, "newsdiffs": _newsdiffs, "one_one_four": _one_one_four, "stormcrawler": _stormcrawler}


def scaled(name: str, world: World, requests: int) -> Tally:
    """A known rule, scaled so that it makes as many requests as can be had at most."""
    low, high = 1e-3, 1e3
    best = Tally()
    for _ in range(_BISECTIONS):
        middle = math.sqrt(low * high)
        tally = Tally()
        for history in world.histories:
            one = KNOWN[name](middle, history, world.hours)
            tally.requests += one.requests
            tally.delays += one.delays
            if tally.requests > requests * 1.02:
                break
        if tally.requests > requests * 1.02:
            low = middle
        else:
            high, best = middle, tally
    return best


# What is told


def recorded(database: str) -> World:
    """The histories of an archive, all sources together, as its visits saw them.

    Raises:
        WarraqError: The archive cannot be read.
    """
    archive = Archive.open(database, Path("warc"), clock=lambda: datetime.now(UTC))
    try:
        with archive.reading() as connection:
            rows = connection.execute(text(_RECORDED)).all()
    finally:
        archive.close()
    moments: dict[tuple[str, str], list[datetime]] = {}
    for source, url, at in rows:
        moment = datetime.fromisoformat(str(at))
        moments.setdefault((source, url), []).append(moment.replace(tzinfo=moment.tzinfo or UTC))
    start = min((seen[0] for seen in moments.values()), default=_START)
    histories = [
        History(hours[0], tuple(hours[1:]), source)
        for (source, _), seen in moments.items()
        if (hours := [(moment - start) / _HOUR for moment in seen])
    ]
    end = max((history.edits[-1] if history.edits else history.born for history in histories), default=0.0) + 24
    return World(database.rpartition("/")[2], tuple(sorted(histories, key=lambda each: each.born)), end)


def measured(world: World, looks: Sequence[int]) -> list[dict[str, Any]]:
    """Every rule in one world at each budget, in looks an article."""
    edits = sum(len(history.edits) for history in world.histories)
    rows = []
    for each in looks:
        own = ours(world, each * len(world.histories) / world.hours)
        tallies = {"warraq": own} | {name: scaled(name, world, own.requests) for name in KNOWN}
        if world.habits:
            tallies |= {f"({name})": rule(world, own.requests) for name, rule in UNREACHABLE.items()}
        rows += [_row(world, each, name, tally, edits) for name, tally in tallies.items()]
    return rows


def _row(world: World, looks: int, name: str, tally: Tally, edits: int) -> dict[str, Any]:
    caught = len(tally.delays)
    return {
        "world": world.name,
        "looks_per_article": looks,
        "rule": name,
        "requests": tally.requests,
        "edits": edits,
        "caught": caught,
        "caught_per_1000_requests": round(1000 * caught / max(tally.requests, 1), 1),
        "caught_share": round(caught / max(edits, 1), 3),
        "median_delay_hours": round(statistics.median(tally.delays), 2) if tally.delays else None,
    }


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """One line a rule, under each world and budget, the best of the known ones compared with ours."""
    print(f"{'world':24} {'looks':>5} {'rule':13} {'requests':>8} {'per 1000':>8} {'caught':>6} {'delay':>8}")
    for row in rows:
        delay = "-" if row["median_delay_hours"] is None else f"{row['median_delay_hours']:.2f} h"
        print(
            f"{row['world']:24} {row['looks_per_article']:>5} {row['rule']:13} {row['requests']:>8} "
            f"{row['caught_per_1000_requests']:>8} {row['caught_share']:>6.1%} {delay:>8}"
        )


def worlds(seed: int) -> list[World]:
    """The synthetic publishers."""
    plain = [synthetic(name, seed) for name in HABITS]
    return [*plain, synthetic("daily", seed, hinted=50), synthetic("daily", seed, lies=True)]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 0 when it ran, 1 when the archive cannot be read or holds no article."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--looks", type=int, nargs="+", default=_LOOKS_PER_ARTICLE, help="budgets, in looks an article")
    parser.add_argument("--database", metavar="URL", help="replay an archive's histories instead")
    options = parser.parse_args(arguments)
    try:
        found = [recorded(options.database)] if options.database else worlds(options.seed)
    except WarraqError as error:
        print(error, file=sys.stderr)
        return 1
    if not all(world.histories for world in found):
        print(f"{options.database} holds no article", file=sys.stderr)
        return 1
    rows = [row for world in found for row in measured(world, options.looks)]
    if options.format == "json":
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
