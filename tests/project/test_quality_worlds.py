from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.quality.worlds import main, pooled


def _world(number: int, *, release: float, rules: float) -> dict[str, object]:
    def line(model: str, value: float | None) -> dict[str, object]:
        return {"window": "all", "model": model, "figure": "precision", "value": value, "low": None, "high": None,
                "findings": 100, "positives": 10}  # fmt: skip

    figures = [line("release", release), line("rules only", rules)]
    above = [line("rules only", release - rules)]
    learned = {"cases": 2000 + 100 * number, "non_procedural": 300 + number}
    return {"of": f"world {number}", "truth": True, "learned": learned, "figures": figures, "above": above}


WORLDS = [_world(1, release=0.4, rules=0.3), _world(2, release=0.5, rules=0.3), _world(3, release=0.6, rules=0.3)]


def test_worlds_are_averaged_with_students_interval_and_their_findings_added() -> None:
    told = pooled(WORLDS, "figures").row(0, named=True)
    assert told["value"] == pytest.approx(0.5)
    # Standard error 0.1 / sqrt(3); Student's 95th percentile with two degrees of freedom is 2.920.
    assert told["high"] - told["value"] == pytest.approx(2.920 * 0.1 / 3**0.5, rel=1e-3)
    assert (told["findings"], told["positives"]) == (300, 30)


def test_the_difference_has_the_interval_of_the_difference() -> None:
    apart = [_world(1, release=0.3, rules=0.2), _world(2, release=0.6, rules=0.5)]
    told = pooled(apart, "above").row(0, named=True)
    assert told["high"] - told["low"] == pytest.approx(0.0, abs=1e-9)


def test_what_is_done_is_kept_and_printed_without_being_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, world in enumerate(WORLDS, 1):
        (tmp_path / f"world-{number:02d}.json").write_text(json.dumps(world), encoding="utf-8")
    delivery = WORLDS[0] | {"of": "a delivery", "truth": False}
    (tmp_path / "feeds-a.json").write_text(json.dumps(delivery), encoding="utf-8")
    main(["--out", str(tmp_path), "--worlds", "3"])
    printed = capsys.readouterr().out
    assert "3 worlds, each learned from some 2,200 findings, 302 of them non-procedural" in printed
    assert "| all | 300 (30) | release | 0.500 (0.331 to 0.669) |" in printed
    assert "a delivery" in printed
    assert "done" not in printed
