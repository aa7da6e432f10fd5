"""A job in parts writes what one look at everybody gives, is taken up where it broke off, and leaves nothing half."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import polars as pl
import pytest

from models.errors import ContractError
from risk_service.jobs.errors import OutputError, WorkError
from risk_service.jobs.files import features_files, rescore_files
from risk_service.jobs.output import write_parquet
from risk_service.jobs.run import run_job
from risk_service.jobs.workers import Here
from tests.models.worlds import BOOK
from tests.risk_service.jobs.deliveries import (
    BUCKETS,
    DAY_US,
    RELEASE,
    BrokenOff,
    bytes_of,
    in_buckets,
    in_one_go,
    odd_world,
    rescored,
    result_of,
    scores_in_one_go,
    write_delivery,
)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_delivery(odd_world().frames(), tmp_path_factory.mktemp("deliveries") / "flat")


@pytest.fixture(scope="module")
def buckets(flat: Path) -> Path:
    return in_buckets(flat)


@pytest.fixture(scope="module")
def whole(buckets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores of a job that nobody broke off, a part for each bucket and one for those who are tied."""
    out = tmp_path_factory.mktemp("whole") / "scores"
    rescored(buckets, out, part_rows=1)
    return out


@pytest.fixture(scope="module")
def expected(flat: Path) -> pl.DataFrame:
    return scores_in_one_go(flat)


@pytest.mark.parametrize("part_rows", [300, 10_000], ids=["some parts", "one part"])
def test_scores_do_not_depend_on_the_parts(
    buckets: Path, expected: pl.DataFrame, tmp_path: Path, part_rows: int
) -> None:
    report = rescored(buckets, tmp_path / "scores", part_rows=part_rows)
    assert result_of(tmp_path / "scores").equals(expected)
    assert report.cases == len(expected)
    assert report.lanes == dict(expected["lane"].value_counts().iter_rows())
    assert report.pending == 2  # the step of a registration and the itinerary of a person that nobody knows


def test_candidates_tied_to_each_other_are_scored_together(whole: Path, expected: pl.DataFrame) -> None:
    parts = [pl.read_parquet(part) for part in sorted(whole.glob("*.parquet"))]
    assert len(parts) == BUCKETS + 1
    assert pl.concat(parts).sort("case_id").equals(expected)
    assert expected.filter(pl.col("case_id") == "Rboth")["candidate_id"].to_list() == ["C8"]
    assert "Rboth" in parts[-1]["case_id"]


def test_features_do_not_depend_on_the_parts(flat: Path, buckets: Path, tmp_path: Path) -> None:
    with Here() as workers:
        run_job(
            buckets, DAY_US, tmp_path / "x.parquet", kind="features", rules=BOOK, release=None, workers=workers,
            part_rows=300,
        )  # fmt: skip
    assert result_of(tmp_path / "x.parquet").equals(in_one_go(flat).features_frame())


def test_a_delivery_that_does_not_lie_in_buckets_is_one_part(
    flat: Path, expected: pl.DataFrame, tmp_path: Path
) -> None:
    report = rescore_files(flat, DAY_US, tmp_path / "scores.parquet", release=RELEASE, rules=BOOK)
    assert report.parts == 1
    assert pl.read_parquet(tmp_path / "scores.parquet").equals(expected)
    features_files(flat, DAY_US, tmp_path / "x.parquet", rules=BOOK)
    assert pl.read_parquet(tmp_path / "x.parquet").equals(in_one_go(flat).features_frame())


def test_freshness_is_read_from_the_rows_of_all_parts_where_the_manifest_is_silent(tmp_path: Path) -> None:
    feeds = odd_world(4).frames()
    early = feeds["registration_steps"].filter(pl.col("recorded_at").dt.year() < 2025)
    silent = write_delivery(feeds | {"registration_steps": early}, tmp_path / "silent", through_us=None)
    rescored(in_buckets(silent), tmp_path / "scores", part_rows=1)
    assert result_of(tmp_path / "scores").equals(scores_in_one_go(silent))


@pytest.mark.parametrize(
    ("after", "counted"),
    [(1, 1), (BUCKETS + 1, BUCKETS), (3 * BUCKETS, BUCKETS), (3 * BUCKETS + 2, BUCKETS + 1)],
    ids=["counting", "linking", "counting the tied", "scoring"],
)
def test_a_second_start_does_the_rest(buckets: Path, whole: Path, tmp_path: Path, after: int, counted: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        rescored(buckets, tmp_path / "scores", part_rows=1, workers=BrokenOff(after))
    assert not (tmp_path / "scores").exists()
    report = rescored(buckets, tmp_path / "scores", part_rows=1)
    assert (report.taken_up, report.parts) == (counted, BUCKETS + 1)
    assert bytes_of(tmp_path / "scores") == bytes_of(whole)
    assert [path.name for path in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("name", ["scores", "scores.parquet"])
def test_a_result_that_is_there_is_not_made_again(buckets: Path, tmp_path: Path, name: str) -> None:
    first = rescored(buckets, tmp_path / name)
    second = rescored(buckets, tmp_path / name, workers=BrokenOff(1))
    assert (second.cases, second.bands, second.taken_up) == (first.cases, first.bands, first.parts)
    third = rescored(buckets, tmp_path / name, part_rows=10_000)
    assert (third.cases, third.taken_up) == (first.cases, 0)


def test_what_another_job_left_behind_does_not_count(buckets: Path, flat: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        rescored(buckets, tmp_path / "scores", part_rows=1, workers=BrokenOff(2))
    report = rescored(in_buckets(flat, buckets=2), tmp_path / "scores")
    assert report.taken_up == 0
    assert result_of(tmp_path / "scores").equals(scores_in_one_go(flat))


@pytest.mark.parametrize("wrong", [{"rows": 1}, {"sha256": "0" * 64}], ids=["rows", "hash"])
def test_a_delivery_that_is_not_what_its_manifest_says_gives_no_result(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    buckets = in_buckets(write_delivery(odd_world().frames(), tmp_path / "flat"))
    manifest = json.loads((buckets / "manifest.json").read_text())
    manifest["feeds"]["travel"] |= wrong
    (buckets / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ContractError, match="travel/"):
        rescored(buckets, tmp_path / "scores", part_rows=10_000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flat", buckets.name]


def test_two_processes_do_not_write_the_same_result(buckets: Path, tmp_path: Path) -> None:
    work = tmp_path / ".scores.work"
    work.mkdir()
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WorkError, match="Another process"):
            rescored(buckets, tmp_path / "scores")


def test_a_place_that_holds_something_else_is_refused(buckets: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").write_text("keep")
    (tmp_path / "file").write_text("keep")
    for out in (tmp_path / "folder", tmp_path / "file", tmp_path / "no" / "scores", tmp_path / "no" / "a.parquet"):
        with pytest.raises(OutputError):
            rescored(buckets, out)
    with pytest.raises(OutputError, match="folder"):
        write_parquet(pl.DataFrame({"a": [1]}), tmp_path)
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(OutputError, match="folder"):
        write_parquet(pl.DataFrame({"a": [1]}), tmp_path / "x.parquet")
    assert (tmp_path / "folder" / "mine.txt").read_text() == (tmp_path / "file").read_text() == "keep"
