"""From a delivery to a release in force and back, by the commands themselves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from models.registry import load_release, promoted, publish_release
from models.times import parse_moment
from risk_service.cli import main
from risk_service.cli.promote import failed_gates
from risk_service.services.installation import Installation, install
from training.calibrate import CalibrationSettings
from training.settings import TrainSettings

NOW_US = parse_moment("2025-09-01")


@dataclass(frozen=True)
class Home:
    """A home folder with a delivery, and a release trained on it."""

    folder: Path
    name: str

    @property
    def delivery(self) -> Path:
        return self.folder / "delivery"

    @property
    def installation(self) -> Installation:
        return Installation(registry=self.folder / "registry", keys=self.folder / "keys")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, list(words), env={"RISK_HOME": str(self.folder)})

    def promote(self, *words: str) -> Result:
        """Promote the release, whatever its gates say of so small a world."""
        return self.run("promote", self.name, "--force", "--reason", "first", *words)

    @property
    def in_force(self) -> str:
        return promoted(self.installation.registry, self.installation.trusted())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("home")
    home = Home(folder, "")
    asked = ["--candidates", "900", "--seed", "3", "--from", "2024-11-01", "--until", "2025-08-31"]
    asked += ["--prevalence", "0.3", "--random-checks", "0.5", "--out", str(home.delivery)]
    assert home.run("simulate", *asked).exit_code == 0
    trained = home.run("train", "--feeds", str(home.delivery), "--until", "2025-07-31")
    assert trained.exit_code == 0, trained.output
    return Home(folder, trained.stdout.strip())


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    """The same home with a registry of its own, in which nothing was promoted yet."""
    copy = tmp_path / "home"
    shutil.copytree(made.folder, copy)
    return Home(copy, made.name)


def test_train_prints_the_name_alone_and_the_registry_holds_a_whole_release(made: Home) -> None:
    assert made.name.startswith("2025-07-31-")
    assert "\n" not in made.name
    release = load_release(made.installation.registry, made.name, made.installation.trusted())
    assert release.simulated
    folder = made.installation.registry / made.name
    assert {path.name for path in folder.iterdir()} == {
        "analyst", "bands.json", "calibration.json", "card.html", "card.md", "manifest.json", "manifest.sig",
        "reference.json", "terms.npz",
    }  # fmt: skip
    assert "DATA SIMULASI" in (folder / "card.md").read_text()
    assert made.in_force == "rules-only-1"


def test_promoted_it_scores_and_every_score_adds_up(home: Home) -> None:
    promoted_now = home.promote("--by", "Tester")
    assert promoted_now.exit_code == 0, promoted_now.output
    assert promoted_now.stdout == f"In force: {home.name} (before: rules-only-1)\n"
    out = home.folder / "scores.parquet"
    scored = home.run("rescore", "--feeds", str(home.delivery), "--as-of", "2025-08-10", "--out", str(out))
    assert scored.exit_code == 0, scored.output
    assert "\n  drift: " in scored.output
    frame = pl.read_parquet(out).filter(pl.col("log_odds").is_not_null())
    assert len(frame) > 50
    assert set(frame["release"]) == {home.name}
    for row in frame.iter_rows(named=True):
        assert row["base"] + sum(reason["contribution"] for reason in row["reasons"]) + row["other"] == row["log_odds"]
        assert row["probability_low"] <= row["probability"] <= row["probability_high"]
    assert set(frame["band"]) <= {"first", "check", "none"}


def test_rollback_takes_the_promotion_back_and_both_stay_in_the_log(home: Home) -> None:
    home.promote()
    back = home.run("rollback", "--reason", "try again", "--by", "Tester")
    assert back.exit_code == 0
    assert back.stdout == f"In force: rules-only-1 (before: {home.name})\n"
    assert home.in_force == "rules-only-1"


def test_evaluate_shows_later_cases_by_days_to_departure(made: Home) -> None:
    shown = made.run(
        "evaluate", made.name, "--feeds", str(made.delivery), "--from", "2025-07-01", "--until", "2025-08-31"
    )
    assert shown.exit_code == 0, shown.output
    assert "DATA SIMULASI" in shown.stdout
    for word in ("drawn checks", "all findings", "0-14", "14-30", "rules only", "naive", "PR-AUC", "Brier"):
        assert word in shown.stdout
    rules = made.run("evaluate", "rules-only-1", "--feeds", str(made.delivery))
    assert rules.exit_code == 2
    assert "say with --from which cases to judge" in rules.stderr


def test_a_name_that_is_none_gets_one_line_with_the_known_ones(made: Home) -> None:
    for command in ("promote", "evaluate"):
        words = [command, "2025-01-01-nothing"] + (["--feeds", str(made.delivery)] if command == "evaluate" else [])
        missing = made.run(*words)
        assert missing.exit_code == 2
        assert len(missing.stderr.splitlines()) == 1
        assert f"There is no release 2025-01-01-nothing in {made.installation.registry}." in missing.stderr
        assert f"Known: {made.name}, rules-only-1." in missing.stderr


def test_too_few_findings_are_one_line_with_their_number(made: Home) -> None:
    early = made.run("train", "--feeds", str(made.delivery), "--until", "2025-02-10")
    assert early.exit_code == 2
    assert early.stdout == ""
    said = early.stderr.splitlines()[-1]
    assert said.startswith(("Error: Too few findings to learn from: ", "Error: There is no finding to learn from"))


def test_a_release_that_failed_a_gate_needs_force_and_a_reason(home: Home) -> None:
    here = home.installation
    release = load_release(here.registry, home.name, here.trusted())
    gates = {
        "directions": release.manifest.gates["directions"],
        "calibrated_0-14": {"verdict": "breach", "says": "twice", "holds": False},
    }
    failed = replace(release, manifest=replace(release.manifest, name="failed", gates=gates, files={}, features=[]))
    publish_release(here.registry, failed, here.signing_key(), card="# failed")
    assert failed_gates(failed) == ["calibrated_0-14"]
    for words in ([], ["--force"], ["--reason", "we know"]):
        refused = home.run("promote", "failed", *words)
        assert refused.exit_code == 2
        assert refused.stderr.splitlines()[0] == "  calibrated_0-14: twice"
        assert "Release failed did not pass: calibrated_0-14." in refused.stderr
        assert home.in_force == "rules-only-1"
    assert home.run("promote", "failed", "--force", "--reason", "we know").exit_code == 0
    assert home.in_force == "failed"


def test_thin_evidence_is_accepted_by_somebody_or_refused_and_stands_with_the_card(home: Home) -> None:
    here = home.installation
    release = load_release(here.registry, home.name, here.trusted())
    says = {"drift": "from 40 cases on", "fairness": "from 120 further findings on"}
    gates = {name: {"verdict": "not enough evidence", "says": text, "holds": True} for name, text in says.items()}
    thin = replace(release, manifest=replace(release.manifest, name="thin", gates=gates, files={}, features=[]))
    real = replace(thin, manifest=replace(thin.manifest, name="real", simulated=False))
    publish_release(here.registry, thin, here.signing_key(), card="# thin")
    publish_release(here.registry, real, here.signing_key(), card="# real")
    refused = home.run("promote", "real")
    assert refused.exit_code == 2
    told = [f"  {name}: {text}" for name, text in says.items()]
    assert refused.stderr.splitlines()[:2] == told
    assert "Release real lacks evidence: drift, fairness." in refused.stderr
    assert home.in_force == "rules-only-1"
    assert home.run("promote", "real", "--accept-thin", "--by", "Rahma").exit_code == 0
    simulated = home.run("promote", "thin", "--by", "Rahma", "--reason", "a pilot")
    assert simulated.exit_code == 0
    assert simulated.stderr.splitlines()[:3] == ["Thin evidence, accepted by Rahma:", *told]
    shown = home.run("card")
    assert shown.stdout.startswith("# thin\n## Pemberlakuan / Promotions")
    why = "; ".join(f"{name} ({text})" for name, text in says.items())
    assert f"thin evidence accepted by Rahma: {why}: a pilot" in shown.stdout


def test_what_a_promotion_would_mean_is_shown_before_with_bands_by_office(home: Home) -> None:
    shown = home.run("promote", home.name, "--preview")
    assert shown.exit_code == 0, shown.output
    assert home.in_force == "rules-only-1"
    queue = load_release(home.installation.registry, home.name, home.installation.trusted()).manifest.figures
    assert f"the queue of 2025-07-31: {queue['queue']['cases']:,} cases" in shown.stdout
    assert sum(row["cases"] for row in queue["offices"]) == queue["queue"]["cases"]
    most = queue["offices"][0]
    assert f"  {most['office']}: {most['cases']}; {most['first']}, {most['check']}" in shown.stdout
    assert "fairness: " in shown.stdout


def test_the_card_can_be_written_as_a_page_with_the_promotion_on_it(home: Home) -> None:
    assert home.promote().exit_code == 0
    page = home.folder / "card.html"
    assert home.run("card", home.name, "--html", str(page)).exit_code == 0
    text = page.read_text()
    assert text.count("<svg") == len(
        load_release(home.installation.registry, home.name, home.installation.trusted()).terms.terms
    )
    assert "Pemberlakuan / Promotions" in text
    nowhere = home.run("card", home.name, "--html", str(home.folder / "no" / "card.html"))
    assert nowhere.exit_code == 2
    assert "cannot be written" in nowhere.stderr


def test_an_edit_makes_a_release_of_its_own_and_says_what_cannot_be_edited(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = TrainSettings(leads=(21, 7), far_leads=(), backtest_days=1, draws=5,
                          calibration=CalibrationSettings(bootstraps=5))  # fmt: skip
    monkeypatch.setattr("training.settings.TrainSettings", lambda **asked: replace(quick, **asked))
    words = ["--feeds", str(home.delivery), "--reason", "offices doubt it"]
    refused = home.run("edit", home.name, "--flatten", "sex", *words)
    assert refused.exit_code == 2
    assert "There is no reason 'sex' to flatten. There are: " in refused.stderr
    assert home.run("edit", home.name, *words).exit_code == 2
    release = load_release(home.installation.registry, home.name, home.installation.trusted())
    code = next(g.code for g in reversed(release.terms.groups) if len(g.features) == 1)
    made = home.run("edit", home.name, "--freeze", code, "--by", "Sari", *words)
    assert made.exit_code == 0, made.output
    name = made.stdout.strip()
    assert name != home.name
    edited = load_release(home.installation.registry, name, home.installation.trusted())
    assert [(e["kind"], e["term"], e["by"], e["source"]) for e in edited.manifest.edits] == [
        ("freeze", code, "Sari", home.name)
    ]
    assert edited.terms.base == release.terms.base
    assert "offices doubt it" in home.run("card", name).stdout


def test_training_again_on_the_same_data_finds_the_release_there(home: Home) -> None:
    before = (home.installation.registry / home.name / "terms.npz").read_bytes()
    again = home.run("train", "--feeds", str(home.delivery), "--until", "2025-07-31")
    assert again.exit_code == 0, again.output
    assert again.stdout.strip() == home.name
    assert (home.installation.registry / home.name / "terms.npz").read_bytes() == before


def test_train_names_what_is_wrong_with_its_folder(tmp_path: Path) -> None:
    install(Installation(registry=tmp_path / "registry", keys=tmp_path / "keys"), now_us=NOW_US, rules_version="x")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = Home(tmp_path, "").run("train", "--feeds", str(empty), "--until", "2025-07-31")
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 1
    assert str(empty) in refused.stderr
