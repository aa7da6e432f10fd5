from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.checks.planting import with_feature
from tests.training.made import made, tumour_examples, tumours
from training.checks import NOT_RUN, SHOUTS, GroupLeakage, Material
from training.validation import Origins, rolling_origins


def test_snapshots_of_a_case_dealt_to_both_sides_are_found(clean: Material) -> None:
    rng = np.random.default_rng(0)
    train = rng.random(len(clean.data)) < 0.5
    verdict = GroupLeakage().run(replace(clean, split=replace(clean.split, train=train, test=~train)))
    assert verdict.state == SHOUTS
    assert "cases are on both sides" in verdict.found[0].en
    assert "di kedua sisi" in verdict.found[0].id


def test_an_agency_that_should_be_held_out_and_is_not_is_found() -> None:
    data = made(900)
    split = next(iter(rolling_origins(data, Origins(number=2, first=120, least=5), hold_out="agency")))
    assert GroupLeakage().run(Material(data=data, split=split)).state == "quiet"
    slack = replace(split, train=next(iter(rolling_origins(data, Origins(number=2, first=120, least=5)))).train)
    verdict = GroupLeakage().run(Material(data=data, split=slack))
    assert verdict.state == SHOUTS
    assert "groups of agency are not held out" in verdict.found[0].en


def test_the_same_person_under_another_number_is_found() -> None:
    frame = tumours()
    early, late = frame[frame["seen_on"] < "2024-03-01"], frame[frame["seen_on"] >= "2024-06-01"]
    copies = early.sample(40, random_state=1).assign(seen_on=late["seen_on"].iloc[:40].to_numpy())
    import pandas as pd

    data = tumour_examples(pd.concat([frame, copies], ignore_index=True))
    split = list(rolling_origins(data, Origins(number=1)))[-1]
    split = replace(split, test=data.day > split.origin)
    verdict = GroupLeakage().run(Material(data=data, split=split))
    assert verdict.state == SHOUTS
    assert "the same as another case" in verdict.found[0].en


def test_coarse_features_that_many_share_are_no_twins(clean: Material) -> None:
    coarse = clean.data.columns(["steps", "licence", "kind"])
    assert GroupLeakage().run(replace(clean, data=coarse)).state == "quiet"
    one_rare = with_feature(coarse, "number", np.arange(len(coarse)) // 3.0)
    assert GroupLeakage().run(replace(clean, data=one_rare)).state == "quiet"


def test_without_a_split_it_says_so(clean: Material) -> None:
    verdict = GroupLeakage().run(replace(clean, split=None))
    assert verdict.state == NOT_RUN
    assert verdict.found[0].en == "there is no split"
