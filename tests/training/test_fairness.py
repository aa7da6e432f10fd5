from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

from training.fairness import AUDIT, BREACH, FIGURES, HOLDS, OTHERS, UNSETTLED, VERY_MANY, Policy, audit, verdicts
from training.validation import Bootstrap, Judged

DRAWS = Bootstrap(draws=100)


def people(n: int = 6000, *, seed: int = 0, agencies: int = 60, unfair: float = 0.0, miscalibrated: float = 0.0):
    """People of two sexes and four towns; ``unfair`` adds to the score of women, ``miscalibrated`` to their promise."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n, p=[0.6, 0.4])
    town = rng.choice(["a", "b", "c", "d"], n)
    z = rng.normal(-1.8, 1.2, n)
    label = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)
    seen = z + unfair * (sex == "F")
    told = z + miscalibrated * (sex == "F")
    data = Judged(
        score=seen,
        probability=1 / (1 + np.exp(-told)),
        label=label,
        mass=np.ones(n),
        estimate=np.ones(n),
        queue=np.zeros(n, dtype=np.int64),
        office=np.full(n, ""),
        case=np.arange(n).astype(str),
        agency=rng.integers(0, agencies, n).astype(str),
        lead=np.full(n, 20.0),
        day=np.zeros(n, dtype=np.int64),
    )
    return data, (seen > np.quantile(seen, 0.8)).astype(float), {"sex": sex, "town": town}


def _row(table: pl.DataFrame, group: str, figure: str) -> dict[str, object]:
    return table.filter(group=group, figure=figure).row(0, named=True)


def test_figures_agree_with_fairlearn_weights_included() -> None:
    data, referred, groups = people(3000)
    weight = np.random.default_rng(1).integers(1, 6, len(data)).astype(float)
    data = Judged(**{**data.__dict__, "estimate": weight, "mass": weight})
    table = audit(data, referred, groups, Bootstrap(draws=5), crossed=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate
        from sklearn.metrics import precision_score

        theirs = {
            "fpr": false_positive_rate,
            "fnr": false_negative_rate,
            "precision": precision_score,
            "referral": selection_rate,
        }
        for attribute, values in groups.items():
            frame = MetricFrame(
                metrics=theirs,
                y_true=data.label,
                y_pred=referred,
                sensitive_features=values,
                sample_params={name: {"sample_weight": weight} for name in theirs},
            )
            for group in np.unique(values):
                for figure in theirs:
                    ours = table.filter(attribute=attribute, group=group, figure=figure)["value"][0]
                    assert ours == pytest.approx(frame.by_group.loc[group, figure], abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_equal_treatment_is_no_breach_and_mostly_holds(seed: int) -> None:
    data, referred, groups = people(seed=seed)
    table = audit(data, referred, groups, DRAWS)
    assert dict(table.schema) == AUDIT
    counts = verdicts(table)
    assert counts[BREACH] == 0
    assert counts[HOLDS] > counts[UNSETTLED]


def test_a_group_looked_at_more_without_need_is_a_breach() -> None:
    data, referred, groups = people(unfair=1.2)
    table = audit(data, referred, groups, DRAWS, crossed=False)
    women = _row(table, "F", "fpr")
    assert women["verdict"] == BREACH
    assert women["low"] > women["tolerance"]
    assert women["needed"] is None
    assert _row(table, "M", "fpr")["verdict"] == HOLDS  # who fares better is not harmed
    assert _row(table, "M", "fnr")["verdict"] == BREACH  # but men in need are missed
    assert _row(table, "a", "fpr")["verdict"] == HOLDS


def test_probabilities_too_high_for_a_group_are_a_breach_either_way() -> None:
    data, referred, groups = people(miscalibrated=1.0)
    table = audit(data, referred, groups, DRAWS, crossed=False)
    assert _row(table, "F", "calibration")["verdict"] == BREACH
    assert _row(table, "M", "calibration")["verdict"] == BREACH
    assert _row(table, "F", "calibration")["value"] > 1.3


def test_little_evidence_gives_no_verdict_and_says_how_much_would_settle_it() -> None:
    data, referred, groups = people(300, unfair=1.2)
    table = audit(data, referred, groups, DRAWS, crossed=False)
    assert BREACH not in set(table.filter(attribute="town")["verdict"])
    open_ones = table.filter(verdict=UNSETTLED)
    assert len(open_ones)
    assert (open_ones["needed"] > 0).all()
    assert (table.filter(pl.col("verdict") != UNSETTLED)["needed"].is_null()).all()


def test_the_number_that_would_settle_it_is_about_right() -> None:
    small, referred, groups = people(150, seed=3)
    line = _row(audit(small, referred, groups, DRAWS, crossed=False), "F", "fnr")
    assert line["verdict"] == UNSETTLED
    enough = 4 * (int(line["findings"]) + int(line["needed"]))
    large, referred, groups = people(min(enough * 2, 60_000), seed=4)
    assert _row(audit(large, referred, groups, DRAWS, crossed=False), "F", "fnr")["verdict"] == HOLDS


def test_crossed_groups_show_what_single_ones_hide() -> None:
    data, _, groups = people(12_000)
    odd = (groups["sex"] == "F") == np.isin(groups["town"], ["a", "b"])
    seen = data.score + np.where(odd, 0.9, -0.9)
    referred = (seen > np.quantile(seen, 0.8)).astype(float)
    table = audit(data, referred, groups, DRAWS)
    single = table.filter(~pl.col("attribute").str.contains(" x "), figure="fpr")
    assert BREACH not in set(single["verdict"])
    assert _row(table, "F x a", "fpr")["verdict"] == BREACH


def test_small_groups_are_taken_together() -> None:
    data, referred, groups = people(2000)
    origin = np.where(np.arange(2000) < 40, np.char.add("r", (np.arange(2000) % 8).astype(str)), groups["town"])
    table = audit(data, referred, {"origin": origin}, DRAWS)
    assert set(table["group"]) == {"a", "b", "c", "d", OTHERS}
    assert _row(table, OTHERS, "fpr")["cases"] == 40


def test_agencies_that_differ_widen_the_interval() -> None:
    data, referred, _ = people(4000)
    by_agency = np.random.default_rng(2).random(60)[np.unique(data.agency, return_inverse=True)[1]]
    lumpy = np.where(by_agency < 0.3, 1.0, referred)
    towns = {"town": np.where(data.agency.astype(int) % 2 == 0, "a", "b")}  # each agency recruits in one town
    few = audit(data, lumpy, towns, DRAWS)
    alone = audit(Judged(**{**data.__dict__, "agency": data.case}), lumpy, towns, DRAWS)

    def width(table: pl.DataFrame) -> float:
        line = _row(table, "a", "referral")
        return float(line["high"]) - float(line["low"])  # type: ignore[arg-type]

    assert width(few) > 2 * width(alone)


def test_cases_without_a_finding_count_for_referral_alone() -> None:
    data, referred, groups = people(1000)
    label = np.where(np.arange(1000) % 2, np.nan, data.label)
    table = audit(Judged(**{**data.__dict__, "label": label}), referred, {"sex": groups["sex"]}, DRAWS)
    line = _row(table, "F", "referral")
    assert line["cases"] == int((groups["sex"] == "F").sum())
    assert line["findings"] == int((groups["sex"][::2] == "F").sum())


def test_a_group_without_a_positive_cannot_be_told() -> None:
    data, referred, groups = people(400)
    label = np.where(groups["sex"] == "F", 0.0, data.label)
    line = _row(audit(Judged(**{**data.__dict__, "label": label}), referred, {"sex": groups["sex"]}, DRAWS), "F", "fnr")
    assert line["verdict"] == UNSETTLED
    assert line["needed"] is None
    assert np.isnan(line["value"])
    assert VERY_MANY > 1000
    assert set(FIGURES) == set(Policy().tolerance)


def test_one_group_alone_is_compared_with_nobody() -> None:
    data, referred, _ = people(100)
    assert not len(audit(data, referred, {"sex": np.full(100, "F")}, DRAWS))


def by_chance(seed: int) -> dict[str, np.ndarray]:
    """Five attributes that mean nothing, one of them with hardly anybody on one side."""
    rng = np.random.default_rng(100 + seed)
    dealt = {f"a{i}": rng.choice(list("abcde"), 450) for i in range(4)}
    return dealt | {"place": np.where(rng.random(450) < 0.12, "island", "mainland")}


def test_chance_alone_is_no_breach_however_many_groups_are_compared() -> None:
    breaches = 0
    for seed in range(6):
        data, referred, _ = people(450, seed=seed)
        table = audit(data, referred, by_chance(seed), Bootstrap(draws=60))
        assert len(table) > 200
        breaches += table.filter(verdict=BREACH).height
    assert breaches == 0


def test_a_planted_gap_is_found_among_as_many_comparisons() -> None:
    data, referred, groups = people(1500, unfair=1.2)
    noise = {name: np.tile(values, 4)[:1500] for name, values in by_chance(0).items()}
    table = audit(data, referred, groups | noise, Bootstrap(draws=60))
    found = table.filter(~pl.col("attribute").str.contains(" x ", literal=True), verdict=BREACH)
    assert set(found["attribute"]) == {"sex"}


def test_what_everybody_else_rests_on_counts_as_much_as_the_group() -> None:
    data, _, _ = people(3000)
    rest = np.arange(3000) < 60
    missed = np.where(rest, 1.0, 0.0)  # nobody is looked at but the few others, who all are
    line = _row(audit(data, missed, {"place": np.where(rest, "island", "mainland")}, DRAWS), "mainland", "fnr")
    positives = int(data.label[rest].sum())
    assert (line["difference"], positives < 20) == (1.0, True)
    assert line["high"] - line["low"] > 0.1  # all draws agree, and yet it is not known that well
    assert (
        _row(
            audit(
                data, missed, {"place": np.where(np.arange(3000) < 9, "i", "m")}, DRAWS, policy=Policy(least_cases=5)
            ),
            "m",
            "fnr",
        )["verdict"]
        == UNSETTLED
    )


def test_few_agencies_show_nothing() -> None:
    data, referred, groups = people(4000, agencies=4, unfair=1.5)
    assert BREACH not in set(audit(data, referred, groups, DRAWS, crossed=False)["verdict"])
