"""Judge a release on later cases, beside the rules and a naive model."""

from __future__ import annotations

from pathlib import Path

import click

from models.registry import load_release, promoted
from models.releases.rules_only import rules_only_release
from models.times import day_number, parse_moment
from risk_service.cli._common import (
    Moment,
    feeds_option,
    installation,
    now_us,
    registry_option,
    rule_book,
    rules_option,
)
from risk_service.cli._data import read_data
from risk_service.cli.train import processes


@click.command()
@click.argument("name", required=False)
@feeds_option(required=False)
@click.option(
    "--from",
    "since",
    type=Moment(),
    help="Judge cases that departed on or after this day.  [default: the day after the release's data end]",
)
@click.option("--until", type=Moment(), help="Use findings recorded by then.  [default: now]")
@registry_option
@rules_option
def command(
    *,
    name: str | None,
    feeds: Path | None,
    since: int | None,
    until: int | None,
    registry: Path | None,
    rules: Path | None,
) -> None:
    """Judge the release NAME (default: the one in force) on cases it has not seen.

    By days to departure (0-14, 14-30, 30-60, over 60): PR-AUC, precision among the 5 % scored highest, mean probability
    over the rate that came true (1 is right), Brier score, with intervals over agencies; beside it the rules-only
    release and a naive model that was trained seven days before departure. Drawn checks, weighted, are the yardstick;
    all findings together are a biased choice and shown apart.
    """
    from training.evaluate import evaluate, in_words
    from training.settings import TrainSettings

    book = rule_book(rules)
    here = installation(registry, book)
    trusted = here.trusted()
    release = load_release(here.registry, name or promoted(here.registry, trusted), trusted)
    data = read_data(feeds)
    ends = release.manifest.data_until
    if since is None and ends is None:
        raise click.UsageError(f"{release.name} was not trained on data; say with --from which cases to judge.")
    trained_until = None if ends is None else parse_moment(ends)
    first = day_number(since) if since is not None else day_number(trained_until or 0) + 1
    known = now_us() if until is None else until
    models = {"release": release}
    if ends is not None:
        models["rules only"] = rules_only_release(rules_version=book.version)
    found = evaluate(
        data.feeds,
        data.stamps,
        models,
        departures=(first, day_number(known)),
        known_by_us=known,
        rules=book,
        settings=TrainSettings(seed=release.manifest.seed or 0, jobs=processes()),
        naive_until_us=trained_until,
    )
    click.echo(f"{release.name}, on cases departing from {since_text(first)}:")
    click.echo(in_words(found, simulated=data.simulated))


def since_text(day: int) -> str:
    """A day number as a date."""
    from models.notices import as_date

    return str(as_date(day))
