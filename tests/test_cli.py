from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from cli import warraq
from commands.invocation import Invocation
from commands.reference import reference
from tests.cli_process import ROOT, Program, complaint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = """
[[sources]]
key = "naba"
name = "نبأ"
url = "https://naba.example/"
every = "15m"
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def commands() -> Iterator[tuple[str, click.Command]]:
    def below(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                member = command.get_command(click.Context(command), name)
                assert member is not None
                yield from below(member, f"{path} {name}")

    return below(warraq, "warraq")


COMMANDS = dict(commands())


@pytest.mark.parametrize("path", COMMANDS)
def test_help_ends_with_an_example_that_parses(path: str) -> None:
    command = COMMANDS[path]
    example = getattr(command, "example", "")
    assert (
        command.get_help(click.Context(command, info_name=path, **command.context_settings)).rstrip().endswith(example)
    )
    words = shlex.split(example.partition(" > ")[0])
    assert " ".join(words).startswith(path)
    with warraq.make_context("warraq", words[1:], obj=Invocation()) as context:
        name, member, rest = warraq.resolve_command(context, words[1:])
        assert member is not None
        member.make_context(name, rest, parent=context)


def test_help_of_a_group_tells_of_each_member_what_the_member_does() -> None:
    for path, command in COMMANDS.items():
        assert command.help, path


def test_reference_is_current() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == reference(warraq), "run: python -m commands.reference > docs/commands.md"


def test_help_is_quick(program: Program) -> None:
    program.apart("--help")  # compiles the modules
    before = os.times()
    program.apart("-h")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < 1.0  # 0.2 s of CPU time


def test_version_is_told(program: Program) -> None:
    assert program("--version").stdout.startswith("warraq ")


@pytest.mark.parametrize(
    "line", ["--nope", "nope", "crawl", "crawl --all naba", "show", "articles --limit 0", "articles --since ever"]
)
def test_wrong_usage_is_one_line_and_code_2(program: Program, line: str) -> None:
    assert "--help`" in complaint(program(*line.split(), code=2))


def test_init_writes_a_file_that_is_good(program: Program) -> None:
    program("init", "news")
    there = Program(program.directory / "news")
    assert "0 sources" in there("check").stderr
    assert there("sources").stdout == ""


def test_init_over_a_file_leaves_it_and_fails(program: Program) -> None:
    program("init")
    file = program.directory / "warraq.toml"
    file.write_text("# mine", encoding="utf-8")
    assert "exists already" in complaint(program("init", code=1))
    assert file.read_text(encoding="utf-8") == "# mine"


def test_check_tells_every_fault_one_a_line(program: Program) -> None:
    faulty = '[[sources]]\nkey = "a"\nurl = "x"\ncron = "61 * * * *"\ntmezone = "UTC"\n'
    (program.directory / "warraq.toml").write_text(faulty, encoding="utf-8")
    lines = program("check", code=1).stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("warraq: error: warraq.toml: sources[1].") for line in lines)


@pytest.mark.parametrize("command", ["check", "crawl naba"])
def test_rendered_source_without_what_renders_it_is_told_what_to_install(program: Program, command: str) -> None:
    table = f'{SOURCE}render = true\n[render]\nchromium = "/no/such/chromium"\n'
    (program.directory / "warraq.toml").write_text(table, encoding="utf-8")
    # Apart: a fork would share the event loop that another test made, and one of the two misses what wakes it.
    (line,) = program.apart(*command.split(), code=1).stderr.splitlines()
    assert "`render = true` needs " in line
    assert "install" in line


@pytest.mark.parametrize("command", ["check", "sources", "articles", "status", "run"])
def test_missing_configuration_is_one_line(program: Program, command: str) -> None:
    assert "warraq init" in complaint(program(command, code=1))


def test_broken_configuration_is_one_line(program: Program) -> None:
    (program.directory / "warraq.toml").write_text("[archive\n", encoding="utf-8")
    assert "is not TOML" in complaint(program("check", code=1))


def test_sources_as_json_are_readable(program: Program) -> None:
    (program.directory / "warraq.toml").write_text(SOURCE, encoding="utf-8")
    out = program("sources", "--format", "json").stdout
    (source,) = json.loads(out)
    assert (source["key"], source["name"], source["timetable"]) == ("naba", "نبأ", "every 15m")
    assert "نبأ" in out


def test_output_in_a_locale_without_arabic_is_utf8(program: Program) -> None:
    (program.directory / "warraq.toml").write_text(SOURCE, encoding="utf-8")
    assert "نبأ" in program.apart("sources", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C").stdout


def test_debug_after_the_command_shows_where_an_error_arose(program: Program) -> None:
    assert "Traceback" in program("check", "--debug", code=1).stderr
    assert "Traceback" in program("--debug", "check", code=1).stderr


def test_config_may_stand_before_or_after_the_command(program: Program) -> None:
    (program.directory / "other.toml").write_text(SOURCE, encoding="utf-8")
    for line in ("--config other.toml sources", "sources --config other.toml"):
        assert "naba" in program(*line.split()).stdout


def test_unread_output_is_no_complaint(program: Program) -> None:
    (program.directory / "warraq.toml").write_text(
        "\n".join(SOURCE.replace('"naba"', f'"k{n}"') for n in range(2000)), encoding="utf-8"
    )
    process = program.start("sources", "--format", "jsonl")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


def test_unknown_source_names_the_nearest(program: Program) -> None:
    (program.directory / "warraq.toml").write_text(SOURCE, encoding="utf-8")
    assert 'did you mean "naba"' in complaint(program("crawl", "nabba", code=1))


@pytest.mark.parametrize("url", ["ftp://naba.example/", "file:///etc/passwd", "http://", "javascript://x"])
def test_url_that_is_not_http_is_refused(program: Program, url: str) -> None:
    (program.directory / "warraq.toml").write_text(SOURCE, encoding="utf-8")
    assert "http" in complaint(program("crawl", url, code=1))
