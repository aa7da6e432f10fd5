"""Every engine on ten simulated worlds and on deliveries made elsewhere: one table by days to departure.

``python -m benchmarks.quality.worlds --out DIR`` does one world after the other and keeps the figures of each in a file
of its own, so that it can be stopped and started again; ``--world 3`` does that world alone, ``--feeds DELIVERY`` reads
a delivery too, and ``--table`` prints what there is. All engines learn from the same findings and are judged on the
same later departures:

- in a simulated world against what really happened; intervals are Student's, over worlds;
- in a delivery against the findings recorded since, a biased choice; intervals draw agencies again.

Beside each figure stands how far the release is above the engine, with the interval of that difference. Where the two
are level the interval holds nought. All numbers hold for invented people alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.quality.leads import LEARNED_UNTIL, World, lesson_of
from models.delivery import read_delivery
from models.freshness import stamp_of
from models.releases.rules_only import rules_only_release
from models.rules import RuleBook, load_rules
from models.times import EPOCH_DATE, end_of_day
from training.beside import beside
from training.casework import recorded_days
from training.evaluate import CAPACITY, Rated, judged, rate, rate_tables
from training.fit import learn
from training.frozen import Frozen, freeze, outside
from training.outages import find_outages
from training.settings import TrainSettings
from training.validation import Bootstrap, Judged, differences, report

WORLDS: Final = 10
CONFIDENCE: Final = 0.9
RELEASE: Final = "release"
FIGURES: Final = {"precision": "precision at 5 %", "pr_auc": "PR-AUC", "calibration": "mean p / rate"}
COMPARED: Final = ("precision", "pr_auc")
WINDOWS: Final = ("0-14", "14-30", "30-60", "all")
LINE: Final = ("window", "model", "figure", "value", "low", "high", "findings", "positives")
SETTINGS: Final = TrainSettings(jobs=2)


def simulated(world: World, settings: TrainSettings = SETTINGS) -> dict[str, Any]:
    """The figures of a world, against its truth."""
    lesson = lesson_of(world, settings)
    data = lesson.what_happened(lesson.rules)
    found = _all_engines(lesson.known, data, rules=lesson.rules, settings=settings)
    told = {"of": f"world {world.seed}", "truth": True, "learned": lesson.known.counts()}
    return told | _told(found, Bootstrap(draws=1))


def delivered(folder: Path, settings: TrainSettings = SETTINGS) -> dict[str, Any]:
    """The figures of a delivery, against the findings recorded since."""
    delivery = read_delivery(folder)
    feeds, stamps, rules = delivery.feeds, [stamp_of(delivery.manifest, 1)], load_rules()
    last = max(int(frame["recorded_at"].cast(pl.Int64).max()) for frame in feeds.values() if len(frame))  # type: ignore[arg-type]
    cut = (LEARNED_UNTIL - EPOCH_DATE).days
    early, late = freeze(feeds, stamps, [end_of_day(LEARNED_UNTIL), last], rules=rules, settings=settings)
    outages = find_outages(recorded_days(feeds, until=cut))
    after = late.departing(cut + 1, 10**6)
    after = after.rows(after.snapshots.frame["day"] > cut)
    found = _all_engines(outside(early, outages), after, rules=rules, settings=settings)
    return {"of": folder.name, "truth": False} | _told(found, Bootstrap(draws=settings.draws, confidence=CONFIDENCE))


def _all_engines(known: Frozen, data: Frozen, *, rules: RuleBook, settings: TrainSettings) -> dict[str, Judged]:
    learned = learn(known, settings=replace(settings, engine=replace(settings.engine, jobs=settings.jobs)))
    rated: dict[str, Rated] = {
        RELEASE: rate_tables(learned.fit.terms, learned.calibration, data),
        "rules only": rate(rules_only_release(rules_version=rules.version), data),
        **beside(known, data, settings=settings),
    }
    return {name: judged(data, scores, np.ones(len(data))) for name, scores in rated.items()}


def _told(found: Mapping[str, Judged], settings: Bootstrap) -> dict[str, Any]:
    """Figures of every engine, and of each how far the release is above it."""
    above = [
        differences({RELEASE: found[RELEASE], name: found[name]}, against=name, capacity=CAPACITY, settings=settings)
        .with_columns(model=pl.lit(name))
        .filter(pl.col("figure").is_in(COMPARED))
        for name in found
        if name != RELEASE
    ]
    figures = report(found, capacity=CAPACITY, settings=settings).filter(pl.col("figure").is_in(list(FIGURES)))
    return {"figures": _rows(figures), "above": _rows(pl.concat(above))}


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    shown = table.filter(pl.col("window").is_in(WINDOWS)).select(LINE)
    return shown.with_columns(pl.col(pl.Float64).round(6).fill_nan(None)).to_dicts()


def pooled(worlds: Sequence[Mapping[str, Any]], part: str) -> pl.DataFrame:
    """Lines of several worlds as one, each world counting alike.

    Parameters
    ----------
    worlds : sequence of mapping
        From `simulated`.
    part : {"figures", "above"}

    Returns
    -------
    polars.DataFrame
        Columns of `LINE`: means with Student's intervals over worlds (none with a single world), and sums of findings.
    """
    from scipy.stats import t

    every = pl.concat([pl.DataFrame(world[part], schema_overrides=_FLOATS) for world in worlds])
    grouped = every.drop_nulls("value").group_by("window", "model", "figure", maintain_order=True)
    told = grouped.agg(
        pl.col("value").mean(),
        spread=pl.col("value").std(),
        worlds=pl.len(),
        findings=pl.col("findings").sum(),
        positives=pl.col("positives").sum(),
    )
    half = [
        float("nan") if n < 2 else float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * spread / sqrt(n)
        for spread, n in told.select("spread", "worlds").iter_rows()
    ]
    wide = told.with_columns(half=pl.Series(half, dtype=pl.Float64))
    return wide.with_columns(low=pl.col("value") - pl.col("half"), high=pl.col("value") + pl.col("half")).select(LINE)


_FLOATS: Final = dict.fromkeys(("value", "low", "high"), pl.Float64())


def in_words(figures: pl.DataFrame, above: pl.DataFrame) -> str:
    """One table in Markdown."""
    gap = [f"release above it: {FIGURES[name]}" for name in COMPARED]
    heads = ["days", "departures (non-procedural)", "engine", *FIGURES.values(), *gap]
    out = ["| " + " | ".join(heads) + " |", "|" + "-|" * len(heads)]
    for window in WINDOWS:
        for model in figures["model"].unique(maintain_order=True):
            here = pl.col("window").eq(window) & pl.col("model").eq(model)
            rows, gaps = figures.filter(here), above.filter(here)
            if rows.is_empty():
                continue
            size = f"{rows['findings'][0]:,} ({rows['positives'][0]:,})"
            cells = [_cell(rows.filter(figure=name)) for name in FIGURES]
            cells += [_cell(gaps.filter(figure=name), sign="+") for name in COMPARED]
            out.append("| " + " | ".join([window, size, model, *cells]) + " |")
    return "\n".join(out)


def _cell(row: pl.DataFrame, sign: str = "") -> str:
    if row.is_empty() or row["value"][0] is None or np.isnan(row["value"][0]):
        return "-"
    value, low, high = row.select("value", "low", "high").row(0)
    if low is None or np.isnan(low):
        return f"{value:{sign}.3f}"
    return f"{value:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def tables(out: Path) -> Iterator[str]:
    """A heading and a table for the worlds that are done, and for each delivery."""
    done = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("*.json"))]
    worlds = [one for one in done if one["truth"]]
    if worlds:
        figures, above = pooled(worlds, "figures"), pooled(worlds, "above")
        yield f"{len(worlds)} worlds, {taught(worlds)}\n\n{in_words(figures, above)}"
    for one in done:
        if not one["truth"]:
            figures, above = (pl.DataFrame(one[part], schema_overrides=_FLOATS) for part in ("figures", "above"))
            yield f"{one['of']}\n\n{in_words(figures, above)}"


def taught(worlds: Sequence[Mapping[str, Any]]) -> str:
    """How much a release had to learn from, on the mean of the worlds."""
    cases, positive = (round(fmean(one["learned"][what] for one in worlds)) for what in ("cases", "non_procedural"))
    return f"each learned from some {cases:,} findings, {positive:,} of them non-procedural"


def _keep(path: Path, told: Mapping[str, Any]) -> None:
    half = path.with_suffix(".part")
    half.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    half.replace(path)  # a file that is there is whole
    print(f"{told['of']}: done", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what is not done yet, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.worlds", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the figures of each world are kept"
    )
    parser.add_argument("--worlds", type=int, default=WORLDS, metavar="N", help="worlds 1 to N (%(default)s)")
    parser.add_argument("--world", type=int, action="append", metavar="SEED", help="this world alone; may be repeated")
    parser.add_argument("--candidates", type=int, default=World.candidates, help="in each world (%(default)s)")
    parser.add_argument("--feeds", type=Path, action="append", default=[], metavar="DIR", help="a delivery as well")
    parser.add_argument("--table", action="store_true", help="only print what is done")
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    seeds = [] if asked.table else (asked.world or range(1, asked.worlds + 1))
    for seed in seeds:
        path = asked.out / f"world-{seed:02d}.json"
        if not path.exists():
            _keep(path, simulated(World(seed, candidates=asked.candidates)))
    for folder in () if asked.table else asked.feeds:
        path = asked.out / f"feeds-{folder.resolve().name}.json"
        if not path.exists():
            _keep(path, delivered(folder))
    for table in tables(asked.out):
        print(f"\n{table}")


if __name__ == "__main__":
    main()
