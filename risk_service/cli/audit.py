"""Check and export the trail of who read and did what."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import click

from models.errors import RiskError
from risk_service.cli._common import Moment, now_us, opened_store, operator, settings
from risk_service.cli._lazy import CommandGroup
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.store import Store
from risk_service.store.persons import master_key

BROKEN = 4


@click.group(cls=CommandGroup)
def command() -> None:
    """Check and export the audit trail.

    Every read of a person and every change has an entry, and every entry's digest covers the one before it. Keep the
    head (risk-service audit head) somewhere else from time to time: with it, even a cut end of the trail shows.
    """


@command.command()
@click.option(
    "--head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a head kept elsewhere: it has to be in the trail.",
)
def verify(head: Path | None) -> None:
    """Check the whole trail, and the index of the persons that its lists name.

    Exit codes: 0 the trail holds, 4 an entry was altered, removed or put elsewhere, or the
    index says otherwise.
    """
    found = audit.verify(_store(), head=None if head is None else _digest_in(head))
    if found.broken is not None:
        click.echo(f"The trail breaks at entry {found.broken.entry}: {found.broken.reason}.", err=True)
        raise click.exceptions.Exit(BROKEN)
    click.echo(f"The trail holds: {found.entries:,} entries, head {found.head}")


@command.command()
def head() -> None:
    """Print the head of the trail, to be kept elsewhere."""
    found = audit.verify(_store())
    click.echo(f"{found.head}  {found.entries} entries")


@command.command()
@click.option("--candidate", help="Only entries about this candidate, by candidate_id; lists they were on included.")
@click.option("--principal", help="Only what this key or account did, by its id.")
@click.option("--action", help="Only this action, as case.read.")
@click.option("--since", type=Moment(), help="Only from this time on.")
@click.option("--until", type=Moment(), help="Only up to this time: 2026-06-30 means the end of that day in Jakarta.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export(
    *,
    candidate: str | None,
    principal: str | None,
    action: str | None,
    since: int | None,
    until: int | None,
    form: audit.Form,
) -> None:
    """Print the entries, oldest first: JSON, one a line, or CSV for a spreadsheet.

    The lines carry previous and digest, so that the chain can be checked by anybody, elsewhere.
    """
    chosen, store = settings(), _store()
    wanted = audit.Wanted(
        principal=principal,
        action=action,
        subject=None if candidate is None else audit.subject_token(master_key(store, chosen.keys), candidate),
        since_us=since,
        until_us=until,
    )
    who = Reading(principal=replace(operator(), role="auditor"), purpose=None, now_us=now_us())
    for line in audit.export(store, who, wanted=wanted, form=form):
        click.echo(line, nl=False)


def _digest_in(path: Path) -> str:
    match = re.search(r"\b[0-9a-f]{64}\b", path.read_text(encoding="utf-8", errors="replace"))
    if match is None:
        raise RiskError(f"{path} has no head in it.", what_to_do="risk-service audit head prints one.")
    return match[0]


def _store() -> Store:
    return opened_store()
