"""Whatever a file holds, the reader gives rows, rejects or one clear refusal, never a fault of the program."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.delivery import open_delivery, read_delivery
from models.errors import ContractError
from models.schema import FEEDS
from tests.models.delivery.writing import ROWS, SEEN, write_csv, write_good

HOSTILE = (
    "NaN", "nan", "inf", "-Infinity", "1e400", "9" * 40, "-9223372036854775809", "0x10", "1_000", "٣", "1,5",
    "\x00", "\x1b[2J", "\x7f", "\u202e", "\ufeff", "\u2028", "\ud7ff", "=HYPERLINK(0)", "@SUM(1)", "+1+1", "-2",
    "../../etc/passwd", "'; DROP TABLE candidates; --", "%s%n", "{{7*7}}", "0000-00-00", "9999-12-31", "10000-01-01",
    "2025-02-30", "2025-01-01T25:00:00Z", "2025-01-01T00:00:00+99:99", "0001-01-01T00:00:00Z", "true ", "TRUE",
    " ", "x" * 70_000,
)  # fmt: skip
STATED = '{"contract": "feeds/1", "source": "x", "produced_at": "2025-01-01T00:00:00Z", "feeds": %s}'
CELLS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.from_regex(r"[0-9:TZ+-]{1,30}", fullmatch=True))


def judged(folder: Path) -> None:
    """Read a delivery; if it is read, every value is of its type and every number is one."""
    try:
        delivery = read_delivery(folder)
    except ContractError:
        return
    for name, frame in delivery.feeds.items():
        assert dict(frame.schema).items() >= {**FEEDS[name].frame_schema}.items()
        for column in frame.select(pl.selectors.float()).iter_columns():
            assert all(value is None or math.isfinite(value) for value in column)
    shown = "".join(delivery.rejects["value"].to_list() + delivery.rejects["key"].to_list())
    assert all(sign.isprintable() for sign in shown)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def emptied(folder: Path) -> Path:
    for path in folder.iterdir():
        path.unlink()
    return folder


@given(st.data())
def test_any_cell_of_any_feed(folder: Path, data: st.DataObject) -> None:
    feed = data.draw(st.sampled_from(sorted(ROWS)))
    changed = data.draw(st.dictionaries(st.sampled_from([f.name for f in FEEDS[feed].fields]), CELLS, min_size=1))
    cells = ROWS[feed] | {name: f'"{value.replace(chr(34), chr(34) * 2)}"' for name, value in changed.items()}
    path = emptied(folder) / f"{feed}.csv"
    text = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    judged(folder)


@given(
    st.binary(max_size=400), st.sampled_from(sorted(ROWS)), st.sampled_from(["csv", "csv.gz", "parquet"]), st.booleans()
)
def test_any_bytes_as_any_feed(folder: Path, content: bytes, feed: str, form: str, headed: bool) -> None:  # noqa: FBT001
    body = (",".join(ROWS[feed]).encode() + b"\n" if headed else b"") + content
    body = gzip.compress(body) if form == "csv.gz" and headed else body
    (emptied(folder) / f"{feed}.{form}").write_bytes(body)
    judged(folder)


@given(st.binary(max_size=300))
def test_any_bytes_as_the_manifest(folder: Path, content: bytes) -> None:
    write_csv(emptied(folder), "offices", [ROWS["offices"]])
    (folder / "manifest.json").write_bytes(content)
    judged(folder)


@pytest.mark.parametrize(
    "content",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"contract": "feeds/1", "source": "x", "simulated": false, "buckets": ' + "9" * 6000 + "}",
        '{"contract": "feeds/1", "source": "x", "produced_at": NaN, "feeds": {"offices": {"rows": Infinity}}}',
        STATED % '{"../offices": {"rows": 1}}',
        STATED % '{"offices": {"rows": 1e308}}',
        STATED % "[]",
    ],
    ids=["lists", "objects", "digits", "no numbers", "path", "rows", "zero"],
)
def test_a_manifest_that_is_made_to_hurt_is_refused(tmp_path: Path, content: str) -> None:
    write_csv(tmp_path, "offices", [ROWS["offices"]])
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ContractError):
        read_delivery(tmp_path)


def test_a_gzip_bomb_is_read_in_pieces_and_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "offices.csv.gz", "wb", compresslevel=9) as file:
        file.write((",".join(ROWS["offices"]) + "\n").encode())
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    assert (tmp_path / "offices.csv.gz").stat().st_size < 200_000
    with pytest.raises(ContractError):
        read_delivery(tmp_path)


def test_a_parquet_bomb_comes_in_batches(tmp_path: Path) -> None:
    rows = 400_000
    table = pa.table(
        {
            name: pa.array([value]).take(pa.array([0] * rows)).dictionary_encode()
            for name, value in ROWS["offices"].items()
        }
    )
    table = table.set_column(table.schema.get_field_index("kind"), "kind", pa.array(["?"] * rows).dictionary_encode())
    pq.write_table(table, tmp_path / "offices.parquet", compression="zstd", row_group_size=rows)
    assert (tmp_path / "offices.parquet").stat().st_size < 20_000
    sizes = [batch.rows for batch in open_delivery(tmp_path).batches("offices")]
    assert sum(sizes) == rows
    assert max(sizes) < rows


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[["x"]]]), pa.array([{"a": {"b": 1}}]), pa.array([b"\xff\xfe"]), pa.array([float("nan")]),
        pa.array([2**63], pa.uint64()), pa.array([None], pa.null()), pa.array(["x"], pa.large_string()),
    ],
    ids=["lists", "structs", "bytes", "nan", "large", "null", "large text"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("feed", "name"), [("candidates", "full_name"), ("travel", "group_size"), ("outcomes", "inclusion_probability")]
)
def test_a_parquet_column_of_an_odd_type_is_refused_or_rejected(
    tmp_path: Path, column: pa.Array, feed: str, name: str
) -> None:
    cells = {key: pa.array([value]) for key, value in ROWS[feed].items()} | {name: column}
    pq.write_table(pa.table(cells), tmp_path / f"{feed}.parquet")
    judged(tmp_path)


def test_names_that_lead_out_of_the_delivery_are_not_followed(tmp_path: Path) -> None:
    outside = write_csv(tmp_path, "travel", [ROWS["travel"]])
    inside = write_good(tmp_path / "delivery")
    (inside / "travel.csv").unlink()
    (inside / "travel").mkdir()
    (inside / "travel" / "part.parquet").symlink_to(outside)
    with pytest.raises(ContractError):
        read_delivery(inside)
    manifest = {"contract": "feeds/1", "source": "../../x", "produced_at": SEEN, "feeds": {"/etc/passwd": {"rows": 1}}}
    shown = write_good(tmp_path / "other")
    (shown / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ContractError):
        read_delivery(shown)
