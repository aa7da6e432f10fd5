"""A release on trial: everybody is scored with it, it is kept beside what is shown, and nothing shown changes."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from models.bands import Bands
from models.errors import ReleaseError, StoreError
from models.registry import Release, make_release, publish_release
from models.releases.rules_only import rules_only_release
from models.rules import load_rules
from models.times import parse_moment
from risk_service.cli import main
from risk_service.jobs.files import rescore_files
from risk_service.services.installation import Installation
from risk_service.services.rescoring import rescore
from risk_service.services.shadow import shadow
from risk_service.store.bulk import read_frame
from risk_service.store.casework_tables import objections
from risk_service.store.shadow import latest, shadow_scores
from risk_service.store.tables import current_scores
from tests.service import DAY_US, JUDGE, NOW_US, Service

DAY = 86_400_000_000


def eager() -> Release:
    """Rules that look at more people than those in force."""
    rules = rules_only_release(rules_version=load_rules().version)
    bands = Bands("points", rules.bands.first - 1.5, rules.bands.check - 1.5)
    return make_release(replace(rules.manifest, name="eager"), rules.terms, None, bands)


def _queue(service: Service) -> pl.DataFrame:
    with service.store.reading() as connection:
        return read_frame(connection, sa.select(current_scores)).sort("case_id", "candidate_id")


def _kept(service: Service) -> pl.DataFrame:
    with service.store.reading() as connection:
        return latest(connection, "eager")


@pytest.mark.everywhere
def test_everybody_is_scored_beside_what_is_shown_and_nothing_shown_changes(service: Service) -> None:
    before = _queue(service)
    told = shadow(service.store, release=eager(), rules=load_rules(), chunk=25)
    assert _queue(service).equals(before)
    kept = _kept(service)
    assert told.cases == told.written == len(kept) == len(before)
    assert kept["case_id"].to_list() == before["case_id"].to_list()
    assert kept["shown_band"].to_list() == before["band"].to_list()
    assert kept["shown_log_odds"].equals(before["log_odds"], check_names=False)
    assert kept["log_odds"].equals(before["log_odds"], check_names=False)  # the same points, other thresholds
    assert (kept["band"] != kept["shown_band"]).any()
    assert told.bands["cases"].sum() == told.cases
    assert "eager in the shadow of rules-only-1" in told.in_words()
    assert not any(case in told.in_words() for case in kept["case_id"])


@pytest.mark.everywhere
def test_the_figures_are_those_of_a_file_job_with_that_release(service: Service, tmp_path) -> None:
    shadow(service.store, release=eager(), rules=load_rules(), chunk=40)
    out = tmp_path / "scores.parquet"
    rescore_files(JUDGE / "first", DAY_US, out, release=eager(), rules=load_rules())
    files = pl.read_parquet(out).sort("case_id", "candidate_id")
    kept = _kept(service)
    for name in ("case_id", "lane", "band", "log_odds"):
        assert kept[name].to_list() == files[name].to_list()


@pytest.mark.everywhere
def test_doing_it_again_changes_nothing_and_later_only_what_changed_is_written(service: Service) -> None:
    first = shadow(service.store, release=eager(), rules=load_rules(), chunk=25)
    kept = _kept(service)
    again = shadow(service.store, release=eager(), rules=load_rules())
    assert (again.written, again.cases) == (first.written, first.cases)
    assert _kept(service).equals(kept)
    shown = rules_only_release(rules_version=load_rules().version)
    rescore(service.store, release=shown, rules=load_rules(), as_of_us=DAY_US + DAY, clock=lambda: NOW_US + 1)
    later = shadow(service.store, release=eager(), rules=load_rules())
    assert 0 < later.written < later.cases
    with service.store.reading() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(shadow_scores)).scalar()
    assert rows == first.written + later.written


@pytest.mark.everywhere
def test_findings_since_are_set_beside_what_both_said_before_the_check(service: Service) -> None:
    early = parse_moment("2024-05-20")
    shown = rules_only_release(rules_version=load_rules().version)
    rescore(service.store, release=shown, rules=load_rules(), as_of_us=early, clock=lambda: NOW_US + 1)
    none_yet = shadow(service.store, release=eager(), rules=load_rules())
    assert none_yet.found.is_empty()
    assert "none of them non-procedural yet" in none_yet.in_words()
    rescore(service.store, release=shown, rules=load_rules(), as_of_us=DAY_US, clock=lambda: NOW_US + 2)
    found = shadow(service.store, release=eager(), rules=load_rules()).found
    assert len(found) > 0
    assert (found["shadow"] | ~found["shown"]).all()  # the eager one looks at whoever is looked at


@pytest.mark.everywhere
def test_whoever_objects_has_no_score_in_the_shadow_either(service: Service) -> None:
    person = _queue(service).filter(pl.col("log_odds").is_not_null())["candidate_id"][0]
    with service.store.writing() as connection:
        connection.execute(
            sa.insert(objections).values(
                objection_id="o1", candidate_id=person, raised_by="tests", raised_at_us=NOW_US, version=1
            )
        )
    shadow(service.store, release=eager(), rules=load_rules())
    mine = _kept(service).filter(pl.col("candidate_id") == person)
    assert len(mine) > 0
    assert mine["log_odds"].null_count() == len(mine)
    assert set(mine["band"]) == {"insufficient"}


def test_what_makes_no_sense_is_one_clear_line(service: Service) -> None:
    shown = rules_only_release(rules_version=load_rules().version)
    with pytest.raises(ReleaseError, match="rules-only-1 is the one that is shown"):
        shadow(service.store, release=shown, rules=load_rules())
    real = replace(eager(), manifest=replace(eager().manifest, simulated=not _simulated(service)))
    with pytest.raises(ReleaseError, match="refuses"):
        shadow(service.store, release=real, rules=load_rules())


def _simulated(service: Service) -> bool:
    from risk_service.store import deliveries

    with service.store.reading() as connection:
        return bool(deliveries.is_simulated(connection))


def test_an_empty_store_says_what_to_do(store) -> None:
    with pytest.raises(StoreError, match="Run: risk-service rescore"):
        shadow(store, release=eager(), rules=load_rules())


def test_the_command_keeps_in_the_store_or_writes_a_file_beside(service: Service, tmp_path) -> None:
    here = Installation(registry=service.settings.registry, keys=service.settings.keys)
    publish_release(here.registry, eager(), here.signing_key(), card="# eager\n")

    def run(*words: str):
        return CliRunner().invoke(main, list(words), env=service.environment)

    told = run("shadow", "eager")
    assert told.exit_code == 0, told.output
    assert "eager in the shadow of rules-only-1" in told.stdout
    out = tmp_path / "shadow.parquet"
    filed = run("shadow", "eager", "--feeds", str(JUDGE / "first"), "--as-of", "2025-09-10", "--out", str(out))
    assert filed.exit_code == 0, filed.output
    frame = pl.read_parquet(out)
    assert set(frame["release"]) == {"eager"}
    assert set(frame["shown_release"]) == {"rules-only-1"}
    assert f"none shown, check in the shadow: {len(frame.filter(shown_band='none', band='check'))}" in filed.stdout
    assert run("shadow", "eager", "--feeds", str(JUDGE / "first")).exit_code == 2
    assert run("shadow", "eager", "--as-of", "2025-09-10").exit_code == 2
