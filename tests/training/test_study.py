from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from tests.training.frames import QUICK
from training.examples import ExamplesError
from training.study import Study
from training.validation import Bootstrap, Origins

FEATURES = ("bp", "s1", "s3", "s5", "weight")
ASKED = {"date": "seen_on", "label": "worse", "group": "clinic", "attributes": ["sex"], "features": FEATURES}
QUICKLY = {"engine": QUICK, "origins": Origins(number=1), "bootstrap": Bootstrap(draws=20), "capacity": 0.3}


def frame() -> pd.DataFrame:
    """A public table of another trade, days and clinics made up; the last thirty rows have no finding yet."""
    source = load_diabetes(as_frame=True)
    rng = np.random.default_rng(3)
    table = source.data.drop(columns="sex")
    table["sex"] = np.where(source.data["sex"] > 0, "b", "a")
    table["weight"] = pd.cut(table["bmi"], [-1, -0.03, 0.03, 1], labels=["low", "middle", "high"]).astype("str")
    table["seen_on"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 720, len(table))), unit="D")
    table["clinic"] = rng.choice(["north", "east", "south", "west", "harbour", "hill"], len(table))
    table["worse"] = (source.target > 150).astype("float").where(table.index < len(table) - 30)
    return table


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of(frame(), **ASKED, directions={"bp": 1}, **QUICKLY)


def test_one_pandas_frame_goes_through_validation_audit_and_tables(study: Study) -> None:
    figures = study.validate(["additive", "scorecard"])
    lift = figures[figures["figure"] == "lift"].set_index("model")["value"]
    assert (lift > 1.3).all()
    assert set(lift.index) == {"additive", "scorecard"}
    assert not figures["value"].isna().any()
    audited = study.audit()
    assert set(audited["group"]) == {"a", "b"}
    assert not (audited["verdict"] == "breach").any()


def test_groups_can_be_held_out(study: Study) -> None:
    figures = study.validate(["scorecard"], hold_out=True)
    assert figures.loc[figures["figure"] == "pr_auc", "value"].item() > 0.6


def test_tables_name_the_levels_of_text_and_keep_directions(study: Study) -> None:
    tables = study.tables()
    weight = tables[tables["term"] == "weight"].set_index("bin")["contribution"]
    assert weight["high"] > weight["low"]
    pressure = tables[(tables["term"] == "bp") & (tables["bin"] != "not recorded")]["contribution"]
    assert pressure.is_monotonic_increasing


def test_rows_without_a_label_are_scored_and_their_parts_add_up_exactly(study: Study) -> None:
    scores = study.scores()
    assert len(scores) == 30
    parts = scores.drop(columns=["case", "log_odds", "probability"])
    base = study.tables()["contribution"][0]
    assert (parts.sum(axis=1) + base == scores["log_odds"]).all()
    assert scores["probability"].between(0, 1).all()


def _shouting(table: pd.DataFrame, **more: object) -> list[str]:
    checks = Study.of(table, **(ASKED | QUICKLY | more)).check()
    return checks.loc[checks["state"] == "shouts", "code"].tolist()


def test_clean_data_make_no_check_shout() -> None:
    assert _shouting(frame()) == []


def test_a_planted_leak_shouts() -> None:
    table = frame()
    table["told_later"] = table["worse"].fillna(0) + np.random.default_rng(0).normal(0, 0.2, len(table))
    assert "one_feature" in _shouting(table, features=[*FEATURES, "told_later"])


def test_a_clinic_that_sends_only_those_who_fared_worse_shouts() -> None:
    table = frame()
    kept = (table["clinic"] != "hill") | (table["worse"] == 1)
    assert _shouting(table[kept]) == ["cohort_jump"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"date": "when"}, r"no column when \(named as date\)"),
        ({"group": "hospital"}, r"no column hospital \(named as groups\)"),
        ({"columns": {"lead": "ahead"}}, r"no column ahead \(named as lead\)"),
        ({"columns": {"price": "bmi"}}, "serves as price"),
    ],
)
def test_a_column_that_is_missing_is_named_with_what_it_was_to_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ExamplesError, match=message):
        Study.of(frame(), **(ASKED | change))


def test_what_was_not_named_is_asked_for() -> None:
    bare = Study.of(frame(), date="seen_on", label="worse", features=FEATURES, **QUICKLY)
    with pytest.raises(ExamplesError, match="nothing to compare"):
        bare.audit()
    with pytest.raises(ExamplesError, match="no group to hold out"):
        bare.validate(hold_out=True)
