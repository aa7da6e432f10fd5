"""By days to departure: a release, the rules and a naive model, against the hidden truth of simulated worlds.

``python -m benchmarks.quality.leads`` simulates some worlds, trains a release on each as of half a year before its end,
and judges it on the departures of that half year, of which the simulator knows what really happened. Those who were
helped before departure are left out: what they would have done is no fact of that world. Beside it stand

- the rules-only release,
- *naive*: boosting without constraints, trained seven days before departure on findings as they come, with every step
  that is not done counted as missing, whatever the time left; what one builds who does not think of leads,
- *naive, overdue*: the same, but steps count as they do for a release, when they are overdue.

All numbers hold for invented people alone.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib.resources
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks._figures import Figure
from models.asof import Feeds
from models.delivery import read_delivery
from models.freshness import DeliveryStamp, stamp_of
from models.releases.rules_only import rules_only_release
from models.rules import RuleBook, load_rules
from models.times import EPOCH_DATE, end_of_day
from training.casework import recorded_days
from training.evaluate import CAPACITY, NAIVE_LEAD, Rated, judged, naive, rate, rate_tables
from training.fit import learn
from training.frozen import Frozen, freeze, outside
from training.outages import find_outages
from training.settings import TrainSettings
from training.simulate import Settings, simulate, write
from training.snapshots import GRID_DAYS, grid_days, take_snapshots
from training.validation import Bootstrap, Judged, report

SEEDS: Final = (1, 2, 3, 4)
CANDIDATES: Final = 20_000
RANDOM_CHECKS: Final = 0.1
LEARNED_UNTIL: Final = dt.date(2025, 7, 1)
UNTIL: Final = dt.date(2025, 12, 31)
JUDGED: Final = 4000
ALWAYS: Final = 100
"""Days before departure, more than any snapshot is away from it."""
SHOWN: Final = {"pr_auc": "PR-AUC", "precision": "precision at 5 %", "calibration": "mean p / rate"}
WINDOWS: Final = ("0-14", "14-30", "30-60")


@dataclass(frozen=True)
class World:
    """What is simulated."""

    seed: int
    candidates: int = CANDIDATES
    random_checks: float = RANDOM_CHECKS
    judged: int = JUDGED


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a world teaches: what was known by `LEARNED_UNTIL`, and what really happened to those who left later."""

    feeds: Feeds
    stamps: Sequence[DeliveryStamp]
    rules: RuleBook
    known: Frozen
    later: pl.DataFrame
    settings: TrainSettings

    def what_happened(self, book: RuleBook) -> Frozen:
        """The later cases as frozen under some rules, with the truth as their label."""
        return _later(self.feeds, self.stamps, self.later, rules=book, settings=self.settings)


def lesson_of(world: World, settings: TrainSettings) -> Lesson:
    """Simulate a world and freeze what was known."""
    asked = Settings(candidates=world.candidates, seed=world.seed, until=UNTIL, random_checks=world.random_checks)
    with tempfile.TemporaryDirectory() as folder:
        written = write(simulate(asked), Path(folder) / "delivery")
        delivery, truth = read_delivery(written.folder), pl.read_parquet(written.truth)
    stamps, rules = [stamp_of(delivery.manifest, 1)], load_rules()
    later = truth.filter("departs", ~pl.col("helped"), pl.col("departure_on") > LEARNED_UNTIL)
    later = later.sample(min(world.judged, len(later)), seed=world.seed)
    known = freeze(delivery.feeds, stamps, [end_of_day(LEARNED_UNTIL)], rules=rules, settings=settings)[0]
    known = outside(known, find_outages(recorded_days(delivery.feeds, until=(LEARNED_UNTIL - EPOCH_DATE).days)))
    return Lesson(delivery.feeds, stamps, rules, known, later, settings)


def judge(world: World, settings: TrainSettings) -> dict[str, Judged]:
    """Every model on the later departures of a world, beside what really happened."""
    lesson = lesson_of(world, settings)
    rules, known, until_us = lesson.rules, lesson.known, end_of_day(LEARNED_UNTIL)
    learned = learn(known, settings=settings)
    data = lesson.what_happened(rules)
    always = _steps_always_due()
    week = replace(settings, leads=[NAIVE_LEAD], far_leads=())
    plain = freeze(lesson.feeds, lesson.stamps, [until_us], rules=always, settings=week, prior=False)[0]
    plain_data = lesson.what_happened(always)
    return {
        "release": _judged(data, rate_tables(learned.fit.terms, learned.calibration, data)),
        "rules only": _judged(data, rate(rules_only_release(rules_version=rules.version), data)),
        "naive": _judged(plain_data, naive(plain, plain_data, seed=settings.seed)),
        "naive, overdue": _judged(data, naive(known, data, seed=settings.seed)),
    }


