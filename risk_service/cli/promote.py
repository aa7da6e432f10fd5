"""Put a release in force."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from models.errors import ReleaseError
from models.registry import Release, load_release, promote, promoted, read_promotions
from risk_service.cli._common import installation, now_us, registry_option, rule_book


def by_option() -> str:
    """The name of the person at the keyboard, for the log of promotions."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def failed_gates(release: Release) -> list[str]:
    """Names of the gates that a release did not pass."""
    return [name for name, gate in release.manifest.gates.items() if not gate.get("holds", True)]


@click.command()
@click.argument("name")
@registry_option
@click.option("--reason", default="", help="Why, for the log.")
@click.option("--by", default=by_option, show_default="the user", help="Who, for the log.")
@click.option("--force", is_flag=True, help="Promote although a gate refuses; needs --reason.")
def command(*, name: str, registry: Path | None, reason: str, by: str, force: bool) -> None:
    """Put the release NAME in force from now on.

    It is verified first. Scores are computed with it from the next rescoring on; the console and the interface use the
    release that was in force at the time they are asked about. risk-service rollback takes it back.
    """
    here = installation(registry, rule_book(None))
    trusted = here.trusted()
    release = load_release(here.registry, name, trusted)
    failed = failed_gates(release)
    if failed and not (force and reason):
        said = "; ".join(f"{gate} ({release.manifest.gates[gate].get('says', '')})" for gate in failed)
        raise ReleaseError(
            f"Release {name} did not pass: {said}.",
            what_to_do="Read its card; to promote it all the same give --force and --reason.",
        )
    log = read_promotions(here.registry, trusted)
    before = promoted(here.registry, trusted) if log else None
    why = f"forced past {', '.join(failed)}: {reason}" if failed else reason
    promote(here.registry, name, here.signing_key(), trusted, at_us=now_us(), by=by, reason=why)
    click.echo(f"In force: {name}" + (f" (before: {before})" if before and before != name else ""))
