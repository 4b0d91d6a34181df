"""Words that search takes for one another or does not, queries of every form over them, and what a query means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from pipeline.snippets import snippet
from pipeline.terms import terms_of
from storage.records_search import Either, Every, Phrase, Term, Without

if TYPE_CHECKING:
    from storage.records_search import Query

WORDS = [
    "river",
    "rivers",
    "council",
    "the",
    "of",
    "المدينة",
    "والمدينة",
    "مدينة",
    "مَدِينة",
    "حلب",
    "كتاب",
    "中国",
    "国",
    "é",
    "12",
]
_word = st.sampled_from(WORDS)
_leaf = st.one_of(
    _word,
    _word.map(lambda word: f"{word[:3]}*" if len(word) > 2 else word),
    st.lists(_word, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
)
ANY_QUERY = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} NOT {two[1]})"),
    ),
    max_leaves=5,
)


def finds(query: Query, title: str, text: str) -> bool:
    """What the query means, told of one text without any index."""
    parts = [(part, terms_of("", part)) for part in (title, text)]
    match query:
        case Term(word, is_prefix):
            known = {each for _, terms in parts for each in (*terms.words, *terms.variants)}
            return any(each.startswith(word) for each in known) if is_prefix else word in known
        case Phrase():
            return any(bool(snippet(query, part).marks) for part, _ in parts)
        case Every(asked):
            return all(finds(each, title, text) for each in asked)
        case Either(asked):
            return any(finds(each, title, text) for each in asked)
        case Without(wanted, unwanted):
            return finds(wanted, title, text) and not finds(unwanted, title, text)
