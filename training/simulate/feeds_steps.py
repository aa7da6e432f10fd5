"""The feed ``registration_steps``: what of the progress is written down, and when."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.schema import OFFICE_KINDS, STEPS
from models.times import US_PER_DAY
from training.simulate import offices, procedure, steps
from training.simulate.cases import Cases, World
from training.simulate.draws import NEVER, NONE, Bools, Ints, between, chance, lag, office_hours, pick
from training.simulate.frames import dates, labels, moments, numbered
from training.simulate.offices import Directory
from training.simulate.records import assembled, retractions
from training.simulate.routes import EARLY, Fates
from training.simulate.steps import Progress

MEDICAL: Final = procedure.step_index("medical")
PASSPORT: Final = procedure.step_index("passport")
SHORT_MEDICAL_DAYS: Final = 60


def registration_steps(
    rng: np.random.Generator,
    world: World,
    cases: Cases,
    fates: Fates,
    progress: Progress,
    *,
    number: Ints,
    known: Ints,
) -> pl.DataFrame:
    """The feed, from the progress as it came to be.

    Parameters
    ----------
    number, known
        Number of each case's registration and the recording time of its first entry.
    """
    settings = world.settings
    done = _stamped(rng, progress, fates)
    happened = (done < NEVER) & (done <= settings.last) & ~steps.carried_over(progress, cases)
    row, position = np.nonzero(happened)
    case, step, day = progress.case[row], progress.step[row, position], done[row, position]
    written, recorded = _recorded(rng, world, cases, case=case, step=step, day=day)
    case, step, day, recorded = case[written], step[written], day[written], recorded[written]
    recorded = np.maximum(recorded, known[case] + 60_000_000)
    valid = _valid_until(rng, step=step, day=day)
    kind = procedure.ISSUER[step]
    directory = Directory(settings, world.agencies)
    office = directory.index(
        kind=kind, region=cases.region[case], country=cases.country[case], agency=cases.agency[case]
    )
    n = len(case)
    frame = pl.DataFrame(
        {
            "registration_id": numbered("R", settings.seed, number, width=7)[case],
            "step": labels(STEPS, step),
            "candidate_id": numbered("C", settings.seed, cases.person, width=7)[case],
            "completed_on": dates(day),
            "issuer": labels(OFFICE_KINDS, kind),
            "issuer_ref": labels(directory.ids, np.where(chance(rng, 0.12, n), NONE, office)),
            "valid_until": dates(valid),
            "recorded_at": moments(recorded),
        }
    )
    parts = [frame, _done_again(rng, cases, frame, case=case, step=step, valid=valid, recorded=recorded)]
    parts += _changes(rng, frame, day=day, recorded=recorded)
    return assembled("registration_steps", settings, parts)


def _stamped(rng: np.random.Generator, progress: Progress, fates: Fates) -> Ints:
    """Some files have their last third dated on one day, files sent early more often."""
    n, width = progress.done.shape
    hasty = chance(rng, np.where(fates.route[progress.case] == EARLY, 0.15, 0.012), n)
    late = hasty[:, None] & (np.arange(width) >= 2 * width // 3 - 2) & (progress.done < NEVER)
    last = np.where(late, progress.done, 0).max(axis=1)
    return np.where(late, last[:, None], progress.done)


def _recorded(
    rng: np.random.Generator, world: World, cases: Cases, *, case: Ints, step: Ints, day: Ints
) -> tuple[Bools, Ints]:
    """Which steps reach the national system, and when: not from unconnected offices, some much later."""
    n, settings = len(case), world.settings
    at = day + lag(rng, n, mean=2.0, late=0.035)
    kind, region = procedure.ISSUER[step], cases.region[case]
    connected = offices.since(settings, kind=kind, region=region)
    cut_off = day < connected
    at = np.where(cut_off, np.maximum(at, connected + between(rng, 5, 60, n)), at)
    written = np.where(cut_off, chance(rng, 0.15, n), chance(rng, 0.988, n))
    return np.asarray(written, dtype=np.bool_), office_hours(rng, at)


def _valid_until(rng: np.random.Generator, *, step: Ints, day: Ints) -> Ints:
    length = procedure.VALID_DAYS[step]
    length = np.where((step == MEDICAL) & chance(rng, 0.3, len(step)), SHORT_MEDICAL_DAYS, length)
    length = np.where((step == PASSPORT) & chance(rng, 0.35, len(step)), length // 2, length)
    return np.where(length == 0, NONE, day + length)


def _done_again(
    rng: np.random.Generator, cases: Cases, frame: pl.DataFrame, *, case: Ints, step: Ints, valid: Ints, recorded: Ints
) -> pl.DataFrame:
    """Medical checks that run out before departure: most are done again, some are left expired."""
    planned = cases.planned_last[case]
    rows = np.flatnonzero((step == MEDICAL) & (valid < planned) & chance(rng, 0.75, len(case)))
    day = np.maximum(planned[rows] - between(rng, 8, 35, len(rows)), valid[rows] - 5)
    again = office_hours(rng, day + lag(rng, len(rows), mean=2.0, late=0.03))
    return frame[rows].with_columns(
        completed_on=dates(day),
        valid_until=dates(day + procedure.VALID_DAYS[MEDICAL]),
        recorded_at=moments(np.maximum(again, recorded[rows] + US_PER_DAY)),
    )


def _changes(rng: np.random.Generator, frame: pl.DataFrame, *, day: Ints, recorded: Ints) -> list[pl.DataFrame]:
    """Corrected dates, entries withdrawn, and some of those asserted again."""
    change = pick(rng, [0.986, 0.008, 0.006], len(day))
    corrected, withdrawn = np.flatnonzero(change == 1), np.flatnonzero(change == 2)
    later = recorded[corrected] + between(rng, 2, 30, len(corrected)) * US_PER_DAY
    fixed = frame[corrected].with_columns(
        completed_on=dates(day[corrected] - between(rng, 1, 6, len(corrected))), recorded_at=moments(later)
    )
    gone = recorded[withdrawn] + between(rng, 2, 40, len(withdrawn)) * US_PER_DAY
    back = np.flatnonzero(chance(rng, 0.4, len(withdrawn)))
    rows = withdrawn[back]
    wait = between(rng, 2, 20, len(rows))
    again = frame[rows].with_columns(
        completed_on=dates(gone[back] // US_PER_DAY + wait - 1),
        recorded_at=moments(gone[back] + wait * US_PER_DAY),
    )
    return [fixed, retractions("registration_steps", frame, withdrawn, gone), again]
