"""How far rules and release are from what could be known, in simulated worlds, and what brings them nearer.

``python -m benchmarks.quality.ceiling --out DIR`` keeps what each world teaches, and the figures of each, in files, so
that it can be stopped and started again; ``--world 3`` does that world alone and ``--table`` prints what there is.

Every model is judged on the same later departures of a world as in `benchmarks.quality.worlds`. Beside rules and
release stand

- *release, no prior*: the release without the rules that count beside findings;
- *hidden sum*: the probability the simulator itself drew from. No feed carries it, so nobody can reach it from records
  far ahead; shortly before departure records also show what was drawn, and may know more than it does;
- *taught*: boosting without constraints that was told what really happened to every later departure of all the other
  worlds, some seventeen thousand: about what the features can say;
- *engine, n told*: the engine of a release with its prior, told what really happened to so many of them instead of
  learning from findings: the same model, if there were more findings, and none of them chosen by anybody.

All numbers hold for invented people alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.quality.leads import Lesson as WorldLesson
from benchmarks.quality.leads import World, lesson_of
from benchmarks.quality.worlds import CONFIDENCE, WINDOWS, WORLDS
from models.releases.rules_only import rules_only_terms
from models.terms import Floats
from training import fit
from training.engines.spec import catalogue_specs
from training.engines.unconstrained import plain_fit
from training.evaluate import CAPACITY, Rated, judged
from training.frozen import Frozen
from training.prior import Lesson, with_prior
from training.settings import TrainSettings
from training.validation import Bootstrap, report

CANDIDATES: Final = 6000
TOLD: Final = (300, 1000, 4000)
TREES: Final = 150
RULES: Final = "rules only"
RELEASE: Final = "release"
NO_PRIOR: Final = "release, no prior"
TAUGHT: Final = "taught"
HIDDEN: Final = "hidden sum"
SHOWN: Final = ("precision", "pr_auc")
SETTINGS: Final = TrainSettings(jobs=2)


def truth_of(data: Frozen, settings: TrainSettings = SETTINGS) -> Lesson:
    """What really happened to the later departures of a world, as something to learn from."""
    near = data.at_leads(settings.leads)
    return Lesson(near.snapshots.X, near.label, near.weight, near.names("candidate_id"))


def scores_of(world: WorldLesson, others: Sequence[Lesson], *, seed: int) -> tuple[Frozen, dict[str, Floats]]:
    """Scores of every model on the later departures of a world, and those departures."""
    data = world.what_happened(world.rules)
    x, settings, told = data.snapshots.X, world.settings, _joined(others)
    probability = data.snapshots.frame.select("case_id").join(
        world.later.select("case_id", "probability"), on="case_id", how="left", maintain_order="left"
    )
    found = {
        RULES: rules_only_terms().log_odds(x),
        RELEASE: fit.learn_from(fit.lesson_of(world.known, settings), settings).terms.log_odds(x),
        HIDDEN: probability["probability"].to_numpy(),
    }
    alone = replace(settings, prior_cases=0.0)
    found[NO_PRIOR] = fit.learn_from(fit.lesson_of(world.known, alone), alone).terms.log_odds(x)
    for number in TOLD:
        lesson = with_prior(_some(told, number, seed=seed), world.known.prior, cases=settings.prior_cases)
        found[engine_told(number)] = fit.learn_from(lesson, settings).terms.log_odds(x)
    columns = [spec.column for spec in catalogue_specs()]
    free = plain_fit(told.X[:, columns], told.y, told.weight, seed=seed, trees=TREES)
    return data, found | {TAUGHT: np.asarray(free.decision_function(x[:, columns]), dtype=np.float64)}


def engine_told(number: int) -> str:
    """Name of the engine that was told the truth of so many departures."""
    return f"engine, {number:,} told"


def _joined(lessons: Sequence[Lesson]) -> Lesson:
    return Lesson(
        np.ascontiguousarray(np.vstack([one.X for one in lessons])),
        np.concatenate([one.y for one in lessons]),
        np.concatenate([one.weight for one in lessons]),
        np.concatenate([one.groups for one in lessons]),
    )


def _some(lesson: Lesson, number: int, *, seed: int) -> Lesson:
    """What a lesson says of so many people, drawn."""
    people = np.unique(lesson.groups)
    drawn = np.random.default_rng(seed).choice(people, min(number, people.size), replace=False)
    keep = np.isin(lesson.groups, drawn)
    return Lesson(np.ascontiguousarray(lesson.X[keep]), lesson.y[keep], lesson.weight[keep], lesson.groups[keep])


def figures_of(data: Frozen, scores: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """Precision at capacity and PR-AUC of each model by lead window."""
    nothing, each = np.full(len(data), np.nan), np.ones(len(data))
    found = {name: judged(data, Rated(score, nothing), each) for name, score in scores.items()}
    lines = report(found, capacity=CAPACITY, settings=Bootstrap(draws=1))
    wanted = pl.col("figure").is_in(SHOWN) & pl.col("window").is_in(WINDOWS)
    return lines.filter(wanted).select("model", "window", "figure", "value").to_dicts()


def pooled(worlds: Sequence[Sequence[Mapping[str, Any]]]) -> pl.DataFrame:
    """Means over worlds with Student's intervals, and how far each model is above the rules.

    Parameters
    ----------
    worlds : sequence of sequence of mapping
        From `figures_of`.

    Returns
    -------
    polars.DataFrame
        ``model, window, figure, value, half, above, above_half`` and ``closed``: of the way from the rules to `TAUGHT`
        the share that the model has gone.
    """
    from scipy.stats import t

    every = pl.concat([pl.DataFrame(list(world)).with_columns(world=pl.lit(i)) for i, world in enumerate(worlds)])
    rules = every.filter(model=RULES).select("window", "figure", "world", rules="value")
    both = every.join(rules, on=["window", "figure", "world"]).with_columns(gap=pl.col("value") - pl.col("rules"))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, len(worlds) - 1)) / sqrt(len(worlds)) if len(worlds) > 1 else float("nan")
    told = both.group_by("model", "window", "figure", maintain_order=True).agg(
        pl.col("value").mean(),
        half=pl.col("value").std() * reach,
        above=pl.col("gap").mean(),
        above_half=pl.col("gap").std() * reach,
    )
    ceiling = told.filter(model=TAUGHT).select("window", "figure", room="above")
    joined = told.join(ceiling, on=["window", "figure"], maintain_order="left")
    return joined.with_columns(closed=pl.col("above") / pl.col("room")).drop("room")


def in_words(table: pl.DataFrame) -> str:
    """The figures in Markdown, a row for each model: precision at 5 % by days to departure, and PR-AUC."""
    heads = ["model", *WINDOWS, "all: above rules", "of the way", "all: PR-AUC"]
    out = ["| " + " | ".join(heads) + " |", "|" + "-|" * len(heads)]
    for model in table["model"].unique(maintain_order=True):
        rows = table.filter(pl.col("model") == model)
        whole = rows.filter(window="all", figure="precision").row(0, named=True)
        cells = [_cell(rows.filter(window=window, figure="precision"), "value", "half") for window in WINDOWS]
        gap = "-" if model == RULES else _cell(rows.filter(window="all", figure="precision"), "above", "above_half")
        way = "-" if model == RULES else f"{whole['closed']:.0%}"
        area = _cell(rows.filter(window="all", figure="pr_auc"), "value", "half")
        out.append("| " + " | ".join([model, *cells, gap, way, area]) + " |")
    return "\n".join(out)


def _cell(rows: pl.DataFrame, value: str, half: str) -> str:
    if rows.is_empty():
        return "-"
    middle, reach = rows.select(value, half).row(0)
    sign = "+" if value == "above" else ""
    if reach is None or np.isnan(reach):
        return f"{middle:{sign}.3f}"
    return f"{middle:{sign}.3f} ({middle - reach:{sign}.3f} to {middle + reach:{sign}.3f})"


def _kept_truth(out: Path, seed: int, world: WorldLesson | None = None) -> Lesson:
    """What a world teaches, from its file or made and kept."""
    path = out / f"truth-{seed:02d}.npz"
    if not path.exists():
        made = world or _world(seed)
        half = path.with_suffix(".part")
        with half.open("wb") as file:
            np.savez_compressed(file, **truth_of(made.what_happened(made.rules))._asdict())
        half.replace(path)  # a file that is there is whole
        print(f"world {seed}: truth kept", flush=True)
    with np.load(path, allow_pickle=False) as kept:
        return Lesson(kept["X"], kept["y"], kept["weight"], kept["groups"])


def _world(seed: int) -> WorldLesson:
    return lesson_of(World(seed, candidates=CANDIDATES), SETTINGS)


def _figures(out: Path, seed: int, seeds: Sequence[int]) -> None:
    others = [_kept_truth(out, other) for other in seeds if other != seed]
    half = out / f"figures-{seed:02d}.part"
    half.write_text(json.dumps(figures_of(*scores_of(_world(seed), others, seed=seed)), indent=1) + "\n", "utf-8")
    half.replace(half.with_suffix(".json"))
    print(f"world {seed}: done", flush=True)


def tables(out: Path) -> Iterator[str]:
    """The table of the worlds that are done."""
    done = [json.loads(path.read_text("utf-8")) for path in sorted(out.glob("figures-*.json"))]
    if done:
        yield f"{len(done)} worlds\n\n{in_words(pooled(done))}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what is not done yet, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.ceiling", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where worlds and figures are kept")
    parser.add_argument("--worlds", type=int, default=WORLDS, metavar="N", help="worlds 1 to N (%(default)s)")
    parser.add_argument("--world", type=int, action="append", metavar="SEED", help="this world alone; may be repeated")
    parser.add_argument("--table", action="store_true", help="only print what is done")
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    seeds = range(1, asked.worlds + 1)
    for seed in [] if asked.table else (asked.world or seeds):
        if not (asked.out / f"figures-{seed:02d}.json").exists():
            _figures(asked.out, seed, seeds)
    for table in tables(asked.out):
        print(f"\n{table}")


if __name__ == "__main__":
    main()
