"""Quick ways of looking at whole columns say what looking at every value says."""

from __future__ import annotations

import datetime as dt
import zlib

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.delivery import values
from models.delivery.hashing import buckets_of, crc32_of, marks_of
from models.delivery.references import without_repeats
from models.delivery.words import Words
from models.schema import FEEDS, Field, bucket_of

SIGNS = st.sampled_from(["a", "Z", "7", " ", "~", "\x7f", "\x1f", "\t", "é", "\u202e", "\u00a0", "日"])
TEXTS = st.lists(
    st.none() | st.text(SIGNS, max_size=6) | st.sampled_from(["x" * 128, "x" * 129, "y" * 501]), max_size=12
)
FIELDS = [
    Field(name="f", kind="id"),
    Field(name="f", kind="text"),
    Field(name="f", kind="code", codes=("a", "Z7")),
    Field(name="f", kind="date"),
    Field(name="f", kind="timestamp"),
    Field(name="f", kind="int"),
    Field(name="f", kind="bool"),
]
PATTERNED = [Field(name="f", kind=kind) for kind in ("region", "country", "countries", "occupation")]
CODED = st.sampled_from(
    ["74.71", "74", "74.", "ID", "ID;MY", "ID;", "id", "1234", "1234\n", "\u0661234", "ID;MY" * 120, ""]
)


def _same(field: Field, series: pl.Series) -> None:
    quick, quick_wrong = values.canonical(field, series)
    ways = values._few_fit, values._plainly_fits
    try:
        values._few_fit = lambda _field, _series: False  # type: ignore[assignment]
        column_by_column = values.canonical(field, series)
        values._plainly_fits = lambda _field, _series: False  # type: ignore[assignment]
        slowly, slow_wrong = values.canonical(field, series)
    finally:
        values._few_fit, values._plainly_fits = ways
    for one, one_wrong in ((quick, quick_wrong), column_by_column):
        assert one.equals(slowly, null_equal=True, check_dtypes=True)
        assert (one_wrong is None) == (slow_wrong is None)
        assert one_wrong is None or one_wrong.equals(slow_wrong)


@given(TEXTS)
@settings(max_examples=150)
def test_text_is_judged_alike_column_by_column_and_value_by_value(texts: list[str | None]) -> None:
    series = pl.Series("f", texts, dtype=pl.String)
    for field in FIELDS[:3]:
        _same(field, series)
        _same(field, series.slice(1))


@given(st.lists(st.none() | CODED, max_size=6))
@settings(max_examples=80)
def test_codes_of_places_are_judged_alike(texts: list[str | None]) -> None:
    for field in PATTERNED:
        _same(field, pl.Series("f", texts, dtype=pl.String))


@given(st.lists(st.none() | st.dates(dt.date(1800, 1, 1), dt.date(2200, 1, 1)), max_size=8), st.integers(-5, 10**16))
@settings(max_examples=80)
def test_dates_times_and_numbers_are_judged_alike(dates: list[dt.date | None], number: int) -> None:
    days = pl.Series("f", dates, dtype=pl.Date)
    _same(FIELDS[3], days)
    _same(FIELDS[4], days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    _same(FIELDS[4], days.cast(pl.Datetime("ms")).dt.replace_time_zone("Asia/Jakarta"))
    _same(FIELDS[5], pl.Series("f", [1, None, number], dtype=pl.Int64))
    _same(FIELDS[6], pl.Series("f", [True, None], dtype=pl.Boolean))


@given(st.lists(st.none() | st.text(max_size=40), max_size=10), st.integers(1, 999))
@settings(max_examples=80)
def test_buckets_of_many_are_those_of_each(texts: list[str | None], buckets: int) -> None:
    series = pl.Series(texts, dtype=pl.String)
    assert crc32_of(series).tolist() == [zlib.crc32((text or "").encode()) for text in texts]
    assert buckets_of(series, buckets).tolist() == [bucket_of(text or "", buckets) for text in texts]


@given(st.lists(st.none() | st.text(max_size=20), max_size=10))
@settings(max_examples=80)
def test_marks_of_many_are_those_of_each_and_differ_where_texts_do(texts: list[str | None]) -> None:
    marks = marks_of(pl.Series(texts, dtype=pl.String))
    assert marks.tolist() == [int(marks_of(pl.Series([text], dtype=pl.String))[0]) for text in texts]
    assert len(set(marks.tolist())) == len({text or "" for text in texts})


@given(st.lists(st.lists(st.none() | st.sampled_from("abc"), max_size=5), min_size=1, max_size=4))
def test_words_joined_say_what_the_columns_say(columns: list[list[str | None]]) -> None:
    plain = [pl.Series("f", column, dtype=pl.String) for column in columns]
    words = Words.joined([Words.of_column(column) for column in plain])
    whole = pl.concat(plain)
    assert words.column("f").equals(whole, null_equal=True)
    table = pl.DataFrame({"value": ["b", "c"], "number": [7, 9]}, schema_overrides={"number": pl.Int32})
    assert words.looked_up(table).tolist() == [{"b": 7, "c": 9}.get(value or "", -1) for value in whole]


@given(st.lists(st.sampled_from(["C1", "C2", "KK", "日1"]), max_size=8))
def test_buckets_of_ids_of_one_length_are_those_of_each(texts: list[str]) -> None:
    series = pl.Series(["in front", *texts], dtype=pl.String).slice(1)
    assert crc32_of(series).tolist() == [zlib.crc32(text.encode()) for text in texts]


@given(
    st.lists(st.none() | st.integers(0, 3), max_size=8),
    st.sampled_from([["a", "b", "c", "d"], ["a", "b", "b", "c"], ["a", None, "b", "c"]]),
)
def test_keys_read_by_number_are_numbered_only_where_positions_are_numbers(
    codes: list[int | None], values: list[str | None]
) -> None:
    words = Words(pl.Series(codes, dtype=pl.UInt32), pl.Series(values, dtype=pl.String))
    column = [None if code is None else values[code] for code in codes]
    found = words.numbers()
    whole = None not in column and len(set(column)) == len(values)
    assert (found is not None) == whole
    if found is not None:
        numbers, table = found
        assert table["value"].gather(numbers).to_list() == column
        assert sorted(table["number"]) == list(range(len(set(column))))
        assert table.schema == {"value": pl.String, "number": pl.Int32}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from(["x", "y"])), max_size=12))
def test_of_identical_rows_the_first_stays(rows: list[tuple[str, int, str]]) -> None:
    feed = FEEDS["agencies"]
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    frame = pl.DataFrame(
        [
            {"agency_id": key, "name": name, "kind": "p3mi", "recorded_at": start + dt.timedelta(days=day)}
            | {"retracted": False, "ingest_seq": 1, "row": at}
            for at, (key, day, name) in enumerate(rows)
        ],
        schema=feed.frame_schema,
        orient="row",
    )
    expected = [at for at, row in enumerate(rows) if row not in rows[:at]]
    assert without_repeats(feed, frame)["row"].to_list() == expected
