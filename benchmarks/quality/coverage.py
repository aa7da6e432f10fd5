"""How often a release's interval holds the rate that came true, in simulated worlds whose truth is known.

``python -m benchmarks.quality.coverage --out DIR`` does one world after the other and keeps each in a file of its own,
so that it can be stopped and started again; ``--world 3`` does that world alone and ``--table`` prints what there is.

A release learns from what was recorded by a day, and says of each later departure, at each lead, a probability with an
interval (stated: 90 %). No single departure shows whether that is right, so alike ones are taken together: tenths of a
lead window by probability, and offices. The interval of such a bin is the mean of those of its cases, and what came
true is the share of them that left outside the procedure. *Held* says how many bins had that share inside the interval;
*beyond doubt outside* counts those bins that lie outside even where 90 % of chance in so many cases is granted. Bins of
one world share its calibration, so the interval of *held* is Student's, over worlds. All numbers hold for invented
people alone.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import polars as pl

from benchmarks._figures import Figure
from benchmarks.quality.leads import World, lesson_of
from models.calibration import WINDOWS, window_of
from training.fit import learn
from training.settings import TrainSettings

SEEDS: Final = (1, 2, 3, 4, 5, 6, 7, 8)
CANDIDATES: Final = 10_000
JUDGED: Final = 2500
TENTHS: Final = 10
LEAST: Final = 100
"""Cases in a bin, at least."""
CONFIDENCE: Final = 0.9
STEPS: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Edges of the probabilities that are told apart."""
ROWS = {
    "world": pl.Int64(), "case": pl.String(), "office": pl.String(), "window": pl.String(), "lead": pl.Int64(),
    "probability": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(), "label": pl.Float64(),
}  # fmt: skip
"""Columns of `rows_of`, a row for each departure at each lead."""


def rows_of(world: World, settings: TrainSettings) -> pl.DataFrame:
    """What a release said of later departures, and what happened; columns of `ROWS`."""
    lesson = lesson_of(world, settings)
    learned = learn(lesson.known, settings=settings)
    later = lesson.what_happened(lesson.rules)
    p, low, high = learned.calibration.apply(learned.fit.terms.log_odds(later.snapshots.X), later.days)
    offices = (
        lesson.feeds["registrations"]
        .sort("recorded_at")
        .unique("registration_id", keep="last")
        .select(case="registration_id", office=pl.col("office").fill_null(""))
    )
    return (
        later.snapshots.frame.select(case="case_id", lead="lead")
        .with_columns(
            pl.lit(world.seed).alias("world"),
            pl.Series("window", [WINDOWS[w] for w in window_of(later.days)]),
            pl.Series("probability", p),
            pl.Series("low", low),
            pl.Series("high", high),
            pl.Series("label", later.label),
        )
        .join(offices, on="case", how="left", maintain_order="left")
        .with_columns(pl.col("office").fill_null(""))
        .select(*ROWS)
        .cast(pl.Schema(ROWS))
    )


def tenths(rows: pl.DataFrame) -> pl.DataFrame:
    """Bins of a world's lead windows by probability, as `bins` gives them."""
    ranked = rows.with_columns(
        ((pl.col("probability").rank("average").over("world", "window") - 0.5) / pl.len().over("world", "window"))
        .mul(TENTHS)
        .floor()
        .cast(pl.Int64)
        .alias("tenth")
    )
    return bins(ranked, ["world", "window", "tenth"])


