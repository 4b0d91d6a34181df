"""Reads what a person typed into a search: words, "phrases", prefixes*, AND, OR, NOT or a leading -, parentheses.

Words side by side must all be there. NOT binds closest, then AND, then OR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.fold import fold
from pipeline.terms import is_unspaced, with_particles, words_of
from storage.errors import SearchQueryError
from storage.records_search import Either, Every, Phrase, Term, Without

if TYPE_CHECKING:
    from storage.records_search import Query

_MOST_WORDS = 100
_DEEPEST = 20
_SHORTEST_PREFIX = 2  # the index keeps the beginnings of two to four letters; one letter would be half of all texts
_TOKEN = re.compile(
    r"""\s*(?: (?P<open>\() | (?P<close>\)) | (?P<minus>-)(?=[^\s)\-])
    | (?P<quote>["“„«])(?P<phrase>[^"“”„«»]*)(?P<end>["“”»])(?P<star>\*?)
    | (?P<unclosed>["“”„«»]) | (?P<word>(?:[^\s()"“”„«»])+) )""",
    re.VERBOSE,
)
_OPERATORS = {"AND", "OR", "NOT"}


@dataclass(frozen=True, slots=True)
class _Not:
    """What is not wanted, until it is known what it is taken from."""

    unwanted: Query


_Read = Term | Phrase | Every | Either | Without | _Not | None


def read_query(text: str) -> Query:
    """The query that a person's words mean.

    Raises:
        SearchQueryError: they cannot be read, or say only what is not wanted.
    """
    reader = _Reader(_tokens(text))
    read = reader.either(depth=0)
    if reader.next is not None:
        raise SearchQueryError("the query closes a parenthesis that it did not open", remedy="quote it or take it out")
    if read is None:
        raise SearchQueryError("the query has no word to search for", remedy="give a word or a phrase")
    return _wanted(read)


def _tokens(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    while match := _TOKEN.match(text, at):
        if match["unclosed"]:
            raise SearchQueryError("the query opens a phrase that it does not close", remedy="add the quotation mark")
        found.append(match)
        at = match.end()
    if len(found) > _MOST_WORDS:
        raise SearchQueryError(f"the query has more than {_MOST_WORDS} words and signs", remedy="shorten it")
    return found


class _Reader:
    """Walks over the tokens once, a method for each of the three levels of binding."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> re.Match[str] | None:
        """The token that comes next, or None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self, depth: int) -> _Read:
        """What stands between ORs."""
        if depth > _DEEPEST:
            raise SearchQueryError(f"the query nests more than {_DEEPEST} parentheses", remedy="take some of them out")
        parts = [self._every(depth)]
        while self._takes("OR"):
            parts.append(self._every(depth))
        if len(parts) == 1:
            return parts[0]
        wanted = tuple(dict.fromkeys(_wanted(part) for part in parts if part is not None))
        return Either(wanted) if len(wanted) > 1 else next(iter(wanted), None)

    def _every(self, depth: int) -> _Read:
        parts: list[_Read] = []
        while (token := self.next) is not None and not token["close"] and not _is(token, "OR"):
            if self._takes("AND"):
                if not parts:
                    raise _dangling("AND")
                continue
            parts.append(self._one(depth))
        if not parts:
            raise _dangling(self._before)
        if self._before == "AND":
            raise _dangling("AND")
        return _together([part for part in parts if part is not None])

    @property
    def _before(self) -> str:
        word = self._tokens[self._at - 1]["word"] if self._at else None
        return word if word in _OPERATORS else "a parenthesis" if self._at else ""

    def _one(self, depth: int) -> _Read:
        token = self.next
        if token is None or token["close"] or _is(token, "AND", "OR"):
            raise _dangling("NOT")
        self._at += 1
        if token["minus"] or _is(token, "NOT"):
            return _negated(self._one(depth))
        if token["open"]:
            return self._parenthesis(depth)
        if token["quote"]:
            return _phrase(token["phrase"], is_starred=bool(token["star"]))
        return _word(token["word"])

    def _parenthesis(self, depth: int) -> _Read:
        read = self.either(depth + 1)
        if self.next is None:
            raise SearchQueryError("the query opens a parenthesis that it does not close", remedy="add the )")
        self._at += 1
        return read

    def _takes(self, operator: str) -> bool:
        is_there = self.next is not None and _is(self.next, operator)
        self._at += is_there
        return is_there


def _is(token: re.Match[str], *operators: str) -> bool:
    return token["word"] in operators


def _dangling(operator: str) -> SearchQueryError:
    if not operator:
        return SearchQueryError("the query has no word to search for", remedy="give a word or a phrase")
    return SearchQueryError(
        f"the query has nothing to search for beside {operator}", remedy="quote it where it is meant as a word"
    )


def _negated(read: _Read) -> _Read:
    return read.unwanted if isinstance(read, _Not) else None if read is None else _Not(read)


def _together(parts: list[_Read]) -> _Read:
    unwanted = tuple(dict.fromkeys(part.unwanted for part in parts if isinstance(part, _Not)))
    wanted = tuple(dict.fromkeys(part for part in parts if part is not None and not isinstance(part, _Not)))
    all_of = None if not wanted else wanted[0] if len(wanted) == 1 else Every(wanted)
    if not unwanted:
        return all_of
    none_of = unwanted[0] if len(unwanted) == 1 else Either(unwanted)
    return _Not(none_of) if all_of is None else Without(all_of, none_of)


def _wanted(read: Term | Phrase | Every | Either | Without | _Not) -> Query:
    if isinstance(read, _Not):
        raise SearchQueryError(
            "the query says what is not wanted, but not what is", remedy="add a word that the articles must have"
        )
    return read


def _word(word: str) -> Query | None:
    terms = words_of(fold(word))
    if len(terms) == 1:
        return Term(terms[0], _is_prefix(terms, is_starred=word.endswith("*")))
    return _of_terms(terms, is_starred=word.endswith("*"))


def _phrase(phrase: str, *, is_starred: bool) -> Query | None:
    return _of_terms(words_of(fold(phrase)), is_starred=is_starred)


def _of_terms(terms: list[str], *, is_starred: bool) -> Query | None:
    if not terms:
        return None
    firsts = with_particles(terms[0]) if len(terms) > 1 else (terms[0],)
    return Phrase(firsts, tuple(terms[1:]), _is_prefix(terms, is_starred=is_starred))


def _is_prefix(terms: list[str], *, is_starred: bool) -> bool:
    last = terms[-1]
    if not is_starred or is_unspaced(last):  # where each letter is a term, every phrase is a beginning
        return False
    if len(last) < _SHORTEST_PREFIX:
        raise SearchQueryError(f"the beginning {last}* is too short", remedy="give two letters or more before the *")
    return True
