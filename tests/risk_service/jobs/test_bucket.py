"""Dividing a delivery moves its rows into buckets and changes nothing about them."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from models.delivery import Delivery, open_delivery, read_delivery
from models.errors import ContractError
from models.schema import FEEDS, bucket_of
from risk_service.cli import main
from risk_service.jobs import bucket as jobs_bucket
from risk_service.jobs.bucket import UNNAMED, bucket_delivery
from risk_service.jobs.errors import OutputError
from tests.models.delivery.writing import row, write_csv, write_good, write_manifest
from tests.risk_service.jobs.deliveries import DAY_US, bytes_of, in_buckets, odd_world, write_delivery


def _contents(delivery: Delivery) -> dict[str, pl.DataFrame]:
    """Good rows by feed, in an order of their own."""
    return {
        name: frame.drop("row").sort(pl.all(), nulls_last=True, maintain_order=True)
        for name, frame in delivery.feeds.items()
    }


def _same(one: Path, other: Path) -> bool:
    first, second = read_delivery(one), read_delivery(other)
    a, b = _contents(first), _contents(second)
    return all(a[name].equals(b[name]) for name in FEEDS) and first.rejected == second.rejected


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_delivery(odd_world().frames(), tmp_path_factory.mktemp("deliveries") / "flat")


def test_a_delivery_in_buckets_holds_the_same_rows(flat: Path) -> None:
    divided = in_buckets(flat, buckets=4)
    opened = open_delivery(divided)  # checks hashes and buckets
    assert opened.in_buckets
    assert opened.manifest is not None
    assert opened.manifest.buckets == 4
    assert _same(flat, divided)
    ids = pl.read_parquet(divided / "travel" / "bucket=002" / "*.parquet")["candidate_id"]
    assert {bucket_of(one, 4) for one in ids} == {2}
    shutil.rmtree(divided)


def test_rows_keep_their_order(flat: Path) -> None:
    divided = in_buckets(flat, buckets=4)
    whole = pl.read_parquet(flat / "registration_steps.parquet")
    for part in sorted(divided.glob("registration_steps/bucket=*")):
        number = int(part.name.removeprefix("bucket="))
        home = [0 if one is None else bucket_of(one, 4) for one in whole["candidate_id"]]
        assert pl.read_parquet(part / "*.parquet").equals(whole.filter(pl.Series(home) == number))
    shutil.rmtree(divided)


def test_little_is_held_at_a_time_and_the_result_is_the_same(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_bucket, "HELD_BYTES", 1)
    bucket_delivery(flat, tmp_path / "divided", buckets=3, now_us=DAY_US)
    assert _same(flat, tmp_path / "divided")


def test_bad_rows_stay_bad_and_strange_columns_stay(tmp_path: Path) -> None:
    good = write_good(tmp_path / "csv")
    rows = [row("travel"), row("travel", travel_id="T2", visa_class="tourist"), row("travel", travel_id="T3")]
    write_csv(good, "travel", [{**one, "colour": "blue"} for one in rows])
    with (good / "travel.csv").open("a") as file:
        file.write("T4,C1\n")
    text = (good / "registrations.csv").read_bytes()
    (good / "registrations.csv").unlink()
    (good / "registrations.csv.gz").write_bytes(gzip.compress(text))
    bucket_delivery(good, tmp_path / "divided", buckets=2, now_us=DAY_US)
    assert _same(good, tmp_path / "divided")
    opened = open_delivery(tmp_path / "divided")
    assert opened.unknown_columns == {"travel": ("colour",)}
    assert read_delivery(tmp_path / "divided").rejected["travel"] == 2
    assert opened.manifest is not None
    assert (opened.manifest.source, opened.manifest.produced_at_us) == (UNNAMED, DAY_US)


def test_parts_of_different_forms_and_empty_feeds_are_taken(flat: Path, tmp_path: Path) -> None:
    shutil.copytree(flat, tmp_path / "parts")
    travel = pl.read_parquet(flat / "travel.parquet")
    (tmp_path / "parts" / "travel.parquet").unlink()
    (tmp_path / "parts" / "travel").mkdir()
    travel[:20].write_parquet(tmp_path / "parts" / "travel" / "a.parquet")
    as_text = pl.col("departure_at").dt.to_string("iso:strict")
    others = travel[20:].with_columns(pl.col("payer").cast(pl.Categorical), as_text)
    others.write_parquet(tmp_path / "parts" / "travel" / "b.parquet")
    pl.read_parquet(flat / "outcomes.parquet").clear().write_parquet(tmp_path / "parts" / "outcomes.parquet")
    manifest = json.loads((flat / "manifest.json").read_text())
    manifest["feeds"]["outcomes"]["rows"] = 0
    (tmp_path / "parts" / "manifest.json").write_text(json.dumps(manifest))
    divided = in_buckets(tmp_path / "parts", buckets=3)
    assert _same(tmp_path / "parts", divided)
    assert "outcomes" in open_delivery(divided).feeds


def test_nothing_is_left_of_a_delivery_that_cannot_be_divided(tmp_path: Path) -> None:
    good = write_good(tmp_path / "csv")
    write_manifest(good, feeds={"travel": {"rows": 7}})
    with pytest.raises(ContractError, match="states 7"):
        bucket_delivery(good, tmp_path / "divided", buckets=2, now_us=DAY_US)
    with pytest.raises(OutputError, match="there already"):
        bucket_delivery(good, tmp_path / "csv", buckets=2, now_us=DAY_US)
    with pytest.raises(OutputError, match="cannot be written"):
        bucket_delivery(good, tmp_path / "no" / "divided", buckets=2, now_us=DAY_US)
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]


def test_commands_divide_a_delivery_and_work_on_it_with_several_processes(flat: Path, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(main, list(words), env={"RISK_HOME": str(tmp_path / "home")})
        assert result.exit_code == 0, result.output
        return result.output

    divided = str(tmp_path / "divided")
    said = run("bucket", str(flat), "--buckets", "2", "--out", divided)
    assert "rows in 2 buckets" in said
    day = ("--as-of", "2025-09-10")
    run("features", "--feeds", divided, *day, "--workers", "2", "--out", str(tmp_path / "two"))
    run("features", "--feeds", divided, *day, "--workers", "1", "--out", str(tmp_path / "one"))
    assert bytes_of(tmp_path / "two") == bytes_of(tmp_path / "one")
    refused = CliRunner().invoke(main, ["rescore", "--workers", "2"])
    assert refused.exit_code == 2
    assert "go with --feeds" in refused.output
