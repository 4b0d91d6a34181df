"""Where a capture stands among the versions of its article. Pure.

A version is a maximal run of captures with the same headline and text, with one exception: the two headlines of an
A/B test. A publisher that tests headlines shows now one, now the other over the same text; taken literally every
look would be an edit. So a headline that comes back over an unchanged text soon after it was last seen is no edit:
its captures join the version that has it, and the two versions overlap in time, which is how the views tell them.
Nothing is lost: each headline has its version, and every capture belongs to the one that it shows. Brought back
later, or with another text in between, it is a revert, and a version of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.fingerprint import Fingerprint
    from storage.records import ShownCapture
    from storage.records_stored import StoredRun

VARIANTS_WITHIN = timedelta(hours=24)
"""How soon a headline must come back to be one of two that take turns. Tests of headlines run on young articles and
end within the day, where young articles are looked at every hour or so."""
_COMPARED_BEFORE = 3


class _Run(Protocol):
    @property
    def title_digest(self) -> str: ...
    @property
    def text_digest(self) -> str: ...
    @property
    def last_captured_at(self) -> datetime: ...


_T = TypeVar("_T", bound=_Run)


@dataclass(frozen=True, slots=True)
class Placement:
    """How a capture joins the versions of its article.

    ``version_id`` is the version that it belongs to, None where it begins one. ``cut`` names the versions in whose
    midst it stands with another text: what they hold after it becomes a version of its own.
    """

    version_id: int | None = None
    cut: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sight:
    at: datetime
    title_digest: str
    text_digest: str
    version_id: int | None


@dataclass(slots=True)
class _Group:
    """Captures that the rule puts together."""

    title_digest: str
    text_digest: str
    last_captured_at: datetime
    members: list[_Sight]


def place(runs: Sequence[StoredRun], at: datetime, fingerprint: Fingerprint) -> Placement:
    """Where a capture of that time and text stands among an article's versions.

    Captures may come in any order (a recovered file, two crawlers, an import): an older one may extend a version
    backwards, begin one between two others, or cut some in two. For those the runs' ``captured_at`` must be known. A
    version is never taken back: where a late capture shows that two were one, both stay.
    """
    if all(run.last_captured_at <= at for run in runs):
        found = _joined(runs, at, fingerprint)
        return Placement(found.version_id if found else None)
    sight = _Sight(at, fingerprint.title_digest, fingerprint.text_digest, None)
    groups = _arranged(sorted([*_sights(runs), sight], key=lambda one: one.at))
    return Placement(_home(groups, sight), _cut(groups, at))


def arranged(captures: Sequence[ShownCapture]) -> list[list[ShownCapture]]:
    """An article's captures, in order of time, put together into versions as if they had come one by one."""
    sights = [_Sight(one.captured_at, one.title_digest, one.text_digest, place) for place, one in enumerate(captures)]
    groups = _arranged(sights)
    return [[captures[sight.version_id or 0] for sight in group.members] for group in groups]


def latest_run(runs: Sequence[StoredRun]) -> StoredRun:
    """The version that was captured last, which an A/B test may have begun before another."""
    return max(runs, key=lambda run: run.last_captured_at)


def neighbours(runs: Sequence[StoredRun], at: datetime) -> tuple[StoredRun, ...]:
    """The versions that decide where a capture of that moment belongs, the latest before it first."""
    before = sorted((run for run in runs if run.first_captured_at <= at), key=lambda run: run.last_captured_at)
    recent = [run for run in before[:-1] if at - run.last_captured_at <= VARIANTS_WITHIN]
    after = [run for run in runs if run.first_captured_at > at]
    return (*before[-1:], *recent[:-_COMPARED_BEFORE:-1], *after[:1])


def _joined(runs: Sequence[_T], at: datetime, sight: Fingerprint | _Sight) -> _T | None:
    """The run that a capture joins which is later than all of them."""
    for number, run in enumerate(sorted(runs, key=lambda run: run.last_captured_at, reverse=True)):
        is_recent = number == 0 or at - run.last_captured_at <= VARIANTS_WITHIN
        if run.text_digest != sight.text_digest or not is_recent:
            return None
        if run.title_digest == sight.title_digest:
            return run
    return None


def _sights(runs: Sequence[StoredRun]) -> list[_Sight]:
    return [
        _Sight(at, run.title_digest, run.text_digest, run.version_id)
        for run in runs
        for at in dict.fromkeys(run.captured_at or (run.first_captured_at, run.last_captured_at))
    ]


def _arranged(sights: Sequence[_Sight]) -> list[_Group]:
    groups: list[_Group] = []
    for sight in sights:
        group = _joined(groups, sight.at, sight)
        if group is None:
            groups.append(_Group(sight.title_digest, sight.text_digest, sight.at, [sight]))
        else:
            group.members.append(sight)
            group.last_captured_at = sight.at
    return groups


def _home(groups: Sequence[_Group], sight: _Sight) -> int | None:
    """The version of the nearest capture in the sight's own group."""
    group = next(group for group in groups if any(member is sight for member in group.members))
    others = [member for member in group.members if member.version_id is not None]
    return min(others, key=lambda one: abs(one.at - sight.at)).version_id if others else None


def _cut(groups: Sequence[_Group], at: datetime) -> tuple[int, ...]:
    """The versions whose captures before and after a moment no longer belong together."""
    before: dict[int, set[int]] = {}
    after: dict[int, set[int]] = {}
    for number, group in enumerate(groups):
        for member in group.members:
            if member.version_id is not None and member.at != at:
                (before if member.at < at else after).setdefault(member.version_id, set()).add(number)
    return tuple(version for version, ids in before.items() if version in after and not ids & after[version])
