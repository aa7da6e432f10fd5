"""Where a simulation is written, and that the same arguments give the same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from training.simulate import Settings, Simulation, SimulationError, Written, check_target, simulate, write


def _bytes_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(("form", "buckets"), [("parquet", None), ("parquet", 3), ("csv", None)])
def test_same_arguments_give_the_same_bytes(tmp_path: Path, form: str, buckets: int | None) -> None:
    written = []
    for name in ("first", "second"):
        again = simulate(Settings(candidates=300, seed=2, until=dt.date(2025, 6, 30)))
        written.append(write(again, tmp_path / name, form=form, buckets=buckets))
    assert _bytes_of(written[0].folder) == _bytes_of(written[1].folder)
    assert written[0].truth.read_bytes() == written[1].truth.read_bytes()


def test_another_seed_gives_other_people_and_other_keys(small: Simulation) -> None:
    other = simulate(Settings(candidates=300, seed=6, until=dt.date(2025, 12, 31)))
    for name, key in (("candidates", "candidate_id"), ("registrations", "registration_id"), ("agencies", "agency_id")):
        assert not set(other.feeds[name][key]) & set(small.feeds[name][key])


def test_the_truth_lies_beside_the_delivery_and_never_in_it(written: Written) -> None:
    assert written.truth == written.folder.parent / "delivery.truth.parquet"
    assert written.truth.is_file()
    assert not [path for path in written.folder.rglob("*") if "truth" in path.name]


def test_no_hidden_column_is_delivered(small: Simulation) -> None:
    delivered = {column for frame in small.feeds.values() for column in frame.columns}
    assert not delivered & (set(small.truth.columns) - {"candidate_id", "registration_id"})


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(SimulationError, match="holds something"):
        check_target(tmp_path / "out")


def test_an_empty_folder_is_taken(small: Simulation, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert (write(small, tmp_path / "out").folder / "manifest.json").is_file()


@pytest.mark.parametrize("truth", ["out", "out/truth.parquet", "out/deep/truth.parquet"])
def test_a_truth_inside_the_delivery_is_refused(tmp_path: Path, truth: str) -> None:
    with pytest.raises(SimulationError, match="inside the delivery"):
        check_target(tmp_path / "out", truth=tmp_path / truth)


def test_an_existing_truth_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out.truth.parquet").write_text("another")
    with pytest.raises(SimulationError, match="is there already"):
        check_target(tmp_path / "out")


@pytest.mark.parametrize(("form", "buckets"), [("csv", 4), ("parquet", 0), ("parquet", 5000), ("xml", None)])
def test_forms_that_do_not_go_together_are_refused(tmp_path: Path, form: str, buckets: int | None) -> None:
    with pytest.raises(SimulationError):
        check_target(tmp_path / "out", form=form, buckets=buckets)


def test_a_parent_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="nowhere is not a folder"):
        check_target(tmp_path / "nowhere" / "out")


def test_a_failure_leaves_nothing_behind(small: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.simulate.delivery.sha256_of", full)
    with pytest.raises(OSError, match="No space"):
        write(small, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"candidates": 0},
        {"candidates": 10_000_000},
        {"seed": -1},
        {"prevalence": 0.0},
        {"prevalence": 0.9},
        {"random_checks": 0.9},
        {"until": dt.date(1999, 1, 1)},
        {"start": dt.date(2025, 6, 1)},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    fitting: dict[str, object] = {"candidates": 10, "seed": 1, "until": dt.date(2025, 6, 30)}
    with pytest.raises(SimulationError):
        Settings(**(fitting | wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("candidates", [1, 2, 7, 40])
def test_the_smallest_simulations_are_whole_deliveries(tmp_path: Path, candidates: int) -> None:
    tiny = simulate(Settings(candidates=candidates, seed=1, until=dt.date(2024, 6, 30), start=dt.date(2024, 1, 1)))
    assert tiny.feeds["candidates"]["candidate_id"].n_unique() <= candidates
    write(tiny, tmp_path / "out")
