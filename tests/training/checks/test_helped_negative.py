from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.checks.planting import copied
from training.checks import SHOUTS, HelpedNegative, Material


def test_helped_people_counted_as_if_nothing_had_been_wrong_are_found(clean: Material) -> None:
    data = copied(clean.data)
    some = np.isin(data.case, np.unique(data.case[data.label == 0])[:12])
    data.helped[some] = True
    verdict = HelpedNegative().run(replace(clean, data=data))
    assert verdict.state == SHOUTS
    assert verdict.found[0].en.startswith("12 of ")


def test_who_was_helped_in_vain_may_stay_as_positive(clean: Material) -> None:
    data = copied(clean.data)
    data.helped[data.label == 1] = True
    assert HelpedNegative().run(replace(clean, data=data)).state == "quiet"
