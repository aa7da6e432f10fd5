"""Make, list, rotate and revoke the keys that programs use, and renew the secrets of the installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from models.times import US_PER_DAY, iso
from risk_service.cli._common import Moment, now_us, opened_store, operator, settings
from risk_service.cli._lazy import CommandGroup
from risk_service.cli._progress import progress
from risk_service.policy import ACTIONS, BOUND, ROLES
from risk_service.services import audit, keys, rotation
from risk_service.services.installation import Installation
from risk_service.services.keys import Secrets
from risk_service.store import MasterKey, Store
from risk_service.store.persons import master_key
from risk_service.store.scores import Wanted, page

YEAR_US = 365 * US_PER_DAY


@click.group(cls=CommandGroup)
def command() -> None:
    """Make, list, rotate and revoke keys.

    A key is for programs; people have accounts (risk-service users). It has one role, sees one office or all of them,
    can be narrowed to some actions of its role, and ends after a year unless told otherwise. The store keeps a keyed
    hash of it alone, so a key is shown once, when it is made. docs/access.md says what each role may do.
    """


@command.command()
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the key may do.")
@click.option(
    "--office", help="The one office it sees, as registrations name it; a desk needs one.  [default: every office]"
)
@click.option("--name", help="What or whom it is for.  [default: the role]")
@click.option(
    "--only",
    "actions",
    type=click.Choice(list(ACTIONS)),
    multiple=True,
    help="Narrow the key to this action of its role; may be given several times.",
)
@click.option(
    "--expires", type=Moment(), help="When it ends: 2026-12-31 means the end of that day in Jakarta.  [default: a year]"
)
@click.option("--lasting", is_flag=True, help="It does not end by itself.")
def create(
    *, role: str, office: str | None, name: str | None, actions: tuple[str, ...], expires: int | None, lasting: bool
) -> None:
    """Make a key and print it, once."""
    if lasting and expires is not None:
        raise click.UsageError("--lasting and --expires contradict each other.")
    store, master = _opened()
    key = keys.create(
        store,
        secrets=Secrets.of(master),
        by=operator(),
        name=name or role,
        role=role,
        office=office,
        expires_at_us=None if lasting else expires or now_us() + YEAR_US,
        now_us=now_us(),
        actions=actions or None,
    )
    click.echo(key)
    click.echo("Keep it safe: it cannot be shown again.", err=True)
    if role not in BOUND and office is not None and _nobody_at(store, office):
        click.echo(f"No case in the queue belongs to {office}; check how registrations spell it.", err=True)


@command.command("list")
def list_keys() -> None:
    """List all keys, without their secrets."""
    store, _ = _opened()
    found = keys.listed(store, by=operator(), now_us=now_us())
    if not found:
        click.echo("There are no keys yet. Make one: risk-service keys create --role ROLE")
        return
    rows = [("id", "name", "role", "office", "only", "made", "ends", "")]
    rows += [
        (
            key.key_id,
            key.name,
            key.role,
            key.office or "every office",
            ", ".join(key.actions) if key.actions is not None else "",
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
@click.option(
    "--overlap-days",
    type=click.IntRange(0, 90),
    default=7,
    show_default=True,
    help="How long the old key still counts, so that its users can change over.",
)
@click.option("--expires", type=Moment(), help="When the new key ends.  [default: it lives as long as the old one]")
def rotate(*, key_id: str, overlap_days: int, expires: int | None) -> None:
    """Make a key that follows the key with this id, and print it, once; the old one ends after the overlap."""
    store, master = _opened()
    key = keys.rotate(
        store,
        secrets=Secrets.of(master),
        by=operator(),
        key_id=key_id,
        overlap_us=overlap_days * US_PER_DAY,
        expires_at_us=expires,
        now_us=now_us(),
    )
    click.echo(key)
    click.echo(f"Keep it safe: it cannot be shown again. The old key ends in {overlap_days} days.", err=True)


@command.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke the key with this id; sessions it opened end at once."""
    store, _ = _opened()
    keys.revoke(store, by=operator(), key_id=key_id, now_us=now_us())
    click.echo(f"Revoked: {key_id}")


@command.command("rotate-master")
def rotate_master() -> None:
    """Wrap every person's key under a new master secret; broken off, the next call goes on.

    The old secret stays in the file until risk-service keys forget-master; the server goes on working. Keep a copy of
    the new file elsewhere, and of the old one as long as there are backups of before.
    """
    store, folder = _store_and_folder()
    with progress() as tell:
        done = rotation.rotate_master(store, folder, progress=tell)
    _note(store, "key.rotate-master", {"people": done.people, "resumed": done.resumed})
    click.echo(f"Wrapped anew: {done.people:,} keys of persons{' (went on)' if done.resumed else ''}")
    click.echo("Restart the server or wait a day, then run: risk-service keys forget-master", err=True)


@command.command("forget-master")
def forget_master() -> None:
    """Take old master secrets out of the file; backups of before can then be opened with a copy of it alone."""
    store, folder = _store_and_folder()
    gone = rotation.forget_master(store, folder)
    _note(store, "key.forget-master", {"secrets": gone})
    click.echo(f"Forgotten: {gone} old master secrets")


@command.command("rotate-hashes")
def rotate_hashes() -> None:
    """Make the keyed hashes of NIK, passports and names anew under a new secret; deliveries wait meanwhile."""
    store, folder = _store_and_folder()
    with progress() as tell:
        done = rotation.rotate_hashes(store, folder, progress=tell)
    _note(store, "key.rotate-hashes", {"people": done})
    click.echo(f"Hashed anew: {done:,} persons")


@command.command("rotate-signing")
def rotate_signing() -> None:
    """Make a new key that signs releases; copy its public part to every host before anything is published."""
    store, _ = _store_and_folder()
    done = rotation.rotate_signing(_installation())
    _note(store, "key.rotate-signing", {"new": done.new, "old": done.old})
    click.echo(f"Signs from now on: {done.new}. Still trusted: {done.old}; its secret part is {done.kept}")


@command.command()
@click.argument("key_id")
def distrust(key_id: str) -> None:
    """Take the trust from the signing key KEY_ID, unless the release in force or its log rests on it."""
    store, _ = _store_and_folder()
    fallen = rotation.distrust(_installation(), key_id)
    _note(store, "key.distrust", {"key": key_id, "releases": fallen})
    click.echo(f"Trusted no more: {key_id}. Releases that fall: {', '.join(fallen) or 'none'}")


def _installation() -> Installation:
    chosen = settings()
    return Installation(registry=chosen.registry, keys=chosen.keys)


def _store_and_folder() -> tuple[Store, Path]:
    chosen = settings()
    return opened_store(chosen), chosen.keys


def _note(store: Store, action: str, detail: dict[str, Any]) -> None:
    reading = audit.Reading(principal=operator(), purpose=None, now_us=now_us())
    audit.record(store, reading, action=action, detail=detail)


def _opened() -> tuple[Store, MasterKey]:
    chosen = settings()
    store = opened_store(chosen)
    return store, master_key(store, chosen.keys)


def _nobody_at(store: Store, office: str) -> bool:
    with store.reading() as connection:
        anybody = page(connection, Wanted(), limit=1)
        return bool(anybody) and not page(connection, Wanted(office=office), limit=1)


def _day(us: int | None) -> str:
    return "never" if us is None else iso(us)[:10]
