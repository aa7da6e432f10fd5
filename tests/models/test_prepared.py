"""Cases that waited on disk for the counts are scored as those that never left memory."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from models.aggregates import count, shares
from models.cases import build_cases
from models.freshness import DeliveryStamp, freshness
from models.prepared import Prepared, prepare, read_prepared
from models.references import read_references
from models.releases.rules_only import rules_only_release
from models.schema import FEEDS
from models.score import score
from models.situation import situate
from models.times import parse_moment
from tests.models.worlds import BOOK, World, random_world, rules_at

T_US = parse_moment("2025-09-10")
RELEASE = rules_only_release(rules_version=BOOK.version)


def _through_the_disk(prepared: Prepared, folder: Path) -> Prepared:
    prepared.write(folder / "part.arrow")
    return read_prepared(folder / "part.arrow")


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])
def test_two_passes_over_parts_give_what_one_pass_over_all_gives(seed: int, tmp_path: Path) -> None:
    feeds = random_world(seed, people=40).frames()
    rules = rules_at(T_US)
    stamps = [DeliveryStamp(1, "test", T_US, dict.fromkeys(FEEDS, T_US))]
    fresh = freshness(stamps, feeds, T_US)
    whole = situate(feeds, T_US, rules=rules, freshness=fresh)
    references = read_references(feeds, T_US, rules=rules)
    parts, own = [], []
    for number in range(3):
        part = {
            name: frame.filter(pl.col("candidate_id").hash(1) % 3 == number)
            for name, frame in feeds.items()
            if FEEDS[name].partitioned
        }
        block = build_cases(part, T_US, rules=rules, references=references)
        own.append(shares(block, rules))
        parts.append(_through_the_disk(prepare(block, own[-1], rules=rules, freshness=fresh), tmp_path))
    everybody = count(own)
    scores = pl.concat(part.scores_frame(everybody, RELEASE, t_us=T_US, rules=rules) for part in parts)
    features = pl.concat(part.features_frame(everybody, rules) for part in parts)
    assert scores.sort("case_id").equals(score(whole, RELEASE).frame())
    assert features.sort("case_id").equals(whole.features_frame())


def test_nobody_is_prepared_as_nobody(tmp_path: Path) -> None:
    feeds = World().frames()
    rules = rules_at(T_US)
    block = build_cases(feeds, T_US, rules=rules)
    own = shares(block, rules)
    fresh = freshness([DeliveryStamp(1)], feeds, T_US)
    prepared = _through_the_disk(prepare(block, own, rules=rules, freshness=fresh), tmp_path)
    frame = prepared.scores_frame(count([own]), RELEASE, t_us=T_US, rules=rules)
    assert frame.is_empty()
    assert frame.schema == score(situate(feeds, T_US, rules=rules, freshness=fresh), RELEASE).frame().schema
