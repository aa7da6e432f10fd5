from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.checks.planting import with_feature
from tests.training.made import made, tumour_examples
from training.checks import NOT_RUN, SHOUTS, Material, OneFeature


def test_a_feature_that_holds_the_answer_is_found(clean: Material) -> None:
    rng = np.random.default_rng(0)
    answer = clean.data.label + rng.normal(0, 0.3, len(clean.data))
    verdict = OneFeature().run(Material(data=with_feature(clean.data, "answer", answer)))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("answer alone explains")


def test_a_mark_that_only_part_of_the_positives_bear_is_found(clean: Material) -> None:
    case = np.random.default_rng(1).random(len(clean.data))
    mark = ((clean.data.label == 1) & (case < 0.55)).astype(float)
    verdict = OneFeature().run(Material(data=with_feature(clean.data, "file_closed", mark)))
    assert verdict.state == SHOUTS


def test_a_mark_that_few_of_the_positives_bear_is_found_though_it_explains_little(clean: Material) -> None:
    case = np.random.default_rng(1).random(len(clean.data))
    mark = ((clean.data.label == 1) & (case < 0.2)).astype(float)
    verdict = OneFeature().run(Material(data=with_feature(clean.data, "file_closed", mark)))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("file_closed has a value that only positives bear")


def test_an_answer_in_two_copies_is_found_all_the_same(clean: Material) -> None:
    answer = clean.data.label * 2 + np.random.default_rng(0).normal(0, 0.3, len(clean.data))
    data = with_feature(with_feature(clean.data, "answer", answer), "answer_again", answer * 3 - 1)
    assert OneFeature().run(Material(data=data)).state == SHOUTS


def test_the_answer_planted_in_public_data_is_found() -> None:
    data = tumour_examples().columns(["mean_smoothness", "mean_symmetry", "texture_error"])
    assert OneFeature().run(Material(data=data)).state == "quiet"
    biopsy = np.where(np.random.default_rng(3).random(len(data)) < 0.05, 1 - data.label, data.label)
    assert OneFeature().run(Material(data=with_feature(data, "biopsy", biopsy))).state == SHOUTS


def test_a_strong_feature_in_good_company_is_no_fault() -> None:
    assert OneFeature().run(Material(data=tumour_examples())).state == "quiet"


@pytest.mark.parametrize("seed", range(4))
def test_an_ordinary_strong_feature_of_a_small_model_is_no_fault(seed: int) -> None:
    assert OneFeature().run(Material(data=made(1500, seed=seed))).state == "quiet"


def test_with_too_few_findings_it_says_so(clean: Material) -> None:
    assert OneFeature().run(replace(clean, data=made(60))).state == NOT_RUN
