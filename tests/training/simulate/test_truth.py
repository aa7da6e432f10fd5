"""The hidden truth and what may and may not follow from it."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from training.simulate import Settings, Simulation, simulate
from training.simulate.draws import NEVER


@pytest.fixture(scope="module")
def departures(large: Simulation) -> pl.DataFrame:
    return large.truth.filter(pl.col("registration_id").is_not_null(), "departs")


def test_the_stated_prevalence_is_met_and_moves_the_truth(departures: pl.DataFrame) -> None:
    assert departures.filter(~pl.col("helped"))["counterfactual"].mean() == pytest.approx(0.1, abs=0.02)
    rates = []
    for prevalence in (0.03, 0.25):
        world = simulate(Settings(candidates=6000, seed=3, until=dt.date(2025, 12, 31), prevalence=prevalence))
        left = world.truth.filter(pl.col("registration_id").is_not_null(), "departs")
        rates.append(left["probability"].mean())
    assert rates == pytest.approx([0.03, 0.25], rel=0.12)


def test_probabilities_are_honest(large: Simulation) -> None:
    natural = large.truth.filter("departs", ~pl.col("helped")).sort("probability")
    for part in np.array_split(np.arange(len(natural)), 5):
        rows = natural[part]
        expected = rows["probability"].mean()
        slack = 4 * math.sqrt(expected * (1 - expected) / len(rows)) + 0.02 * expected
        assert rows["counterfactual"].mean() == pytest.approx(expected, abs=slack)


def test_even_the_hidden_probability_does_not_decide(departures: pl.DataFrame) -> None:
    rows = departures.filter(~pl.col("helped"))
    rank = rows["probability"].rank().to_numpy()
    left = rows["counterfactual"].to_numpy()
    area = (rank[left].mean() - (left.sum() + 1) / 2) / (~left).sum()
    assert 0.77 < area < 0.85


def test_rings_raise_the_risk_and_popular_honest_recruiters_do_not(departures: pl.DataFrame) -> None:
    mean = {kind: rows["probability"].mean() for (kind,), rows in departures.group_by("recruiter_kind")}
    assert mean["ring"] > 2 * mean["ordinary"]
    assert mean["popular"] <= mean["ordinary"]
    assert mean["popular"] < 1.15 * departures["probability"].mean()


def test_rings_and_popular_recruiters_bring_equally_many(large: Simulation) -> None:
    rows = large.feeds["registrations"].filter(~pl.col("retracted")).unique("registration_id", keep="first")
    kinds = rows.join(large.truth.select("registration_id", "recruiter_kind"), on="registration_id")
    recent = kinds.filter(pl.col("registered_on") > dt.date(2025, 9, 30))
    degree = recent.drop_nulls("recruiter_ref").group_by("recruiter_kind", "recruiter_ref").len()
    mean = {kind: part["len"].mean() for (kind,), part in degree.group_by("recruiter_kind")}
    assert 0.4 < mean["ring"] / mean["popular"] < 2.5
    assert min(mean["ring"], mean["popular"]) > 2 * mean["ordinary"]


def test_the_independent_scheme_is_no_cause_of_risk(departures: pl.DataFrame, large: Simulation) -> None:
    rows = large.feeds["registrations"].filter(~pl.col("retracted")).unique("registration_id", keep="first")
    scheme = departures.join(rows.select("registration_id", "scheme"), on="registration_id")
    rate = scheme.filter(scheme="independent")["probability"].mean()
    assert rate < 1.1 * scheme["probability"].mean()


def test_an_agency_turns_bad_before_anybody_sanctions_it(large: Simulation) -> None:
    agencies = large.world.agencies
    bad = np.flatnonzero(agencies.turned < NEVER)
    assert len(bad) >= 2
    events = large.feeds["agency_events"]
    for i in bad.tolist():
        own = events.filter(agency_id=f"A{large.settings.seed}-{i:04d}")
        hard = own.filter(pl.col("event").is_in(["suspended", "deposit_cashed", "revoked"]))
        for day in hard["effective_on"].to_list():
            behind = (day - dt.date(1970, 1, 1)).days - int(agencies.turned[i])
            assert behind >= 180


def test_bad_agencies_send_more_people_irregularly(departures: pl.DataFrame) -> None:
    bad = departures.filter(pl.col("agency_badness") > 1.2)["counterfactual"].mean()
    assert bad > 1.6 * departures.filter(pl.col("agency_badness") < 0.5)["counterfactual"].mean()


def test_help_changes_what_happens_and_is_on_record_without_a_departure(large: Simulation) -> None:
    helped = large.truth.filter("helped")
    assert len(helped) > 100
    assert helped["non_procedural"].mean() < 0.5 * helped["counterfactual"].mean()
    untouched = large.truth.filter(~pl.col("helped"))
    assert untouched["non_procedural"].equals(untouched["counterfactual"].rename("non_procedural"))
    records = large.feeds["outcomes"].filter(
        pl.col("help_given").is_in(["steps_completed", "postponed", "route_changed", "withdrew"]),
        pl.col("examined_because") != "random_check",
    )
    assert (records["departed_on"].is_null()).mean() > 0.8


def test_the_drawn_checks_are_an_unbiased_sample_of_departures(large: Simulation, departures: pl.DataFrame) -> None:
    drawn = large.feeds["outcomes"].filter(
        ~pl.col("retracted"), pl.col("examined_because") == "random_check", pl.col("registration_id").is_not_null()
    )
    assert drawn["inclusion_probability"].is_not_null().all()
    checked = drawn.join(departures, on="registration_id")
    weight = 1 / checked["inclusion_probability"].to_numpy()
    truth = checked["non_procedural"].to_numpy()
    rate = departures["non_procedural"].mean()
    estimate = float((weight * truth).sum() / weight.sum())
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert estimate == pytest.approx(rate, abs=3.3 * math.sqrt(rate * (1 - rate) / effective))
    decided = checked.filter(pl.col("finding") != "undetermined")
    found = (decided["finding"] == "non_procedural").mean()
    assert found == pytest.approx(rate, abs=3.5 * math.sqrt(rate * (1 - rate) / len(decided)))


def test_the_other_checks_are_biased_and_findings_err(large: Simulation, departures: pl.DataFrame) -> None:
    found = large.feeds["outcomes"].filter(~pl.col("retracted"), pl.col("departed_on").is_not_null())
    chosen = found.filter(pl.col("examined_because").is_in(["repatriation", "complaint", "border_referral"]))
    assert (chosen["finding"] == "non_procedural").mean() > 0.4
    both = found.join(departures.select("registration_id", "non_procedural"), on="registration_id")
    wrong = (both["finding"] == "procedural") & both["non_procedural"]
    false = (both["finding"] == "non_procedural") & ~both["non_procedural"]
    assert wrong.any()
    assert false.any()
    assert (both["finding"] == "undetermined").any()


def test_referred_people_have_their_trip_as_case(large: Simulation) -> None:
    referred = large.truth.filter(pl.col("registration_id").is_null())
    trips = large.feeds["travel"].filter(~pl.col("retracted"))
    known = referred.join(trips, left_on="case_id", right_on="travel_id")
    assert len(known) > 0.5 * len(referred)
    assert known["registration_id_right"].is_null().all()
    assert (known["candidate_id"] == known["candidate_id_right"]).all()
