from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.checks.planting import copied
from tests.training.made import made, tumour_examples, tumours
from training.checks import NOT_RUN, SHOUTS, CohortJump, Material
from training.checks.cohort_jump import MOST_COHORTS


def _labels_lost(material: Material, rows: np.ndarray, *, to: float, keep: float, seed: int = 0) -> Material:
    """Rows of whole cases get another label with some probability."""
    data = copied(material.data)
    names, case = np.unique(data.case, return_inverse=True)
    hit = np.random.default_rng(seed).random(names.size)[case] >= keep
    data.label[rows & hit] = to
    return replace(material, data=data)


def test_a_campaign_of_one_month_that_reported_everybody_is_found(clean: Material) -> None:
    begin = int(clean.data.event_day.min()) + 240
    month = (clean.data.event_day >= begin) & (clean.data.event_day < begin + 30)
    verdict = CohortJump().run(_labels_lost(clean, month, to=1.0, keep=0.4))
    assert verdict.state == SHOUTS
    assert len(verdict.found) == 1


def test_a_definition_that_changed_for_good_is_found_once(clean: Material) -> None:
    since = clean.data.event_day >= clean.data.event_day.min() + 300
    verdict = CohortJump().run(_labels_lost(clean, since, to=0.0, keep=0.2))
    assert verdict.state == SHOUTS
    assert len(verdict.found) == 1


def test_one_office_that_found_everybody_is_found_and_named(clean: Material) -> None:
    verdict = CohortJump().run(_labels_lost(clean, clean.data.groups["office"] == "o3", to=1.0, keep=0.2))
    assert verdict.state == SHOUTS
    assert any(text.en.startswith("office o3: a positive rate of") for text in verdict.found)


@pytest.mark.parametrize("seed", range(5))
def test_offices_whose_agencies_differ_are_no_fault(seed: int) -> None:
    assert CohortJump().run(Material(data=made(1500, seed=seed), cohorts=("office",))).state == "quiet"


def test_a_slow_trend_is_no_fault(clean: Material) -> None:
    data = copied(clean.data)
    names, case = np.unique(data.case, return_inverse=True)
    age = (data.event_day - data.event_day.min()) / np.ptp(data.event_day)
    data.label[(np.random.default_rng(0).random(names.size)[case] < 0.6 * age) & (data.label == 1)] = 0
    assert CohortJump().run(replace(clean, data=data)).state == "quiet"


def test_a_clinic_planted_in_public_data_is_found() -> None:
    frame = tumours()
    assert CohortJump().run(Material(data=tumour_examples(frame), cohorts=("clinic",))).state == "quiet"
    frame.loc[(frame["clinic"] == "hill") & (frame.index % 8 > 0), "malignant"] = 1
    assert CohortJump().run(Material(data=tumour_examples(frame), cohorts=("clinic",))).state == SHOUTS


def test_of_very_many_cohorts_the_largest_are_looked_at(clean: Material) -> None:
    data = copied(clean.data)
    case = np.unique(data.case, return_inverse=True)[1]
    village = np.where(case % 3 > 0, np.char.add("v", (case % 15).astype(str)), np.char.add("hamlet", case.astype(str)))
    many = replace(clean, data=replace(data, groups={**data.groups, "village": village}), cohorts=("village",))
    assert np.unique(village).size > 10 * MOST_COHORTS
    assert CohortJump().run(many).state == "quiet"
    verdict = CohortJump().run(_labels_lost(many, village == "v7", to=1.0, keep=0.2))
    assert verdict.state == SHOUTS
    assert [text.en.split(":")[0] for text in verdict.found] == ["village v7"]


def test_when_nothing_can_be_compared_it_does_not_say_that_all_is_quiet() -> None:
    short = made(1500, days=100)
    assert CohortJump().run(Material(data=short)).state == NOT_RUN
    assert CohortJump().run(Material(data=short, cohorts=("office",))).state == "quiet"


def test_with_too_few_findings_it_says_so() -> None:
    assert CohortJump().run(Material(data=made(100))).state == NOT_RUN
