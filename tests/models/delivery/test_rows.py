"""Rows are checked one by one: bad ones are named, good ones get through."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from models.delivery import Delivery, Reject, read_delivery, rejects_of
from models.schema import FEEDS
from tests.models.delivery.writing import ROWS, row, write_csv, write_good


def delivered(folder: Path, feed: str, *rows: dict[str, str]) -> Delivery:
    write_good(folder)
    write_csv(folder, feed, list(rows))
    return read_delivery(folder)


def test_a_good_delivery_comes_through_in_canonical_types(tmp_path: Path) -> None:
    delivery = read_delivery(write_good(tmp_path))
    assert rejects_of(delivery.rejects) == []
    for name, feed in FEEDS.items():
        assert dict(delivery.feeds[name].schema) == feed.frame_schema
    travel = delivery.feeds["travel"].row(0, named=True)
    assert travel["recorded_at"] == dt.datetime(2025, 1, 1, 20, 4, 5, tzinfo=dt.UTC)
    assert travel["licensed_tour"] is False
    assert travel["group_ref"] is None
    assert (travel["ingest_seq"], travel["row"]) == (1, 2)
    assert delivery.feeds["registrations"]["occupation"].to_list() == ["0110"]
    assert delivery.feeds["registration_steps"]["completed_on"].to_list() == [dt.date(2025, 1, 3)]
    assert delivery.feeds["agency_events"]["amount_idr"].to_list() == [1_500_000]
    assert delivery.unresolved == {name: {} for name in FEEDS} | {"agency_events": {"agency_id": 1}}


@pytest.mark.parametrize(
    ("feed", "column", "value"),
    [
        ("registrations", "scheme", "P_TO_P"),
        ("registrations", "scheme", " p_to_p"),
        ("registrations", "destination_country", "my"),
        ("registrations", "destination_country", "MYS"),
        ("registrations", "occupation", "110"),
        ("registrations", "occupation", "٠١١٠"),
        ("registrations", "branch_region", "7471"),
        ("registrations", "branch_region", "74.7"),
        ("registrations", "registered_on", "2025-02-30"),
        ("registrations", "registered_on", "2025-2-3"),
        ("registrations", "registered_on", "02/01/2025"),
        ("registrations", "registered_on", "2025-01-02T00:00:00Z"),
        ("registrations", "registered_on", "1025-01-02"),
        ("registrations", "registered_on", "2125-01-02"),
        ("registrations", "registration_id", "R1 "),
        ("registrations", "registration_id", "R\u202e1"),
        ("registrations", "registration_id", "R" * 129),
        ("registrations", "recruiter_ref", "a\x00b"),
        ("registrations", "recruiter_ref", "a\x1bb"),
        ("registrations", "recruiter_ref", "x" * 501),
        ("registrations", "recorded_at", "2025-01-02"),
        ("registrations", "recorded_at", "2025-01-02T03:04:05"),
        ("registrations", "recorded_at", "2025-01-02T25:04:05Z"),
        ("registrations", "recorded_at", "2025-01-02T03:04:60Z"),
        ("registrations", "recorded_at", "2025-01-02T03:04:05+24:00"),
        ("registrations", "recorded_at", "0001-01-01T00:00:00Z"),
        ("registrations", "retracted", "True"),
        ("registrations", "retracted", "1"),
        ("travel", "licensed_tour", "yes"),
        ("travel", "transit_countries", "SG;"),
        ("travel", "transit_countries", "Singapore"),
        ("travel", "group_size", "-1"),
        ("travel", "group_size", "3.0"),
        ("travel", "group_size", "1e3"),
        ("agency_events", "amount_idr", "9223372036854775808"),
        ("agency_events", "amount_idr", "1000000000000001"),
        ("agency_events", "amount_idr", "99999999999999999999999"),
        ("outcomes", "inclusion_probability", "NaN"),
        ("outcomes", "inclusion_probability", "inf"),
        ("outcomes", "inclusion_probability", "1e999"),
        ("outcomes", "inclusion_probability", "1.01"),
        ("outcomes", "inclusion_probability", "0"),
        ("outcomes", "inclusion_probability", "-0.1"),
        ("outcomes", "inclusion_probability", "0x1"),
    ],
)
def test_a_value_that_is_none_rejects_its_row_and_no_other(tmp_path: Path, feed: str, column: str, value: str) -> None:
    key = FEEDS[feed].key[0]
    good = row(feed, **{key: "GOOD"})
    delivery = delivered(tmp_path, feed, row(feed, **{column: value}), good)
    assert delivery.feeds[feed][key].to_list() == ["GOOD"]
    (reject,) = rejects_of(delivery.rejects)
    assert (reject.feed, reject.line, reject.field) == (feed, 2, column)
    assert reject.reason == f"not {FEEDS[feed].field(column).expectation}"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-01-02T03:04:05Z", "2025-01-02T03:04:05+00:00"),
        ("2025-01-02 03:04:05+00:00", "2025-01-02T03:04:05+00:00"),
        ("2025-01-02T03:04+07:00", "2025-01-01T20:04:00+00:00"),
        ("2025-01-02T03:04:05+0700", "2025-01-01T20:04:05+00:00"),
        ("2025-01-02T03:04:05-07", "2025-01-02T10:04:05+00:00"),
        ("2025-01-02T03:04:05.123456789Z", "2025-01-02T03:04:05.123456+00:00"),
        ("2025-01-02T03:04:05,5Z", "2025-01-02T03:04:05.500000+00:00"),
    ],
)
def test_every_form_of_iso_8601_with_an_offset_is_read(tmp_path: Path, text: str, instant: str) -> None:
    written = f'"{text}"' if "," in text else text
    delivery = delivered(tmp_path, "offices", row("offices", recorded_at=written))
    assert delivery.feeds["offices"]["recorded_at"].to_list() == [dt.datetime.fromisoformat(instant)]


@pytest.mark.parametrize("column", FEEDS["registrations"].required_columns)
def test_an_empty_required_value_rejects_the_row(tmp_path: Path, column: str) -> None:
    delivery = delivered(tmp_path, "registrations", row("registrations", **{column: ""}))
    assert delivery.feeds["registrations"].is_empty()
    assert [(r.field, r.value, r.reason) for r in rejects_of(delivery.rejects)] == [(column, "", "missing")]


def test_every_problem_of_a_row_is_named_and_the_row_counts_once(tmp_path: Path) -> None:
    delivery = delivered(tmp_path, "registrations", row("registrations", scheme="", status="gone"))
    assert [r.field for r in rejects_of(delivery.rejects)] == ["scheme", "status"]
    assert delivery.rejected["registrations"] == 1


def test_a_retraction_needs_only_key_and_time(tmp_path: Path) -> None:
    lone = {"registration_id": "R1", "recorded_at": "2025-02-01T00:00:00Z", "retracted": "true"}
    delivery = delivered(tmp_path, "registrations", ROWS["registrations"], lone)
    assert delivery.feeds["registrations"]["retracted"].to_list() == [False, True]


def test_a_retraction_is_not_lost_for_a_value_that_no_longer_matters(tmp_path: Path) -> None:
    lone = row("registrations", scheme="??", retracted="true")
    delivery = delivered(tmp_path, "registrations", ROWS["registrations"], lone)
    assert delivery.rejects.is_empty()
    assert delivery.feeds["registrations"]["scheme"].to_list() == ["p_to_p", None]


@pytest.mark.parametrize("column", ["registration_id", "recorded_at"])
def test_a_retraction_without_key_or_time_is_rejected(tmp_path: Path, column: str) -> None:
    lone = row("registrations", retracted="true") | {column: ""}
    assert [r.field for r in rejects_of(delivered(tmp_path, "registrations", lone).rejects)] == [column]


def test_identifying_values_never_appear_in_a_reject(tmp_path: Path) -> None:
    secret = {
        "nik": "7471014101990001\x07",
        "full_name": "Wa\x07hyu",
        "passport_no": "C1234567\x07",
        "phone": "+628123456789\x07",
        "sex": "7471014101990001",
        "enrolled_as": "C1234567",
        "birth_date": "+628123456789",
        "home_region": "0812-3456-789",
    }
    delivery = delivered(tmp_path, "candidates", row("candidates", **secret))
    rejects = rejects_of(delivery.rejects)
    assert {r.field for r in rejects} == set(secret)
    shown = " ".join(map(str, rejects))
    for part in ("747101", "Wa", "hyu", "1234567", "8123456", "3456"):
        assert part not in shown


def test_a_record_with_too_few_or_many_values_is_rejected_without_showing_it(tmp_path: Path) -> None:
    path = write_csv(write_good(tmp_path), "offices", [ROWS["offices"]])
    path.write_text(path.read_text() + "O2,bp3mi\nO3,bp3mi,Nama,2025-01-01T00:00:00Z,more\n")
    assert rejects_of(read_delivery(tmp_path).rejects) == [
        Reject("offices", 3, "", "", "", "2 values where the header names 4 columns"),
        Reject("offices", 4, "", "", "", "5 values where the header names 4 columns"),
    ]


def test_children_of_a_rejected_parent_wait_and_so_do_their_children(tmp_path: Path) -> None:
    delivery = delivered(tmp_path, "candidates", row("candidates", enrolled_as="?"))
    waiting = {name: frame.height for name, frame in delivery.pending.items() if frame.height}
    assert waiting == {"registrations": 1, "registration_steps": 1, "travel": 1, "outcomes": 1}
    assert all(delivery.feeds[name].is_empty() for name in waiting)


def test_a_parent_recorded_later_than_its_child_is_a_parent(tmp_path: Path) -> None:
    delivery = delivered(tmp_path, "candidates", row("candidates", recorded_at="2025-12-31T00:00:00Z"))
    assert delivery.feeds["registrations"].height == 1


def test_two_versions_with_the_same_time_both_stay_in_their_order(tmp_path: Path) -> None:
    delivery = delivered(tmp_path, "offices", row("offices", name="A"), row("offices", name="B"))
    assert delivery.feeds["offices"].select("name", "row").rows() == [("A", 2), ("B", 3)]


def test_an_identical_row_again_is_no_row(tmp_path: Path) -> None:
    a, b = row("offices", name="A"), row("offices", name="B")
    delivery = delivered(tmp_path, "offices", a, b, a)
    assert delivery.feeds["offices"].select("name", "row").rows() == [("A", 2), ("B", 3)]


def test_unknown_columns_and_files_are_reported_and_ignored(tmp_path: Path) -> None:
    delivery_folder = write_good(tmp_path)
    write_csv(delivery_folder, "offices", [row("offices", colour="blue")])
    (delivery_folder / "notes.txt").write_text("hello")
    (delivery_folder / "more").mkdir()
    delivery = read_delivery(delivery_folder)
    assert delivery.unknown_columns == {"offices": ("colour",)}
    assert delivery.ignored_files == ("more/", "notes.txt")
    assert "colour" not in delivery.feeds["offices"].columns


def test_keeping_only_some_feeds_does_not_change_them(tmp_path: Path) -> None:
    whole = read_delivery(write_good(tmp_path))
    part = read_delivery(tmp_path, only={"registrations"})
    assert part.feeds["registrations"].equals(whole.feeds["registrations"])
    assert part.feeds["travel"].is_empty()
    assert isinstance(part.feeds["travel"], pl.DataFrame)
