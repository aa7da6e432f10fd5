"""A click group that finds its commands in a package and imports only the one asked for."""

from __future__ import annotations

import ast
import difflib
import importlib
import os
import pkgutil
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from models.errors import RiskError

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 128 + signal.SIGINT
READER_GONE = 128 + signal.SIGPIPE


_WHOLE: Final = 1_000
"""Longest first sentence of a command in the list of its group: none is cut."""


class CommandGroup(click.Group):
    """A group that lists each of its commands with the whole first sentence of its help."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        rows = [(name, self._said_of(name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def _said_of(self, name: str) -> str:
        return self.commands[name].get_short_help_str(_WHOLE)


class LazyGroup(CommandGroup):
    """A group whose commands are the public modules of a package.

    Parameters
    ----------
    package
        Dotted name of the package; each of its modules without a leading underscore exposes `command`.
    **attributes
        As for `click.Group`.

    Notes
    -----
    Errors end here: a `RiskError` becomes one line on stderr and its own exit code, a file that cannot be opened one
    line and 2; Ctrl-C ends with 130 and a reader that went away (``| head``) with 141, both without a word, as the
    shell would.
    """

    def __init__(self, *, package: str, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.package = package

    def _modules(self) -> dict[str, str]:
        """Return command name → dotted module name, without importing any."""
        path = importlib.import_module(self.package).__path__
        names = (module.name for module in pkgutil.iter_modules(path))
        return {name.replace("_", "-"): f"{self.package}.{name}" for name in sorted(names) if not name.startswith("_")}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands in alphabetical order."""
        return sorted({*self._modules(), *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, imported now; None when there is none."""
        module = self._modules().get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(module), "command", None)
        if not isinstance(command, click.Command):
            fault = f"{module} has to expose a click command named `command`."
            raise TypeError(fault)
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command asked for; an unknown one is answered with the nearest names."""
        known = self.list_commands(ctx)
        asked = args[0]
        if asked not in known and not asked.startswith("-"):
            near = difflib.get_close_matches(asked, known, n=2)
            hint = f"did you mean {' or '.join(near)}?" if near else "risk-service --help lists them."
            ctx.fail(f"No command {asked!r}; {hint}")
        return super().resolve_command(ctx, args)

    def _said_of(self, name: str) -> str:
        """The first line of a module's docstring, without importing it."""
        module = self._modules().get(name)
        return super()._said_of(name) if module is None else _first_line(module)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn what went wrong into a line and an exit code."""
        try:
            return super().invoke(ctx)
        except RiskError as error:
            click.echo(f"Error: {error}", err=True)
            raise click.exceptions.Exit(error.exit_code) from error
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _give_up_output()
            raise click.exceptions.Exit(READER_GONE) from None
        except OSError as error:
            if error.filename is None:
                raise
            click.echo(f"Error: {error.filename}: {error.strerror}.", err=True)
            raise click.exceptions.Exit(RiskError.default_exit_code) from error

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run as the program does, and leave nothing in the output buffer that could fail later."""
        try:
            return super().main(*args, **extra)
        finally:
            try:
                sys.stdout.flush()
            except BrokenPipeError:
                _give_up_output()


def _give_up_output() -> None:
    """Send what is left in the buffer nowhere, so that the interpreter's last flush is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _first_line(module: str) -> str:
    """Return the first line of a module's docstring, read from its source."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    documentation = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return next(_lines(documentation), "")


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
