"""The locks hold what the program imports and what pyproject.toml asks for, and name no registry."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SMALLER = ("docker/requirements.lock", "requirements.lock")
ALL = "requirements-all.lock"
REPLAY = "requirements-replay.lock"
OPTIONAL = PROJECT["project"]["optional-dependencies"]["render"]  # no lock of `make test` holds it
OWN = {"cli", "commands", "crawler", "pipeline", "scheduler", "storage"}


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]).lower()


def pinned(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pins = [line.split(";")[0].rstrip(" \\").partition("==") for line in lines if re.match(r"[A-Za-z0-9]", line)]
    return {name_of(name): version.strip() for name, _, version in pins}


def imported() -> set[str]:
    """The top-level names that the program imports, but for those that it can do without."""
    files = [ROOT / "cli.py", ROOT / "scheduler.py", *(file for room in OWN for file in (ROOT / room).rglob("*.py"))]
    return {name for file in files for name in needed(ast.parse(file.read_text(encoding="utf-8")))}


def needed(tree: ast.AST) -> set[str]:
    optional = {id(part) for node in ast.walk(tree) if has_way_out(node) for part in ast.walk(node)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in optional:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def has_way_out(node: ast.AST) -> bool:
    """Whether an import that fails here, or that this Python has no use for, is met by another."""
    return isinstance(node, ast.Try) or (isinstance(node, ast.If) and "version_info" in ast.unparse(node.test))


def unpinned(names: set[str]) -> set[str]:
    distributions, pins = packages_distributions(), pinned("requirements.lock").keys()
    foreign = names - OWN - {"tests", "benchmarks"} - set(sys.stdlib_module_names) - set(map(name_of, OPTIONAL))
    return {name for name in foreign if not {name_of(d) for d in distributions.get(name, [name])} & pins}


def test_every_package_that_the_program_imports_is_pinned() -> None:
    assert unpinned(imported()) == set()


def test_every_package_that_the_tests_import_at_their_start_is_pinned() -> None:
    modules = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "tests").rglob("*.py")]
    starts = [ast.Module([n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)], []) for tree in modules]
    assert unpinned({name for start in starts for name in needed(start)}) == set()


def test_every_dependency_of_the_project_is_pinned() -> None:
    extras, groups = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
    own = [*PROJECT["project"]["dependencies"], *extras["postgres"], *extras["parquet"]]
    for asked, lock in (([*own, *groups["dev"], *groups["services"]], ALL), (groups["replay"], REPLAY)):
        assert {name_of(requirement) for requirement in asked} - pinned(lock).keys() == set(), "run make lock"


def test_locks_agree_on_every_version() -> None:
    container, tested = map(pinned, SMALLER)
    assert container.items() <= tested.items() <= pinned(ALL).items()


@pytest.mark.parametrize("lock", [*SMALLER, ALL, REPLAY])
def test_lock_names_no_registry(lock: str) -> None:
    assert not re.search(
        r"https?:|file:|--(?:extra-)?index-url|--find-links", (ROOT / lock).read_text(encoding="utf-8")
    )
