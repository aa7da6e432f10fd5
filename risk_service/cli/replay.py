"""Compute stored scores again, and hold them to the last bit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from risk_service.cli._common import now_us, opened_store, operator, rule_book, rules_option, settings
from risk_service.cli._progress import progress
from risk_service.services import audit
from risk_service.services.releases import Releases
from risk_service.services.replay import Recounted, Replayed, Summary, Which, recount, replay, replay_many
from risk_service.store import Store
from risk_service.store import runs as runs_kept
from risk_service.store.persons import master_key

DIFFERS = 4


@click.command()
@click.argument("score_id", type=click.IntRange(min=1), required=False)
@click.option("--run", help="All scores written in this run; its counts about others are counted again as well.")
@click.option("--all", "everything", is_flag=True, help="All stored scores.")
@click.option("--sample", type=click.IntRange(min=1), help="So many stored scores, drawn at random.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the sample.")
@rules_option
def command(
    *, score_id: int | None, run: str | None, everything: bool, sample: int | None, seed: int, rules: Path | None
) -> None:
    """Compute the stored score SCORE_ID again from what was knowable and delivered then, bit for bit.

    Read are only deliveries that had come in by then, the release that scored it, rules as recorded then, and the
    freshness and counts that its run kept; what came in later, however it is dated, changes nothing. What differs is
    named with both values. A person who was erased is answered with the policy.

    Exit codes: 0 all are the same to the last bit or were erased, 4 some differ or cannot be replayed.
    """
    ways = (score_id is not None, run is not None, everything, sample is not None)
    if sum(ways[:3]) > 1 or (score_id is not None and sample is not None) or not any(ways):
        raise click.UsageError("Give SCORE_ID, or one of --run and --all, or --sample (of a run or of all).")
    chosen = settings()
    store = opened_store(chosen)
    book = rule_book(rules or chosen.rules)
    releases = Releases(registry=chosen.registry, trusted=chosen.keys / "trusted")
    if score_id is not None:
        found = replay(store, score_id, releases=releases, rules=book)
        who = found.candidate_id
        subject = audit.subject_token(master_key(store, chosen.keys), who) if who else None
        _note(store, subject, {"score": score_id, "case": found.case_id, "state": found.state})
        click.echo(_one(found))
        _end(holds=found.state in ("same", "erased"))
        return
    since = time.perf_counter()
    with progress() as tell:
        which = Which(run_id=run, sample=sample, seed=seed)
        summary = replay_many(store, which, releases=releases, rules=book, progress=tell)
    took = time.perf_counter() - since
    _note(store, run, {"scores": summary.total, "counts": dict(summary.counts)})
    click.echo(_many(summary, took))
    holds = summary.holds
    for run_id in _runs(store, run) if sample is None else ():
        counted = recount(store, run_id, rules=book)
        click.echo(_counts(run_id, counted))
        holds = holds and not counted.differences
    _end(holds=holds)


def _runs(store: Store, run: str | None) -> list[str]:
    """Runs whose counts are counted again."""
    if run is not None:
        return [run]
    with store.reading() as connection:
        return [found.run_id for found in runs_kept.list_runs(connection, limit=1_000_000) if found.state == "done"]


def _note(store: Store, subject: str | None, detail: dict[str, Any]) -> None:
    reading = audit.Reading(principal=operator(), purpose="audit", now_us=now_us())
    audit.record(store, reading, action="score.replay", subject=subject, detail=detail)


def _one(found: Replayed) -> str:
    words = {
        "same": "the same to the last bit",
        "differs": f"{len(found.differences)} differences",
        "erased": ", ".join(found.notes),
        "not possible": "cannot be replayed",
    }
    of = f" of case {found.case_id}, run {found.run_id}" if found.case_id else ""
    lines = [f"Score {found.score_id}{of}: {words[found.state]}"]
    lines += [f"  {d.what}: stored {d.stored!r}, replayed {d.replayed!r}" for d in found.differences]
    if found.state != "erased":
        lines += [f"  note: {note}" for note in found.notes]
    return "\n".join(lines)


def _many(summary: Summary, took: float) -> str:
    counts = summary.counts
    said = (
        f"Replayed {summary.total:,} stored scores of {summary.runs:,} runs in {took:.1f} s: {counts['same']:,} the "
        f"same to the last bit, {counts['differs']:,} differ, {counts['erased']:,} erased under a policy, "
        f"{counts['not possible']:,} cannot be replayed"
    )
    lines = [said, *(f"  note: {note} ({n:,} scores)" for note, n in sorted(summary.notes.items()))]
    lines += [_one(found) for found in summary.shown]
    hidden = counts["differs"] + counts["not possible"] - len(summary.shown)
    return "\n".join([*lines, *([f"  and {hidden:,} more"] if hidden else [])])


def _counts(run_id: str, counted: Recounted) -> str:
    if not counted.differences:
        return f"Counts about others of run {run_id}: {counted.keys:,} keys, all as counted then"
    lines = [f"Counts about others of run {run_id}: {len(counted.differences):,} differ"]
    shown = counted.differences[:20]
    lines += [f"  {about} {key}: {name} stored {old}, counted {new}" for about, key, name, old, new in shown]
    return "\n".join(lines)


def _end(*, holds: bool) -> None:
    if not holds:
        raise click.exceptions.Exit(DIFFERS)
