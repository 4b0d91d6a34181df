"""``warraq run``: the daemon."""

from __future__ import annotations

import logging

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.logs import log_to_stderr
from commands.progress import Quiet
from commands.settings import load
from commands.times import now
from crawler.runner import run_loop
from scheduler import serve


@click.command(cls=WarraqCommand, example="warraq run")
@pass_invocation
def run(invocation: Invocation) -> None:
    """Crawl every source by its timetable until stopped (Ctrl-C or SIGTERM).

    Tells each crawl in a log line on standard error. What is under way when it is stopped is finished or dropped
    within 10 seconds, and fetched at the next start.
    """
    settings = load(invocation)
    log_to_stderr(level=logging.INFO, debug=invocation.debug)
    run_loop(lambda: serve(settings, clock=now, progress=Quiet()), settings)
