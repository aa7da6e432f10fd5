from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from models.drift import compare, tally_of
from models.score import score
from training.reading import backtest_figures, gates, shifts, tables, weights
from training.workshop import LEARNED, Workshop, workshop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return workshop(tmp_path_factory.mktemp("shop") / "workshop", candidates=700)


def test_a_workshop_is_made_once_and_opened_again(shop: Workshop) -> None:
    folder = shop.registry.parent
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    again = workshop(folder)
    assert again.newer.name == shop.newer.name
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before
    assert [release.name[:10] for release in (again.older, again.newer)] == [str(day) for day in LEARNED]
    assert [path.name for path in Path(folder.parent).iterdir()] == ["workshop"]


def test_tables_and_weights_say_what_the_model_says(shop: Workshop) -> None:
    terms = shop.newer.terms
    frame = tables(terms)
    assert frame["contribution"].tolist() == [terms.base, *np.concatenate([t.values.ravel() for t in terms.terms])]
    queue = shop.queue(dt.date(2025, 7, 31))
    told = weights(terms, queue.x)
    assert set(told["reason"]) == {group.code for group in terms.groups}
    assert told["mean_size"].is_monotonic_decreasing
    assert (told["least"] <= told["most"]).all()


def test_gates_figures_and_tables_for_analysts_come_as_frames(shop: Workshop) -> None:
    assert "directions" in set(gates(shop.newer)["gate"])
    figures = backtest_figures(shop.newer, "pr_auc")
    assert {"release", "rules only"} <= set(figures["model"])
    assert {"attribute", "verdict"} <= set(shop.analyst_table(shop.newer, "fairness.csv").columns)


def test_what_moved_comes_as_a_frame(shop: Workshop) -> None:
    now = tally_of(score(shop.queue(dt.date(2025, 8, 31)), shop.newer))
    drift = compare(shop.newer.reference, now)
    frame = shifts(drift)
    assert frame["state"].tolist() == [shift.state for shift in drift.shifts]
