from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.bands import Bands
from models.registry import Release, make_release
from models.releases.rules_only import rules_only_release
from models.score import score
from models.terms import Term, Terms, to_grid
from tests.training.small import Small, small
from training.dryrun import MOVES, DryRun, dry_run


@pytest.fixture(scope="module")
def world() -> Small:
    return small()


@pytest.fixture(scope="module")
def found(world: Small) -> DryRun:
    return dry_run(world.situation, rules_only_release(rules_version=world.rules.version), world.trained.release)


def _with(release: Release, *, terms: Terms | None = None, bands: Bands | None = None) -> Release:
    manifest = replace(release.manifest, name="challenger")
    return make_release(manifest, terms or release.terms, release.calibration, bands or release.bands)


def test_a_release_beside_itself_changes_nothing(world: Small) -> None:
    release = world.trained.release
    same = dry_run(world.situation, release, _with(release))
    assert not len(same.moves)
    assert same.rank_agreement == pytest.approx(1.0)
    assert same.shared_first == 1.0
    assert "0 would change band" in same.in_words()


def test_everybody_with_a_score_is_counted_once_in_every_table(found: DryRun, world: Small) -> None:
    scored = score(world.situation, world.trained.release).scored.sum()
    assert found.cases == scored
    assert found.bands["cases"].sum() == scored
    for _, part in found.by_group.group_by("attribute"):
        assert part["cases"].sum() == scored
        assert part["up"].sum() + part["down"].sum() == len(found.moves)
    assert found.by_reason["up"].sum() + found.by_reason["down"].sum() == len(found.moves)
    assert dict(found.moves.schema) == MOVES


def test_a_term_that_is_doubled_is_named_as_what_did_it(world: Small) -> None:
    release = world.trained.release
    longest = max((t for t in release.terms.terms if len(t.features) == 1), key=lambda t: np.abs(t.values).max())
    terms = [Term(t.features, to_grid(4 * t.values)) if t is longest else t for t in release.terms.terms]
    changed = Terms(base=release.terms.base, axes=release.terms.axes, terms=terms, context=release.terms.context)
    told = dry_run(world.situation, release, _with(release, terms=changed))
    assert len(told.moves)
    assert set(told.moves["reason"]) == {longest.name}
    assert longest.name in told.in_words()
    gap = told.moves["difference"].to_numpy()
    more = (told.moves["after"] == "first") | (told.moves["before"] == "none")
    assert (gap[more.to_numpy()] > 0).all()


def test_lower_thresholds_move_people_up_and_the_offices_are_told(world: Small) -> None:
    release = world.trained.release
    lower = Bands("probability", release.bands.first * 0.6, release.bands.check * 0.6)
    told = dry_run(world.situation, release, _with(release, bands=lower))
    assert told.rank_agreement == pytest.approx(1.0)
    offices = told.by_group.filter(attribute="office")
    assert offices["down"].sum() == 0
    assert offices["up"].sum() == len(told.moves) > 0
    assert (offices["looked_at_after"] >= offices["looked_at_before"]).all()
    assert "offices (looked at before, after" in told.in_words()


def test_groups_are_told_with_the_reasons_that_moved_them(found: DryRun) -> None:
    words, summary = found.in_words(), found.to_json()
    assert "groups (the same; never inputs of a score):" in words
    sexes = found.by_group.filter(attribute="sex")
    assert sexes["up"].sum() + sexes["down"].sum() == len(found.moves)
    for row in sexes.filter(pl.col("up") + pl.col("down") > 0).iter_rows(named=True):
        assert f"  sex {row['group']}: " in words
        of_all = found.moves.height
        assert 1 <= len(row["reasons"]) <= 3
        assert 0 < sum(r["up"] + r["down"] for r in row["reasons"]) <= min(row["up"] + row["down"], of_all)
        largest = [r["up"] + r["down"] for r in row["reasons"]]
        assert largest == sorted(largest, reverse=True)
    assert {row["attribute"] for row in summary["by_group"]} >= {"sex", "age_band", "origin", "place", "first_time"}
    assert json.loads(json.dumps(summary)) == summary
    quiet = found.by_group.filter(pl.col("up") + pl.col("down") == 0)
    assert all(reasons == [] for reasons in quiet["reasons"].to_list())


def test_the_summary_names_no_case(found: DryRun) -> None:
    summary = str(found.to_json())
    assert found.champion in summary
    assert not any(case in summary for case in found.moves["case_id"].to_list())
    assert isinstance(found.by_group, pl.DataFrame)
