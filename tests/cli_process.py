"""Runs the program as people do: a process of its own, in a directory of its own, with no terminal."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import traceback
import warnings
from dataclasses import dataclass
from functools import cache
from io import FileIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NoReturn

from cli import main

ROOT = Path(__file__).resolve().parents[1]
_CRASHED = 70


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process left."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Program:
    """The program in one working directory, without the caller's WARRAQ_ variables."""

    directory: Path

    def __call__(self, *arguments: str | Path, code: int = 0, **variables: str) -> Ended:
        """Runs a command line to its end and holds it to an exit code.

        In a fork of this process, which spares the second that importing takes; for what reads and writes files only.
        """
        _preload()
        with TemporaryFile() as stdout, TemporaryFile() as stderr:
            with warnings.catch_warnings():
                # Python 3.12 warns of forks beside threads; the child starts none and takes no lock of theirs.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if not child:
                self._be_program([*map(str, arguments)], variables, stdout, stderr)
            ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            return _held(Ended(ended, _content(stdout), _content(stderr)), code)

    def apart(self, *arguments: str | Path, code: int = 0, **variables: str) -> Ended:
        """Runs a command line in a new interpreter; for what needs a loop, workers or another environment."""
        with self.start(*arguments, **variables) as process:
            stdout, stderr = process.communicate(timeout=100)
        return _held(Ended(process.returncode, stdout, stderr), code)

    def start(self, *arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
        """Starts a new interpreter on a command line and leaves it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            cwd=self.directory,
            env=_environment(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def _be_program(
        self, arguments: list[str], variables: dict[str, str], stdout: IO[bytes], stderr: IO[bytes]
    ) -> NoReturn:
        ended = _CRASHED
        try:
            os.chdir(self.directory)
            os.environ.update(_environment(variables))
            for name in set(os.environ) - set(_environment(variables)):
                del os.environ[name]
            for stream, number, name in ((stdout, 1, "stdout"), (stderr, 2, "stderr")):
                os.dup2(stream.fileno(), number)
                setattr(sys, name, TextIOWrapper(FileIO(number, "w", closefd=False), encoding="ascii"))
            main(arguments)
        except SystemExit as leave:
            ended = leave.code if isinstance(leave.code, int) else _CRASHED
        except Exception:  # noqa: BLE001 - as the interpreter would
            traceback.print_exc()
            ended = 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended)


@cache
def _preload() -> None:
    """Imports once what every fork would import for itself; nothing that makes a reactor."""
    for name in ("articles", "db", "diff", "export", "project", "status"):
        importlib.import_module(f"commands.{name}")


def complaint(ended: Ended) -> str:
    """The one line that a failed command said."""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("warraq: error: ")
    return line.removeprefix("warraq: error: ")


def _held(ended: Ended, code: int) -> Ended:
    assert ended.code == code, f"exit code {ended.code}: {ended.stdout}{ended.stderr}"
    return ended


def _content(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8")


def _environment(variables: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARRAQ_")}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}
