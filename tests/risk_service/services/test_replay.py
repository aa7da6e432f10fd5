"""A stored score comes out again to the last bit, whatever is delivered later; what does not is named exactly."""

from __future__ import annotations

import json
import shutil

import pytest
import sqlalchemy as sa

from models.rules import load_rules
from models.rules.reader import PACKAGED
from risk_service.errors import NotFoundError
from risk_service.services.ingest import ingest
from risk_service.services.releases import Releases
from risk_service.services.replay import Difference, Which, recount, replay, replay_many
from risk_service.services.rescoring import rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store, persons
from risk_service.store import counts as counts_kept
from risk_service.store import runs as runs_kept
from risk_service.store.tables import FEED_TABLES, current_scores, deliveries, scores
from tests.models.delivery.writing import write_csv, write_manifest
from tests.service import DAY_US, JUDGE, NOW_US, fill

LATER_US = NOW_US + 3600 * 10**6
RULES = load_rules()


class World:
    """A filled store, its registry, and what was delivered and scored after the first scores."""

    def __init__(self, store, home):
        self.store, self.home = store, home
        self.settings = Settings(home=home)
        self.releases = Releases(registry=self.settings.registry, trusted=self.settings.keys / "trusted")
        self.deliveries = 0

    def deliver(self, folder):
        return ingest(self.store, MasterKey.open(self.settings.keys), folder, now_us=NOW_US)

    def deliver_rows(self, **feeds):
        self.deliveries += 1
        folder = self.home / f"delivery-{self.deliveries}"
        folder.mkdir()
        for feed, rows in feeds.items():
            write_csv(folder, feed, rows)
        write_manifest(folder, simulated=True, produced_at="2025-09-11T09:00:00+07:00")
        return self.deliver(folder)

    def rescore(self, as_of_us):
        release = self.releases.at()
        return rescore(self.store, release=release, rules=RULES, as_of_us=as_of_us, clock=lambda: LATER_US)

    def one(self, score_id):
        return replay(self.store, score_id, releases=self.releases, rules=RULES)

    def all(self, **which):
        return replay_many(self.store, Which(**which), releases=self.releases, rules=RULES)

    def change(self, statement):
        with self.store.writing() as connection:
            connection.execute(statement)

    def score_of(self, case_id):
        with self.store.reading() as connection:
            query = sa.select(sa.func.min(scores.c.score_id)).where(scores.c.case_id == case_id)
            return connection.execute(query).scalar()


@pytest.fixture
def world(filled, tmp_path):
    """On SQLite, with first scores."""
    home = shutil.copytree(filled, tmp_path / "home")
    store = open_store(Settings(home=home).database_url)
    yield World(store, home)
    store.close()


@pytest.fixture
def world_anywhere(store, tmp_path):
    """With first scores, once on SQLite and once on PostgreSQL."""
    fill(tmp_path / "home", store)
    return World(store, tmp_path / "home")


def test_later_deliveries_corrections_and_retractions_change_no_replay(world_anywhere):
    world = world_anywhere
    world.deliver(JUDGE / "late")
    world.deliver_rows(
        registrations=[
            # A case of the queue withdrawn, and one moved to another country, both as if known long before.
            {"registration_id": "R-CORR", "recorded_at": "2025-08-15T04:00:00+00:00", "retracted": "true"}
        ],
        registration_steps=[
            {
                "registration_id": "R-BACK", "step": "passport", "candidate_id": "C-BACK", "retracted": "",
                "completed_on": "2025-08-20", "issuer": "immigration", "recorded_at": "2025-08-20T03:00:00+00:00",
            }
        ],
    )  # fmt: skip
    again = world.rescore(DAY_US)
    assert again.run.changed, "the later deliveries have to change what is scored as of that same day"
    world.rescore(LATER_US)

    summary = world.all()

    assert summary.total == summary.counts["same"] > again.run.cases
    assert (summary.runs, summary.shown, dict(summary.notes), summary.holds) == (3, [], {}, True)
    with world.store.reading() as connection:
        runs = [run.run_id for run in runs_kept.list_runs(connection)]
    for run_id in runs:
        counted = recount(world.store, run_id, rules=RULES, size=10)
        assert counted.keys
        assert not counted.differences
    with world.store.writing() as connection:
        assert persons.erase(connection, "C-BACK", at_us=NOW_US, under="a policy")
    at = world.score_of("R-CORR")
    world.change(sa.update(scores).where(scores.c.score_id == at).values(probability_low=0.125))
    found = world.all(sample=10**6)
    assert found.counts["erased"] >= 2
    assert [(each.score_id, each.differences[0].stored) for each in found.shown] == [(at, 0.125)]


