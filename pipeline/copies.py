"""Finds the articles whose text a new version carries, and keeps clusters of copies, inside the writer's transaction.

The index gives the articles that share hashed runs of words; their texts are then compared in full. Runs that are
common to many articles which are otherwise different are furniture (a consent notice, a standing paragraph) and do not
count; what many outlets carry word for word is not.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from pipeline.clusters import cluster_id, original_of, published
from pipeline.kinship import Kinship, kinship
from pipeline.shingles import Shingled, shingle
from storage.records import CopyKind
from storage.writer_copies import ArticleText, CopyRow, generation_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from storage.archive import Writer

WINDOW = timedelta(days=90)
"""How far apart two articles may arrive and still be compared."""
_FEWEST_SHARED = 2  # hashes of the sketches, before two texts are compared
_MOST_COMPARED = 12
_COMMON = 10
"""A run that more articles hold is furniture, unless they are copies of one another."""
_COMMON_IN_SOURCE = 3
"""The same for the articles of one source: a story is published there twice or thrice, a donation box always."""
_NO_STORY_IN_SOURCE = 6
"""A run that so many more articles of one source hold is its furniture, however alike they are: no newsroom publishes
one story seven times, and pages of which little but furniture was read are all alike."""
_WITNESSES = 6
_WORD_FOR_WORD = 0.8  # containment between outlets that carry one story; articles with one notice are far below it
_WORTH_A_LOOK = 0.1  # of the newcomer's sketch
_MOST_HOLDERS = 50
_REMEMBERED_TEXTS = 2_000
_FRESH_HASHES = 80_000  # some two thousand articles; sorting them in takes half a second


@dataclass(slots=True)
class _Newcomer:
    article: ArticleText
    text: Shingled


@dataclass(slots=True)
class _Shared:
    """What the index says of a newcomer: which articles hold which of its hashes, and which of those are common."""

    sketch: AbstractSet[int]
    holders: dict[int, set[int]]
    common: set[int] = field(default_factory=set)
    furniture: AbstractSet[int] = frozenset()

    def candidates(self) -> list[int]:
        """The articles worth comparing, those that share most first."""
        counts = self.counts(self.holders.keys() - self.common)
        return [article for article, shared in counts.most_common() if shared >= _FEWEST_SHARED]

    def counts(self, runs: Iterable[int]) -> Counter[int]:
        """How many of the runs each article holds."""
        return Counter(article for run in runs for article in self.holders[run])

    def new(self) -> set[int]:
        """The hashes under which the newcomer is to be found: a stock phrase that hundreds hold finds nobody."""
        return {run for run in self.sketch if len(self.holders.get(run, ())) < _MOST_HOLDERS}


class CopyFinder:
    """Compares new texts with those of the last ``window``; one a process, used by one thread at a time."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._texts: OrderedDict[tuple[int, int], Shingled] = OrderedDict()
        self._fresh: int | None = None
        self._span: tuple[int, int] | None = None
        self._looked_through: tuple[int, ...] = ()

    def note(self, writer: Writer, article_id: int, now: datetime) -> None:
        """Takes in an article whose current version is new: finds its copies, and makes it findable.

        Doing it twice changes nothing.

        Raises:
            ArchiveError: the database cannot be used.
        """
        article = writer.current_texts([article_id]).get(article_id)
        if article is None:
            return
        newcomer = _Newcomer(article, self._shingled(article))
        if not newcomer.text.is_comparable:
            return
        shared = self._look_up(writer, newcomer, now)
        self._relate(writer, newcomer, shared)
        added = shared.new()
        writer.index_text(article_id, added)
        self._sort_in_when_due(writer, len(added))

    def _look_up(self, writer: Writer, newcomer: _Newcomer, now: datetime) -> _Shared:
        holders: dict[int, set[int]] = defaultdict(set)
        sketch = newcomer.text.sketch
        for run, holder in writer.holders(sketch, self._generations(writer, now)):
            if holder != newcomer.article.article_id:
                holders[run].add(holder)
        shared = _Shared(sketch, holders, {run for run, held in holders.items() if len(held) >= _COMMON})
        suspects = {run: held for run, held in holders.items() if len(held) >= _COMMON_IN_SOURCE}
        most = max(shared.counts(suspects).values(), default=0)
        # A stock phrase or two in common cannot make a copy: only a good part of the text is looked into.
        if most >= max(_FEWEST_SHARED, _WORTH_A_LOOK * len(sketch)):
            self._find_furniture(writer, newcomer, shared, suspects)
        return shared

    def _generations(self, writer: Writer, now: datetime) -> tuple[int, ...]:
        since = (now - self._window).date()
        span = generation_of(since), generation_of(now.date())
        if self._span != span:
            writer.drop_generations(since)
            self._span, self._looked_through = span, writer.generations_since(since)
        return self._looked_through

    def _find_furniture(
        self, writer: Writer, newcomer: _Newcomer, shared: _Shared, suspects: dict[int, set[int]]
    ) -> None:
        """Tells what is furniture among the runs that many articles hold, and what is one story in many outlets."""
        crossed, own = self._note_common(writer, newcomer.article.source_key, shared, suspects)
        if _are_one_story(self._witnesses(writer, suspects, shared.common - own)):
            shared.common &= own
        if not shared.common:
            return
        witnesses = self._witnesses(writer, suspects, shared.common)
        counts = Counter(run for text in witnesses for run in text.hashes)
        # Half of them: two or three copies of one article among the witnesses do not make its text furniture.
        enough = max(_COMMON_IN_SOURCE, (len(witnesses) + 1) // 2)
        shared.furniture = {run for run, count in counts.items() if count >= enough}
        if crossed:
            self._judge_again(writer, set().union(*(suspects[run] for run in crossed)), shared.furniture)

    def _note_common(
        self, writer: Writer, source: str, shared: _Shared, suspects: dict[int, set[int]]
    ) -> tuple[set[int], set[int]]:
        """Adds the runs that are common in the newcomer's source; those that became so now, and those beyond doubt."""
        sources = writer.sources_of(set().union(*suspects.values()))
        in_source = {run: sum(sources.get(each) == source for each in held) for run, held in suspects.items()}
        own = {run for run, count in in_source.items() if count >= _COMMON_IN_SOURCE}
        shared.common |= own
        thresholds = (_COMMON_IN_SOURCE, _NO_STORY_IN_SOURCE)
        crossed = {run for run, held in suspects.items() if len(held) == _COMMON or in_source[run] in thresholds}
        # Not every article's sketch has all of its runs, so that one that is held often enough speaks for all.
        return crossed, own if max(in_source.values(), default=0) >= _NO_STORY_IN_SOURCE else set()

    def _witnesses(self, writer: Writer, held: Mapping[int, set[int]], runs: Iterable[int]) -> list[Shingled]:
        """Texts of a few articles that hold the runs in question, some for every run; of copies only one."""
        chosen: set[int] = set()
        for run in sorted(runs):
            group = held[run]
            missing = _COMMON_IN_SOURCE - len(chosen & group)
            if missing > 0 and len(chosen) < 2 * _WITNESSES:
                chosen |= set(sorted(group - chosen, reverse=True)[:_WITNESSES])
        clusters = {row.article_id: row.original_article_id for row in writer.clusters_with(chosen)}
        distinct = {clusters.get(article, article): article for article in sorted(chosen)}
        # All of one cluster: a story in many outlets, or furniture that was taken for one.
        witnesses = distinct.values() if len(distinct) >= _COMMON_IN_SOURCE else chosen
        return [self._shingled(article) for article in writer.current_texts(witnesses).values()]

    def _judge_again(self, writer: Writer, articles: AbstractSet[int], furniture: AbstractSet[int]) -> None:
        """Looks again at what was concluded of articles before some of their runs turned out to be furniture.

        What was held together by furniture comes apart; what furniture alone kept apart comes together.
        """
        rows = [*writer.clusters_with(articles), *writer.sharing_with(articles)]
        texts = writer.current_texts({each for row in rows for each in (row.article_id, row.original_article_id)})
        for row in rows:
            one, other = texts.get(row.article_id), texts.get(row.original_article_id)
            if one is None or other is None or not {row.article_id, row.original_article_id} & articles:
                continue
            kin = kinship(self._shingled(one), self._shingled(other), furniture)
            if kin is not None and kin.kind is row.kind:
                continue
            writer.drop_copies([row])
            if kin is not None and row.kind is CopyKind.SHARES_TEXT:
                found = {other.article_id: kin}
                clusters = writer.clusters_with([one.article_id, other.article_id])
                self._arrange(writer, _Newcomer(one, self._shingled(one)), found, clusters, furniture)

    def _relate(self, writer: Writer, newcomer: _Newcomer, shared: _Shared) -> None:
        article_id = newcomer.article.article_id
        candidates = shared.candidates()[:_MOST_COMPARED]
        found: dict[int, Kinship] = {}
        texts = writer.current_texts(candidates)
        for other in (texts[each] for each in candidates if each in texts):
            kin = kinship(newcomer.text, self._shingled(other), shared.furniture)
            if kin is not None:
                found[other.article_id] = kin
        rows = writer.clusters_with([article_id, *found])
        if rows or any(kin.kind is CopyKind.COPY for kin in found.values()):
            self._arrange(writer, newcomer, found, rows, shared.furniture)
        in_cluster = {article_id, *(each for row in rows for each in (row.article_id, row.original_article_id))}
        writer.add_copies(
            _sharing(newcomer.article, texts[other], kin)
            for other, kin in found.items()
            if kin.kind is CopyKind.SHARES_TEXT and other not in in_cluster
        )

    def _arrange(
        self,
        writer: Writer,
        newcomer: _Newcomer,
        found: dict[int, Kinship],
        rows: list[CopyRow],
        furniture: AbstractSet[int],
    ) -> None:
        """Puts the newcomer into the cluster of the texts it copies, or takes it out of one it has left."""
        article_id = newcomer.article.article_id
        copied = {other for other, kin in found.items() if kin.kind is CopyKind.COPY}
        joined = {row.cluster_id for row in rows if {row.article_id, row.original_article_id} & copied}
        left = {row.cluster_id for row in rows if article_id in (row.article_id, row.original_article_id)}
        touched = [row for row in rows if row.cluster_id in joined | left]
        members = {each for row in touched for each in (row.article_id, row.original_article_id)} | copied
        texts = writer.current_texts(members | {article_id})
        if not copied and not self._is_still_in(newcomer, touched, texts, furniture):
            texts.pop(article_id, None)
        writer.drop_copies(touched)
        if len(texts) > 1:
            numbers = [row.cluster_id for row in touched if row.cluster_id is not None]
            writer.add_copies(self._star(texts, cluster_id(texts, numbers), furniture))

    def _is_still_in(
        self, newcomer: _Newcomer, touched: list[CopyRow], texts: dict[int, ArticleText], furniture: AbstractSet[int]
    ) -> bool:
        """Whether an edited text is still a copy of what it was one of, which may have left the window."""
        article_id = newcomer.article.article_id
        others = [
            row.original_article_id if row.article_id == article_id else row.article_id
            for row in touched
            if article_id in (row.article_id, row.original_article_id)
        ]
        kin = (kinship(newcomer.text, self._shingled(texts[each]), furniture) for each in others if each in texts)
        return any(each is not None and each.kind is CopyKind.COPY for each in kin)

    def _star(self, texts: dict[int, ArticleText], number: int, furniture: AbstractSet[int]) -> list[CopyRow]:
        original = original_of(texts.values())
        first = self._shingled(texts[original])
        return [
            CopyRow(article, original, number, _containment(self._shingled(text), first, furniture), CopyKind.COPY)
            for article, text in texts.items()
            if article != original
        ]

    def _shingled(self, article: ArticleText) -> Shingled:
        key = article.article_id, article.version_id
        known = self._texts.pop(key, None)
        self._texts[key] = known or shingle(article.text)
        if len(self._texts) > _REMEMBERED_TEXTS:
            self._texts.popitem(last=False)
        return self._texts[key]

    def _sort_in_when_due(self, writer: Writer, added: int) -> None:
        self._fresh = writer.fresh_hashes() if self._fresh is None else self._fresh + added
        if self._fresh >= _FRESH_HASHES:
            writer.sort_in()
            self._fresh = 0


def _are_one_story(witnesses: Collection[Shingled]) -> bool:
    shares = [_containment(one, other, frozenset()) for one, other in combinations(witnesses, 2)]
    return not shares or median(shares) >= _WORD_FOR_WORD


def _containment(one: Shingled, other: Shingled, furniture: AbstractSet[int]) -> float:
    smaller, larger = sorted((one.hashes - furniture, other.hashes - furniture), key=len)
    return len(smaller & larger) / len(smaller) if smaller else 0.0


def _sharing(one: ArticleText, other: ArticleText, kin: Kinship) -> CopyRow:
    earlier, later = sorted((one, other), key=lambda article: (published(article), article.article_id))
    return CopyRow(later.article_id, earlier.article_id, None, kin.share, kin.kind)
