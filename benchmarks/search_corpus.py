"""Articles and queries for the benchmark of the search: real sentences, drawn so that every run draws the same.

An article is some 300 words of sentences of news pages, two of three articles in Arabic and one in English, so that
words are as frequent as they are in news. Each also names four words that were made of halves of others, drawn so that
ever new ones come: a language's long tail, which a few thousand pages do not have. Twenty sources publish, the largest
a sixth of all and the smallest one in 170; one article a minute.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.fold import fold
from pipeline.terms import variants_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS_AN_ARTICLE = 300
START = datetime(2015, 1, 1, tzinfo=UTC)
SOURCES = 20
KINDS = ("rare", "middling", "common", "clitic", "phrase", "prefix", "boolean", "narrowed")
QUERIES_A_KIND = 40
_FILES = (
    "near_duplicates/ar",
    "near_duplicates/en",
    "extraction/scrapinghub",
    "extraction/wcxb-dev",
    "extraction/portals",
)
_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+|\n")
_SAMPLED = 4000
_RARE, _MIDDLING, _COMMON = (0, 1e-3), (5e-3, 5e-2), (0.2, 1)  # shares of the articles in its language
_OUTER = (5e-3, 2)  # of the Arabic words that hold another one
_MADE_WORDS = 4
_TAIL = 0.35  # of the Pareto distribution that numbers the made words
_ARABIC = re.compile("[\u0600-\u06ff]")
_WORD = re.compile(r"[^\W\d_]{4,}")
_FIRST_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Article:
    """One article; ``number`` counts them from 1."""

    number: int
    source: str
    language: str
    text: str

    @property
    def published_at(self) -> datetime:
        """Its minute."""
        return START + timedelta(minutes=self.number)

    @property
    def title(self) -> str:
        """Its first ten words."""
        return " ".join(self.text.split(maxsplit=10)[:10])


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed, and what narrows it."""

    text: str
    source: str | None = None
    language: str | None = None
    since: datetime | None = None


class Corpus:
    """The articles of an archive of that size.

    Args:
        data: The folder of the development data (``../shared/data``).
        size: How many articles.
    """

    def __init__(self, data: Path, size: int) -> None:
        self.size = size
        self._sentences = _sentences(data)
        self._halves = {
            language: sorted({word for one in sentences for word in _WORD.findall(one)})
            for language, sentences in self._sentences.items()
        }
        self._asked: dict[str, list[Query]] = {}
        self._shares = [_FIRST_SHARE * (0.84**rank) for rank in range(SOURCES)]

    def article(self, number: int) -> Article:
        """The article of that number, whatever else was drawn."""
        chance = random.Random(f"article {number}")  # noqa: S311 - no secrets here
        language = "ar" if chance.random() < 2 / 3 else "en"
        (source,) = chance.choices(range(SOURCES), self._shares)
        parts: list[str] = []
        left = WORDS_AN_ARTICLE
        while left > 0:
            parts.append(chance.choice(self._sentences[language]))
            left -= len(parts[-1].split())
        made = (self._made_word(language, chance) for _ in range(_MADE_WORDS))
        return Article(number, f"paper-{source}", language, "\n".join([*parts, " ".join(made)]))

    def articles(self, first: int, last: int) -> Iterator[Article]:
        """The articles from that number to that one."""
        return map(self.article, range(first, last + 1))

    def queries(self, kind: str) -> list[Query]:
        """Forty queries of that kind."""
        if kind not in self._asked:
            chance = random.Random(f"queries {kind}")  # noqa: S311 - no secrets here
            self._asked[kind] = [self._query(kind, chance) for _ in range(QUERIES_A_KIND)]
        return self._asked[kind]

    def _query(self, kind: str, chance: random.Random) -> Query:
        language = "ar" if chance.random() < 2 / 3 else "en"
        rare, middling, common = (self._word(chance, language, *shares) for shares in (_RARE, _MIDDLING, _COMMON))
        if kind == "narrowed":
            return self._narrowed(chance, middling, common, language)
        other = self._word(chance, language, *_MIDDLING)
        texts = {
            "rare": rare,
            "middling": middling,
            "common": common,
            "clitic": self._inner_word(chance),
            "phrase": f'"{self._phrase(chance, language)}"',
            "prefix": f"{middling[:3]}*",
            "boolean": chance.choice((f"{common} {middling} -{rare}", f"{middling} OR {other}")),
        }
        return Query(texts[kind])

    def _narrowed(self, chance: random.Random, middling: str, common: str, language: str) -> Query:
        word = chance.choice((middling, common))
        source = f"paper-{chance.randrange(SOURCES)}"
        since = START + timedelta(minutes=chance.randrange(self.size))
        return chance.choice((Query(word, source=source), Query(word, language=language), Query(word, since=since)))

    def _word(self, chance: random.Random, language: str, least: float, most: float) -> str:
        return chance.choice(self._words[language, least, most])

    def _inner_word(self, chance: random.Random) -> str:
        return variants_of(chance.choice(self._words["ar", *_OUTER]))[-1]

    def _phrase(self, chance: random.Random, language: str) -> str:
        words = words_of_sentence(chance.choice(self._sentences[language]))
        length = chance.choice((2, 2, 3))
        at = chance.randrange(max(1, len(words) - length))
        return " ".join(words[at : at + length])

    def _made_word(self, language: str, chance: random.Random) -> str:
        drawn = random.Random(int(chance.paretovariate(_TAIL)))  # noqa: S311 - no secrets here
        one, other = drawn.choice(self._halves[language]), drawn.choice(self._halves[language])
        word: str = one[: (len(one) + 1) // 2] + other[len(other) // 2 :]
        return word

    @cached_property
    def _words(self) -> dict[tuple[str, float, float], list[str]]:
        """By language and shares: the words that as many of a sample's articles in that language hold."""
        chance = random.Random("sample")  # noqa: S311 - no secrets here
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        number_of: Counter[str] = Counter()
        for number in chance.sample(range(1, self.size + 1), min(_SAMPLED, self.size)):
            article = self.article(number)
            number_of[article.language] += 1
            found[article.language].update({*words_of_sentence(article.text)})
        words: dict[tuple[str, float, float], list[str]] = {}
        for language, counts in found.items():
            shares = {word: count / number_of[language] for word, count in sorted(counts.items())}
            for least, most in (_RARE, _MIDDLING, _COMMON):
                # A small corpus may have no word as rare as that.
                fitting = [word for word, share in shares.items() if least < share <= most and len(word) > 2]
                words[language, least, most] = fitting or list(shares)
            often = (fold(word) for word, share in shares.items() if share > _OUTER[0])
            words[language, *_OUTER] = [word for word in often if word and variants_of(word)]
        return words


def words_of_sentence(text: str) -> list[str]:
    """The words of a sentence as a reader would type them: as they are, without signs."""
    return re.findall(r"[^\W_]+", text)


def _sentences(data: Path) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {"ar": {}, "en": {}}
    for name in _FILES:
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)["text"]
                language = "ar" if len(_ARABIC.findall(text)) > len(text) / 3 else "en"
                found[language] |= dict.fromkeys(map(str.strip, _SENTENCE_END.split(text)))
    return {language: [one for one in sentences if len(one.split()) > 2] for language, sentences in found.items()}
