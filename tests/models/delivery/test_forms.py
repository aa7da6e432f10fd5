"""The same rows in every form a delivery may take give the same frames."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from models.delivery import csv_reader, open_delivery, read_delivery, rejects_of, sha256_of
from models.schema import bucket_of
from tests.models.delivery.writing import ROWS, row, write_csv, write_good, write_manifest

CANDIDATES = [row("candidates", candidate_id=f"C{i}", nik="" if i % 3 else "7471014101990001") for i in range(20)]


def candidates_of(folder: Path) -> pl.DataFrame:
    delivery = read_delivery(folder)
    assert rejects_of(delivery.rejects) == []
    return delivery.feeds["candidates"].drop("row")


@pytest.fixture
def plain(tmp_path: Path) -> pl.DataFrame:
    folder = tmp_path / "plain"
    folder.mkdir()
    write_csv(folder, "candidates", CANDIDATES)
    return candidates_of(folder)


def test_csv_with_windows_line_ends_and_a_byte_order_mark(tmp_path: Path, plain: pl.DataFrame) -> None:
    write_csv(tmp_path, "candidates", CANDIDATES, ending="\r\n", bom="\ufeff")
    assert_frame_equal(candidates_of(tmp_path), plain)


def test_csv_with_every_value_quoted(tmp_path: Path, plain: pl.DataFrame) -> None:
    with (tmp_path / "candidates.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(CANDIDATES[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(CANDIDATES)
    assert_frame_equal(candidates_of(tmp_path), plain)


def test_csv_without_a_last_line_end(tmp_path: Path, plain: pl.DataFrame) -> None:
    path = write_csv(tmp_path, "candidates", CANDIDATES)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert_frame_equal(candidates_of(tmp_path), plain)


def test_gzip(tmp_path: Path, plain: pl.DataFrame) -> None:
    path = write_csv(tmp_path, "candidates", CANDIDATES)
    (tmp_path / "candidates.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert_frame_equal(candidates_of(tmp_path), plain)


def test_parquet_as_text(tmp_path: Path, plain: pl.DataFrame) -> None:
    pl.DataFrame(CANDIDATES).write_parquet(tmp_path / "candidates.parquet")
    assert_frame_equal(candidates_of(tmp_path), plain)


def test_parquet_typed(tmp_path: Path, plain: pl.DataFrame) -> None:
    typed = plain.drop("ingest_seq").with_columns(
        pl.col("recorded_at").dt.cast_time_unit("ns").dt.convert_time_zone("Asia/Jakarta"),
        pl.col("enrolled_as").cast(pl.Categorical),
        pl.lit(None).alias("sex"),
    )
    typed.write_parquet(tmp_path / "candidates.parquet")
    assert_frame_equal(candidates_of(tmp_path), plain)


def test_a_folder_of_parts_numbers_its_rows_on(tmp_path: Path, plain: pl.DataFrame) -> None:
    folder = tmp_path / "candidates"
    folder.mkdir()
    pl.DataFrame(CANDIDATES[:7]).write_parquet(folder / "part-0.parquet")
    pl.DataFrame(CANDIDATES[7:]).write_parquet(folder / "part-1.parquet")
    assert_frame_equal(candidates_of(tmp_path), plain)
    assert read_delivery(tmp_path).feeds["candidates"]["row"].to_list() == list(range(1, 21))


def write_buckets(folder: Path, buckets: int, shift: int = 0) -> None:
    for bucket in range(buckets):
        part = folder / "candidates" / f"bucket={bucket:03d}"
        part.mkdir(parents=True)
        rows = [item for item in CANDIDATES if (bucket_of(item["candidate_id"], buckets) + shift) % buckets == bucket]
        if rows:
            pl.DataFrame(rows).write_parquet(part / "part-0.parquet")
    root = folder / "candidates"
    parts = sorted(root.rglob("*.parquet"))
    write_manifest(folder, buckets=buckets, feeds={"candidates": {"rows": 20, "sha256": sha256_of(parts, root)}})


def test_hash_buckets(tmp_path: Path, plain: pl.DataFrame) -> None:
    write_buckets(tmp_path, 3)
    assert_frame_equal(candidates_of(tmp_path).sort("candidate_id"), plain.sort("candidate_id"))


def test_a_row_in_a_bucket_that_is_not_its_own_is_rejected(tmp_path: Path) -> None:
    write_buckets(tmp_path, 3, shift=1)
    rejects = rejects_of(read_delivery(tmp_path).rejects)
    assert len(rejects) == 20
    assert all(r.reason == f"belongs into bucket {bucket_of(r.key, 3)}" for r in rejects)


def test_numbers_that_parquet_holds_as_floats(tmp_path: Path) -> None:
    frame = pl.DataFrame([row("travel", travel_id=f"T{i}") for i in range(4)]).with_columns(
        pl.Series("group_size", [3.0, None, 2.5, float("nan")]),
        pl.Series("visa_days", [30, 31, 32, 33], dtype=pl.UInt8),
    )
    frame.write_parquet(write_good(tmp_path) / "travel.parquet")
    (tmp_path / "travel.csv").unlink()
    delivery = read_delivery(tmp_path)
    assert delivery.feeds["travel"].select("group_size", "visa_days").rows() == [(3, 30), (None, 31)]
    assert [(r.line, r.field) for r in rejects_of(delivery.rejects)] == [(3, "group_size"), (4, "group_size")]


def test_a_row_number_counts_from_the_first_line_over_quoted_line_breaks(tmp_path: Path) -> None:
    (tmp_path / "offices.csv").write_text(
        "office_id,kind,name,recorded_at\n"
        'O1,bp3mi,"two\nlines ""quoted"" here",2025-01-01T00:00:00Z\n'
        "\n"
        "O2,bad,x,2025-01-01T00:00:00Z\n"
        'O3,bp3mi,"bro"ken,2025-01-01T00:00:00Z\n'
        "O4,bp3mi,x,2025-01-01T00:00:00Z\n"
    )
    delivery = read_delivery(tmp_path)
    assert delivery.feeds["offices"].select("office_id", "name", "row").rows() == [
        ("O1", 'two\nlines "quoted" here', 2),
        ("O4", "x", 7),
    ]
    assert [(r.line, r.key) for r in rejects_of(delivery.rejects)] == [(5, "O2"), (6, "")]


def test_a_bare_carriage_return_rejects_its_record(tmp_path: Path) -> None:
    write_csv(tmp_path, "offices", [row("offices", name="a\rb"), row("offices", office_id="O2")])
    delivery = read_delivery(tmp_path)
    assert delivery.feeds["offices"]["office_id"].to_list() == ["O2"]
    assert [r.line for r in rejects_of(delivery.rejects)] == [2]


cell = st.text(st.sampled_from('ab,"\n\r é'), max_size=6)


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(cell, cell, cell), max_size=30),
    block=st.integers(8, 200),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    trailing=st.booleans(),
)
def test_blocks_of_any_size_read_as_the_csv_module_does(
    *,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    block: int,
    ending: str,
    quoting: int,
    trailing: bool,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=ending, quoting=quoting)
    writer.writerow(["x", "y", "z"])
    if quoting == csv.QUOTE_MINIMAL:  # which leaves a lone carriage return bare, and that is no CSV
        rows = [tuple(value.replace("\r", "") for value in values) for values in rows]
    writer.writerows(rows)
    written = text.getvalue() if trailing else text.getvalue().removesuffix(ending)
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_bytes(written.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK_BYTES", block)
        batches = list(csv_reader.csv_batches(path, label="any.csv", wanted=frozenset("xyz")))
    got = [values for batch in batches for values in batch.frame.drop("row").iter_rows()]
    numbers = [number for batch in batches for number in batch.frame["row"]]
    expected, lines, before = [], [], 1
    reader = csv.reader(io.StringIO(written, newline="\n"), strict=True)
    next(reader)
    for record in reader:
        if record:
            expected.append(tuple(value or None for value in record))
            lines.append(before + 1)
        before = reader.line_num
    assert got == expected
    assert numbers == lines


def test_batches_of_an_open_delivery_are_bounded_and_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 2000)
    write_csv(tmp_path, "candidates", CANDIDATES * 20)
    batches = list(open_delivery(tmp_path).batches("candidates"))
    assert sum(batch.rows for batch in batches) == 400
    assert max(batch.rows for batch in batches) < 60
    assert [n for batch in batches for n in batch.frame["row"]] == list(range(2, 402))


def test_a_header_alone_is_an_empty_feed(tmp_path: Path) -> None:
    write_csv(tmp_path, "offices", [])
    assert read_delivery(tmp_path).feeds["offices"].is_empty()
    assert ROWS["offices"].keys() <= set(read_delivery(tmp_path).feeds["offices"].columns)
