"""Rescoring as it is usually written: pandas merges, scikit-learn, LightGBM's ``pred_contrib``; an EBM; row by row.

``python pandas_batch.py DELIVERY UNTIL OUT`` in the peers' environment; prints JSON. It does less than ours: no rows
are checked, nobody is subtracted from counts about others, there are no notices, no way back and no interval.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.ensemble import HistGradientBoostingClassifier

STEPS = ["placement_agreement", "contract", "work_visa", "orientation", "insurance", "worker_id", "family_consent",
         "competency_certificate", "medical", "passport", "selection", "marital_letter"]  # fmt: skip
ROWS_ONE_BY_ONE = 200
ROWS_TO_LEARN_FROM = 20_000
REASONS = 5

seconds: dict[str, float] = {}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Note the processor time of a piece of work."""
    start = time.process_time()
    yield
    seconds[name] = time.process_time() - start


def latest(frame: pd.DataFrame, key: list[str], until: pd.Timestamp) -> pd.DataFrame:
    """Of each key the last row recorded by a time, unless it withdraws the key."""
    known = frame[frame["recorded_at"] <= until].sort_values("recorded_at", kind="stable")
    last = known.drop_duplicates(key, keep="last")
    return last[~last["retracted"].fillna(value=False).astype(bool)]


def features(feeds: dict[str, pd.DataFrame], until: pd.Timestamp) -> pd.DataFrame:
    """One row a registration with some fifty features, by merges and pivots."""
    cases = feeds["registrations"].merge(feeds["candidates"], on="candidate_id", suffixes=("", "_person"))
    steps = feeds["registration_steps"]
    steps = steps[steps["step"].isin(STEPS)]
    done = steps.pivot_table(index="registration_id", columns="step", values="completed_on", aggfunc="max")
    for step in STEPS:
        cases[f"has_{step}"] = cases["registration_id"].map(done[step].notna()) if step in done else False
    counted = steps.groupby("registration_id").agg(steps=("step", "size"), last=("completed_on", "max"))
    cases = cases.merge(counted, left_on="registration_id", right_index=True, how="left")
    day = pd.Timestamp(until.date())
    planned = pd.to_datetime(cases["planned_departure_on"])
    cases["days_to_departure"] = (planned - day).dt.days
    cases["days_reg_to_dep"] = (planned - pd.to_datetime(cases["registered_on"])).dt.days
    cases["stalled"] = (day - pd.to_datetime(cases["last"])).dt.days
    cases["age"] = (day - pd.to_datetime(cases["birth_date"])).dt.days / 365.25
    cases["nik_valid"] = cases["nik"].str.fullmatch(r"\d{16}").fillna(value=False)
    for key in ("agency_id", "recruiter_ref", "permit_id", "branch_region", "office"):
        cases[f"{key}_cases"] = cases.groupby(key)["registration_id"].transform("size")
    found = feeds["outcomes"].merge(cases[["registration_id", "agency_id"]], on="registration_id")
    bad = found.assign(bad=found["finding"] == "non_procedural").groupby("agency_id")["bad"].agg(["mean", "size"])
    cases = cases.merge(bad.add_prefix("agency_"), left_on="agency_id", right_index=True, how="left")
    events = pd.crosstab(feeds["agency_events"]["agency_id"], feeds["agency_events"]["event"])
    cases = cases.merge(events.add_prefix("event_"), left_on="agency_id", right_index=True, how="left")
    permits = feeds["permits"][["permit_id", "quota", "valid_to", "destination_country"]]
    cases = cases.merge(permits.add_prefix("permit_"), left_on="permit_id", right_on="permit_permit_id", how="left")
    cases["permit_country"] = cases["permit_destination_country"] == cases["destination_country"]
    trips = feeds["travel"].sort_values("departure_at").drop_duplicates("candidate_id", keep="last")
    trips = trips[["candidate_id", "visa_class", "return_ticket", "payer", "payer_ref", "group_size", "booked_at",
                   "departure_at", "planned_stay_days", "visa_days"]]  # fmt: skip
    cases = cases.merge(trips, on="candidate_id", how="left")
    cases["lead_days"] = (cases["departure_at"] - cases["booked_at"]).dt.days
    cases["payer_cases"] = cases.groupby("payer_ref")["registration_id"].transform("size")
    for name in ("scheme", "placement", "visa_class", "return_ticket", "payer", "sex"):
        cases[f"{name}_code"] = cases[name].astype("category").cat.codes
    return cases


