"""Make a release from the findings known by a date."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import click

import risk_service
from models.registry import publish_release
from models.rules import RuleBook
from risk_service.cli._common import Moment, feeds_option, installation, registry_option, rule_book, rules_option
from risk_service.cli._data import Data, read_data
from risk_service.services.installation import Installation


@click.command()
@feeds_option(required=False)
@click.option(
    "--until",
    type=Moment(),
    required=True,
    help="Learn from what was recorded by then, inclusive: 2025-09-01 means the end of that day in Jakarta.",
)
@registry_option
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same data and seed, same release.")
@rules_option
def command(*, feeds: Path | None, until: int, registry: Path | None, seed: int, rules: Path | None) -> None:
    """Train a release on the store, or on a delivery folder, and print its name.

    Cases are frozen 60 to 3 days before departure as they were knowable then; findings count when they have had time to
    arrive, overturned and undetermined ones do not, and a case that was helped is never a negative. The release is
    signed and put into the registry; it is not in force before risk-service promote NAME. Nothing is published unless
    its tables reproduce the fitted estimator and all directions hold.
    """
    book = rule_book(rules)
    here = installation(registry, book)
    here.signing_key()  # without one nothing could be published: better said at once
    name = train_and_publish(
        read_data(feeds), until, here=here, book=book, seed=seed, tell=lambda what: click.echo(what, err=True)
    )
    click.echo(name)


def train_and_publish(
    data: Data, until: int, *, here: Installation, book: RuleBook, seed: int, tell: Callable[[str], None]
) -> str:
    """Train on what was recorded until then, publish the release, and return its name."""
    from training.card import card
    from training.train import TrainSettings, train

    trained = train(
        data.feeds,
        data.stamps,
        until,
        rules=book,
        simulated=data.simulated,
        settings=TrainSettings(seed=seed, jobs=processes()),
        lock_sha256=_lock_hash(),
        tell=tell,
    )
    return publish_release(
        here.registry, trained.release, here.signing_key(), card=card(trained.release), analyst=trained.analyst_files()
    )


def processes() -> int:
    """How many processes may run side by side here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _lock_hash() -> str | None:
    """Hash of the lock file of a checkout; None where the package is installed without one."""
    lock = Path(risk_service.__file__).resolve().parent.parent / "requirements.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None
