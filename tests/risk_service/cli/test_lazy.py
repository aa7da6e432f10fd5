from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import risk_service
from risk_service.cli import main
from risk_service.cli._lazy import LazyGroup

COMMANDS = {
    "count_up": '''
"""Count up to a number.

More about it.
"""
import click

@click.command(name="count-up")
def command():
    for number in range(100_000):
        click.echo(number)
''',
    "refuse": '''
"""Refuse to do anything."""
import click
from models.errors import StoreError

@click.command(name="refuse")
@click.option("--code", type=int)
def command(code):
    raise StoreError("The store is\\n locked.", what_to_do="Close the other program.", exit_code=code)
''',
    "interrupt": '''
"""Be interrupted."""
import click

@click.command(name="interrupt")
def command():
    raise KeyboardInterrupt
''',
    "open_it": '''
"""Open a file that is not there."""
import click

@click.command(name="open-it")
def command():
    open("/nowhere/feeds.csv")
''',
    "fault": '''
"""Meet a fault of the program."""
import click

@click.command(name="fault")
def command():
    raise ZeroDivisionError
''',
    "loud": '''
"""Say so when imported."""
import click

raise RuntimeError("imported")
''',
    "empty": '"""Expose nothing."""\n',
    "_helper": '"""Not a command."""\n',
}
PROGRAM = """
import sys
from risk_service.cli._lazy import LazyGroup
LazyGroup(name="probe", package="probe_commands").main(sys.argv[1:], prog_name="probe")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "probe_commands"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name, source in COMMANDS.items():
        (package / f"{name}.py").write_text(source)
    return tmp_path


@pytest.fixture
def group(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LazyGroup:
    monkeypatch.syspath_prepend(folder)
    for name in [name for name in sys.modules if name.startswith("probe_commands")]:
        monkeypatch.delitem(sys.modules, name)
    return LazyGroup(name="probe", package="probe_commands")


def test_help_lists_every_module_by_its_first_line_and_imports_none(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["--help"])

    assert result.exit_code == 0
    assert "count-up" in result.output
    assert "Count up to a number." in result.output
    assert "More about it" not in result.output
    assert "Say so when imported." in result.output
    assert "helper" not in result.output
    assert not [name for name in sys.modules if name.startswith("probe_commands.")]


def test_a_command_is_imported_when_it_is_asked_for(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["count-up"])

    assert result.output.startswith("0\n1\n2\n")
    assert [name for name in sys.modules if name.startswith("probe_commands.")] == ["probe_commands.count_up"]


def test_an_unknown_command_is_answered_with_the_nearest_name(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["count-pu"])

    assert result.exit_code == 2
    assert "did you mean count-up?" in result.stderr


def test_a_module_without_a_command_is_named_as_a_fault(group: LazyGroup) -> None:
    with pytest.raises(TypeError, match=r"probe_commands\.empty has to expose a click command"):
        CliRunner().invoke(group, ["empty"], catch_exceptions=False)


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--code", "5"], 5)])
def test_a_domain_error_is_one_line_with_its_exit_code(group: LazyGroup, arguments: list[str], code: int) -> None:
    result = CliRunner().invoke(group, ["refuse", *arguments])

    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr == "Error: The store is locked. Close the other program.\n"


def test_a_file_that_cannot_be_opened_is_one_line(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["open-it"])

    assert result.exit_code == 2
    assert result.stderr == "Error: /nowhere/feeds.csv: No such file or directory.\n"


def test_a_fault_of_the_program_keeps_its_traceback(group: LazyGroup) -> None:
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(group, ["fault"], catch_exceptions=False)


def test_ctrl_c_ends_without_a_word(group: LazyGroup) -> None:
    result = CliRunner().invoke(group, ["interrupt"])

    assert result.exit_code == 130
    assert result.output == ""


@pytest.mark.parametrize("arguments", [["count-up"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(folder: Path, arguments: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": f"{folder}:{Path(risk_service.__file__).parents[1]}", "PATH": ""},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    process.wait()

    assert complaint == b""


def test_the_program_tells_its_version() -> None:
    result = CliRunner().invoke(main, ["--version"])

    assert result.output == f"risk-service {risk_service.__version__}\n"


def test_every_command_answers_help_under_the_name_of_its_file() -> None:
    assert isinstance(main, LazyGroup)
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0
        assert f"Usage: risk-service {name} " in result.output


def _every_help() -> Iterator[tuple[str, str]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        yield name, CliRunner().invoke(main, [name, "--help"]).output
        for inner in command.commands if isinstance(command, click.Group) else ():
            yield f"{name} {inner}", CliRunner().invoke(main, [name, inner, "--help"]).output


def test_help_of_every_command_is_whole_and_without_marks_of_its_source() -> None:
    for name, text in _every_help():
        assert f"Usage: risk-service {name} " in text
        assert "..." not in text.partition("Commands:")[2], f"{name}: a command is told in part"
        assert "\\" not in text, name
        assert "``" not in text, name
