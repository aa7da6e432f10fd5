"""Put a release in force."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from models.errors import ReleaseError
from models.registry import Release, load_release, promote, promoted, read_promotions
from models.registry.manifest import THIN
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


def thin_gates(release: Release) -> list[str]:
    """Names of the gates that lacked the evidence for a verdict."""
    return [name for name, gate in release.manifest.gates.items() if gate.get("verdict") == THIN]


@click.command()
@click.argument("name")
@registry_option
@click.option("--reason", default="", help="Why, for the log and the card.")
@click.option("--by", default=by_option, show_default="the user", help="Who, for the log and the card.")
@click.option("--force", is_flag=True, help="Promote although a gate refuses; needs --reason.")
@click.option("--accept-thin", is_flag=True, help="Accept gates that lack evidence, in the name of --by.")
@click.option("--preview", is_flag=True, help="Show gates and bands by office, and promote nothing.")
def command(
    *, name: str, registry: Path | None, reason: str, by: str, force: bool, accept_thin: bool, preview: bool
) -> None:
    """Put the release NAME in force from now on.

    It is verified first. A gate that refuses is passed only with --force and a --reason; one that lacks evidence only
    when somebody accepts that with --accept-thin. A release of simulated data, which refuses real ones, needs no more
    than a name for that. Both are signed into the log with what would settle them, and are shown with the card. Scores
    are computed with the release from the next rescoring on; the console and the interface use the release that was in
    force at the time they are asked about. risk-service rollback takes it back.
    """
    here = installation(registry, rule_book(None))
    trusted = here.trusted()
    release = load_release(here.registry, name, trusted)
    if preview:
        click.echo(in_words(release))
        return
    failed, thin = failed_gates(release), thin_gates(release)
    if failed and not (force and reason):
        _listed(release, failed)
        raise ReleaseError(
            f"Release {name} did not pass: {', '.join(failed)}.",
            what_to_do="Read its card; to promote it all the same give --force and --reason.",
        )
    if thin and not (accept_thin or force or release.simulated):
        _listed(release, thin)
        raise ReleaseError(
            f"Release {name} lacks evidence: {', '.join(thin)}.",
            what_to_do="Read its card; to accept that in your name give --accept-thin.",
        )
    log = read_promotions(here.registry, trusted)
    before = promoted(here.registry, trusted) if log else None
    parts = [f"forced past {_told(release, failed)}"] if failed else []
    parts += [f"thin evidence accepted by {by}: {_told(release, thin)}"] if thin else []
    why = ": ".join(part for part in ("; ".join(parts), reason) if part)
    promote(here.registry, name, here.signing_key(), trusted, at_us=now_us(), by=by, reason=why)
    if thin:
        click.echo(f"Thin evidence, accepted by {by}:", err=True)
        _listed(release, thin)
    click.echo(f"In force: {name}" + (f" (before: {before})" if before and before != name else ""))


def _listed(release: Release, gates: list[str]) -> None:
    """Say what some gates say, a line each: of a release with many, one sentence would be a page long."""
    for gate in gates:
        click.echo(f"  {gate}: {release.manifest.gates[gate].get('says', '')}", err=True)


def _told(release: Release, gates: list[str]) -> str:
    return "; ".join(f"{gate} ({release.manifest.gates[gate].get('says', '')})" for gate in gates)


def in_words(release: Release, *, most: int = 10) -> str:
    """What to know of a release before it is promoted, as lines for a terminal."""
    manifest = release.manifest
    lines = ["DATA SIMULASI: these figures describe no person and no office."] if release.simulated else []
    lines += [f"{name}: {gate['verdict']}; {gate['says']}" for name, gate in manifest.gates.items()]
    for edit in manifest.edits:
        lines.append(f"edited by {edit['by']}: {edit['kind']} {edit['term']}, {edit['reason']}")
    queue, offices = manifest.figures.get("queue"), manifest.figures.get("offices", [])
    if queue:
        lines.append(
            f"the queue of {(manifest.data_until or '')[:10]}: {queue['cases']:,} cases, {queue['first']:,} in band "
            f"first, {queue['check']:,} in band check"
        )
    some = [row for row in offices if row["first"] + row["check"]]
    lines += ["offices (cases; first, check):"] if some else []
    lines += [f"  {o['office'] or '(none)'}: {o['cases']:,}; {o['first']:,}, {o['check']:,}" for o in some[:most]]
    if len(some) > most:
        lines.append(f"  and {len(some) - most} more offices")
    return "\n".join(lines)
