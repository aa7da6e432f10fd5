"""Whoever does the work, the result is the same; a worker that dies is replaced."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.delivery import open_delivery
from risk_service.jobs import tasks
from risk_service.jobs.errors import WorkError
from risk_service.jobs.plan import Plan, divide, fingerprint
from risk_service.jobs.workers import Cluster, Here, Processes, workers_for
from tests.models.worlds import rules_at
from tests.risk_service.jobs.deliveries import (
    DAY_US,
    RELEASE,
    always_dies,
    bytes_of,
    dies_once,
    in_buckets,
    odd_world,
    rescored,
    write_delivery,
)


@pytest.fixture(scope="module")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    flat = write_delivery(odd_world().frames(), tmp_path_factory.mktemp("deliveries") / "flat")
    return in_buckets(flat, buckets=3)


@pytest.fixture(scope="module")
def expected(buckets: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("expected") / "scores"
    rescored(buckets, out, part_rows=1)
    return bytes_of(out)


@pytest.fixture
def plan(buckets: Path, tmp_path: Path) -> Plan:
    opened = open_delivery(buckets)
    rules = rules_at(DAY_US)
    mark = fingerprint(opened, kind="scores", t_us=DAY_US, rules=rules, release=RELEASE, part_rows=1)
    return Plan(
        kind="scores", opened=opened, selections=tuple(divide(opened, {}, part_rows=1)), t_us=DAY_US, rules=rules,
        release=RELEASE, freshness=None, work=tmp_path, fingerprint=mark,
    )  # fmt: skip


def test_sums_in_slices_are_the_sums(
    buckets: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[list[str | None]] = []
    work_out = tasks._limits
    monkeypatch.setattr(tasks, "_limits", lambda *given: limits.append(work_out(*given)) or limits[-1])
    monkeypatch.setattr(tasks, "_SLICE_BYTES", 1 << 10)
    monkeypatch.setattr(tasks, "_BATCH_ROWS", 3)

    rescored(buckets, tmp_path / "scores", part_rows=1)

    assert bytes_of(tmp_path / "scores") == expected
    assert all(len(some) > 2 for some in limits)  # every table in several slices
    assert any(len(set(some)) > 4 for some in limits)  # that divide its keys


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_two_processes_write_the_same_bytes_as_one(buckets: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    rescored(buckets, tmp_path / "scores", part_rows=1, workers=Processes(2))
    assert bytes_of(tmp_path / "scores") == expected


def test_a_dask_cluster_writes_the_same_bytes(
    buckets: Path, expected: dict[str, bytes], scheduler: str, tmp_path: Path
) -> None:
    rescored(buckets, tmp_path / "scores", part_rows=1, workers=Cluster(scheduler))
    assert bytes_of(tmp_path / "scores") == expected


def test_the_part_of_a_worker_that_died_is_done_again(plan: Plan) -> None:
    with Processes(2) as workers:
        notes = dict(workers.run(dies_once, plan, range(3)))
    assert notes == {number: {"number": number} for number in range(3)}
    assert (plan.work / "died").exists()


def test_a_part_that_takes_down_every_worker_ends_the_job_in_words(plan: Plan) -> None:
    with pytest.raises(WorkError, match="died 3 times"), Processes(1) as workers:
        list(workers.run(always_dies, plan, range(3)))


def test_the_environment_is_as_before_when_workers_have_gone() -> None:
    before = dict(os.environ)
    with Processes(2):
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert dict(os.environ) == before


def test_workers_start_before_anything_large_is_loaded() -> None:
    commands = "import sys, risk_service.cli.rescore, risk_service.cli.features, risk_service.jobs.workers"
    loaded = f"{commands}; print(*{{'numpy', 'polars', 'pyarrow'}}.intersection(sys.modules))"
    said = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert not said.stdout.strip()


def test_a_core_is_left_to_whoever_gives_the_work_until_that_has_loaded_its_own() -> None:
    def workers() -> int:
        return sum(child.name.startswith("SpawnProcess") for child in multiprocessing.active_children())

    with Processes(2) as started:
        assert workers() == 1
        started.complete()
        assert workers() == 2
    assert not workers()


def test_an_address_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(WorkError, match="No Dask scheduler answers at nowhere"), Cluster("nowhere://x"):
        pass


def test_one_worker_is_this_process() -> None:
    assert isinstance(workers_for(1), Here)
    assert workers_for(3) == Processes(3)
    assert workers_for(1, "tcp://10.0.0.1:8786") == Cluster("tcp://10.0.0.1:8786")
