"""What the packaged rules say, and what must hold of any set of step plans."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from models.rules import SEASONS, load_rules
from models.rules.tables import TABLES
from models.schema import FEEDS, OFFICE_KINDS, PLACEMENTS, SCHEMES, STEPS

DAY = dt.date(2025, 9, 10)
BOOK = load_rules()
RULES = BOOK.at(DAY)


def steps(scheme, placement="new", country="HK", *, agency=False):
    return [s.step for s in RULES.step_plan(scheme, placement, country, agency_declared=agency).required]


def test_a_private_placement_takes_the_fifteen_steps_in_the_contracts_order():
    assert steps("p_to_p", agency=True) == list(STEPS[:15])


def test_japan_puts_the_visa_last():
    order = steps("p_to_p", country="JP", agency=True)
    assert order[-5:] == ["contract", "insurance", "orientation", "worker_id", "work_visa"]
    assert sorted(order) == sorted(STEPS[:15])


def test_the_independent_scheme_has_its_own_papers_and_no_agency_steps():
    asked = steps("independent")
    assert {"employer_call_letter", "employer_profile", "own_risk_statement"} <= set(asked)
    assert not {"placement_agreement", "recruitment_permit", "selection"} & set(asked)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_workers_on_leave_have_a_shorter_list_without_a_worker_id(scheme):
    listed = {s.step for s in RULES.step_plan(scheme, "re_entry", "HK", agency_declared=True).steps}
    assert listed == {"leave_letter", "passport", "contract", "work_visa", "medical", "insurance"}


def test_seafarers_need_a_placement_agreement_only_through_an_agency_and_no_visa():
    assert "placement_agreement" in steps("seafarer", agency=True)
    assert "placement_agreement" not in steps("seafarer", agency=False)
    plan = RULES.step_plan("seafarer", "new", "SG", agency_declared=True)
    assert not plan["work_visa"].required
    assert {"basic_safety_training", "sea_contract_endorsed"} <= set(steps("seafarer"))


def test_along_every_lawful_order_later_steps_are_usual_nearer_to_departure():
    for plan in RULES.plans.plans:
        leads = [s.usual_lead_days for s in plan.steps]
        assert leads == sorted(leads, reverse=True)
        assert len(set(leads)) == len(leads)
        assert not leads or leads[-1] >= 1


def test_dense_plans_say_what_the_plans_say():
    dense = RULES.plans
    for number, plan in enumerate(dense.plans):
        for column, step in enumerate(STEPS):
            if step not in plan:
                assert dense.position[number, column] == -1
                assert not dense.required[number, column]
                continue
            one = plan[step]
            assert dense.listed[number, column]
            assert dense.required[number, column] == one.required
            assert dense.position[number, column] == one.position
            assert dense.lead[number, column] == one.usual_lead_days
            assert OFFICE_KINDS[dense.issuer[number, column]] == one.issuers[0]
            assert [OFFICE_KINDS[k] for k in np.flatnonzero(dense.issued_by[number, column])] == [
                kind for kind in OFFICE_KINDS if kind in one.issuers
            ]
        in_order = [STEPS[c] for c in dense.order[number]][: len(plan.steps)]
        assert in_order == [s.step for s in plan.steps]
    assert not dense.required.flags.writeable


def test_plan_numbers_of_a_block_are_those_of_its_rows():
    kinds = [(s, p, c, a) for s in SCHEMES for p in PLACEMENTS for c in ("JP", "HK", "XX") for a in (True, False)]
    block = pl.DataFrame(kinds, schema=["scheme", "placement", "destination_country", "agency_declared"], orient="row")
    expected = [RULES.plan_number(s, p, c, agency_declared=a) for s, p, c, a in kinds]
    assert RULES.plan_numbers(block).tolist() == expected


def test_a_case_without_a_scheme_has_no_plan_number():
    block = pl.DataFrame(
        {"scheme": [None], "placement": ["new"], "destination_country": [None], "agency_declared": [None]},
        schema={
            "scheme": pl.String,
            "placement": pl.String,
            "destination_country": pl.String,
            "agency_declared": pl.Boolean,
        },
    )
    assert RULES.plan_numbers(block).tolist() == [-1]


def test_household_work_in_the_middle_east_is_closed_and_marked_disputed():
    hit = RULES.closed("SA", "9111", "p_to_p")
    assert hit is not None
    assert hit.disputed
    assert RULES.closed("SA", "7223", "p_to_p") is None
    assert RULES.closed("HK", "9111", "p_to_p") is None


@pytest.mark.parametrize("country", ["KH", "MM", "LA"])
def test_countries_without_a_channel_are_so_for_every_post(country):
    assert RULES.no_channel(country, "7223", "independent") is not None
    assert RULES.no_channel(country, None, None) is not None


def test_destination_masks_agree_with_single_questions():
    posts = [(c, o, s) for c in ("SA", "KH", "HK") for o in ("9111", "7223", None) for s in ("p_to_p", None)]
    block = pl.DataFrame(posts, schema=["destination_country", "occupation", "scheme"], orient="row")
    assert RULES.closed_mask(block).tolist() == [RULES.closed(*p) is not None for p in posts]
    assert RULES.no_channel_mask(block).tolist() == [RULES.no_channel(*p) is not None for p in posts]


def test_a_licence_extends_by_itself_only_under_the_regime_it_was_granted_in():
    old, new = RULES.regime("sip3mi", dt.date(2023, 5, 1)), RULES.regime("sip3mi", dt.date(2025, 5, 1))
    assert old is not None
    assert (old.years, old.extends_itself, old.disputed) == (5, False, False)
    assert new is not None
    assert (new.years, new.extends_itself, new.disputed) == (1, True, True)
    assert RULES.regime("sip3mi", dt.date(2010, 1, 1)) is None


def test_gateways_match_the_longest_prefix():
    assert RULES.usual_gateways("74.71")[0] == "UPG"
    assert "IDNNK" in RULES.usual_gateways("65.03.01")
    assert "IDNNK" not in RULES.usual_gateways("74.71")
    assert RULES.usual_gateways("99.01") == RULES.usual_gateways(None) != ()


@pytest.mark.parametrize("code", ["BTH", "IDBTM", "IDBTC", "IDHBB", "IDSKP", "IDNNK", "IDETK", "IDBTH"])
def test_batam_nunukan_and_land_posts_are_border_points(code):
    assert RULES.is_border(code)


@pytest.mark.parametrize("code", ["CGK", "UPG", "ZZZ", None])
def test_large_airports_and_unknown_points_are_no_border_points(code):
    assert not RULES.is_border(code)


def test_an_old_code_leads_to_todays_point():
    assert RULES.canonical_point("MES") == "KNO"
    assert BOOK.at(dt.date(2013, 1, 1)).canonical_point("MES") == "MES"


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (dt.date(2025, 12, 17), "none"),
        (dt.date(2025, 12, 18), "nataru"),
        (dt.date(2026, 1, 4), "nataru"),
        (dt.date(2026, 1, 5), "none"),
        (dt.date(2025, 3, 31), "idulfitri"),
        (dt.date(2025, 4, 28), "idulfitri"),
        (dt.date(2025, 4, 29), "none"),
    ],
)
def test_holiday_windows_include_their_first_and_last_day(day, season):
    assert RULES.season(day) == season
    assert SEASONS[RULES.season_codes(np.array([(day - dt.date(1970, 1, 1)).days]))[0]] == season


def test_every_feed_has_a_staleness_rule_and_steps_are_essential():
    assert all(RULES.stale_after_days(feed) > 0 for feed in FEEDS)
    assert set(RULES.essential_feeds()) == {"registrations", "registration_steps"}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_names_its_source_and_disputed_rows_say_why(table):
    for row in BOOK.rows(table):
        assert row.source
        assert row.note or not row.disputed


def test_rules_cannot_be_changed():
    with pytest.raises(AttributeError, match="immutable"):
        RULES.version = "other"
