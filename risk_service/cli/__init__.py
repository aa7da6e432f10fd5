"""The command line ``risk-service``: one group, one module per command.

A command is a module ``risk_service/cli/<name>.py`` that exposes a click command as `command`; the underscores of
the file become dashes (`feed_status.py` → ``risk-service feed-status``). Dropping the file in is all there is to
do. A module is imported when its command is asked for and not before, so ``risk-service --help`` stays quick; the
list there shows the first line of each module's docstring. Modules whose name starts with an underscore are helpers.
"""

from __future__ import annotations

import click

import risk_service
from risk_service.cli._lazy import LazyGroup

__all__ = ["main"]


@click.group(
    name="risk-service",
    cls=LazyGroup,
    package=__name__,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(risk_service.__version__, prog_name="risk-service", message="%(prog)s %(version)s")
def main() -> None:
    """Order the files of migrant workers before departure, with reasons and the way back.

    Start with "risk-service demo"; each command explains itself with --help.
    """
