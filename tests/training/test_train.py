"""A training from end to end: what it sees, what it makes, what it refuses."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.asof import Feeds
from models.registry.termfile import write_terms
from models.rules import RuleBook
from models.terms import Term, Terms
from models.times import day_number, end_of_day
from tests.training.conftest import QUICKLY, STAMPS, TRAINED_UNTIL_US
from training.casework import recorded_days
from training.engines.additive import Fit
from training.fit import Trained, prove
from training.frozen import TooFewFindingsError, TrainingError, freeze, outside
from training.outages import find_outages
from training.train import HELD_OUT, live_queue, train


def test_the_same_facts_and_seed_give_the_same_bytes_whatever_came_later(
    trained: Trained, world: Feeds, rules: RuleBook
) -> None:
    past = {
        name: frame.filter(pl.col("recorded_at").dt.timestamp("us") <= TRAINED_UNTIL_US)
        for name, frame in world.items()
    }
    assert sum(map(len, past.values())) < sum(map(len, world.values()))
    again = train(
        past, STAMPS, TRAINED_UNTIL_US, rules=rules, simulated=True, settings=replace(QUICKLY, jobs=2)
    )  # fmt: skip
    assert write_terms(again.release.terms) == write_terms(trained.release.terms)
    assert again.release.manifest == trained.release.manifest


def test_the_manifest_says_what_was_learned_from_and_how_it_was_tested(trained: Trained) -> None:
    manifest = trained.release.manifest
    found = manifest.figures["findings"]
    assert found["cases"] > found["drawn"] > found["drawn_non_procedural"] > 0
    assert found["cases"] > found["non_procedural"] >= found["drawn_non_procedural"]
    tested = manifest.figures["backtest"]
    assert tested["learned_until"] == "2025-04-01"
    rivals = {"scorecard", "ebm", "unconstrained"}
    assert {line["model"] for line in tested["figures"]} == {"release", "rules only", "naive", HELD_OUT} | rivals
    assert {line["rival"] for line in tested["costs"]} == rivals
    search = manifest.figures["pair_search"]
    enough = {name for name, bags in search["votes"] if bags >= search["needed"]}
    assert (search["bags"], search["needed"]) == (10, 8)
    assert set(manifest.figures["pairs"]) <= enough
    assert manifest.gates["reproduction"]["holds"]
    assert manifest.gates["directions"]["holds"]
    assert "not_worse_than_rules" in manifest.gates
    assert manifest.simulated
    assert manifest.name.startswith("2025-06-30-")


def test_bands_fit_the_capacity_of_the_queue(trained: Trained, world: Feeds, rules: RuleBook) -> None:
    x, days = live_queue(world, STAMPS, TRAINED_UNTIL_US, rules=rules)
    release = trained.release
    assert release.calibration is not None
    probability = release.calibration.apply(release.terms.log_odds(x), days)[0]
    queue = release.manifest.figures["queue"]
    assert queue["cases"] == len(x)
    assert queue["first"] == (probability >= release.bands.first).sum()
    assert queue["first"] + queue["check"] == (probability >= release.bands.check).sum()


def test_probabilities_lie_within_their_intervals(trained: Trained, world: Feeds, rules: RuleBook) -> None:
    x, days = live_queue(world, STAMPS, TRAINED_UNTIL_US, rules=rules)
    assert trained.release.calibration is not None
    probability, low, high = trained.release.calibration.apply(trained.release.terms.log_odds(x), days)
    assert len(x) > 50
    assert ((low <= probability) & (probability <= high)).all()
    assert (high - low).min() > 0


def test_tables_that_differ_from_the_trees_are_refused(trained: Trained) -> None:
    fit, x = trained.learned.fit, trained.data.snapshots.X
    assert [gate.verdict for gate in prove(fit, x)] == ["holds", "holds"]
    with pytest.raises(TrainingError, match=r"differ from the fitted estimator by 0\.0\d+ log-odds"):
        prove(_with(fit, fit.terms.terms, base=fit.terms.base + 2.0**-6), x)
    with pytest.raises(TrainingError, match=r"differ from the fitted estimator by 1\.\d+e-09"):
        prove(_with(fit, fit.terms.terms, base=fit.terms.base + 2.0**-29), x)
    assert prove(_with(fit, fit.terms.terms, base=fit.terms.base + 2.0**-31), x)[0].verdict == "holds"


def test_a_broken_direction_is_refused_even_where_no_case_has_been(trained: Trained) -> None:
    fit = trained.learned.fit
    name = next(term.name for term in fit.terms.terms if term.features == ("steps_overdue",))
    broken = []
    for term in fit.terms.terms:
        values = term.values.copy()
        if term.name == name:
            values[-2] -= 5.0  # more overdue steps than any case had
        broken.append(Term(term.features, values))
    x = trained.data.snapshots.X
    x = x[x[:, fit.terms.axis("steps_overdue").column] <= fit.terms.axis("steps_overdue").cuts[-1]]
    spoiled = _with(fit, broken, base=fit.terms.base)
    assert np.array_equal(spoiled.terms.log_odds(x), fit.terms.log_odds(x))
    with pytest.raises(TrainingError):
        prove(spoiled, x)


def _with(fit: Fit, terms: list[Term] | tuple[Term, ...], *, base: float) -> Fit:
    old = fit.terms
    return replace(fit, terms=Terms(base=base, axes=old.axes, terms=terms, context=sorted(old.context)))


def test_weights_of_a_case_add_up_to_one_at_any_choice_of_leads(trained: Trained) -> None:
    for data in (trained.data, trained.data.at_leads((21, 7))):
        summed = data.snapshots.frame.with_columns(w=data.weight).group_by("case_id").agg(pl.col("w").sum())
        assert np.allclose(summed["w"].to_numpy(), 1.0)


def test_nobody_who_was_helped_is_a_negative_and_no_snapshot_follows_the_help(trained: Trained, world: Feeds) -> None:
    data = trained.data
    outcomes = world["outcomes"].filter(pl.col("recorded_at").dt.timestamp("us") <= TRAINED_UNTIL_US)
    helped = outcomes.filter(~pl.col("help_given").fill_null("none").is_in(["none"])).select(
        "registration_id", "checked_on"
    )
    assert len(helped) > 5
    taken = data.snapshots.frame.select("case_id", "day").with_columns(label=data.label)
    both = taken.join(helped, left_on="case_id", right_on="registration_id", how="inner")
    assert (both["label"] == 1.0).all()
    departed = data.cases.select("case_id", "departure_day", "usable_before")
    bounded = taken.join(departed, on="case_id", how="left")
    assert (bounded["day"] <= bounded["departure_day"]).all()
    assert (bounded["day"] < bounded["usable_before"].fill_null(10**6)).all()


def test_an_earlier_time_sees_fewer_findings_and_no_later_snapshot(
    trained: Trained, world: Feeds, rules: RuleBook
) -> None:
    times = [end_of_day(dt.date(2025, 3, 31)), TRAINED_UNTIL_US]
    early, late = freeze(world, STAMPS, times, rules=rules, settings=QUICKLY)
    beside_another = trained.data
    assert 0 < early.counts()["cases"] < late.counts()["cases"]
    day = (dt.date(2025, 3, 31) - dt.date(1970, 1, 1)).days
    assert early.snapshots.frame["day"].max() <= day  # type: ignore[operator]
    assert early.prior.frame["day"].max() <= day  # type: ignore[operator]
    outages = find_outages(recorded_days(world, until=day_number(TRAINED_UNTIL_US)))
    every, late = late, outside(late, outages)
    assert 0 < len(late) < len(every)
    assert late.snapshots.frame.equals(beside_another.snapshots.frame)
    assert late.snapshots.X.tobytes() == beside_another.snapshots.X.tobytes()


def test_too_few_findings_are_counted_in_the_message(world: Feeds, rules: RuleBook) -> None:
    with pytest.raises(TooFewFindingsError, match=r"Too few findings to learn from: \d+ cases, \d+ of them non-proc"):
        train(
            world, STAMPS, end_of_day(dt.date(2025, 1, 31)), rules=rules, simulated=True, settings=QUICKLY
        )  # fmt: skip
    with pytest.raises(TooFewFindingsError, match="There is no finding to learn from"):
        train(
            world, STAMPS, end_of_day(dt.date(2024, 10, 31)), rules=rules, simulated=True, settings=QUICKLY
        )  # fmt: skip
