"""``risk-service simulate``: what it writes, says and refuses."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.delivery import read_delivery
from risk_service.cli import main

PAGE = Path(__file__).resolve().parents[3] / "docs" / "simulation.md"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments])


def asked(out: Path, **changes: str) -> list[str]:
    given = {"candidates": "60", "seed": "4", "until": "2025-06-30", "out": str(out)} | changes
    return [word for name, value in given.items() for word in (f"--{name}", value)]


def test_it_writes_a_delivery_and_says_where_the_truth_is(tmp_path: Path) -> None:
    result = run(*asked(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert "out.truth.parquet" in result.output
    delivery = read_delivery(tmp_path / "out")
    assert delivery.simulated
    assert delivery.rejects.is_empty()
    assert (tmp_path / "out.truth.parquet").is_file()


def test_the_truth_can_go_elsewhere(tmp_path: Path) -> None:
    result = run(*asked(tmp_path / "out", truth=str(tmp_path / "hidden.parquet")))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hidden.parquet", "out"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"candidates": "0"}, "0 candidates"),
        ({"until": "2025-02-31"}, "is not a date"),
        ({"until": "tomorrow"}, "is not a date"),
        ({"from": "2025-06-01"}, "at least 120 days"),
        ({"format": "csv", "buckets": "4"}, "Parquet"),
        ({"format": "xml"}, "is not one of"),
        ({"prevalence": "2"}, "prevalence"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    result = run(*asked(tmp_path / "out", **changes))
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    result = run(*asked(tmp_path))
    assert result.exit_code == 2
    assert "holds something" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_missing_argument_is_named() -> None:
    result = run("--candidates", "10")
    assert result.exit_code == 2
    assert "--seed" in result.output


def test_the_command_on_the_page_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    commands = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert commands
    for program, *arguments in commands:
        assert program == "risk-service"
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["simulated", "simulated.truth.parquet"]
