"""Made-up examples with dates, agencies and leads, and a public data set with a date made up for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

from training.engines.spec import Spec
from training.examples import Examples, examples

FIRST_DAY = 19_000
SPECS = (
    Spec(name="steps", column=0, direction=1, can_miss=False),
    Spec(name="licence", column=1, direction=1),
    Spec(name="kind", column=2, levels=3),
    Spec(name="noise", column=3),
)


def made(
    cases: int = 1200,
    *,
    seed: int = 1,
    leads: tuple[int, ...] = (45, 21, 7),
    agencies: int = 40,
    days: int = 500,
    inclusion: float | None = None,
    open_cases: int = 0,
) -> Examples:
    """Cases seen at several leads; agencies differ. The last ``open_cases`` have no label yet."""
    rng = np.random.default_rng(seed)
    total = cases + open_cases
    agency = rng.integers(0, agencies, total)
    bad = rng.normal(0, 0.6, agencies)[agency]
    hidden = rng.normal(size=total)
    licence = rng.choice([0.0, 1, 2, np.nan], size=total, p=[0.6, 0.2, 0.1, 0.1])
    kind = rng.integers(0, 3, total).astype(float)
    logit = -1.9 + 1.3 * hidden + 0.5 * np.nan_to_num(licence) + bad + 0.3 * (kind == 1)
    label = (rng.random(total) < 1 / (1 + np.exp(-logit))).astype(float)
    event = np.sort(FIRST_DAY + rng.integers(60, days, total))
    found = event + rng.integers(5, 30, total)
    label[cases:] = np.nan
    case = np.repeat(np.arange(total), len(leads))
    lead = np.tile(np.array(leads, dtype=float), total)
    steps = np.clip(np.round(2 + hidden[case] * (70 - lead) / 40 + rng.normal(0, 0.6, case.size)), 0, 6)
    X = np.column_stack([steps, licence[case], kind[case], rng.normal(size=case.size)])
    drawn = np.zeros(total) if inclusion is None else np.where(rng.random(total) < inclusion, 1 / inclusion, 0.0)
    return Examples(
        X=np.ascontiguousarray(X),
        specs=SPECS,
        label=label[case],
        day=event[case] - lead.astype(np.int64),
        event_day=event[case],
        known_day=found[case],
        lead=lead,
        case=np.char.add("c", case.astype(str)),
        groups={
            "agency": np.char.add("a", agency[case].astype(str)),
            "office": np.char.add("o", (agency[case] % 5).astype(str)),
        },
        weight=np.full(case.size, 1 / len(leads)),
        yardstick=drawn[case],
    )


def tumours(*, seed: int = 0, days: int = 720) -> pd.DataFrame:
    """A public data set of another trade: tumours, given a date and a clinic by chance."""
    data = load_breast_cancer(as_frame=True)
    frame = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    rng = np.random.default_rng(seed)
    frame["malignant"] = 1 - data.target
    frame["seen_on"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, days, len(frame)), unit="D")
    frame["clinic"] = rng.choice(["north", "east", "south", "west", "harbour", "hill"], len(frame))
    return frame


def tumour_examples(frame: pd.DataFrame | None = None, **more: str) -> Examples:
    """`tumours` as examples."""
    table = tumours() if frame is None else frame
    return examples(table, date="seen_on", label="malignant", groups=("clinic",), **more)