def matrix(cases: pd.DataFrame) -> pd.DataFrame:
    """The numeric columns."""
    numeric = cases.select_dtypes(["number", "bool"]).drop(columns=["safe_to_contact"], errors="ignore")
    return numeric.astype("float64")


def top(names: np.ndarray, contributions: np.ndarray) -> tuple[list[list[str]], np.ndarray]:
    """The five largest contributions of each case."""
    order = np.argsort(-np.abs(contributions), axis=1)[:, :REASONS]
    return names[order].tolist(), np.take_along_axis(contributions, order, axis=1)


def one_by_one(cases: pd.DataFrame, x: pd.DataFrame, model: object, booster: lightgbm.Booster) -> float:
    """Cases a second where each is scored and explained for itself by ``apply``."""
    few = cases.head(ROWS_ONE_BY_ONE)

    def score(row: pd.Series) -> float:
        one = x.loc[[row.name]]
        booster.predict(one.to_numpy(), pred_contrib=True)
        return float(model.predict_proba(one)[0, 1])  # type: ignore[attr-defined]

    start = time.process_time()
    few.apply(score, axis=1)
    return len(few) / (time.process_time() - start)


def main(delivery: Path, until_day: str, out: Path) -> None:
    """Do all of it and say how long it took."""
    until = pd.Timestamp(f"{until_day}T16:59:59.999999Z")
    keys = {"candidates": ["candidate_id"], "registrations": ["registration_id"],
            "registration_steps": ["registration_id", "step"], "travel": ["travel_id"], "outcomes": ["outcome_id"],
            "agency_events": ["event_id"], "permits": ["permit_id"]}  # fmt: skip
    with stage("read"):
        feeds = {}
        for name in keys:
            path = delivery / name if (delivery / name).is_dir() else delivery / f"{name}.parquet"
            # As they are read by default, dates are objects, and every step after takes many times as long.
            feeds[name] = pq.read_table(path, partitioning=None).to_pandas(date_as_object=False)
    with stage("latest rows"):
        feeds = {name: latest(frame, keys[name], until) for name, frame in feeds.items()}
    with stage("merges and features"):
        cases = features(feeds, until)
        open_now = (cases["status"] == "open") & ~(cases["days_to_departure"] < -3)
        x = matrix(cases)
    label = cases["registration_id"].isin(
        feeds["outcomes"].loc[feeds["outcomes"]["finding"] == "non_procedural", "registration_id"]
    )
    drawn = np.random.default_rng(1).permutation(len(x))[:ROWS_TO_LEARN_FROM]
    learn_x, learn_y = x.iloc[drawn], label.iloc[drawn]
    model = HistGradientBoostingClassifier(max_iter=200, random_state=1).fit(learn_x, learn_y)
    known = lightgbm.Dataset(learn_x.to_numpy(), learn_y.to_numpy())
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 1, "seed": 1}
    booster = lightgbm.train(settings, known, num_boost_round=200)
    ebm = ExplainableBoostingClassifier(outer_bags=2, max_rounds=200, interactions=10, n_jobs=1, random_state=1)
    ebm.fit(learn_x.head(5_000), learn_y.head(5_000))
    now, now_x = cases[open_now], x[open_now]
    with stage("scores (scikit-learn)"):
        probability = model.predict_proba(now_x)[:, 1]
    with stage("reasons (pred_contrib)"):
        contributions = np.asarray(booster.predict(now_x.to_numpy(), pred_contrib=True))[:, :-1]
        names, sizes = top(np.array(now_x.columns), contributions)
    with stage("write the result"):
        result = now[["registration_id", "candidate_id"]].assign(
            probability=probability, reasons=names, contributions=sizes.tolist()
        )
        result.to_parquet(out)
    start = time.process_time()
    ebm.predict_proba(now_x)
    top(np.array(ebm.term_names_), np.asarray(ebm.eval_terms(now_x)))
    told = {
        "seconds": seconds,
        "cases": len(cases),
        "active": len(now),
        "ebm": time.process_time() - start,
        "row_by_row": one_by_one(now, now_x, model, booster),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
