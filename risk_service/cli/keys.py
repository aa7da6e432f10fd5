"""Make, list and revoke the keys that people and programs sign in with."""

from __future__ import annotations

import click

from models.times import iso
from risk_service.cli._common import Moment, now_us, operator, settings
from risk_service.policy import ROLES
from risk_service.services import keys
from risk_service.services.keys import Secrets
from risk_service.store import MasterKey, Store, open_store
from risk_service.store.scores import Wanted, page


@click.group()
def command() -> None:
    """Make, list and revoke keys.

    A key has one role and sees one office, or all of them. It opens the console and the interface alike. The store
    keeps a keyed hash of it alone, so a key is shown once, when it is made. docs/access.md says what each role may do.
    """


@command.command()
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the key may do.")
@click.option("--office", help="The one office it sees, as registrations name it.  [default: every office]")
@click.option("--name", help="What or whom it is for.  [default: the role]")
@click.option("--expires", type=Moment(), help="When it ends: 2026-12-31 means the end of that day in Jakarta.")
def create(*, role: str, office: str | None, name: str | None, expires: int | None) -> None:
    """Make a key and print it, once."""
    store, master = _opened()
    key = keys.create(
        store,
        secrets=Secrets.of(master),
        by=operator(),
        name=name or role,
        role=role,
        office=office,
        expires_at_us=expires,
        now_us=now_us(),
    )
    click.echo(key)
    click.echo("Keep it safe: it cannot be shown again.", err=True)
    if office is not None and _nobody_at(store, office):
        click.echo(f"No case in the queue belongs to {office}; check how registrations spell it.", err=True)


@command.command("list")
def list_keys() -> None:
    """List all keys, without their secrets."""
    store, _ = _opened()
    found = keys.listed(store, by=operator(), now_us=now_us())
    if not found:
        click.echo("There are no keys yet. Make one: risk-service keys create --role ROLE")
        return
    rows = [("id", "name", "role", "office", "made", "ends", "")]
    rows += [
        (
            key.key_id,
            key.name,
            key.role,
            key.office or "every office",
            _day(key.created_at_us),
            _day(key.expires_at_us),
            "" if key.counts else "revoked" if key.revoked_at_us is not None else "expired",
        )
        for key in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


@command.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke the key with this id; sessions it opened end at once."""
    store, _ = _opened()
    keys.revoke(store, by=operator(), key_id=key_id, now_us=now_us())
    click.echo(f"Revoked: {key_id}")


def _opened() -> tuple[Store, MasterKey]:
    chosen = settings()
    return open_store(chosen.database_url), MasterKey.open(chosen.keys)


def _nobody_at(store: Store, office: str) -> bool:
    with store.reading() as connection:
        anybody = page(connection, Wanted(), limit=1)
        return bool(anybody) and not page(connection, Wanted(office=office), limit=1)


def _day(us: int | None) -> str:
    return "never" if us is None else iso(us)[:10]