def test_a_changed_score_is_named_with_both_values(world):
    at = world.score_of("R-CORR")
    with world.store.reading() as connection:
        row = connection.execute(sa.select(scores).where(scores.c.score_id == at)).one()
    reasons = json.loads(row.reasons)
    first = reasons[0]["contribution"]
    reasons[0]["contribution"] = first + 2.0**-40
    log_odds = row.log_odds + 2.0**-40
    values = {"log_odds": log_odds, "reasons": json.dumps(reasons, separators=(",", ":"))}
    world.change(sa.update(scores).where(scores.c.score_id == at).values(values))

    found = world.one(at)

    assert found.state == "differs"
    assert found.differences == (
        Difference(what="log_odds", stored=log_odds, replayed=row.log_odds),
        Difference(what="reasons[1].contribution", stored=first + 2.0**-40, replayed=first),
    )
    summary = world.all()
    assert not summary.holds
    assert [each.score_id for each in summary.shown] == [at]


def test_a_changed_row_of_a_feed_shows(world):
    table = FEED_TABLES["registrations"]
    world.change(sa.update(table).where(table.c.registration_id == "R-CORR").values(planned_departure_on=30_000))

    differing = {difference.what for difference in world.one(world.score_of("R-CORR")).differences}

    assert "planned_day" in differing


def test_a_case_that_can_no_longer_be_built_is_said_to_be_gone(world):
    table = FEED_TABLES["registrations"]
    world.change(sa.delete(table).where(table.c.registration_id == "R-CORR"))

    found = world.one(world.score_of("R-CORR"))

    assert found.differences == (Difference(what="case", stored="in the queue", replayed="not in the queue"),)


def test_changed_counts_about_others_show_when_counted_again(world):
    with world.store.reading() as connection:
        run = runs_kept.last_done(connection)
        counted = counts_kept.load_counts(connection, run.run_id)
    table = counted.tables["agency_id"]
    counted.tables["agency_id"] = table.with_columns(registered=table["registered"] + 1)
    with world.store.writing() as connection:
        counts_kept.save_counts(connection, run.run_id, counted)

    found = recount(world.store, run.run_id, rules=RULES)

    assert {(about, name) for about, _key, name, _old, _new in found.differences} == {("agency_id", "registered")}
    assert all(old == new + 1 for *_, old, new in found.differences)


def test_a_delivery_that_says_otherwise_now_is_noted(world):
    world.change(sa.update(deliveries).values(source="somebody else"))

    found = world.one(world.score_of("R-CORR"))

    assert any("no longer give the freshness" in note for note in found.notes)


def test_an_erased_person_is_answered_with_the_policy(world):
    with world.store.writing() as connection:
        assert persons.erase(connection, "C-CORR", at_us=NOW_US, under="retention: 90 days")

    found = world.one(world.score_of("R-CORR"))
    summary = world.all()

    assert (found.state, found.notes) == ("erased", ("erased under retention: 90 days",))
    assert summary.counts["erased"] == 1
    assert summary.counts["same"] == summary.total - 1
    assert summary.holds


def test_without_its_release_or_counts_a_score_is_not_guessed(world):
    shutil.move(world.settings.registry, world.home / "elsewhere")
    summary = world.all()
    assert summary.counts["not possible"] == summary.total > 0
    assert not summary.holds
    shutil.move(world.home / "elsewhere", world.settings.registry)
    world.change(sa.text("DELETE FROM aggregates"))

    found = world.one(world.score_of("R-CORR"))

    assert found.state == "not possible"
    assert "counts" in found.notes[0]


def test_rules_edited_since_are_noted_and_rules_of_then_are_read(world, tmp_path):
    folder = shutil.copytree(PACKAGED, tmp_path / "rules")
    text = (folder / "staleness.csv").read_text(encoding="utf-8").splitlines()
    day, recorded = text[0].split(",").index("valid_from"), text[0].split(",").index("recorded_at")
    row = text[1].split(",")
    row[day], row[recorded], row[1] = "2025-09-01", "2026-01-01T00:00:00+07:00", "1"
    (folder / "staleness.csv").write_text("\n".join([*text, ",".join(row), ""]), encoding="utf-8")
    later = load_rules(folder)
    assert later.version != RULES.version

    summary = replay_many(world.store, Which(), releases=world.releases, rules=later)

    assert summary.counts["same"] == summary.total
    assert [n for note, n in summary.notes.items() if RULES.version in note and later.version in note] == [
        summary.total
    ]


def test_a_sample_is_drawn_by_its_seed(world):
    with world.store.reading() as connection:
        run = runs_kept.last_done(connection)
        total = connection.execute(sa.select(sa.func.count()).select_from(scores)).scalar()
    world.change(sa.update(scores).values(band="none"))

    def drawn(seed):
        return [found.score_id for found in world.all(run_id=run.run_id, sample=5, seed=seed).shown]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert world.all(sample=10**6).total == total


def test_what_is_not_there_cannot_be_replayed(world):
    with pytest.raises(NotFoundError, match="no stored score 999999"):
        world.one(999_999)
    with pytest.raises(NotFoundError, match="no run nowhere"):
        world.all(run_id="nowhere")
    world.change(sa.delete(current_scores))
    assert world.all().holds, "the history is replayed, whatever the queue holds"
