"""The extraction benchmark: its measure and its two ways of being run."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.extraction import present
from benchmarks.metrics import (
    exact_paragraphs,
    kept_text,
    names,
    normalise,
    score_text,
    shingles,
    summarise,
    tokens,
)
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


def test_kept_text_has_of_what_stands_apart_only_what_the_gold_holds() -> None:
    gold = "A ferry for the island\nThe council put off its vote."
    apart = ("A ferry for the island", "A photo of the only vessel")
    assert kept_text(gold, "The council put off its vote.", apart) == gold


def test_exact_paragraphs_is_the_share_that_comes_out_whole() -> None:
    assert exact_paragraphs("One.\nTwo “here”.\nThree.\nFour.", 'one.\nTwo "here".\nThree. Four.') == 0.5
    assert exact_paragraphs("One.", "One.") is None


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


def test_present_leaves_out_peers_that_are_absent_and_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert present(["warraq", "newspaper4k"], lambda tool: tool == "warraq") == ["warraq"]
    assert "newspaper4k is not installed" in capsys.readouterr().err
