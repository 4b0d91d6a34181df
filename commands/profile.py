"""``warraq profile``: what is known of a site's pages, and what a person wants of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, Member, WarraqCommand, WarraqGroup, pass_invocation
from commands.opening import opened
from commands.output import Format, answer, format_option, say
from commands.table import print_table
from pipeline.profiles import pin, to_row
from pipeline.selectors import BadSelectorError, compiled
from pipeline.site_profile import Pins, Shown, SiteProfile, Template, from_json
from storage.errors import NotFoundError
from storage.writer_profiles import StoredProfile, profiles_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commands.output import Record
    from pipeline.learning import Study
    from storage.archive import Archive

_MOST_REPEATS = 20
_WIDTH = 70


@click.command(
    cls=WarraqGroup,
    example="warraq profile show enabbaladi",
    members={
        "show": Member("commands.profile:show", "Show what is known of a source's pages."),
        "edit": Member("commands.profile:edit", "Pin where the text stands, or exclude what is none."),
    },
)
def profile() -> None:
    """What is known of a site's pages, and what a person wants of it."""


@click.command(cls=WarraqCommand, example="warraq profile show enabbaladi")
@click.argument("source", metavar="KEY")
@click.option("--host", metavar="HOST", help="Only this host of the source.")
@click.option("--all", "with_retired", is_flag=True, help="Retired profiles too.")
@format_option()
@pass_invocation
def show(invocation: Invocation, source: str, host: str | None, answer_format: Format, *, with_retired: bool) -> None:
    """Show how the pages of a source are read.

    For each host: the templates with the selectors that lead to the text and on how many pages each was right; where
    headline, byline, date, captions, section and tags stand, as far as pages agree on it; the boxes that are furniture,
    the blocks that repeat over its articles with an example, and what was pinned.
    """
    with opened(invocation) as archive:
        found = _profiles(archive, source, host)
    wanted = [each for each in found if with_retired or each.retired_at is None]
    if not wanted:
        say(f"nothing is known of the pages of {source} yet: a profile is learned from the first few that are crawled")
    answer(wanted, answer_format, record=_record, table=_print)


def _profiles(archive: Archive, source: str, host: str | None) -> list[StoredProfile]:
    with archive.writing(durable=False) as writer:
        if writer.source(source) is None:
            raise NotFoundError(f"no source {source!r} in the archive; `warraq status` lists them")
    return [each for each in profiles_of(archive, source) if host is None or each.host == host]


def _record(stored: StoredProfile) -> Record:
    return {
        "source": stored.source_key,
        "host": stored.host,
        "number": stored.number,
        "state": stored.state.value,
        "learned_at": stored.learned_at,
        "retired_at": stored.retired_at,
        "has_drifted": stored.has_drifted,
        "pages": stored.pages,
        "agreement": stored.agreement,
        "profile": stored.profile,
    }


def _print(found: Iterable[StoredProfile]) -> None:
    for stored in found:
        agreement = "not audited yet" if stored.agreement is None else f"agreement {stored.agreement:.1%}"
        click.echo(f"{stored.host}: profile {stored.number}, {stored.state}, {stored.pages} pages, {agreement}")
        print_table(("what", "times", "where or which"), _rows(from_json(stored.number, stored.host, stored.profile)))


def _rows(profile: SiteProfile) -> Iterable[Sequence[str]]:
    for selector in profile.pins.roots:
        yield "pinned", "", selector
    for selector in profile.pins.excluded:
        yield "excluded", "", selector
    for number, template in enumerate(profile.templates, 1):
        yield f"template {number}", str(template.pages), f"text of {template.least_characters} characters and more"
        yield from _template_rows(template)
    repeats = sorted(profile.repeats.values(), key=lambda repeat: -repeat.articles)
    for repeat in repeats[:_MOST_REPEATS]:
        yield "repeats", str(repeat.articles), repeat.example[:_WIDTH]
    if len(repeats) > _MOST_REPEATS:
        yield "repeats", "", f"and {len(repeats) - _MOST_REPEATS} blocks more"


def _template_rows(template: Template) -> Iterable[Sequence[str]]:
    for root in template.roots:
        yield "  root", str(root.votes), root.selector
    for what in Shown:
        for selector in template.spots.of(what):
            yield f"  {what}", "", selector
    if template.spots.site_titles:
        yield "  headline", "", "never the title that most pages bear: it is the site's name"
    for path in sorted(template.furniture):
        yield "  furniture", "", path


@click.command(cls=WarraqCommand, example="warraq profile edit enabbaladi --exclude 'div.donate'")
@click.argument("source", metavar="KEY")
@click.option("--pin", "roots", metavar="CSS", multiple=True, help="The text stands in the first element of this kind.")
@click.option("--exclude", "excluded", metavar="CSS", multiple=True, help="Such elements are never text.")
@click.option("--reset", is_flag=True, help="Forget what was pinned and excluded before.")
@click.option("--host", metavar="HOST", help="Which host, where the source has several.")
@pass_invocation
def edit(
    invocation: Invocation,
    source: str,
    roots: tuple[str, ...],
    excluded: tuple[str, ...],
    host: str | None,
    *,
    reset: bool,
) -> None:
    """Say where the text of a source's pages stands, or what in it is furniture; this wins over all that is learned.

    Selectors are CSS. What is given is added to earlier pins; pages are read by it from the next crawl on.
    """
    if not (roots or excluded or reset):
        raise click.UsageError("give --pin, --exclude or --reset")
    _check((*roots, *excluded))
    with opened(invocation) as archive:
        number, where = _write(archive, source, host, Pins(roots, excluded), reset=reset)
    say(f"{where} is read by profile {number} from the next crawl on")


def _check(selectors: Iterable[str]) -> None:
    for selector in selectors:
        try:
            compiled(selector)
        except BadSelectorError as error:
            raise click.UsageError(str(error)) from error


def _write(archive: Archive, source: str, host: str | None, pins: Pins, *, reset: bool) -> tuple[int, str]:
    _profiles(archive, source, None)
    with archive.writing() as writer:
        # Numbered and read within the transaction that writes: a crawl may be learning of the source meanwhile.
        number = writer.newest_profile(source) + 1
        new, study = _pinned(writer.profiles(source), host, number, pins, reset=reset)
        writer.save_profile(to_row(source, new, study, writer.now()))
    return number, new.host


def _pinned(
    known: Sequence[StoredProfile], host: str | None, number: int, pins: Pins, *, reset: bool
) -> tuple[SiteProfile, Study]:
    current = [each for each in known if each.retired_at is None and host in (None, each.host)]
    if host is None and len(current) != 1:
        hosts = ", ".join(each.host for each in current) or "none yet"
        raise click.UsageError(f"say which host with --host; known are: {hosts}")
    stored = current[0] if current else None
    where = stored.host if stored else host or ""
    before = Pins() if reset or stored is None else from_json(stored.number, where, stored.profile).pins
    together = Pins(
        tuple(dict.fromkeys((*pins.roots, *before.roots))), tuple(dict.fromkeys((*pins.excluded, *before.excluded)))
    )
    return pin(stored, where, number, together)
