"""Make, list and disable the accounts that people sign in to the console with."""

from __future__ import annotations

import click

from models.times import iso
from risk_service.cli._common import now_us, opened_store, operator
from risk_service.cli._lazy import CommandGroup
from risk_service.policy import ROLES
from risk_service.services import sessions, users
from risk_service.store import Store


@click.group(cls=CommandGroup)
def command() -> None:
    """Make, list and disable accounts of people.

    An account has one role and sees one office, or all of them. It signs in with a password, or through the provider of
    RISK_OIDC_ISSUER. A password made here is good once: for choosing another. docs/security.md says more.
    """


@command.command()
@click.argument("login")
@click.option("--name", required=True, help="Whom it is for.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
@click.option(
    "--office", help="The one office they see, as registrations name it; a desk needs one.  [default: every office]"
)
@click.option("--provider", is_flag=True, help="They sign in through the provider and get no password.")
def add(*, login: str, name: str, role: str, office: str | None, provider: bool) -> None:
    """Make an account, and print its password, once."""
    user, secret = users.add(
        _store(),
        by=operator(),
        login=login,
        name=name,
        role=role,
        office=office,
        password=not provider,
        now_us=now_us(),
    )
    if secret is None:
        click.echo(f"{user.login} can sign in through the provider.")
        return
    click.echo(secret)
    click.echo(f"The password of {user.login}, good once within {users.ONCE_DAYS} days; not shown again.", err=True)


@command.command()
def first() -> None:
    """Make the first administrator where there is no account yet, and print the password, once."""
    secret = users.first(_store(), by=operator(), now_us=now_us())
    click.echo("There are accounts already." if secret is None else first_words(secret))


@command.command("list")
def list_users() -> None:
    """List all accounts."""
    found = users.listed(_store(), by=operator())
    if not found:
        click.echo("There are no accounts yet. Make one: risk-service users first")
        return
    rows = [("login", "id", "name", "role", "office", "made", "")]
    rows += [
        (
            user.login,
            user.user_id,
            user.name,
            user.role,
            user.office or "every office",
            iso(user.created_at_us)[:10],
            "disabled" if user.disabled_at_us else "has to choose a password" if user.password_once else "",
        )
        for user in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


@command.command()
@click.argument("login")
def reset(login: str) -> None:
    """Give an account a password that is good once, print it, and end its sessions."""
    store = _store()
    user = users.named(store, login)
    click.echo(users.reset(store, by=operator(), user_id=user.user_id, now_us=now_us()))
    click.echo(f"Good once within {users.ONCE_DAYS} days; not shown again.", err=True)


@command.command()
@click.argument("login")
def disable(login: str) -> None:
    """Let an account sign in no longer, and end its sessions at once."""
    store = _store()
    users.disable(store, by=operator(), user_id=users.named(store, login).user_id, now_us=now_us())
    click.echo(f"Disabled: {login}")


@command.command()
@click.argument("login")
def enable(login: str) -> None:
    """Let an account sign in again."""
    store = _store()
    users.enable(store, by=operator(), user_id=users.named(store, login).user_id, now_us=now_us())
    click.echo(f"Enabled: {login}")


@command.command("end-sessions")
@click.argument("login")
def end_sessions(login: str) -> None:
    """End all sessions of an account."""
    store = _store()
    user = users.named(store, login)
    ended = sessions.end_of(store, by=operator(), user_id=user.user_id, but=None, now_us=now_us())
    click.echo(f"Ended: {ended}")


def first_words(secret: str) -> str:
    """Return what is said, once, of the first administrator."""
    return (
        f"First administrator: login {users.FIRST_LOGIN}, password {secret}\n"
        f"The password is good once, for choosing another within {users.ONCE_DAYS} days. It is not shown again; "
        f"risk-service users reset {users.FIRST_LOGIN} makes another."
    )


def _store() -> Store:
    return opened_store()