def bins(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Rows taken together.

    Parameters
    ----------
    rows : polars.DataFrame
        Columns of `ROWS`.
    by : sequence of str

    Returns
    -------
    polars.DataFrame
        ``by``, ``cases``, ``probability``, ``low``, ``high``, ``rate``, ``held`` and ``outside``; bins of fewer than
        `LEAST` cases are left out.
    """
    z2 = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) ** 2
    n, rate = pl.col("cases"), pl.col("rate")
    reach = (z2 * (rate * (1 - rate) / n + z2 / (4 * n**2))).sqrt() / (1 + z2 / n)
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    return (
        rows.group_by(by)
        .agg(
            cases=pl.col("case").n_unique(),
            **{c: pl.col(c).mean() for c in ("probability", "low", "high")},
            rate=pl.col("label").mean(),
        )
        .filter(n >= LEAST)
        .with_columns(
            held=rate.is_between("low", "high"),
            outside=(middle + reach < pl.col("low")) | (middle - reach > pl.col("high")),
        )
        .sort(by)
    )


def summed(found: pl.DataFrame, by: str) -> pl.DataFrame:
    """Of bins: how many held, by a column, with Student's interval over worlds; and a line for all."""
    told = [pl.len().alias("bins"), pl.col("cases").sum(), pl.col("held").mean(), pl.col("outside").mean(),
            (pl.col("high") - pl.col("low")).mean().alias("width")]  # fmt: skip
    parts = (
        found.group_by(by, maintain_order=True)
        .agg(told)
        .rename({by: "part"})
        .with_columns(pl.col("part").cast(pl.String))
    )
    lines = pl.concat([parts, found.select(pl.lit("all").alias("part"), *told)])
    both = pl.concat([found.with_columns(part=pl.col(by).cast(pl.String)), found.with_columns(part=pl.lit("all"))])
    return lines.join(_over_worlds(both), on="part", how="left", maintain_order="left")


def _over_worlds(found: pl.DataFrame) -> pl.DataFrame:
    """Of each part: ``worlds`` that have such bins, and ``half`` of the interval of the share held in them."""
    from scipy.stats import t

    by_world = found.group_by("part", "world").agg(pl.col("held").mean())
    spread = by_world.group_by("part").agg(pl.len().alias("worlds"), pl.col("held").std().alias("spread"))
    half = [
        None if n < 2 else float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * deviation / sqrt(n)
        for n, deviation in spread.select("worlds", "spread").iter_rows()
    ]
    return spread.drop("spread").with_columns(half=pl.Series(half, dtype=pl.Float64))


def report(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables by heading: days to departure, probability, office."""
    by_tenth = tenths(rows)
    names = [f"{a:.0%} to {b:.0%}" for a, b in itertools.pairwise(STEPS)]
    edges = pl.coalesce(
        pl.when(pl.col("probability") <= edge).then(pl.lit(name)) for edge, name in zip(STEPS[1:], names, strict=True)
    )
    windows = by_tenth.sort(pl.col("window").replace_strict({w: i for i, w in enumerate(WINDOWS)}))
    probability = by_tenth.sort("probability").with_columns(band=edges)
    leads = bins(rows, ["world", "lead"]).sort("lead", descending=True)
    offices = bins(rows, ["world", "office"]).with_columns(kind=pl.lit("offices"))
    return {
        "days": summed(windows, "window"),
        "probability": summed(probability, "band"),
        "lead": summed(leads, "lead"),
        "office": summed(offices, "kind").head(1),
    }


def in_words(rows: pl.DataFrame) -> str:
    """The tables in Markdown."""
    out = ["| by | | bins | held | beyond doubt outside | mean width |", "|-|-|-|-|-|-|"]
    for heading, table in report(rows).items():
        out += [
            f"| {heading} | {r['part']} | {r['bins']} | {_held(r)} | {r['outside']:.0%} | {r['width']:.3f} |"
            for r in table.filter(pl.col("bins") > 0).iter_rows(named=True)
        ]
    return "\n".join(out)


def _held(line: Mapping[str, Any]) -> str:
    if not line["half"]:  # a single world, or all alike: worlds tell no spread
        return f"{line['held']:.0%}"
    low, high = max(line["held"] - line["half"], 0.0), min(line["held"] + line["half"], 1.0)
    return f"{line['held']:.0%} ({low:.0%} to {high:.0%})"


def measure() -> Iterator[Figure]:
    """Yield the share of bins held, by days to departure."""
    rows = pl.concat(
        [rows_of(World(seed, candidates=CANDIDATES, judged=JUDGED), TrainSettings(jobs=2)) for seed in SEEDS]
    )
    for line in report(rows)["days"].iter_rows(named=True):
        yield Figure(f"interval holds the rate, {line['part']} days", line["held"], f"of {line['bins']} bins")


def main() -> None:
    """Do the worlds asked for, or print the table of those there are."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--out", type=Path, required=True, help="folder of the worlds done so far")
    asked.add_argument("--world", type=int, action="append", help="a seed; all of them if not given")
    asked.add_argument("--table", action="store_true", help="print what there is and do nothing else")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for seed in [] if given.table else given.world or SEEDS:
        file = given.out / f"world-{seed}.parquet"
        if not file.exists():
            rows_of(World(seed, candidates=CANDIDATES, judged=JUDGED), TrainSettings(jobs=2)).write_parquet(file)
    done = sorted(given.out.glob("world-*.parquet"))
    if done:
        print(in_words(pl.concat([pl.read_parquet(file) for file in done])))


if __name__ == "__main__":
    main()
