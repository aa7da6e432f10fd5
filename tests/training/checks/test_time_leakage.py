from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.checks.planting import copied
from training.checks import SHOUTS, Material, TimeLeakage


def test_a_split_by_chance_instead_of_by_time_is_found(clean: Material) -> None:
    case = np.random.default_rng(0).random(len(clean.data)) < 0.5
    verdict = TimeLeakage().run(replace(clean, split=replace(clean.split, train=case, test=~case)))
    assert verdict.state == SHOUTS
    assert any("later than the first one judged" in text.en for text in verdict.found)


def test_a_finding_that_came_after_the_origin_is_found(clean: Material) -> None:
    data = copied(clean.data)
    data.known_day[np.flatnonzero(clean.split.train)[:4]] = clean.split.origin + 1
    verdict = TimeLeakage().run(replace(clean, data=data))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("4 rows learnt from ended within the gap")


def test_a_row_frozen_after_its_event_is_found(clean: Material) -> None:
    data = copied(clean.data)
    data.day[:7] = data.event_day[:7] + 3
    verdict = TimeLeakage().run(replace(clean, data=data, split=None))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("7 rows")


def test_a_value_recorded_after_its_row_is_found(clean: Material) -> None:
    day = clean.data.day.copy()
    day[:5] += 2
    day[5:9] = -1
    verdict = TimeLeakage().run(replace(clean, recorded={"licence": day}))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en == "licence: 5 values were recorded after the day of their row."
    assert TimeLeakage().run(replace(clean, recorded={"licence": clean.data.day})).state == "quiet"
