"""How a command is declared, and the options that every command takes, before its name or after it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH = 100


@dataclass(slots=True)
class Invocation:
    """What the global options said; empty where they were not given."""

    config: Path | None = None
    database: str | None = None
    warc_dir: Path | None = None
    allow_networks: tuple[str, ...] = ()
    debug: bool = False


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    invocation = context.ensure_object(Invocation)
    if option.name == "allow_networks":
        invocation.allow_networks += value
    elif value and option.name:
        setattr(invocation, option.name, value)


class GlobalOption(click.Option):
    """An option that every command takes; its value goes to the ``Invocation`` and not to the command."""

    def __init__(self, declarations: Sequence[str], **settings: Any) -> None:
        super().__init__(declarations, expose_value=False, callback=_remember, **settings)


def global_options() -> list[click.Option]:
    """The options that every command takes, in the order of the help."""
    return [
        GlobalOption(
            ["--config"],
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="The configuration; else WARRAQ_CONFIG, else warraq.toml here.",
        ),
        GlobalOption(
            ["--database"], metavar="URL", help="The database, such as sqlite:///warraq.db; else WARRAQ_DATABASE."
        ),
        GlobalOption(
            ["--warc-dir"],
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="Where WARC files are kept; else WARRAQ_WARC_DIR.",
        ),
        GlobalOption(
            ["--allow-network", "allow_networks"],
            metavar="CIDR",
            multiple=True,
            help="Crawl addresses of this private or loopback network too; may be repeated.",
        ),
        GlobalOption(["--debug"], is_flag=True, help="Log everything, and show where an error arose."),
    ]


class _Documented(click.Command):
    """Help with the global options in a section of their own and an example at the end."""

    example = ""

    def __init__(self, *args: Any, example: str = "", **settings: Any) -> None:
        settings["context_settings"] = {"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH}
        super().__init__(*args, **settings)
        self.example = example

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *global_options()]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Global options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections["Global options" if isinstance(parameter, GlobalOption) else "Options"].append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Example"):
            formatter.write(f"{' ' * formatter.current_indent}{self.example}\n")


class WarraqCommand(_Documented):
    """One sub-command; ``example`` is a line that runs."""


@dataclass(frozen=True, slots=True)
class Member:
    """A sub-command: where it lives, as ``module:attribute``, and what it does, so that listing imports nothing."""

    place: str
    summary: str


class WarraqGroup(_Documented, click.Group):
    """A command with sub-commands, each imported when it is named: most need libraries that take long to load.

    Args:
        members: The sub-commands by name, in the order of the help.
    """

    def __init__(self, *args: Any, members: Mapping[str, Member], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._members = members

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the sub-commands, in the order of the help."""
        del ctx
        return list(self._members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command of that name, imported now; None when there is none."""
        del ctx
        if cmd_name not in self._members:
            return None
        module, _, attribute = self._members[cmd_name].place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the sub-commands."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, member.summary) for name, member in self._members.items()])
