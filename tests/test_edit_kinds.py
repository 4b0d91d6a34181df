"""Every kind of change, over real HTTP, in two languages and two themes: to each the outcome that it must come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.changes import FLAG_COLUMNS
from storage.records import EditClass, EditFlag, Outcome
from tests.desk import Desk
from tests.edit_acts import SITES
from tests.edit_catalogue import KINDS
from tests.edit_kinds import DOCUMENT, Seen, document, tell
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.edit_acts import Kind

# Seventy kinds in two languages, three crawls: half a minute, and several where the machine has other work.
pytestmark = pytest.mark.timeout(600)
Told = dict[tuple[str, str], Seen]


@pytest.fixture(
    scope="module",
    params=[pytest.param(each, marks=pytest.mark.slow) for each in (True, False)],
    ids=["redesigned", "as it was"],
)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What the archive says of all of it, done while both sites change their theme, or keep it."""
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path_factory.mktemp("kinds"))
        desk.configure(workers={"count": "2"})
        yield tell(desk, is_redesigned=request.param)


def quiet(outcomes: Iterable[str]) -> list[str]:
    """The outcomes, with one name for those that say that nothing happened: which it is depends on the server."""
    return ["nothing" if outcome in {"noise", "unchanged"} else outcome for outcome in outcomes]


@pytest.mark.parametrize("language", SITES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_kind_of_change_comes_to_its_outcome(told: Told, kind: Kind, language: str) -> None:
    found = told[kind.key, language]
    looks = [outcome for outcome, _ in found.outcomes]
    assert quiet(looks)[: 1 + len(kind.outcomes)] == ["new", *quiet(kind.outcomes)]
    assert set(quiet(looks)[1 + len(kind.outcomes) :]) <= {"nothing"}
    assert len(found.versions) == kind.versions


@pytest.mark.parametrize("language", SITES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.is_edit], ids=lambda kind: kind.key)
def test_kind_of_edit_has_its_class_and_flags(told: Told, kind: Kind, language: str) -> None:
    edit = told[kind.key, language].edits[0]
    assert edit["edit_class"] == kind.edit_class
    assert kind.flags <= {flag.value for flag, column in FLAG_COLUMNS.items() if edit[column]}
    assert edit["headline_test"] == (kind.key == "headline_test")


@pytest.mark.parametrize("language", SITES)
def test_edit_taken_back_names_the_version_that_it_goes_back_to(told: Told, language: str) -> None:
    first, second = told["revert", language].edits
    assert (first["reverts_to"], second["reverts_to"]) == (None, first["old_version_id"])


def test_every_outcome_class_and_flag_has_an_example() -> None:
    assert {"new", *(outcome for kind in KINDS for outcome in kind.outcomes)} == set(Outcome)
    assert {kind.edit_class for kind in KINDS} - {""} == set(EditClass)
    assert {flag for kind in KINDS for flag in kind.flags} == set(EditFlag) == set(FLAG_COLUMNS)


def test_document_of_outcomes_is_current(request: pytest.FixtureRequest, told: Told) -> None:
    if "redesigned" not in request.node.callspec.id:
        pytest.skip("the page is made of the other crawl")
    assert document(told) == DOCUMENT.read_text(encoding="utf-8"), "run: python -m tests.edit_kinds"
