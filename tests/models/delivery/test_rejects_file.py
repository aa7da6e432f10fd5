"""``rejects.csv`` appears whole or not at all, and a spreadsheet runs nothing in it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models.delivery import REJECTS, RejectsFile
from models.delivery.rejects import rejects_frame


def some(value: str = "??") -> object:
    return rejects_frame("offices", [2], keys=["O1"], field="kind", values=[value], reasons=["not one of these"])


def test_it_holds_what_was_written_once_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rejects.csv"
    with RejectsFile(path) as file:
        file.write(some())
        assert not path.exists()
        assert file.keep() == path
    with path.open(newline="") as stream:
        assert list(csv.reader(stream)) == [REJECTS.columns, ["offices", "2", "O1", "kind", "??", "not one of these"]]
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_left_when_it_is_not_kept(tmp_path: Path) -> None:
    with RejectsFile(tmp_path / "rejects.csv") as file:
        file.write(some())
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_file_goes_when_nothing_was_rejected(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("old")
    with RejectsFile(path) as file:
        assert file.keep() is None
    assert not path.exists()


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x"])
def test_formulas_are_defused(tmp_path: Path, value: str) -> None:
    with RejectsFile(tmp_path / "rejects.csv") as file:
        file.write(some(value))
        path = file.keep()
    assert path is not None
    assert f",'{value}," in path.read_text()
