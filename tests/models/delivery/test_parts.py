"""A part of a delivery that was read by number, as Parquet keeps text that repeats."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.asof import CANDIDATE_NO, REGISTRATION_NO
from models.delivery.parts import Part, Selection, read_part
from models.delivery.reader import OpenDelivery, open_delivery
from models.schema import bucket_of
from tests.models.delivery.writing import row, write_manifest

PEOPLE = ["C1", "C2", "C3"]


def _opened(folder: Path, registrations: list[dict[str, str]]) -> OpenDelivery:
    rows = {
        "candidates": [row("candidates", candidate_id=one) for one in PEOPLE],
        "registrations": registrations,
        "registration_steps": [
            row("registration_steps", candidate_id=one, registration_id=f"R-{one}") for one in PEOPLE
        ],
    }
    for feed, some in rows.items():
        for one in some:
            home = folder / feed / f"bucket={bucket_of(one['candidate_id'], 2):03}"
            home.mkdir(parents=True, exist_ok=True)
            path = home / "part-0.parquet"
            before = pq.read_table(path, partitioning=None).to_pylist() if path.exists() else []
            pq.write_table(pa.Table.from_pylist([*before, one]), path)
    write_manifest(folder, buckets=2, feeds={name: {"rows": len(some)} for name, some in rows.items()})
    return open_delivery(folder)


def _part(folder: Path, registrations: list[dict[str, str]]) -> Part:
    return read_part(_opened(folder, registrations), Selection(buckets=(0, 1)), for_cases=True)


@pytest.fixture
def registrations() -> list[dict[str, str]]:
    return [row("registrations", candidate_id=one, registration_id=f"R-{one}") for one in PEOPLE]


def test_keys_have_one_number_each_and_children_have_that_of_their_parents(
    tmp_path: Path, registrations: list[dict[str, str]]
) -> None:
    feeds = _part(tmp_path, registrations).feeds
    person = dict(feeds["candidates"].select("candidate_id", CANDIDATE_NO).rows())
    file = dict(feeds["registrations"].select("registration_id", REGISTRATION_NO).rows())
    assert sorted(person.values()) == sorted(file.values()) == [0, 1, 2]
    steps = feeds["registration_steps"].select(CANDIDATE_NO, REGISTRATION_NO).rows()
    assert sorted(steps) == sorted((person[one], file[f"R-{one}"]) for one in PEOPLE)


def test_the_step_of_a_registration_whose_row_was_rejected_waits(
    tmp_path: Path, registrations: list[dict[str, str]]
) -> None:
    registrations[1]["status"] = "vanished"
    part = _part(tmp_path, registrations)
    assert part.rejected["registrations"] == 1
    assert part.pending["registration_steps"] == 1
    assert part.unheld.rows() == [("R-C2", "C2")]
    assert sorted(part.feeds["registration_steps"][REGISTRATION_NO]) == [0, 1]


def test_the_system_is_told_of_the_files_of_some_buckets_and_a_lost_one_does_not_matter(
    tmp_path: Path, registrations: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = _opened(tmp_path, registrations)
    told: list[Path] = []

    def note(handle: int, start: int, length: int, advice: int) -> None:
        assert (start, length, advice) == (0, 0, os.POSIX_FADV_WILLNEED)
        told.append(Path(f"/proc/self/fd/{handle}").resolve())

    monkeypatch.setattr(os, "posix_fadvise", note)
    (tmp_path / "candidates" / "bucket=001" / "part-0.parquet").unlink()
    opened.announce((1,))
    assert told
    assert {path.parent.name for path in told} == {"bucket=001"}
    assert {path.parent.parent.name for path in told} == {"registrations", "registration_steps"}
    monkeypatch.delattr(os, "posix_fadvise")
    opened.announce((1,))
