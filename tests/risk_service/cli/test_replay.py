from __future__ import annotations

import json
import shutil

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from risk_service.cli import main
from risk_service.services import audit
from risk_service.settings import Settings
from risk_service.store import open_store
from risk_service.store.runs import list_runs
from risk_service.store.tables import scores


@pytest.fixture
def home(filled, tmp_path):
    return shutil.copytree(filled, tmp_path / "home")


@pytest.fixture
def run(home):
    return lambda *words: CliRunner().invoke(main, ["replay", *words], env={"RISK_HOME": str(home)})


@pytest.fixture
def store(home):
    opened = open_store(Settings(home=home).database_url)
    yield opened
    opened.close()


def test_all_scores_and_counts_are_the_same_and_the_figure_is_printed(run, store):
    got = run("--all")

    with store.reading() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(scores)).scalar()
    assert got.exit_code == 0, got.output
    assert f"Replayed {total} stored scores of 1 runs in" in got.stdout
    assert f"{total} the same to the last bit, 0 differ, 0 erased" in got.stdout
    assert "keys, all as counted then" in got.stdout


def test_one_score_is_replayed_and_leaves_an_entry_without_naming_the_person(run, store):
    got = run("1")

    assert got.exit_code == 0, got.output
    assert "the same to the last bit" in got.stdout
    entry = audit.listed(store, limit=1000)[-1]
    assert (entry["action"], entry["purpose"], entry["detail"]["state"]) == ("score.replay", "audit", "same")
    assert entry["subject"]
    assert "C-" not in json.dumps(entry)


def test_a_difference_is_shown_and_has_an_exit_code_of_its_own(run, store):
    with store.writing() as connection:
        connection.execute(sa.update(scores).where(scores.c.score_id == 1).values(recourse_kind="altered"))

    one, many = run("1"), run("--sample", "100000")

    assert one.exit_code == many.exit_code == 4
    assert "recourse_kind: stored 'altered', replayed '" in one.stdout
    assert "1 differ" in many.stdout


@pytest.mark.parametrize("words", [[], ["1", "--all"], ["1", "--sample", "3"], ["--all", "--run", "x"]])
def test_which_scores_has_to_be_said_once(run, words):
    assert run(*words).exit_code == 2


def test_a_score_that_is_not_there_is_one_line(run):
    got = run("77777")

    assert got.exit_code == 2
    assert got.stderr == "Error: There is no stored score 77777. --sample 10 takes ten of those that are there.\n"


def test_a_run_that_is_not_there_is_one_line_that_names_those_that_are(run, store):
    with store.reading() as connection:
        (known,) = list_runs(connection)
    got = run("--run", "X")

    assert got.exit_code == 2
    assert got.stderr == f"Error: There is no run X. The latest runs of this store: {known.run_id}.\n"


def test_a_store_without_any_run_says_how_one_is_made(tmp_path):
    got = CliRunner().invoke(main, ["replay", "--run", "X"], env={"RISK_HOME": str(tmp_path / "new")})

    assert got.exit_code == 2
    assert got.stderr == "Error: There is no run X. Make one: risk-service rescore\n"
