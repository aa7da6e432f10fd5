"""Prepare a demonstration with invented people and serve it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from models.errors import RiskError
from models.registry import load_release, promote, promoted
from models.rules import RuleBook
from models.times import date_of, end_of_day
from risk_service.cli._common import installation, now_us, opened_store, operator, rule_book, settings
from risk_service.cli._data import read_data
from risk_service.cli._demo import NOTES, Notes
from risk_service.cli._server import bind
from risk_service.services import keys
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation
from risk_service.services.keys import Secrets
from risk_service.services.rescoring import rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, Store, deliveries
from risk_service.store.persons import master_key
from risk_service.store.runs import last_done

CANDIDATES: Final = 3000
FEWEST: Final = 1500
"""With fewer, findings do not suffice for a release."""
SEED: Final = 7
PREVALENCE: Final = 0.2
RANDOM_CHECKS: Final = 0.3
"""Twice the departures outside the procedure, and ten times the drawn checks, of other simulated deliveries: what an
office could really check in so small a world teaches too little for anybody to stand in the first band."""
HELD_BACK_DAYS: Final = 60
"""The release learns nothing of the last days, so that `risk-service evaluate` has cases to judge it on."""


class DemoError(RiskError):
    """The demonstration cannot be prepared here."""


@click.command()
@click.option(
    "--candidates", type=click.IntRange(FEWEST), default=CANDIDATES, show_default=True, help="How many people."
)
@click.option("--prepare-only", is_flag=True, help="Prepare everything and end without serving.")
def command(*, candidates: int, prepare_only: bool) -> None:
    """Make a store of invented people, train a release on them, score everybody, and serve it.

    Everything is kept in RISK_HOME (./var); a second start takes seconds and keeps the data, and a start that was
    broken off is taken up where it stopped. Ctrl-C ends it.
    """
    chosen = settings()
    if prepare_only:
        prepare(chosen, candidates=candidates)
        return
    bound = bind(chosen.host, chosen.port)
    # The server forks, and a process that has used threads must not; so another process prepares.
    program = [sys.executable, "-m", "risk_service"]
    made = subprocess.run([*program, "demo", "--prepare-only", "--candidates", str(candidates)], check=False)
    if made.returncode:
        raise click.exceptions.Exit(made.returncode)
    os.set_inheritable(bound.fileno(), True)
    served = [*program, "serve", "--fd", str(bound.fileno()), "--demo"]
    os.execv(sys.executable, served)  # noqa: S606  # nosec B606 # our own program, no shell


def prepare(chosen: Settings, *, candidates: int) -> None:
    """Bring the demonstration to the point where it can be served; whatever is there already is kept.

    Raises
    ------
    DemoError
        The store holds real data.
    """
    book = rule_book(chosen.rules)
    with _stage("Prepare keys, database and rules"):
        store = opened_store(chosen)
        master = master_key(store, chosen.keys)
        here = installation(None, book)
    with store.reading() as connection:
        simulated, delivered = deliveries.is_simulated(connection), deliveries.last_seq(connection)
    if simulated is False:
        raise DemoError(
            "The store holds real data; a demonstration never mixes with it.",
            what_to_do="Choose another folder: RISK_HOME=demo risk-service demo",
        )
    if not delivered:
        folder = chosen.home / "demo-delivery"
        with _stage(f"Invent {candidates:,} people and what offices record of them"):
            _invent(folder, candidates=candidates)
        with _stage("Take the delivery in"):
            ingest(store, master, folder, now_us=now_us(), rejects_to=lambda seq: folder / f"rejects-{seq}.csv")
    notes = Notes(chosen.home / NOTES)
    untrained = load_release(here.registry, promoted(here.registry, here.trusted()), here.trusted()).calibration is None
    if untrained and "too_little" not in notes.read():
        with _stage("Train a release on what was found, and put it in force"):
            too_little = _train(here, book)
        if too_little is not None:
            click.echo(too_little)
            notes.write(too_little=too_little)
    in_force = load_release(here.registry, promoted(here.registry, here.trusted()), here.trusted())
    with store.reading() as connection:
        last = last_done(connection)
    if last is None or last.release != in_force.name:
        with _stage("Score everybody"):
            rescore(store, release=in_force, rules=book, as_of_us=None, clock=now_us)
    _keep_key(store, master, notes)


def _invent(folder: Path, *, candidates: int) -> None:
    from training.simulate import Settings as Simulated
    from training.simulate import simulate, write

    truth = folder.with_name(f"{folder.name}.truth.parquet")
    shutil.rmtree(folder, ignore_errors=True)  # of a start that was broken off; nothing else writes here
    truth.unlink(missing_ok=True)
    until = date_of(now_us()) - dt.timedelta(days=1)
    asked = Simulated(candidates=candidates, seed=SEED, until=until, prevalence=PREVALENCE, random_checks=RANDOM_CHECKS)
    write(simulate(asked), folder, truth=truth)


def _train(here: Installation, book: RuleBook) -> str | None:
    """Train and promote; if there is too little to learn from, say so and leave the rules-only release in force."""
    from risk_service.cli.promote import failed_gates
    from risk_service.cli.train import train_and_publish
    from training.frozen import TooFewFindingsError

    until = end_of_day(date_of(now_us()) - dt.timedelta(days=HELD_BACK_DAYS))
    try:
        name = train_and_publish(read_data(None), until, here=here, book=book, seed=SEED, tell=lambda _what: None)
    except TooFewFindingsError as error:
        return str(error)
    failed = failed_gates(load_release(here.registry, name, here.trusted()))
    reason = f"demonstration, past {', '.join(failed)}" if failed else "demonstration"
    promote(here.registry, name, here.signing_key(), here.trusted(), at_us=now_us(), by="demo", reason=reason)
    return None


def _keep_key(store: Store, master: MasterKey, notes: Notes) -> None:
    """Make sure that the key noted counts; make and note one where it does not."""
    secrets = Secrets.of(master)
    noted = notes.read().get("key")
    if noted and keys.authenticate(store, secrets=secrets, presented=noted, now_us=now_us()) is not None:
        return
    made = keys.create(
        store,
        secrets=secrets,
        by=operator(),
        name="demonstration",
        role="supervisor",
        office=None,
        expires_at_us=None,
        now_us=now_us(),
    )
    notes.write(key=made)


@contextlib.contextmanager
def _stage(what: str) -> Iterator[None]:
    click.echo(f"{what} … ", nl=False)
    sys.stdout.flush()
    start = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo("")
        raise
    click.echo(f"{time.monotonic() - start:.1f} s")
