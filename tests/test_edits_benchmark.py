"""The benchmark of pairs of captures: each label's counts, and what is told beside them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.edits import main
from tests.made_pages import PROSE, TITLE, article_page, paragraphs

if TYPE_CHECKING:
    from pathlib import Path

LINKS = "".join(
    f'<h2><a href="/story/{n}">Another headline of the day, number {n}, as it is listed</a></h2>' for n in range(30)
)
LIST = f"<html><head><title>News</title></head><body><main>{LINKS}</main></body></html>"


def row(number: int, label: str, before: str, after: str, path: str = "story") -> str:
    pair = {"url": f"https://islander.example/{path}/{number}", "label": label}
    pair |= {
        f"{side}_html_base64": base64.b64encode(html.encode()).decode()
        for side, html in (("before", before), ("after", after))
    }
    return json.dumps(pair)


@pytest.mark.slow
def test_benchmark_counts_each_label_and_tells_headlines_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # One text under several addresses would be one article.
    pages = [article_page(paragraphs(*PROSE, f"The ferry numbered {n} had {n * 37} passengers.")) for n in range(4)]
    page, other = pages[2], "Ferry line: the island waits for its council to decide"
    pairs = (
        row(1, "same", pages[0], pages[0].replace("<footer>", "<footer><p>12 visitors</p>")),
        row(2, "real", pages[1], pages[1].replace("twice a day", "three times a day")),
        row(3, "same", page, page.replace(TITLE, other)),
        row(4, "noise", pages[3], pages[3].replace("twice a day", "three times a day")),
        row(5, "index", LIST, LIST, "category"),
    )
    (tmp_path / "pairs.jsonl").write_text("\n".join(pairs), encoding="utf-8")
    assert main(["--data", str(tmp_path / "pairs.jsonl"), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["same_kept"], told["same_broken"], told["real_kept"], told["real_missed"]) == (2, 0, 1, 0)
    assert (told["noise_rejected"], told["noise_kept"], told["index_recognised"]) == (0, 1, 1)
    assert [pair["titles"] for pair in told["headline_only"]] == [[TITLE, other]]


def test_benchmark_of_a_file_that_cannot_be_read_ends_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err
