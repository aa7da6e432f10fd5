"""A score over HTTP as of a time is the score of the file job as of that time, bit for bit, on both databases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.bands import Bands
from models.calibration import WINDOWS, Calibration, StepTable
from models.features.catalogue import CATALOGUE, INDEX
from models.registry import load_release, promote, publish_release
from models.registry.manifest import TRAINED
from models.releases.rules_only import rules_only_release
from models.rules import load_rules
from models.terms import Terms, to_grid
from models.times import iso, parse_moment
from risk_service.jobs.files import rescore_files
from risk_service.services.installation import Installation
from tests.service import INSTALLED_US, JUDGE

NAME = "2025-06-01-calibrated"
TIMES = ["2025-09-10", "2025-08-25T08:30:00+07:00", "2025-07-15"]
SCORE = {
    "case_id", "candidate_id", "as_of", "lane", "probability", "interval", "band", "log_odds", "base", "other",
    "reasons", "notices", "recourse", "freshness", "release", "rules_version",
}  # fmt: skip


def calibrated_release():
    """A release like a trained one: contributions with all their digits, probabilities and intervals."""
    points = rules_only_release(rules_version=load_rules().version)
    terms = Terms(
        base=float(to_grid(np.array([-10 / 3]))[0]),
        axes=points.terms.axes,
        terms=[replace(term, values=to_grid(term.values * np.e / 4)) for term in points.terms.terms],
    )
    cuts = np.array([-3.0, -2.0, -1.0, 0.5])
    middle = np.array([0.01, 0.07, 0.19, 1 / 3, 0.61])
    tables = tuple(StepTable(cuts + k / 7, middle, middle / 3, (middle + 2) / 3) for k in range(len(WINDOWS)))
    manifest = replace(points.manifest, name=NAME, kind=TRAINED, simulated=True, data_until="2025-06-01")
    return replace(
        points, manifest=manifest, terms=terms, calibration=Calibration(tables), bands=Bands("probability", 0.3, 0.1)
    )


@pytest.fixture
def calibrated(service):
    """A service on either database with a calibrated release in force since long before."""
    here = Installation(registry=service.settings.registry, keys=service.settings.keys)
    key = here.signing_key()
    publish_release(here.registry, calibrated_release(), key, card="# tested")
    promote(here.registry, NAME, key, here.trusted(), at_us=INSTALLED_US + 1, by="tests", reason="tested")
    return service


def file_scores(service, tmp_path, as_of):
    here = Installation(registry=service.settings.registry, keys=service.settings.keys)
    out = tmp_path / "scores.parquet"
    release = load_release(here.registry, NAME, here.trusted())
    rescore_files(JUDGE / "first", parse_moment(as_of), out, release=release, rules=load_rules())
    return pl.read_parquet(out).to_dicts()


def plain(reason):
    """A reason of the interface as the file has it: levels of a category by number."""
    value = reason["value"]
    if isinstance(value, str):
        value = CATALOGUE[INDEX[reason["code"]]].levels.index(value)
    return {"code": reason["code"], "value": value, "contribution": reason["contribution"]}


@pytest.mark.slow
@pytest.mark.everywhere
def test_over_http_and_in_files_a_score_is_the_same(calibrated, tmp_path):
    figures = 0
    for as_of in TIMES:
        rows = file_scores(calibrated, tmp_path, as_of)
        figures += sum(row["probability"] is not None for row in rows)
        for row in rows:
            got = calibrated.get(f"/api/v1/cases/{row['case_id']}/score", query_string={"as_of": as_of})
            assert got.status_code == 200, got.text
            assert_same(got.json, row, as_of)
    assert figures > 20


def assert_same(score, row, as_of):
    assert set(score) == SCORE
    for name in ("case_id", "candidate_id", "lane", "band", "release", "rules_version"):
        assert score[name] == row[name], (row["case_id"], name)
    assert score["as_of"] == iso(parse_moment(as_of))
    for name in ("probability", "log_odds", "base", "other"):
        assert score[name] == row[name], (row["case_id"], name)
    assert score["interval"] == {"low": row["probability_low"], "high": row["probability_high"]}
    assert [plain(reason) for reason in score["reasons"]] == (row["reasons"] or [])
    assert [notice["code"] for notice in score["notices"]] == (row["notices"] or [])
    assert score["recourse"]["kind"] == row["recourse_kind"]
    if score["log_odds"] is not None:
        parts = [reason["contribution"] for reason in score["reasons"]]
        assert score["base"] + sum(parts) + score["other"] == score["log_odds"]
        assert score["interval"]["low"] <= score["probability"] <= score["interval"]["high"]


@pytest.mark.everywhere
def test_the_parts_of_a_score_have_exactly_their_members(calibrated):
    seen = set()
    for item in calibrated.get("/api/v1/cases?limit=200").json["items"]:
        score = calibrated.get(f"/api/v1/cases/{item['case_id']}/score", query_string={"as_of": TIMES[0]}).json
        assert set(score["interval"]) == {"low", "high"}
        assert set(score["recourse"]) == {"kind", "text", "steps"}
        records = [part["record"] for part in (*score["reasons"], *score["notices"])]
        for reason in score["reasons"]:
            assert set(reason) == {"code", "family", "text", "value", "contribution", "record"}
            assert reason["family"] in {"registration", "agency", "travel", "identity"}
        for notice in score["notices"]:
            assert set(notice) == {"code", "text", "record"}
        for step in score["recourse"]["steps"]:
            assert set(step) == {"step", "issuer", "office", "text"}
            assert step["office"] is None or set(step["office"]) == {"name", "phone"}
        for part in (*score["reasons"], *score["notices"], *score["recourse"]["steps"], score["recourse"]):
            assert set(part["text"]) == {"id", "en"}
            assert all(part["text"].values())
        for record in filter(None, records):
            assert set(record) == {"feed", "key", "recorded_at"}
        seen |= {name for name in ("reasons", "notices") if score[name]} | ({"steps"} & set(score["recourse"]))
    assert seen == {"reasons", "notices", "steps"}, "the judge's world has all of them"
