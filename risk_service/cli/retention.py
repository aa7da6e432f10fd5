"""Erase what is too old to be kept, or one person on request."""

from __future__ import annotations

import click

from risk_service.cli._common import now_us, opened_store, operator, settings
from risk_service.cli._lazy import CommandGroup
from risk_service.cli._progress import progress
from risk_service.services import retention
from risk_service.services.audit import Reading
from risk_service.services.erasures import reapply
from risk_service.services.retention import REASONS, Due, Policy
from risk_service.store.persons import master_key


@click.group(cls=CommandGroup)
def command() -> None:
    """Erase what is too old to be kept, or one person on request.

    How long things stay is set by RISK_KEEP_UNCONFIRMED_DAYS and RISK_KEEP_CONFIRMED_MONTHS; docs/retention.md says
    what goes and what stays without a name.
    """


@command.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go, by kind.")
def run(*, dry_run: bool) -> None:
    """Let go whatever is too old by now; meant for every night, after the rescoring.

    Broken off at any point, the next run goes on: a person is erased whole or not at all.
    """
    chosen = settings()
    store, policy, now = opened_store(chosen), Policy.of(chosen), now_us()
    if dry_run:
        _say("Would go", retention.due(store, policy, now_us=now), policy)
        return
    reading = Reading(principal=operator(), purpose=None, now_us=now)
    with progress() as tell:
        done = retention.run(
            store, master_key(store, chosen.keys), policy, home=chosen.home, reading=reading, progress=tell
        )
    _say("Gone", done, policy)


@command.command()
@click.argument("candidate_id")
@click.option("--reason", type=click.Choice(list(REASONS)), required=True, help="Why; recorded in the trail.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(*, candidate_id: str, reason: str, yes: bool) -> None:
    """Erase the person CANDIDATE_ID now, whatever is open; this cannot be undone."""
    chosen = settings()
    reading = Reading(principal=operator(role="supervisor"), purpose="subject_request", now_us=now_us())
    store = opened_store(chosen)
    if not yes:
        retention.require_erasable(store, reading, candidate_id=candidate_id)
        click.confirm("What identifies this person cannot be read again afterwards. Go on?", abort=True)
    done = retention.erase(
        store,
        reading,
        master=master_key(store, chosen.keys),
        home=chosen.home,
        candidate_id=candidate_id,
        reason=reason,
    )
    click.echo(f"Erased: {candidate_id} ({done['scores']:,} stored scores)")


@command.command("reapply")
def again() -> None:
    """Erase again everybody on the list RISK_HOME/erasures.jsonl, as a restore does."""
    chosen = settings()
    click.echo(f"Erased again: {reapply(opened_store(chosen), chosen.home)}")


def _say(what: str, found: Due, policy: Policy) -> None:
    kept = f"{policy.unconfirmed_days} days without a finding that counts, {policy.confirmed_months} months with one"
    click.echo(f"{what} (kept {kept}):")
    for line in found.lines():
        click.echo(line)
