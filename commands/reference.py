"""The command reference, ``docs/commands.md``: every command's help, as the program itself gives it.

Run ``python -m commands.reference > docs/commands.md`` after a change to a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 100
_HEAD = """\
# Commands

Made by `python -m commands.reference`. Answers go to standard output, talk to standard error. Exit codes: 0 done,
1 failed, 2 wrong usage, 130 interrupted, 141 nobody read the output. The global options may stand before the command
or after it.
"""


def reference(root: click.Command) -> str:
    """The help of a command and of all its sub-commands as Markdown."""
    sections = (f"## `{path}`\n\n```text\n{help_text}\n```\n" for path, help_text in _helps(root, "warraq", None))
    return "\n".join([_HEAD, *sections])


def _helps(command: click.Command, path: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent, **_settings(command))
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            if member is not None:
                yield from _helps(member, f"{path} {name}", context)


def _settings(command: click.Command) -> dict[str, Any]:
    return {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}


if __name__ == "__main__":
    from cli import warraq

    click.echo(reference(warraq), nl=False)
