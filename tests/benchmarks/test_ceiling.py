from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.ceiling import RELEASE, RULES, TAUGHT, engine_told, main, pooled
from benchmarks.quality.ceiling import _some as some
from training.prior import Lesson


def _world(*, rules: float, release: float, taught: float) -> list[dict[str, object]]:
    return [
        {"model": model, "window": "all", "figure": figure, "value": value}
        for figure in ("precision", "pr_auc")
        for model, value in ((RULES, rules), (RELEASE, release), (TAUGHT, taught))
    ]


WORLDS = [_world(rules=0.3, release=0.31, taught=0.4), _world(rules=0.2, release=0.25, taught=0.3)]


def test_the_way_gone_is_that_from_the_rules_to_who_was_told_the_truth() -> None:
    told = {row["model"]: row for row in pooled(WORLDS).filter(figure="precision").iter_rows(named=True)}
    assert told[RELEASE]["value"] == pytest.approx(0.28)
    assert told[RELEASE]["above"] == pytest.approx(0.03)
    assert told[RELEASE]["closed"] == pytest.approx(0.3)
    assert told[RULES]["closed"] == pytest.approx(0.0)
    # Standard error of the gaps 0.02; Student's 95th percentile with one degree of freedom is 6.314.
    assert told[RELEASE]["above_half"] == pytest.approx(6.314 * 0.02, rel=1e-3)
    assert told[TAUGHT]["above_half"] == pytest.approx(0.0, abs=1e-9)  # the same in both worlds


def test_some_of_a_lesson_are_whole_people() -> None:
    groups = np.repeat(np.array([f"c{i}" for i in range(20)]), 3)
    lesson = Lesson(np.arange(120.0).reshape(60, 2), np.zeros(60), np.full(60, 1 / 3), groups)
    drawn = some(lesson, 5, seed=1)
    assert np.unique(drawn.groups, return_counts=True)[1].tolist() == [3] * 5
    assert drawn.weight.sum() == pytest.approx(5.0)
    assert len(some(lesson, 100, seed=1).y) == 60


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_done_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int) -> None:
    for i, world in enumerate(WORLDS[:number], 1):
        (tmp_path / f"figures-{i:02d}.json").write_text(json.dumps(world), encoding="utf-8")
    main(["--out", str(tmp_path), "--table"])
    printed = capsys.readouterr().out
    assert f"{number} worlds" in printed
    assert "| 30% |" in printed if number == 2 else "| release | - | - | - | 0.310 | +0.010 | 10% |" in printed
    assert engine_told(1000) == "engine, 1,000 told"
