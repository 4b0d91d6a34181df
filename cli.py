"""The command ``warraq``: parse, call, print, exit code. It decides nothing.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 141 nobody read the output any more.
"""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, Member, WarraqGroup
from storage.errors import ConfigError, WarraqError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAILED, _WRONG_USAGE = 1, 2
_INTERRUPTED = 128 + signal.SIGINT
_UNREAD = 128 + signal.SIGPIPE


@click.command(
    cls=WarraqGroup,
    example="warraq init news",
    members={
        "init": Member("commands.project:init", "Write a commented warraq.toml into DIR."),
        "check": Member("commands.project:check", "Validate the configuration."),
        "add": Member("commands.add:add", "Add a site to the configuration, with the feeds it offers."),
        "sources": Member("commands.project:sources", "List the sources of the configuration."),
        "crawl": Member("commands.crawl:crawl", "Crawl sources, or single articles by their URLs, once."),
        "run": Member("commands.run:run", "Crawl every source by its timetable, until stopped."),
        "status": Member("commands.status:status", "Show the last crawl and the next run of each source."),
        "articles": Member("commands.articles:articles", "List the articles of the archive, newest first."),
        "show": Member("commands.articles:show", "Show one article."),
        "history": Member("commands.articles:history", "List the versions of an article, oldest first."),
        "search": Member("commands.search:search", "Find articles by the words of their headlines and texts."),
        "diff": Member("commands.diff:diff", "Compare two versions of an article, word by word."),
        "copies": Member("commands.copies:copies", "List who carries whose text."),
        "edits": Member("commands.changes:edits", "List the edits of articles, newest first."),
        "gone": Member("commands.changes:gone", "List the articles that their publishers removed."),
        "export": Member("commands.export:export", "Write articles, or what was received of them, for other tools."),
        "forget": Member("commands.forget:forget", "Take an article out of the archive for good."),
        "reextract": Member("commands.reextract:reextract", "Read stored captures again with today's extractor."),
        "profile": Member("commands.profile:profile", "Show or edit what is known of a site's pages."),
        "verify": Member("commands.verify:verify", "Recompute what was archived; name what was changed."),
        "prove": Member("commands.prove:prove", "Write what a stranger needs to check one article."),
        "ledger": Member("commands.ledger:ledger", "Show the ledger's last head and its public key, or make a head."),
        "warc": Member("commands.warc:warc", "Look after the WARC files."),
        "db": Member("commands.db:db", "Look after the database."),
    },
)
@click.version_option(package_name="warraq", message="warraq %(version)s", help="Show the version and exit.")
def warraq() -> None:
    """Warraq keeps the news: every version of every article of the sources you follow, in a database you can query."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command line (``sys.argv`` when None) and ends the process with its exit code."""
    _speak_utf8()
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _speak_utf8() -> None:
    """Archived text is Unicode whatever the terminal's locale claims; what cannot be encoded must not end a listing."""
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _run(arguments: list[str]) -> int:
    invocation = Invocation()
    try:
        code = _call(arguments, invocation)
        sys.stdout.flush()
    except BrokenPipeError:
        return _drop_output()
    except KeyboardInterrupt:
        _complain("interrupted")
        return _INTERRUPTED
    except Exception as error:  # the edge of the program: every error becomes its lines and an exit code
        if invocation.debug and not isinstance(error, click.ClickException):
            raise
        return _report(error)
    return code


def _call(arguments: list[str], invocation: Invocation) -> int:
    try:
        with warraq.make_context("warraq", arguments, obj=invocation) as context:
            code = warraq.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    return code if isinstance(code, int) else 0


def _report(error: Exception) -> int:
    for line in _lines(error):
        _complain(line)
    return _WRONG_USAGE if isinstance(error, click.UsageError) else _FAILED


def _lines(error: Exception) -> tuple[str, ...]:
    if isinstance(error, ConfigError) and error.problems:
        return error.problems
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "warraq"
        return (f"{error.format_message().rstrip('.')}: see `{command} --help`",)
    if isinstance(error, WarraqError):
        return (str(error),)
    if isinstance(error, click.ClickException):
        return (error.format_message(),)
    if isinstance(error, OSError) and error.strerror:
        return (f"{error.filename}: {error.strerror}" if error.filename else error.strerror,)
    return (f"{type(error).__name__}: {error}: a fault in Warraq; run it again with --debug to see where",)


def _complain(line: str) -> None:
    folded = " ".join(line.split())
    click.echo(f"warraq: error: {folded}", err=True)


def _drop_output() -> int:
    # Python flushes stdout once more on its way out; without a reader that would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _UNREAD


if __name__ == "__main__":
    main()
