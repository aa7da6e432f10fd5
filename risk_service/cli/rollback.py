"""Put the release before the present one in force again."""

from __future__ import annotations

from pathlib import Path

import click

from models.registry import rollback
from risk_service.cli._common import installation, now_us, registry_option, rule_book
from risk_service.cli.promote import by_option


@click.command()
@registry_option
@click.option("--reason", default="", help="Why, for the log.")
@click.option("--by", default=by_option, show_default="the user", help="Who, for the log.")
def command(*, registry: Path | None, reason: str, by: str) -> None:
    """Take the last promotion back: the release before it is in force again, from now on."""
    here = installation(registry, rule_book(None))
    done = rollback(here.registry, here.signing_key(), here.trusted(), at_us=now_us(), by=by, reason=reason)
    click.echo(f"In force: {done.release} (before: {done.previous})")
