"""Show the card of a release, with what became of it."""

from __future__ import annotations

from pathlib import Path

import click

from models.errors import RiskError
from models.registry import load_release, promoted, read_card
from risk_service.cli._common import installation, registry_option, rule_book


@click.command()
@click.argument("name", required=False)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with a picture of every table to this file instead.",
)  # fmt: skip
@registry_option
def command(*, name: str | None, html: Path | None, registry: Path | None) -> None:
    """Print the card of the release NAME (default: the one in force) as Markdown.

    Release and log are verified first. Below what was signed with the release stands, from the signed log, when it was
    put in force, by whom and why: gates it was forced past, and thin evidence that somebody accepted.
    """
    here = installation(registry, rule_book(None))
    trusted = here.trusted()
    chosen = name or promoted(here.registry, trusted)
    text = read_card(here.registry, chosen, trusted)
    if html is None:
        click.echo(text, nl=False)
        return
    from training.card_html import card_page

    try:
        html.write_text(card_page(load_release(here.registry, chosen, trusted), text), encoding="utf-8")
    except OSError as error:
        raise RiskError(f"{html} cannot be written: {error.strerror}.") from error
    click.echo(f"Card of {chosen} written to {html}")
