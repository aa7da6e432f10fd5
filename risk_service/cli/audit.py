"""Check and export the trail of who read and did what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from models.errors import RiskError
from risk_service.cli._common import settings
from risk_service.services import audit
from risk_service.store import MasterKey, Store, open_store

BROKEN = 4
_PAGE = 1000


@click.group()
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
    """Check the whole trail.

    Exit codes: 0 the trail holds, 4 an entry was altered, removed or put elsewhere.
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
@click.option("--candidate", help="Only reads of this candidate, by candidate_id.")
def export(candidate: str | None) -> None:
    """Print the entries as JSON, one a line, oldest first."""
    subject = None if candidate is None else audit.subject_token(MasterKey.open(settings().keys), candidate)
    for entry in _entries(_store(), subject):
        click.echo(json.dumps(entry, ensure_ascii=False))


def _entries(store: Store, subject: str | None) -> Iterator[dict[str, Any]]:
    """Yield entries; those about a person include lists that the person was on."""
    after = 0
    while found := audit.listed(store, after=after, limit=_PAGE):
        after = found[-1]["entry"]
        for entry in found:
            if subject is None or entry["subject"] == subject or subject in (entry["detail"] or {}).get("people", ()):
                yield entry


def _digest_in(path: Path) -> str:
    match = re.search(r"\b[0-9a-f]{64}\b", path.read_text(encoding="utf-8", errors="replace"))
    if match is None:
        raise RiskError(f"{path} has no head in it.", what_to_do="risk-service audit head prints one.")
    return match[0]


def _store() -> Store:
    return open_store(settings().database_url)
