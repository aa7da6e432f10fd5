from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from models.bands import Bands
from models.registry import make_release, publish_release
from models.releases.rules_only import rules_only_release
from models.rules import load_rules
from models.times import parse_moment
from risk_service.cli import main
from risk_service.services.installation import Installation, install
from training.dryrun import MOVES

NOW_US = parse_moment("2025-09-01")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivery, the rules in force, and rules that look at more people."""
    folder = tmp_path_factory.mktemp("home")
    version = load_rules().version
    here = Installation(registry=folder / "registry", keys=folder / "keys")
    install(here, now_us=NOW_US, rules_version=version)
    rules = rules_only_release(rules_version=version)
    eager = Bands("points", rules.bands.first - 1.5, rules.bands.check - 1.5)
    challenger = make_release(replace(rules.manifest, name="eager"), rules.terms, None, eager)
    publish_release(here.registry, challenger, here.signing_key(), card="# eager\n")
    asked = ["--candidates", "600", "--seed", "3", "--from", "2025-01-01", "--until", "2025-09-01"]
    made = _run(folder, "simulate", *asked, "--out", str(folder / "delivery"))
    assert made.exit_code == 0, made.output
    return folder


def _run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"RISK_HOME": str(home)})


def test_a_dry_run_tells_who_would_change_band_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in (home / "registry").rglob("*"))
    out = tmp_path / "moves.parquet"
    done = _run(home, "dry-run", "eager", "--feeds", str(home / "delivery"), "--as-of", "2025-09-01", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("DATA SIMULASI")
    assert "eager beside rules-only-1" in done.stdout
    assert "offices (looked at before, after" in done.stdout
    assert "\ngroups (the same; never inputs of a score):\n  sex " in done.stdout
    moves = pl.read_parquet(out)
    assert dict(moves.schema) == MOVES
    assert len(moves) > 0
    assert f"{len(moves):,} cases that would change band" in done.stdout
    assert sorted(path.name for path in (home / "registry").rglob("*")) == before


def test_programs_get_the_same_as_json_by_office_and_by_group(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "moves.parquet"
    done = _run(home, "dry-run", "eager", "--feeds", str(home / "delivery"), "--as-of", "2025-09-01", "--json",
                "--out", str(out))  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    moved = len(pl.read_parquet(out))
    assert told["simulated"] is True
    assert sum(row["up"] + row["down"] for row in told["by_office"]) == moved > 0
    sexes = [row for row in told["by_group"] if row["attribute"] == "sex"]
    assert sum(row["up"] + row["down"] for row in sexes) == moved
    assert all(row["reasons"] for row in sexes if row["up"] + row["down"])


def test_against_another_release_than_the_one_in_force(home: Path) -> None:
    done = _run(home, "dry-run", "eager", "--against", "eager", "--feeds", str(home / "delivery"),
                "--as-of", "2025-09-01")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "0 would change band" in done.stdout


def test_a_release_that_is_not_there_is_one_line(home: Path) -> None:
    done = _run(home, "dry-run", "nobody", "--feeds", str(home / "delivery"))
    assert done.exit_code == 2
    assert "There is no release nobody" in done.output
    assert "Traceback" not in done.output


def test_a_place_that_cannot_be_written_is_one_line(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "moves.parquet"
    done = _run(home, "dry-run", "eager", "--feeds", str(home / "delivery"), "--as-of", "2025-09-01", "--out", str(out))
    assert done.exit_code == 2
    assert "cannot be written" in done.output
