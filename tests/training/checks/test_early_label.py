from __future__ import annotations

from dataclasses import replace

from tests.training.checks.planting import copied
from training.checks import SHOUTS, EarlyLabel, Material


def test_a_row_frozen_after_its_finding_is_found_with_an_example(clean: Material) -> None:
    data = copied(clean.data)
    data.known_day[:9] = data.day[:9] - 4
    verdict = EarlyLabel().run(replace(clean, data=data))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("9 rows")
    assert f"case {data.case[0]}" in verdict.found[0].en


def test_a_finding_before_departure_is_no_fault_while_the_row_is_older(clean: Material) -> None:
    data = copied(clean.data)
    data.known_day[:] = data.day + 1
    assert EarlyLabel().run(replace(clean, data=data)).state == "quiet"


def test_days_of_rows_without_a_label_do_not_matter(clean: Material) -> None:
    data = copied(clean.use)
    data.known_day[:] = data.day - 100
    assert EarlyLabel().run(replace(clean, data=data)).state == "quiet"
