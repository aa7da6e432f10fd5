"""A delivery that is useless as a whole gives one clear message."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from models.delivery import read_delivery
from models.errors import ContractError
from tests.models.delivery.writing import ROWS, row, write_csv, write_good, write_manifest


def refusal(folder: Path) -> str:
    with pytest.raises(ContractError) as caught:
        read_delivery(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert "There is no folder" in refusal(tmp_path / "nowhere")


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    assert "is a file" in refusal(write_csv(tmp_path, "offices", [ROWS["offices"]]))


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "is empty" in refusal(tmp_path)


def test_a_folder_without_feeds_names_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "candidats.csv").write_text("candidate_id\n")
    assert "candidats.csv" in refusal(tmp_path)


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_delimiter(tmp_path: Path, sign: str, word: str) -> None:
    path = write_csv(tmp_path, "offices", [ROWS["offices"]])
    path.write_text(path.read_text().replace(",", sign))
    assert word in refusal(tmp_path)


def test_a_missing_required_column(tmp_path: Path) -> None:
    write_csv(tmp_path, "registrations", [{k: v for k, v in ROWS["registrations"].items() if k != "scheme"}])
    assert "registrations.csv lacks the column scheme" in refusal(tmp_path)


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "offices", [row("offices", name="Kantor"), row("offices", name="Kafé")])
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    assert "offices.csv, line 3: not UTF-8" in refusal(tmp_path)


def test_utf_16(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "offices", [ROWS["offices"]])
    path.write_bytes(path.read_text().encode("utf-16"))
    assert "not UTF-8" in refusal(tmp_path)


def test_a_file_without_a_header(tmp_path: Path) -> None:
    (tmp_path / "offices.csv").write_bytes(b"")
    assert "is empty" in refusal(tmp_path)


def test_a_header_that_names_a_column_twice(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "offices", [ROWS["offices"]])
    path.write_text(path.read_text().replace("kind", "name"))
    assert "names name more than once" in refusal(tmp_path)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "offices", [ROWS["offices"]])
    os.truncate(path, 2 << 30)  # a sparse file: two gigabytes of NUL in one line
    assert "offices.csv, line 3: longer than 128 KiB" in refusal(tmp_path)


@pytest.mark.parametrize("size", [200_000, 9_000_000])
def test_an_overlong_line_among_others(tmp_path: Path, size: int) -> None:
    good = ROWS["offices"]
    write_csv(tmp_path, "offices", [good, row("offices", name="x" * size), good])
    assert "offices.csv, line 3: longer than 128 KiB" in refusal(tmp_path)


def test_a_quote_that_never_closes(tmp_path: Path) -> None:
    write_csv(tmp_path, "offices", [row("offices", name='"Kantor'), ROWS["offices"]])
    assert "offices.csv, line 2: a quote is never closed" in refusal(tmp_path)


def test_a_quote_that_swallows_a_large_file(tmp_path: Path) -> None:
    write_csv(tmp_path, "offices", [row("offices", name='"Kantor'), *[ROWS["offices"]] * 5000])
    assert "offices.csv, line 2: longer than 128 KiB, or a quote is never closed" in refusal(tmp_path)


def gzip_of(folder: Path) -> bytes:
    path = write_csv(folder, "offices", [row("offices", office_id=f"O{i}") for i in range(2000)])
    data = gzip.compress(path.read_bytes())
    path.unlink()
    return data


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[::-1], lambda data: data[:-8] + b"\0" * 8]
)
def test_a_damaged_gzip_file(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / "offices.csv.gz").write_bytes(damage(gzip_of(tmp_path)))
    assert "offices.csv.gz is damaged" in refusal(tmp_path)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_a_truncated_parquet_file(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "offices.parquet"
    pl.DataFrame([ROWS["offices"]] * 100).write_parquet(path)
    os.truncate(path, int(path.stat().st_size * keep))
    assert "offices.parquet is no readable Parquet file" in refusal(tmp_path)


def test_a_parquet_file_with_damaged_pages(tmp_path: Path) -> None:
    path = tmp_path / "offices.parquet"
    pl.DataFrame([row("offices", office_id=f"O{i}") for i in range(5000)]).write_parquet(path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[40:400] = bytes(360)
    path.write_bytes(data)
    assert "offices.parquet is no readable Parquet file" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("column", "values"),
    [("occupation", [110]), ("destination_country", [["MY"]]), ("candidate_id", [1.5]), ("registered_on", [20250102])],
)
def test_a_parquet_column_of_a_type_that_loses_meaning(tmp_path: Path, column: str, values: list[object]) -> None:
    frame = pl.DataFrame([ROWS["registrations"]]).with_columns(pl.Series(column, values))
    frame.write_parquet(tmp_path / "registrations.parquet")
    assert f"the column {column} holds" in refusal(tmp_path)


def test_parquet_timestamps_without_a_time_zone(tmp_path: Path) -> None:
    frame = pl.DataFrame([ROWS["offices"]]).with_columns(recorded_at=pl.datetime(2025, 1, 1))
    frame.write_parquet(tmp_path / "offices.parquet")
    assert "recorded_at holds timestamps without a time zone" in refusal(tmp_path)


def test_one_feed_in_two_forms(tmp_path: Path) -> None:
    write_csv(tmp_path, "offices", [ROWS["offices"]])
    pl.DataFrame([ROWS["offices"]]).write_parquet(tmp_path / "offices.parquet")
    assert "more than once: offices.csv and offices.parquet" in refusal(tmp_path)


def test_a_link_out_of_the_delivery(tmp_path: Path) -> None:
    outside = write_csv(tmp_path, "offices", [ROWS["offices"]])
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "offices.csv").symlink_to(outside)
    assert "link out of the delivery" in refusal(folder)


def test_a_link_out_of_a_folder_of_parts(tmp_path: Path) -> None:
    outside = tmp_path / "part.parquet"
    pl.DataFrame([ROWS["offices"]]).write_parquet(outside)
    (tmp_path / "delivery" / "offices").mkdir(parents=True)
    (tmp_path / "delivery" / "offices" / "part.parquet").symlink_to("../../part.parquet")
    assert "link out of the delivery" in refusal(tmp_path / "delivery")


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "offices.csv")
    assert "not a plain file" in refusal(tmp_path)


def test_a_feed_folder_without_parts(tmp_path: Path) -> None:
    (tmp_path / "offices").mkdir()
    assert "offices/ holds no Parquet part" in refusal(tmp_path)


def test_buckets_without_a_stated_number(tmp_path: Path) -> None:
    (tmp_path / "candidates" / "bucket=000").mkdir(parents=True)
    assert "buckets" in refusal(tmp_path)


def test_a_bucket_beyond_the_stated_number(tmp_path: Path) -> None:
    part = tmp_path / "candidates" / "bucket=007"
    part.mkdir(parents=True)
    pl.DataFrame([ROWS["candidates"]]).write_parquet(part / "0.parquet")
    write_manifest(tmp_path, buckets=4)
    assert "bucket 7 is beyond the 4 buckets" in refusal(tmp_path)


def test_rows_not_as_stated(tmp_path: Path) -> None:
    write_manifest(write_good(tmp_path), feeds={"candidates": {"rows": 2}})
    assert "candidates.csv holds 1 rows, manifest.json states 2" in refusal(tmp_path)


def test_a_hash_not_as_stated(tmp_path: Path) -> None:
    write_manifest(write_good(tmp_path), feeds={"travel": {"sha256": hashlib.sha256(b"other").hexdigest()}})
    assert "travel.csv: its SHA-256 is not the one" in refusal(tmp_path)


def test_a_stated_feed_that_is_not_there(tmp_path: Path) -> None:
    write_manifest(write_good(tmp_path), feeds={"permits": {"rows": 3}})
    assert "lists the feed permits" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"contract": "feeds/2"}, "reads feeds/1"),
        ({"simulated": "no"}, "simulated"),
        ({"simulated": None}, "simulated"),
        ({"source": ""}, "source"),
        ({"produced_at": "yesterday"}, "produced_at"),
        ({"produced_at": "0001-01-01T00:00:00+09:00"}, "produced_at"),
        ({"produced_at": 12}, "produced_at"),
        ({"buckets": 0}, "buckets"),
        ({"buckets": True}, "buckets"),
        ({"feeds": []}, "feeds"),
        ({"feeds": {"candidates": 3}}, "candidates"),
        ({"feeds": {"candidates": {"rows": -1}}}, "rows"),
        ({"feeds": {"candidates": {"sha256": "abc"}}}, "sha256"),
        ({"feeds": {"candidates": {"complete_through": "soon"}}}, "complete_through"),
    ],
)
def test_a_manifest_that_says_something_else(tmp_path: Path, content: dict[str, object], said: str) -> None:
    write_manifest(write_good(tmp_path), **content)
    message = refusal(tmp_path)
    assert said in message
    assert "manifest.json" in message


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"a": ' * 50_000, "\x00", "12" * 3000])
def test_a_manifest_that_is_no_json_object(tmp_path: Path, text: str) -> None:
    (write_good(tmp_path) / "manifest.json").write_text(text)
    assert "manifest.json" in refusal(tmp_path)
