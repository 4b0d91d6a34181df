"""Measure the date parser on a file of date strings: how many right, unknown and wrong.

``--data`` takes JSON lines with ``text``, ``seen_at`` (ISO 8601 with an offset, which is also the source's zone),
``expected`` (a calendar day, or null where no day can be known) and perhaps ``form``. An expected null is right when
the answer is None.

    python -m benchmarks.dates --data dates.jsonl --format table
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs as a file as well as a module

from pipeline.dates import parse_date


class Verdict(StrEnum):
    """How an answer compares with the truth."""

    RIGHT = "right"
    NONE = "none"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Failure:
    """A line that was not answered rightly."""

    verdict: Verdict
    form: str
    text: str
    expected: str | None
    answer: str | None


def answer(row: dict[str, Any]) -> str | None:
    """The day that the parser reads, as ISO 8601, or None."""
    seen_at = datetime.fromisoformat(row["seen_at"])
    parsed = parse_date(row["text"], seen_at=seen_at, zone=seen_at.tzinfo or UTC)
    return parsed.on.isoformat() if parsed else None


def judge(expected: str | None, given: str | None) -> Verdict:
    """Right, wrong, or no answer where there is one."""
    if given == expected:
        return Verdict.RIGHT
    return Verdict.NONE if given is None else Verdict.WRONG


def measure(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The counts over all rows, the failures, and the CPU time a string."""
    if rows:
        answer(rows[0])  # the first use reads the lexicon
    started = process_time()
    answers = [answer(row) for row in rows]
    spent_ms = (process_time() - started) * 1000
    verdicts = [judge(row["expected"], given) for row, given in zip(rows, answers, strict=True)]
    counts = Counter(verdicts)
    failures = [
        asdict(Failure(verdict, row.get("form", ""), row["text"], row["expected"], given))
        for row, given, verdict in zip(rows, answers, verdicts, strict=True)
        if verdict is not Verdict.RIGHT
    ]
    return {
        **{str(verdict): counts[verdict] for verdict in Verdict},
        "lines": len(rows),
        "cpu_ms_per_line": round(spent_ms / max(1, len(rows)), 4),
        "failures": failures,
    }


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a data file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def print_table(result: dict[str, Any]) -> None:
    """The counts on one line each, then what went wrong."""
    for name in (*Verdict, "lines", "cpu_ms_per_line"):
        print(f"{name:16} {result[str(name)]}")
    for failure in result["failures"]:
        print("{verdict:5} {text!r}: {answer}, expected {expected} ({form})".format(**failure))


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 0 when it ran, 1 when a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="JSON lines of date strings")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args(arguments)
    try:
        rows = read_rows(options.data)
    except (OSError, json.JSONDecodeError) as error:
        print(f"{options.data}: {error}", file=sys.stderr)
        return 1
    result = measure(rows)
    if options.format == "json":
        print(json.dumps(result, ensure_ascii=False))
    else:
        print_table(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
