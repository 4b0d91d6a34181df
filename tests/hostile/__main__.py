"""The command line that the package's docstring shows."""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path

from tests.certificates import make_certificate
from tests.hostile.cases import CASES
from tests.hostile.server import HostileServer
from tests.hostile.table import PAGE, write


def _serve() -> None:
    with tempfile.TemporaryDirectory() as folder, HostileServer(CASES, make_certificate(Path(folder))) as server:
        for case in CASES:
            urls = [server.feed(case)] if case.feed else server.urls(case)
            print(f"{case.name:<40} {' '.join(urls)}")  # noqa: T201 - a command's answer
        print(f"{'all of them as a feed':<40} {server.feed_of_all}", flush=True)  # noqa: T201 - as above
        threading.Event().wait()


def main() -> None:
    """Serves the cases until it is stopped, or writes their table."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description="Hostile and odd cases.")
    parser.add_argument("command", choices=["serve", "table"])
    if parser.parse_args().command == "serve":
        _serve()
    else:
        write(CASES)
        print(f"{len(CASES)} cases in {PAGE}")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
