from __future__ import annotations

import pytest

from tests.training.checks.planting import clean_material, copied
from tests.training.made import tumour_examples
from training.checks import CHECKS, NOT_RUN, SHOUTS, Material, run_checks, shouting
from training.validation import Origins, rolling_origins


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_clean_data_make_no_check_shout_and_every_check_runs(seed: int) -> None:
    verdicts = run_checks(clean_material(seed))
    assert [verdict.code for verdict in verdicts if verdict.state != "quiet"] == []


@pytest.mark.parametrize("hold_out", [None, "clinic"])
def test_public_data_with_a_date_made_up_for_them_make_no_check_shout(hold_out: str | None) -> None:
    data = tumour_examples()
    split = next(iter(rolling_origins(data, Origins(number=2), hold_out=hold_out)))
    verdicts = run_checks(Material(data=data, split=split, cohorts=("clinic",)))
    assert shouting(verdicts) == []
    assert {v.code for v in verdicts if v.state == NOT_RUN} == {"after_event", "lead_shift", "feed_outage"}


def test_every_check_has_a_code_of_its_own_and_says_what_it_is_and_what_to_do_in_both_languages() -> None:
    assert len({check.code for check in CHECKS}) == len(CHECKS) == 9
    for check in CHECKS:
        for text in (check.title, check.what_to_do):
            assert text.id
            assert text.en
            assert text.id != text.en


def test_one_that_shouts_does_not_keep_the_others_from_looking(clean: Material) -> None:
    data = copied(clean.data)
    data.helped[:] = data.label == 0
    verdicts = run_checks(Material(data=data, split=clean.split, use=clean.use, records=clean.records))
    assert [v.code for v in verdicts if v.state == SHOUTS] == ["helped_negative"]
    assert len(verdicts) == len(CHECKS)
