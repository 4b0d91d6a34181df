"""Log lines on standard error: constant text, then what it is about as fields."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

# What every record carries; the rest was given as ``extra`` and is shown.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Libraries that report at INFO what our own lines say, or what nobody asked for.
_CHATTY = (
    "alembic",
    "scrapy",
    "twisted",
    "asyncio",
    "apscheduler",
    "filelock",
    "trafilatura",
    "htmldate",
    "courlan",
    "py.warnings",
)


class FieldFormatter(logging.Formatter):
    """One line a record: time in UTC, level, text, then its fields as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; followed by the traceback where the record carries one."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = [f"{name}={_quoted(value)}" for name, value in vars(record).items() if name not in _STANDARD]
        line = " ".join([moment, record.levelname.lower(), _folded(record.getMessage()), *fields])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class OneLine(logging.Filter):
    """Puts the exception's last line in place of its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass."""
        if record.exc_info:
            error = record.exc_info[1]
            record.__dict__["error"] = f"{type(error).__name__}: {error}"
            record.exc_info = None
        return True


def log_to_stderr(*, level: int, debug: bool) -> None:
    """Sends log records of that level and above to standard error, all of them and tracebacks when debugging."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldFormatter())
    if not debug:
        handler.addFilter(OneLine())
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.ERROR)
    logging.basicConfig(level=logging.DEBUG if debug else level, handlers=[handler], force=True)


def _quoted(value: object) -> str:
    text = _folded(str(value))
    return f'"{text}"' if not text or " " in text or '"' in text else text


def _folded(text: str) -> str:
    return " ".join(text.split())
