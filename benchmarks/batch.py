"""Rescoring a delivery in file mode beside bare reading of the same files and beside what a user would pick instead.

All in turn: bare reading, this program by one worker, by two and by a local Dask cluster, and the same job as it is
usually written (:mod:`benchmarks._peers.pandas_batch`), with the threads its libraries take and with one. Everything
is a command of its own, its start included. The peer explains a model of LightGBM's default size, learnt before (*own
model*), and the release's own estimator, turned into LightGBM's text before and held to it (*same model*).

``BENCH_CASES`` names the sizes (``250000,1000000``), ``BENCH_ROUNDS`` how often each is run, ``BENCH_WORLDS`` which
deliveries: ``usual``, where one case in seven is active, and ``busy``, where most are. The peers need
``python -m benchmarks._peers.install batch`` first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import joblib
import numpy as np

from benchmarks._as_lightgbm import as_lightgbm, probes
from benchmarks._figures import Figure
from benchmarks._peers.install import python as peers_python
from benchmarks._rescoring import active_cases, cluster, rescored, size_of
from benchmarks._runs import Used, clean_environment, in_turn, run
from benchmarks._worlds import HOME, UNTIL, busy_delivery, delivery, environment, release, risk_service
from training.engines.additive import Estimator

PEER = Path(__file__).parent / "_peers" / "pandas_batch.py"
OWN, SAME = "own model", "same model"
PEERS = {
    f"pandas peer, {model}{', one thread' if one_thread else ''}": (model, one_thread)
    for model in (OWN, SAME)
    for one_thread in (False, True)
}
"""By name: which model is explained, and whether by one thread."""
SAME_WITHIN = 1e-6
"""Log-odds; a model that differs by more is not the same."""
WORLDS: dict[str, Callable[[int], Path]] = {"usual": delivery, "busy": busy_delivery}


def measure() -> Iterator[Figure]:
    """Yield figures for each size."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    worlds = os.environ.get("BENCH_WORLDS", ",".join(WORLDS)).split(",")
    name = release()
    for asked in os.environ.get("BENCH_CASES", "250000").split(","):
        for world in worlds:
            yield from _of_size(WORLDS[world](int(asked)), name, rounds=rounds, busy=world == "busy")


def _of_size(folder: Path, name: str, *, rounds: int, busy: bool) -> Iterator[Figure]:
    size = size_of(folder)
    label = f"{size.cases:,} cases{', most of them active' if busy else ''}"
    yield Figure(f"{label}: rows", size.rows, "rows")
    python = peers_python()
    if python is None:
        print("(no peers: run python -m benchmarks._peers.install batch)", file=sys.stderr)
    else:
        models = {OWN: _learn(python, folder), SAME: _same(python, name)}
    with cluster(2) as address:
        works: dict[str, Callable[[], Used]] = {
            "bare reading": lambda: run([sys.executable, "-m", "benchmarks._reading", str(folder)], env=environment()),
            "1 worker": lambda: rescored(folder, name, "--workers", "1"),
            "2 workers": lambda: rescored(folder, name, "--workers", "2"),
            "Dask, 2 workers": lambda: rescored(folder, name, "--dask", address),
            "nothing": lambda: run(risk_service("rescore", "--help"), env=environment()),
        }
        if python is not None:
            for what, (model, one_thread) in PEERS.items():
                works[what] = partial(_peer, python, folder, models[model], _result(what), one_thread=one_thread)
        taken = in_turn(works, rounds=rounds)
    yield Figure(f"{label}: active", active_cases(), "cases")
    one, two, bare = taken["1 worker"], taken["2 workers"], taken["bare reading"]
    for what, used in taken.items():
        yield Figure(f"{label}: {what}", used.seconds, "s")
        if not what.startswith("Dask"):  # its workers are not the command's own processes
            yield Figure(f"{label}: {what}, processor time", used.processor, "s")
            yield Figure(f"{label}: {what}, largest process", used.peak, "MiB")
    yield Figure(f"{label}: 1 worker, by the clock", size.cases / one.seconds, "cases/s")
    yield Figure(f"{label}: 1 worker, by processor time", size.cases / one.processor, "cases/s")
    yield Figure(f"{label}: 2 workers, by the clock", size.cases / two.seconds, "cases/s")
    yield Figure(f"{label}: 1 worker over bare reading, processor time", one.processor / bare.processor, "x")
    yield Figure(f"{label}: 1 worker over 2, by the clock", one.seconds / two.seconds, "x")
    yield Figure(f"{label}: the pool over Dask, by the clock", two.seconds / taken["Dask, 2 workers"].seconds, "x")
    for stage, seconds in _stages(folder, name).items():
        yield Figure(f"{label}: stage: {stage}, processor time", seconds, "s")
    if python is not None:
        yield from _beside_peers(python, folder, label, taken)


