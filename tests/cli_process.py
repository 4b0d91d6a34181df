"""Starts the program as people do: a process of its own, in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Program:
    """The program in one working directory, with no terminal and none of the caller's WARRAQ_ variables."""

    directory: Path

    def __call__(self, *arguments: str | Path, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command line to its end and holds it to an exit code."""
        done = subprocess.run(
            self.line(*arguments),
            cwd=self.directory,
            env=self.environment(**variables),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == code, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Starts a command line and leaves it running."""
        return subprocess.Popen(
            self.line(*arguments),
            cwd=self.directory,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def line(self, *arguments: str | Path) -> list[str]:
        """The command line that starts the program."""
        return [sys.executable, "-m", "cli", *map(str, arguments)]

    def environment(self, **variables: str) -> dict[str, str]:
        """The environment of the process."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WARRAQ_")}
        return {**kept, "PYTHONPATH": str(ROOT), **variables}


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed command said."""
    (line,) = done.stderr.splitlines()
    assert line.startswith("warraq: error: ")
    return line.removeprefix("warraq: error: ")
