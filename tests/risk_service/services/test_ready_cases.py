"""Active cases that wait in a file for the second pass come back as they were, and without whoever was erased."""

from __future__ import annotations

import polars as pl
import pytest

from models.aggregates import count, shares
from models.cases import build_cases
from models.freshness import DeliveryStamp, freshness
from models.references import read_references
from models.releases.rules_only import rules_only_release
from models.schema import FEEDS
from models.score import score
from models.situation import situate
from models.times import parse_moment
from models.waiting import waiting_steps
from risk_service.services.ready_cases import Ready, ReadyCases
from risk_service.services.results import as_kept, together
from tests.models.worlds import BOOK, random_world, rules_at

T_US = parse_moment("2025-09-10")
RULES = rules_at(T_US)
RELEASE = rules_only_release(rules_version=BOOK.version)


class World:
    def __init__(self, seed):
        self.feeds = random_world(seed, people=40).frames()
        stamps = [DeliveryStamp(1, "test", T_US, dict.fromkeys(FEEDS, T_US))]
        self.freshness = freshness(stamps, self.feeds, T_US)
        self.references = read_references(self.feeds, T_US, rules=RULES)

    def without(self, gone):
        staying = ~pl.col("candidate_id").is_in(gone)
        return {name: frame.filter(staying) if FEEDS[name].partitioned else frame for name, frame in self.feeds.items()}

    def ready(self, feeds):
        block = build_cases(feeds, T_US, rules=RULES, references=self.references)
        own = shares(block, RULES)
        return Ready.of(block, own, rules=RULES, freshness=self.freshness), count([own])


def results(ready, everybody):
    frame, _ = ready.prepared.scores_counted(everybody, RELEASE, t_us=T_US, rules=RULES)
    return together(frame, ready.about)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_results_of_cases_that_waited_are_those_of_one_pass(seed):
    world = World(seed)
    ready, everybody = world.ready(world.feeds)
    assert len(ready)
    with ReadyCases() as file:
        file.keep(3, ready)
        file.keep(4, world.ready(world.without(ready.prepared.keys["candidate_id"].to_list()))[0])
        again, nobody = file.again(3), file.again(4)
        assert file.again(5) is None
    whole = situate(world.feeds, T_US, rules=RULES, freshness=world.freshness)
    assert results(again, everybody).equals(as_kept(score(whole, RELEASE)))
    assert again.steps.equals(waiting_steps(whole))
    assert results(nobody, everybody).schema == results(again, everybody).schema
    assert not len(nobody)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_taking_persons_out_is_as_if_their_rows_had_never_been_read(seed):
    world = World(seed)
    ready, everybody = world.ready(world.feeds)
    gone = ready.prepared.keys["candidate_id"].unique().sort()[::3].to_list()
    left, (anew, _) = ready.without(gone), world.ready(world.without(gone))
    assert 0 < len(left) < len(ready)
    assert results(left, everybody).equals(results(anew, everybody))
    assert left.steps.sort(left.steps.columns).equals(anew.steps.sort(anew.steps.columns))
