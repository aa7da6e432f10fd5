"""The judge's world: two deliveries in the contract's form, pinned rules, and what was worked out by hand.

Everything expected stands in ``tests/data/judge/expected``; see the README there.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from models.asof import Feeds, visible
from models.delivery import read_delivery
from models.freshness import freshness, stamp_of
from models.notices import notices
from models.rules import RuleBook, load_rules
from models.rules.reader import PACKAGED
from models.schema import FEEDS
from models.situation import Situation, situate
from models.times import date_of, parse_moment

DATA = Path(__file__).parents[1] / "data" / "judge"
DELIVERIES = ("first", "late")


def expected(name: str) -> list[dict[str, str]]:
    """The lines of ``expected/<name>.csv``."""
    with (DATA / "expected" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def full_cases() -> list[str]:
    """The cases of which every feature was worked out."""
    return sorted(path.stem for path in (DATA / "expected" / "full").glob("*.csv"))


@dataclass(frozen=True)
class Time:
    """An as-of time, and in a replay the last delivery read."""

    as_of_us: int
    seq: int | None


TIMES = {
    line["time"]: Time(parse_moment(line["as_of"]), int(line["seq"]) if line["seq"] else None)
    for line in expected("times")
}


@cache
def feeds() -> Feeds:
    """Both deliveries, one after the other, with ``ingest_seq`` 1 and 2."""
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in FEEDS}
    for seq, folder in enumerate(DELIVERIES, start=1):
        delivery = read_delivery(DATA / folder)
        assert not delivery.rejects.height, delivery.rejects
        for name in FEEDS:
            # A child whose parent came with the other delivery waits in pending; by the second it has its parent.
            rows = [delivery.feeds[name], *([delivery.pending[name]] if name in delivery.pending else [])]
            columns = list(FEEDS[name].frame_schema)
            parts[name] += [frame.with_columns(ingest_seq=pl.lit(seq, pl.Int64)).select(columns) for frame in rows]
    # Backwards, so that only the contract's order of versions can decide and never the order of a frame.
    return {name: pl.concat(frames).reverse() for name, frames in parts.items()}


@cache
def rule_book(folder: Path) -> RuleBook:
    """The judge's pinned rules; constants that the package has gained since keep their packaged value."""
    pinned = shutil.copytree(DATA / "rules", folder / "rules")
    own = (pinned / "constants.csv").read_text(encoding="utf-8").splitlines()
    names = {line.split(",")[0] for line in own}
    with (PACKAGED / "constants.csv").open(encoding="utf-8", newline="") as handle:
        added = [row for row in csv.DictReader(handle) if row["name"] not in names]
    with (pinned / "constants.csv").open("a", encoding="utf-8", newline="") as handle:
        csv.DictWriter(handle, own[0].split(","), extrasaction="ignore", lineterminator="\n").writerows(added)
    return load_rules(pinned)


@dataclass(frozen=True)
class Sight:
    """What the implementation says at one of the times."""

    visible: Feeds
    situation: Situation
    notices: dict[str, set[str]]


@cache
def sight(time: str, folder: Path) -> Sight:
    """Everything at one of the times, closed cases included."""
    moment = TIMES[time]
    stamps = [stamp_of(read_delivery(DATA / name).manifest, seq) for seq, name in enumerate(DELIVERIES, start=1)]
    situation = situate(
        feeds(),
        moment.as_of_us,
        rules=rule_book(folder).at(date_of(moment.as_of_us), moment.as_of_us),
        freshness=freshness(stamps, feeds(), moment.as_of_us, moment.seq),
        seq=moment.seq,
        closed_too=True,
    )
    cases = situation.cases["case_id"]
    shown = {code: set(cases.filter(pl.Series(flags)).to_list()) for code, flags in notices(situation).items()}
    return Sight(visible(feeds(), moment.as_of_us, moment.seq), situation, shown)