def _stages(folder: Path, name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks._stages", str(folder), name]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    return json.loads(done.stdout)


def _peer_command(python: Path, what: str, folder: Path, *more: Path) -> list[str]:
    return [str(python), str(PEER), what, str(folder), UNTIL, *map(str, more)]


def _models(folder: Path) -> Path:
    return HOME / "peer-models" / folder.name


def _learn(python: Path, folder: Path) -> Path:
    """The peer's own model, learnt once."""
    file = _models(folder) / "lightgbm.txt"
    if not file.exists():
        truth = folder.with_name(f"{folder.name}.truth.parquet")
        subprocess.run(_peer_command(python, "learn", folder, truth, _models(folder)), check=True, capture_output=True)
    return file


def _same(python: Path, name: str) -> Path:
    """The release's estimator as LightGBM's text, which LightGBM itself finds to give the same log-odds.

    Raises
    ------
    RuntimeError
        It does not.
    """
    estimator: Estimator = joblib.load(HOME / "home" / "registry" / name / "analyst" / "estimator.joblib")
    file = HOME / "peer-models" / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(as_lightgbm(estimator))
    x = probes(estimator, rows=2_000)
    rows = file.with_suffix(".npz")
    columns = [spec.column for spec in estimator.binning.specs]
    np.savez(rows, x=np.ascontiguousarray(x[:, columns]), log_odds=estimator.decision_function(x))
    command = [str(python), str(PEER), "differs", str(file), str(rows)]
    differs = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if not differs < SAME_WITHIN:
        raise RuntimeError(f"the converted model differs by {differs:g} log-odds")
    return file


def _result(what: str) -> Path:
    return HOME / f"{what.replace(',', '').replace(' ', '-')}.parquet"


def _peer(python: Path, folder: Path, model: Path, out: Path, *, one_thread: bool) -> Used:
    """The peer's job, with one thread of each library or as many as they take by themselves."""
    command = _peer_command(python, "score", folder, model, out)
    free = {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}
    return run(command, env=clean_environment() if one_thread else free)


def _beside_peers(python: Path, folder: Path, label: str, taken: dict[str, Used]) -> Iterator[Figure]:
    """What parts of the peer's job took, how many times ours it takes, and the peers that explain otherwise."""
    for what in PEERS:
        told = json.loads(_result(what).with_suffix(".json").read_text())
        for stage, seconds in told["stages"].items():
            yield Figure(f"{label}: {what}: {stage}", seconds["seconds"], "s")
            yield Figure(f"{label}: {what}: {stage}, processor time", seconds["processor"], "s")
        yield Figure(f"{label}: {what}: active", told["active"], "cases")
        yield Figure(f"{label}: {what}: features", told["features"], "features")
        yield Figure(f"{label}: {what}: trees", told["trees"], "trees")
        explained = told["stages"]["reasons (pred_contrib)"]["processor"]
        yield Figure(f"{label}: {what}: explained, by processor time", told["active"] / explained, "active cases/s")
        for ours in ("1 worker", "2 workers"):
            yield Figure(f"{label}: {what} over {ours}", taken[what].seconds / taken[ours].seconds, "x")
            ratio = taken[what].processor / taken[ours].processor
            yield Figure(f"{label}: {what} over {ours}, processor time", ratio, "x")
    command = _peer_command(python, "others", folder, _models(folder))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=clean_environment())
    others = json.loads(done.stdout)
    yield Figure(f"{label}: EBM: score and its own explanations, processor time", others["ebm"], "s")
    yield Figure(f"{label}: row by row (apply, one prediction each)", others["row_by_row"], "active cases/s")
