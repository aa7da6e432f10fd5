"""Processor seconds of each stage of a file job, part by part in one process.

``python -m benchmarks._stages DIR RELEASE``
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks._worlds import HOME, UNTIL
from models.aggregates import count, shares
from models.cases import build_cases
from models.delivery.links import held, wanted
from models.delivery.parts import read_part, read_references_of
from models.delivery.reader import open_delivery
from models.freshness import freshness, stamp_of
from models.prepared import prepare, read_prepared
from models.references import read_references
from models.registry import load_release
from models.rules import load_rules
from models.times import date_of, parse_moment
from risk_service.jobs.plan import divide
from risk_service.services.installation import Installation


class Stages:
    """Processor seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start


def stages(delivery: Path, name: str) -> dict[str, float]:
    """Go through a delivery as a job does."""
    stage = Stages()
    t_us = parse_moment(UNTIL)
    rules = load_rules().at(date_of(t_us), t_us)
    here = Installation(registry=HOME / "home" / "registry", keys=HOME / "home" / "keys")
    release = load_release(here.registry, name, here.trusted())
    opened = open_delivery(delivery, hashes=False)
    folder = Path(tempfile.mkdtemp())
    with stage("what all refer to"):
        feeds, _ = read_references_of(opened)
        references = read_references(feeds, t_us, rules=rules)
        fresh = freshness([stamp_of(opened.manifest, 1)], feeds, t_us)
    counted = []
    for number, selection in enumerate(divide(opened, {})):
        with stage("hashes"):
            for feed in opened.feeds:
                opened.digests(feed, selection.buckets)
        with stage("read and check"):
            part = read_part(opened, selection, for_cases=True)
        with stage("links between parts"):
            held(part)
            wanted(part)
        with stage("cases"):
            block = build_cases(part.feeds, t_us, rules=rules, references=references)
        with stage("counts about others"):
            own = shares(block, rules)
            counted.append(count([own]))
        with stage("features, notices, way back"):
            prepared = prepare(block, own, rules=rules, freshness=fresh)
        with stage("to disk between the passes"):
            prepared.write(folder / f"{number}.arrow")
    for number, everybody in enumerate(counted):
        with stage("from disk between the passes"):
            prepared = read_prepared(folder / f"{number}.arrow")
        with stage("scores and reasons"):
            frame, _ = prepared.scores_counted(everybody, release, t_us=t_us, rules=rules)
        with stage("write the result"):
            frame.write_parquet(folder / "result.parquet")
    shutil.rmtree(folder)
    return stage.seconds


if __name__ == "__main__":
    print(json.dumps(stages(Path(sys.argv[1]), sys.argv[2])))
