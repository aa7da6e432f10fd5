"""Change tables of a release by hand: freeze, flatten or cap a reason."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from models.registry import load_release
from models.times import iso, parse_moment
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
from risk_service.cli.promote import by_option
from risk_service.cli.train import lock_hash, processes, publish


@click.command()
@click.argument("name")
@click.option("--freeze", multiple=True, metavar="TERM", help="Keep the tables that TERM has in the release of --from.")
@click.option("--from", "source", metavar="RELEASE", help="Where --freeze takes tables from.  [default: NAME]")
@click.option("--flatten", multiple=True, metavar="TERM", help="Let TERM contribute nothing, whatever its value.")
@click.option(
    "--cap", type=(str, float), multiple=True, metavar="TERM LIMIT",
    help="Let TERM contribute no more than LIMIT log-odds, up or down.",
)  # fmt: skip
@click.option("--reason", required=True, help="Why, for the card.")
@click.option("--by", default=by_option, show_default="the user", help="Who, for the card.")
@feeds_option(required=False)
@click.option(
    "--until", type=Moment(), help="Judge by what was recorded by then.  [default: the end of the release's data]"
)
@registry_option
@rules_option
def command(
    *, name: str, freeze: tuple[str, ...], source: str | None, flatten: tuple[str, ...],
    cap: tuple[tuple[str, float], ...], reason: str, by: str, feeds: Path | None, until: int | None,
    registry: Path | None, rules: Path | None,
) -> None:  # fmt: skip
    """Make a new release of NAME in which some reasons were edited, and print its name.

    TERM is a reason as the card and the console name it: a feature, or two that matter together (a*b); a table and the
    one it has with the days to departure are edited as one. All other tables stay as they are, bit for bit. Directions
    are enumerated again, probabilities calibrated again, bands set and gates judged again on the data given; nothing is
    published if a direction is broken. Each edit is signed into the manifest and stands on the card, with who, when and
    why. Edits stay when they are asked for in the next training: risk-service train --edits-of NAME.
    """
    from training.edit import edit_release, edits_of, load_base
    from training.edits import Edit
    from training.settings import TrainSettings

    if not (freeze or flatten or cap):
        raise click.UsageError("Say what to edit: --freeze, --flatten or --cap.")
    book = rule_book(rules)
    here = installation(registry, book)
    key, trusted = here.signing_key(), here.trusted()
    base = load_base(here.registry, name, trusted)
    kept = load_release(here.registry, source or name, trusted)
    edit = partial(Edit, reason=reason, by=by, at=iso(now_us()))
    made = [
        *(edit(kind="freeze", term=term, source=kept.name) for term in freeze),
        *(edit(kind="flatten", term=term) for term in flatten),
        *(edit(kind="cap", term=term, limit=limit) for term, limit in cap),
    ]
    data = read_data(feeds)
    trained = edit_release(
        base,
        edits_of(made, [kept]),
        data.feeds,
        data.stamps,
        parse_moment(base.release.manifest.data_until or "") if until is None else until,
        rules=book,
        simulated=data.simulated,
        settings=TrainSettings(jobs=processes()),
        lock_sha256=lock_hash(),
        tell=lambda what: click.echo(what, err=True),
    )
    click.echo(publish(trained, here.registry, key))
