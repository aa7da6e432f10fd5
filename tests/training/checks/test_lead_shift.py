from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.checks.planting import copied
from tests.training.made import made
from training.checks import NOT_RUN, SHOUTS, LeadShift, Material


def test_training_a_week_before_departure_for_cases_far_away_is_found(clean: Material) -> None:
    week = clean.data.rows(clean.data.lead == 7)
    verdict = LeadShift().run(replace(clean, data=week))
    assert verdict.state == SHOUTS
    assert "stand at leads that training hardly has" in verdict.found[0].en


def test_cases_further_away_than_the_first_lead_are_taught_by_it() -> None:
    data = made(300, leads=(60, 30, 14, 7, 3))
    use = made(300, leads=(90, 75, 61, 40, 30, 20, 8, 5))
    assert LeadShift().run(Material(data=data, use=use)).state == "quiet"


def test_a_lead_with_next_to_no_weight_does_not_count(clean: Material) -> None:
    data = copied(clean.data)
    data.weight[data.lead > 14] *= 0.01
    assert LeadShift().run(replace(clean, data=data)).state == SHOUTS


def test_without_leads_it_says_so(clean: Material) -> None:
    assert LeadShift().run(replace(clean, use=None)).state == NOT_RUN
    bare = replace(clean.data, lead=np.full(len(clean.data), np.nan))
    assert LeadShift().run(replace(clean, data=bare)).state == NOT_RUN
