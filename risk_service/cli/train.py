"""Make a release from the findings known by a date."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import risk_service
from models.registry import Release, load_release, publish_release
from models.rules import RuleBook
from risk_service.cli._common import Moment, feeds_option, installation, registry_option, rule_book, rules_option
from risk_service.cli._data import Data, read_data
from risk_service.services.installation import Installation

if TYPE_CHECKING:
    from training.fit import Trained


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
@click.option("--edits-of", metavar="NAME", help="Edit the new tables as those of the release NAME were edited.")
@rules_option
def command(
    *, feeds: Path | None, until: int, registry: Path | None, seed: int, edits_of: str | None, rules: Path | None
) -> None:
    """Train a release on the store, or on a delivery folder, and print its name.

    Cases are frozen 60 to 3 days before departure as they were knowable then; findings count when they have had time to
    arrive, overturned and undetermined ones do not, and a case that was helped is never a negative. The release is
    signed and put into the registry; it is not in force before risk-service promote NAME. Nothing is published unless
    its tables reproduce the fitted estimator and all directions hold.
    """
    book = rule_book(rules)
    here = installation(registry, book)
    here.signing_key()  # without one nothing could be published: better said at once
    edited = None if edits_of is None else load_release(here.registry, edits_of, here.trusted())
    name = train_and_publish(
        read_data(feeds),
        until,
        here=here,
        book=book,
        seed=seed,
        tell=lambda what: click.echo(what, err=True),
        edited=edited,
    )
    click.echo(name)


def train_and_publish(
    data: Data,
    until: int,
    *,
    here: Installation,
    book: RuleBook,
    seed: int,
    tell: Callable[[str], None],
    edited: Release | None = None,
) -> str:
    """Train on what was recorded until then, publish the release, and return its name.

    With ``edited``, the edits of that release are made in the new tables.
    """
    from training.edits import Edits
    from training.train import TrainSettings, train

    trained = train(
        data.feeds,
        data.stamps,
        until,
        rules=book,
        simulated=data.simulated,
        settings=TrainSettings(seed=seed, jobs=processes()),
        lock_sha256=lock_hash(),
        edits=None if edited is None else Edits.kept_in(edited.manifest.edits, edited.terms),
        tell=tell,
    )
    return publish(trained, here.registry, here.signing_key())


def publish(trained: Trained, registry: Path, key: Ed25519PrivateKey) -> str:
    """Write the release with its card and the files for analysts; return its name."""
    from training.card import card
    from training.card_html import card_page

    text = card(trained.release)
    return publish_release(
        registry,
        trained.release,
        key,
        card=text,
        page=card_page(trained.release, text),
        analyst=trained.analyst_files(),
    )


def processes() -> int:
    """How many processes may run side by side here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def lock_hash() -> str | None:
    """Hash of the lock file of a checkout; None where the package is installed without one."""
    lock = Path(risk_service.__file__).resolve().parent.parent / "requirements.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None
