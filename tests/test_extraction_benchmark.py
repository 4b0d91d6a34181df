"""The extraction benchmark: its measure and its two ways of being run."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.metrics import names, normalise, score_text, shingles, summarise, tokens
from tests.made_pages import PROSE, TITLE, article_page, paragraphs

ROOT = Path(__file__).resolve().parents[1]


def test_tokens_ideographs_and_thai_letters_stand_alone() -> None:
    assert tokens("A ferry, 2 tickets") == ["A", "ferry", "2", "tickets"]
    assert tokens("新渡轮abc") == ["新", "渡", "轮", "abc"]


def test_shingles_text_shorter_than_four_words_is_one_shingle() -> None:
    assert list(shingles("one two")) == [("one", "two")]
    assert not shingles("…")


def test_score_text_counts_repeats() -> None:
    score = score_text("a b c d a b c d", "a b c d")
    assert (score.shared, score.surplus, score.missed) == (1, 0, 4)


def test_summarise_empty_prediction_has_no_precision_and_no_recall() -> None:
    f1, precision, recall = summarise([score_text("a b c d", "a b c d"), score_text("a b c d", "")])
    assert (precision, recall) == (1.0, 0.5)
    assert f1 == pytest.approx(2 / 3)


def test_names_are_a_set_whatever_joins_them() -> None:
    assert names(["Ann Lee and Bo Ek"]) == names(["bo ek; ANN LEE"]) == {"ann lee", "bo ek"}


def test_normalise_levels_quotes_and_space() -> None:
    assert normalise("The  “Ferry”\u00a0– again") == normalise('the "ferry" - Again')


@pytest.mark.parametrize("command", [["-m", "benchmarks.extraction"], ["benchmarks/extraction.py"]])
def test_extraction_benchmark_as_json_gives_one_list_of_rows(command: list[str], tmp_path: Path) -> None:
    page = {
        "id": "1",
        "site": "islander.example",
        "url": "https://islander.example/1",
        "text": "\n".join(PROSE),
        "title": TITLE,
    }
    page["html_base64"] = base64.b64encode(article_page(paragraphs(*PROSE)).encode()).decode()
    data = tmp_path / "made.jsonl.gz"
    data.write_bytes(gzip.compress(json.dumps(page).encode()))
    arguments = [*command, "--data", str(data), "--tools", "warraq", "--format", "json", "--workers", "1"]
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    (row,) = json.loads(done.stdout)
    assert {"data": "made", "tool": "warraq", "pages": 1, "f1": 1.0, "title": 1.0, "date": None}.items() <= row.items()
    assert row["cpu_ms"] > 0
