"""The program in a process of its own for every command, without paying its imports every time.

A server process imports everything once and forks for each command line: what runs is the real command, in a fresh
process with its own working directory, environment and exit code. Tests that kill or time the program start it
anew instead (`tests.cli_process`).
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.cli_process import ROOT, Ended

_PRELOADED = ("commands.articles", "commands.crawl", "commands.diff", "commands.export", "commands.status")
_LONGEST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class QuickProgram:
    """The program in one working directory, without the caller's WARRAQ_ and proxy variables."""

    directory: Path

    def __call__(self, *arguments: str | Path, code: int = 0) -> Ended:
        """Runs a command line to its end and holds it to an exit code."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                returned = _server().run([str(argument) for argument in arguments], self.directory, out, err)
            except BaseException:  # a test that ran out of time: its command would answer the next test's question
                _server().end()
                _server.cache_clear()
                raise
            ended = Ended(returned, _whole(out), _whole(err))
        assert ended.code == code, f"exit code {returned}: {ended.stdout}{ended.stderr}"
        return ended


def _whole(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


class _Server:
    """The prepared process; one command at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.quick_program"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not _is_ours(name)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self.end)

    def end(self) -> None:
        """Ends the process and the command that it is running."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def run(self, arguments: list[str], directory: Path, *outputs: IO[bytes]) -> int:
        """The exit code of one command, whose output goes to two open files."""
        paths = [f"/proc/{os.getpid()}/fd/{output.fileno()}" for output in outputs]
        command = {"arguments": arguments, "directory": str(directory), "outputs": paths}
        if not self._process.stdin or not self._process.stdout:
            raise RuntimeError("the server has no pipes")
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _is_ours(name: str) -> bool:
    return name.startswith("WARRAQ_") or name.lower().endswith("_proxy")


@cache
def _server() -> _Server:
    return _Server()


def _serve() -> None:
    for module in _PRELOADED:
        __import__(module)
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("a reactor made before the fork would be shared by all commands")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(command: dict[str, Any]) -> None:
    """Turns this fork into the program and ends with its exit code."""
    import cli  # noqa: PLC0415 - the pytest process imports this module and must not import the program

    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for descriptor, path in enumerate(command["outputs"], start=1):
        opened = os.open(path, os.O_WRONLY)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(command["directory"])
    signal.alarm(_LONGEST_SECONDS)
    cli.main(command["arguments"])


if __name__ == "__main__":
    _serve()
