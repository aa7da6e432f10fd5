from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.checks.planting import with_feature
from training.checks import NOT_RUN, SHOUTS, AfterEvent, Material


@pytest.mark.parametrize("absent", [np.nan, 0.0])
def test_a_feature_filled_once_the_outcome_is_known_is_found(clean: Material, absent: float) -> None:
    rng = np.random.default_rng(2)
    filled = np.where(rng.random(len(clean.data)) < 0.2 + 0.5 * clean.data.label, 1.0, absent)
    material = replace(
        clean,
        data=with_feature(clean.data, "state_found", filled),
        use=with_feature(clean.use, "state_found", np.full(len(clean.use), absent)),
    )
    verdict = AfterEvent().run(material)
    assert verdict.state == SHOUTS
    assert [text.en.split(":")[0] for text in verdict.found] == ["state_found"]


def test_a_feature_recorded_on_or_after_the_event_is_found(clean: Material) -> None:
    verdict = AfterEvent().run(replace(clean, use=None, recorded={"arrival": clean.data.event_day + 3}))
    assert verdict.state == SHOUTS
    assert "100 % of its values were recorded on or after" in verdict.found[0].en


def test_a_season_that_is_not_now_is_no_fault(clean: Material) -> None:
    season = (clean.data.day % 365 < 40).astype(float)
    material = replace(
        clean,
        data=with_feature(clean.data, "season", season),
        use=with_feature(clean.use, "season", np.zeros(len(clean.use))),
    )
    assert AfterEvent().run(material).state == "quiet"


def test_a_feature_seen_only_near_the_event_is_compared_at_the_same_leads(clean: Material) -> None:
    data, use = clean.data, clean.use.rows(clean.use.lead > 14)
    near = (data.lead < 14).astype(float)
    material = replace(
        clean,
        data=with_feature(data, "visa", near),
        use=with_feature(use, "visa", np.zeros(len(use))),
    )
    assert AfterEvent().run(material).state == "quiet"


def test_with_neither_open_cases_nor_days_of_recording_it_says_so(clean: Material) -> None:
    assert AfterEvent().run(replace(clean, use=None)).state == NOT_RUN


def test_rows_in_use_with_other_features_are_refused(clean: Material) -> None:
    with pytest.raises(ValueError, match="other features"):
        AfterEvent().run(replace(clean, use=clean.use.columns(["steps"])))
