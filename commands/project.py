"""``warraq init``, ``check`` and ``sources``: the configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.output import Format, Record, answer, format_option, say
from commands.settings import config_path, load, remind_of_contact
from commands.table import print_table
from commands.template import TEMPLATE
from crawler.access import load_access
from crawler.rendering.chromium import check_can_render
from storage.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.config import SourceSettings


@click.command(cls=WarraqCommand, example="warraq init news")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(directory: Path) -> None:
    """Write a commented warraq.toml into DIR (here when none is given), which is made when missing."""
    file = directory / "warraq.toml"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "warc").mkdir(exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATE)
    except FileExistsError:
        raise ConfigError(f"{file} exists already", remedy="edit it, or name another directory") from None
    say(f"wrote {file}: set crawler.contact in it, then add a source with `warraq add URL`")


@click.command(cls=WarraqCommand, example="warraq check")
@pass_invocation
def check(invocation: Invocation) -> None:
    """Validate the configuration; every fault is told, one a line."""
    settings = load(invocation)
    if any(source.render for source in settings.sources):
        check_can_render(settings.render)
    _check_access(settings.sources)
    remind_of_contact(settings)
    count = len(settings.sources)
    say(f"{config_path(invocation)}: good, {count} source{'' if count == 1 else 's'}")


def _check_access(sources: Iterable[SourceSettings]) -> None:
    problems = []
    for source in sources:
        try:
            load_access(source)
        except ConfigError as error:
            problems.append(f"source {source.key}: {error}")
    if problems:
        raise ConfigError("cookie files cannot be used", problems=tuple(problems))


@click.command(cls=WarraqCommand, example="warraq sources --recall --days 30")
@click.argument("key", metavar="[KEY]", required=False)
@click.option("--recall", is_flag=True, help="Estimate how many of their articles the archive has: see docs/recall.md.")
@click.option(
    "--days",
    type=click.IntRange(min=1, max=36_500),
    metavar="N",
    default=30,
    show_default=True,
    help="With --recall: articles of the last N days.",
)
@format_option()
@pass_invocation
def sources(invocation: Invocation, key: str | None, days: int, answer_format: Format, *, recall: bool) -> None:
    """List the sources of the configuration, or that of KEY; or estimate how complete their archive is."""
    if recall:
        from commands.recall import answer_recall  # noqa: PLC0415 - the archive's libraries take a quarter second

        answer_recall(invocation, key, days, answer_format)
        return
    settings = load(invocation)
    found = [source for source in settings.sources if key in (None, source.key)]
    if key is not None and not found:
        raise NotFoundError(f"there is no source {key}", remedy="`warraq sources` lists them", subject=key)
    answer(found, answer_format, record=_record, table=_print)
    if not settings.sources:
        say("there is no source: add one with `warraq add URL`")


def _record(source: SourceSettings) -> Record:
    return {
        "key": source.key,
        "name": source.name,
        "url": source.url,
        "feeds": list(source.feeds),
        "language": source.language,
        "country": source.country,
        "timezone": source.timezone,
        "timetable": _timetable(source),
    }


def _print(sources: Iterable[SourceSettings]) -> None:
    titles = ("source", "name", "url", "feeds", "language", "time zone", "timetable")
    rows = (
        (s.key, s.name, s.url, str(len(s.feeds) or "found"), s.language or "-", s.timezone, _timetable(s))
        for s in sources
    )
    print_table(titles, rows)


def _timetable(source: SourceSettings) -> str:
    return str(source.timetable())
