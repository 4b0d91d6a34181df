from __future__ import annotations

import logging

from commands.logs import FieldFormatter, OneLine


def record(text: str, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text, "levelname": "INFO", "created": 0.0, **fields})


def test_log_line_is_time_level_text_and_fields() -> None:
    line = FieldFormatter().format(record("crawl finished", source="naba", new=3, note="two words"))
    assert line == '1970-01-01T00:00:00Z info crawl finished source=naba new=3 note="two words"'


def test_log_line_never_breaks() -> None:
    assert "\n" not in FieldFormatter().format(record("crawl\nfailed", problem="a\nb"))


def test_log_of_an_exception_without_debug_is_one_line() -> None:
    error = ValueError("no such\nthing")
    entry = record("crawl failed", exc_info=(ValueError, error, None))
    assert OneLine().filter(entry)
    assert FieldFormatter().format(entry).endswith('crawl failed error="ValueError: no such thing"')


def test_log_of_an_exception_when_debugging_has_its_traceback() -> None:
    entry = record("crawl failed", exc_info=(ValueError, ValueError("x"), None))
    assert "ValueError: x" in FieldFormatter().format(entry).splitlines()[-1]
