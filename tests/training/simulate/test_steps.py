"""Steps progress in lawful order and say little before the last weeks."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import polars as pl
import pytest

from models.rules import load_rules
from models.schema import FEEDS, PLACEMENTS, SCHEMES, STEPS
from models.times import end_of_day
from training.simulate import Simulation, procedure
from training.simulate.intentions import COUNTRIES

DAY = dt.date(2025, 6, 30)


@pytest.mark.parametrize(("scheme", "placement"), list(product(SCHEMES, PLACEMENTS)))
@pytest.mark.parametrize("country", ["HK", "JP", "MY"])
def test_the_orderly_satisfy_the_rules(scheme: str, placement: str, country: str) -> None:
    """All required steps, in the order of the rules, each by the day the rules call usual."""
    rules = load_rules().at(DAY, end_of_day(DAY))
    plan = rules.step_plan(scheme, placement, country, agency_declared=scheme in ("p_to_p", "ukps", "seafarer"))
    required = [step for step in plan.steps if step.required]
    own = procedure.steps_of(scheme=scheme, placement=placement, country=country)
    wanted = [step.step for step in required]
    assert set(wanted) <= set(own)
    assert [step for step in own if step in wanted] == wanted
    row = procedure.table_of(
        scheme=np.array([SCHEMES.index(scheme)]),
        placement=np.array([PLACEMENTS.index(placement)]),
        japan=np.array([country == "JP"]),
    )[0]
    lead = dict(zip(own, procedure.LEAD[row].tolist(), strict=False))
    for step in required:
        assert lead[step.step] >= step.usual_lead_days, step.step


def test_the_tables_agree_with_the_contract() -> None:
    assert procedure.ORDER.max() < len(STEPS)
    for row, leads in zip(procedure.ORDER, procedure.LEAD, strict=True):
        steps = row[row >= 0]
        assert len(set(steps.tolist())) == len(steps)
        assert (np.diff(leads[: len(steps)]) < 0).all()
    kinds = FEEDS["registration_steps"].field("issuer").codes
    assert procedure.ISSUER.max() < len(kinds)
    assert "JP" in COUNTRIES


def _open_steps(world: Simulation, *, lead: int) -> pl.DataFrame:
    """Share of its steps each departing new p_to_p case lacks so many days before it leaves."""
    rows = world.feeds["registrations"].filter(~pl.col("retracted")).unique("registration_id", keep="first")
    cases = (
        world.truth.filter("departs", ~pl.col("helped"))
        .join(
            rows.select("registration_id", "scheme", "placement", "registered_on", "branch_region"),
            on="registration_id",
        )
        .filter(scheme="p_to_p", placement="new")
        .filter(~pl.col("branch_region").str.starts_with("53."))
        .filter((pl.col("departure_on") - pl.col("registered_on")).dt.total_days() > 75)
        .with_columns(day=pl.col("departure_on") - pl.duration(days=lead))
    )
    done = (
        world.feeds["registration_steps"]
        .filter(~pl.col("retracted"))
        .join(cases.select("registration_id", "day"), on="registration_id")
        .filter(pl.col("completed_on") <= pl.col("day"), pl.col("recorded_at").dt.date() <= pl.col("day"))
        .group_by("registration_id")
        .agg(done=pl.col("step").n_unique())
    )
    return cases.join(done, on="registration_id", how="left").with_columns(open=15 - pl.col("done").fill_null(0))


def test_sixty_days_before_departure_most_steps_are_open_for_everybody(large: Simulation) -> None:
    cases = _open_steps(large, lead=60)
    for irregular in (True, False):
        assert cases.filter(counterfactual=irregular)["open"].mean() > 7.5


def test_the_gap_opens_in_the_last_weeks(large: Simulation) -> None:
    gaps = []
    for lead in (60, 14, 3):
        cases = _open_steps(large, lead=lead)
        gaps.append(
            cases.filter(counterfactual=True)["open"].mean() - cases.filter(counterfactual=False)["open"].mean()
        )
    assert gaps[0] < 1.5
    assert gaps[0] < gaps[1] < gaps[2]
    assert gaps[2] > 2.5


def test_neither_a_complete_file_nor_a_gap_decides(large: Simulation) -> None:
    cases = _open_steps(large, lead=1)
    assert (cases.filter(counterfactual=True)["open"] <= 2).mean() > 0.08
    assert (cases.filter(counterfactual=False)["open"] >= 1).mean() > 0.1


def test_medical_checks_expire_and_are_done_again(large: Simulation) -> None:
    medical = large.feeds["registration_steps"].filter(~pl.col("retracted"), pl.col("step") == "medical")
    assert medical["registration_id"].is_duplicated().any()
    last = medical.unique("registration_id", keep="last").join(large.truth.filter("departs"), on="registration_id")
    assert 0 < (last["valid_until"] < last["departure_on"]).mean() < 0.1


def test_later_cases_carry_personal_steps_over(large: Simulation) -> None:
    rows = large.feeds["registrations"].filter(~pl.col("retracted")).unique("registration_id", keep="first")
    later = rows.sort("registered_on").filter(pl.int_range(pl.len()).over("candidate_id") > 0)
    steps = large.feeds["registration_steps"].filter(~pl.col("retracted"))
    has = steps.filter(step="passport")["registration_id"].unique().implode()
    first = rows.filter(~pl.col("registration_id").is_in(later["registration_id"].implode()))
    share = [part["registration_id"].is_in(has).mean() for part in (later, first)]
    assert share[0] < 0.6 * share[1]