def _judged(data: Frozen, rated: Rated) -> Judged:
    return judged(data, rated, np.ones(len(data)))


def _later(
    feeds: Feeds, stamps: Sequence[DeliveryStamp], cases: pl.DataFrame, *, rules: RuleBook, settings: TrainSettings
) -> Frozen:
    """Snapshots of cases of the truth up to their departure, with what happened as the label."""
    first, last = (LEARNED_UNTIL - EPOCH_DATE).days, (UNTIL - EPOCH_DATE).days
    taken = take_snapshots(
        feeds,
        grid_days(first + 1 - max(settings.leads) - GRID_DAYS, last),
        wanted=cases["case_id"].to_list(),
        rules=rules,
        stamps=stamps,
        leads=settings.leads,
        jobs=settings.jobs,
    )
    told = taken.frame.select("case_id", "day").join(
        cases.select("case_id", "non_procedural", gone=pl.col("departure_on").to_physical()),
        on="case_id",
        how="left",
        maintain_order="left",
    )
    before = told.select(pl.col("day") <= pl.col("gone")).to_series()
    label = told.filter(before)["non_procedural"].cast(pl.Float64).to_numpy()
    nobody = taken.rows(np.zeros(len(taken), dtype=bool))
    return Frozen(taken.rows(before), label, np.ones(label.size), cases, nobody)


def _steps_always_due() -> RuleBook:
    """The packaged rules, but every required step counts from the first day on."""
    packaged = importlib.resources.files("models.rules") / "data" / "steps.csv"
    rows = list(csv.DictReader(packaged.read_text(encoding="utf-8").splitlines()))
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "steps.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(row | {"usual_lead_days": str(ALWAYS)} for row in rows)
        return load_rules(Path(folder))


def together(worlds: Sequence[dict[str, Judged]]) -> dict[str, Judged]:
    """The rows of several worlds; those of different worlds do not compete."""
    numbered = [
        {name: replace(rows, queue=np.full(len(rows), number, dtype=np.int64)) for name, rows in world.items()}
        for number, world in enumerate(worlds)
    ]
    return {
        name: Judged(**{f.name: np.concatenate([getattr(w[name], f.name) for w in numbered]) for f in fields(Judged)})
        for name in numbered[0]
    }


def table(seeds: Sequence[int] = SEEDS, *, settings: TrainSettings | None = None) -> pl.DataFrame:
    """Figures by window and model, as `training.validation.report` gives them."""
    chosen = settings or TrainSettings(jobs=2)
    found = together([judge(World(seed), chosen) for seed in seeds])
    lines = report(found, capacity=CAPACITY, settings=Bootstrap(draws=100))
    return lines.filter(pl.col("figure").is_in(list(SHOWN)), pl.col("window").is_in(WINDOWS))


def measure() -> Iterator[Figure]:
    """Yield every figure of the table."""
    for line in table().iter_rows(named=True):
        what = f"{line['window']} days, {line['model']}: {SHOWN[line['figure']]}"
        yield Figure(what, line["value"], f"({line['low']:.3f} to {line['high']:.3f})")


def in_words(lines: pl.DataFrame) -> str:
    """The table in Markdown."""
    out = ["| days | departures (non-procedural) | model | " + " | ".join(SHOWN.values()) + " |", "|-|-|-|-|-|-|"]
    for window in WINDOWS:
        for model in lines["model"].unique(maintain_order=True):
            rows = lines.filter(pl.col("window") == window, pl.col("model") == model)
            cells = [_cell(rows.filter(pl.col("figure") == figure)) for figure in SHOWN]
            size = f"{rows['findings'][0]:,} ({rows['positives'][0]:,})"
            out.append(f"| {window} | {size} | {model} | " + " | ".join(cells) + " |")
    return "\n".join(out)


def _cell(row: pl.DataFrame) -> str:
    value, low, high = row.select("value", "low", "high").row(0)
    return "-" if np.isnan(value) else f"{value:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    print(in_words(table()))
