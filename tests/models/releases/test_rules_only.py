from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from models.bands import assign_bands, without_association
from models.directions import direction_violations
from models.features.catalogue import CATALOGUE, INDEX
from models.registry import (
    check_compatible,
    generate_keys,
    load_private_key,
    load_release,
    load_trusted_keys,
    read_card,
)
from models.releases.rules_only import POINTS, publish_rules_only, rules_only_release
from tests.models.builders import seeds

RELEASE = rules_only_release(rules_version="r1")
CALM = {
    "registered": 1, "steps_overdue": 0, "steps_orderly": 10, "stalled_days": 5, "days_reg_to_dep": 120,
    "permit_state": 0,
    "agency_declared": 1, "licence_state": 0, "branch_registered": 1, "nik_valid": 1, "prior_procedural": 0,
    "days_to_departure": 20,
}  # fmt: skip


def _case(**values: float) -> np.ndarray:
    row = np.array([0.0 if not f.can_miss else np.nan for f in CATALOGUE])
    for name, value in (CALM | values).items():
        row[INDEX[name]] = value
    return row


def _band(**values: float) -> str:
    X = _case(**values)[None, :]
    z = RELEASE.terms.log_odds(X)
    own = without_association(z, RELEASE.terms.group_contributions(X), RELEASE.association)
    days = X[:, INDEX["days_to_departure"]]
    return str(assign_bands(RELEASE.bands, log_odds=z, own_log_odds=own, days_to_departure=days, calibration=None)[0])


def test_a_case_in_which_nothing_stands_out_asks_for_nothing() -> None:
    assert _band() == "none"
    assert RELEASE.terms.log_odds(_case()[None, :])[0] <= 0


@pytest.mark.parametrize("licence", [4, 5])
def test_no_licence_and_several_steps_overdue_close_to_departure_come_first(licence: int) -> None:
    steps = {"steps_overdue": 3, "contract": 1, "orientation": 1, "worker_id": 1}
    assert _band(licence_state=licence, days_to_departure=5, **steps) == "first"


def test_a_few_steps_overdue_are_a_file_to_check() -> None:
    assert _band(steps_overdue=2, orientation=1, insurance=1, days_to_departure=10) == "check"


def test_a_visit_visa_for_work_in_a_closed_destination_comes_first() -> None:
    assert _band(dest_closed=1, visa_purpose_gap=1, permit_state=3, steps_orderly=0) == "first"


def test_every_association_together_never_comes_first() -> None:
    extreme = {"recruiter_degree": 20, "recruiter_cases": 5, "payer_degree": 20, "group_size": 20, "route_rate": 0.5}
    assert _band(confirmed_rate=0.5, steps_overdue=2, contract=1, **extreme) == "check"


def test_the_points_obey_the_directions_in_every_cell() -> None:
    assert direction_violations(RELEASE.terms, CATALOGUE) == []


def test_only_catalogue_features_that_are_on_by_default_have_points() -> None:
    on = {f.name for f in CATALOGUE if f.default_on and not f.context}
    assert set(POINTS) <= on
    assert on - set(POINTS) == {"registered", "season"}


@given(seeds)
def test_recording_steps_never_adds_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = _case(**{name: float(rng.integers(0, 6)) for name in POINTS})
    after = before.copy()
    for feature in CATALOGUE:
        if feature.step is not None and rng.random() < 0.5:
            after[INDEX[feature.name]] = 0.0
    after[INDEX["steps_overdue"]] -= rng.integers(0, before[INDEX["steps_overdue"]] + 1)
    after[INDEX["steps_orderly"]] += rng.integers(0, 5)
    after[INDEX["stalled_days"]] *= rng.random()
    for days in (-3.0, 3.0, 10.0, 25.0, 80.0, np.nan):
        before[INDEX["days_to_departure"]] = after[INDEX["days_to_departure"]] = days
        z = RELEASE.terms.log_odds(np.array([before, after]))
        assert z[1] <= z[0]


def test_it_is_published_once_goes_with_both_kinds_of_data_and_explains_itself(tmp_path: Path) -> None:
    generate_keys(tmp_path / "signing.pem", tmp_path / "trusted")
    key, trusted = load_private_key(tmp_path / "signing.pem"), load_trusted_keys(tmp_path / "trusted")
    name = publish_rules_only(tmp_path / "registry", key, rules_version="r1")
    assert publish_rules_only(tmp_path / "registry", key, rules_version="r1") == name
    release = load_release(tmp_path / "registry", name, trusted)
    check_compatible(release, simulated=True)
    check_compatible(release, simulated=False)
    assert release.calibration is None
    card = read_card(tmp_path / "registry", name, trusted)
    assert all(f"| {feature} |" in card for feature in POINTS)
