"""Imports point one way, and each foreign library lives in one layer."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("storage", "pipeline", "crawler", "scheduler", "commands", "cli")  # each may import those before it
FOREIGN = {
    "scrapy": {"crawler"},
    "twisted": {"crawler"},
    "trafilatura": {"pipeline"},
    "lxml": {"crawler", "pipeline"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "psycopg": {"storage"},
    "fastwarc": {"storage"},
    "pyarrow": {"storage"},
    "playwright": {"crawler"},
    "apscheduler": {"scheduler"},
    "click": {"cli", "commands"},
    "rich": {"cli", "commands"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for layer in LAYERS:
        single = ROOT / f"{layer}.py"
        for file in [single] if single.exists() else sorted((ROOT / layer).rglob("*.py")):
            yield layer, file


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(("layer", "file"), [pytest.param(*m, id=str(m[1].relative_to(ROOT))) for m in modules()])
def test_imports_point_one_way(layer: str, file: Path) -> None:
    forbidden = set(LAYERS[LAYERS.index(layer) + 1 :]) | {"tests", "benchmarks"}
    foreign = {name for name, rooms in FOREIGN.items() if layer not in rooms}
    if layer == "commands":
        forbidden.discard("cli")
    assert not imported(file) & (forbidden | foreign)
