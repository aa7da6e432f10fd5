"""Rescoring as it is usually written: pandas merges, scikit-learn's interface, LightGBM's ``pred_contrib``.

In the peers' environment, one after the other::

    python pandas_batch.py learn DELIVERY UNTIL TRUTH FOLDER    a model of the libraries' default size, not timed
    python pandas_batch.py score DELIVERY UNTIL MODEL OUT       the job: rows in, probabilities and five reasons out
    python pandas_batch.py others DELIVERY UNTIL FOLDER         an EBM's own explanations; row by row
    python pandas_batch.py differs MODEL ROWS                   how far a model is from the log-odds it should give

There are two models to explain. ``lightgbm.txt`` is what somebody picks who starts from these libraries: LightGBM by
scikit-learn's interface with its defaults, 100 trees of 31 leaves. The other is the very estimator of a release of ours
as LightGBM's text (:mod:`benchmarks._as_lightgbm`): many more trees, but small ones. Each is explained the quickest way
there is: one matrix, one call with the threads asked for; the log-odds are the sum of what it returns.

``score`` also writes how long its parts took, beside its result; ``others`` and ``differs`` print JSON. The features
are those of the catalogue in meaning, over columns throughout, and closed cases are dropped once they are counted. It
does less than ours: no row is checked, a row whose parent was withdrawn stays, one plan of steps serves everybody, a
passport of an earlier registration does not count, nobody is taken out of the counts about others, no step is untold
where an office was not connected or a feed is stale, and there are no intervals, notices or ways back and no comparison
with those the model was made for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from lightgbm import Booster, LGBMClassifier

COLUMNS = {
    "candidates": ["candidate_id", "nik", "birth_date", "enrolled_as", "work_evidence", "home_region"],
    "registrations": ["registration_id", "candidate_id", "scheme", "destination_country", "occupation", "agency_id",
                      "branch_region", "permit_id", "recruiter_ref", "registered_on", "planned_departure_on", "status"],
    "registration_steps": ["registration_id", "step", "completed_on", "valid_until"],
    "travel": ["travel_id", "candidate_id", "registration_id", "departure_at", "departure_point",
               "destination_country", "transit_countries", "visa_class", "planned_stay_days", "visa_days",
               "return_ticket", "booked_at", "payer", "payer_ref", "group_ref", "group_size", "licensed_tour",
               "border_transfer_from", "passport_replaced"],
    "outcomes": ["outcome_id", "registration_id", "candidate_id", "checked_on", "finding", "help_given",
                 "inclusion_probability"],
    "agency_events": ["event_id", "agency_id", "event", "effective_on", "valid_to", "amount_idr"],
    "permits": ["permit_id", "agency_id", "destination_country", "occupation", "quota", "valid_from", "valid_to",
                "withdrawn_on"],
    "branches": ["agency_id", "region", "registered_on", "closed_on"],
}  # fmt: skip
KEYS = {"registration_steps": ["registration_id", "step"], "branches": ["agency_id", "region"]}
LEAD = {"information": 45, "registration": 42, "selection": 37, "marital_letter": 33, "family_consent": 30,
        "competency_certificate": 27, "medical": 24, "placement_agreement": 21, "passport": 18, "insurance": 15,
        "work_visa": 11, "orientation": 7, "contract": 4, "worker_id": 2}  # fmt: skip
"""Steps in their order, and how many days before departure each is usually done."""
LICENCE = {"licence_granted": 0, "licence_extended": 0, "reinstated": 0, "suspended": 3, "revoked": 4}
CLOSED = ["SY", "IQ", "LY", "YE", "AF"]
DAY = pd.Timedelta(days=1)
ROWS_ONE_BY_ONE, ROWS_FOR_EBM, REASONS = 200, 5_000, 5

taken: dict[str, dict[str, float]] = {}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Note the time of a piece of work, by the clock and of processors."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    taken[name] = {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor}


def read(delivery: Path) -> dict[str, pd.DataFrame]:
    """The columns needed, all versions of all rows; dates as such: as objects every step takes many times longer."""
    feeds = {}
    for name, columns in COLUMNS.items():
        path = delivery / name if (delivery / name).is_dir() else delivery / f"{name}.parquet"
        table = pq.read_table(path, columns=[*columns, "recorded_at", "retracted"], partitioning=None)
        feeds[name] = table.to_pandas(date_as_object=False)
    return feeds


def latest(frame: pd.DataFrame, key: list[str], until: pd.Timestamp) -> pd.DataFrame:
    """Of each key the last row recorded by a time, unless it withdraws the key."""
    known = frame[frame["recorded_at"] <= until].sort_values("recorded_at", kind="stable")
    last = known.drop_duplicates(key, keep="last")
    return last[~last["retracted"].fillna(value=False).astype(bool)]


def trips_of(travel: pd.DataFrame, registrations: pd.DataFrame) -> pd.DataFrame:
    """Itineraries with the registration each belongs to: the one it names, else the nearest within 60 days."""
    local = travel["departure_at"].dt.tz_convert("Asia/Jakarta").dt.tz_localize(None)
    travel = travel.assign(departure_day=local.dt.normalize())
    named = travel[travel["registration_id"].notna()]
    wanted = registrations[["candidate_id", "registration_id", "destination_country", "registered_on",
                            "planned_departure_on"]]  # fmt: skip
    others = travel[travel["registration_id"].isna()].drop(columns="registration_id")
    others = others.merge(wanted, on="candidate_id", suffixes=("", "_registered"))
    gap = (others["departure_day"] - others["planned_departure_on"]).dt.days.abs()
    fits = (others["destination_country"] == others["destination_country_registered"]) & ~(gap > 60)
    fits &= others["departure_day"] >= others["registered_on"]
    nearest = others.assign(gap=gap)[fits].sort_values("gap").drop_duplicates("travel_id")
    owned = pd.concat([named, nearest[named.columns]])
    loose = travel[~travel["travel_id"].isin(owned["travel_id"])].assign(registration_id=None)
    return pd.concat([owned, loose])


def cases_of(feeds: dict[str, pd.DataFrame], trips: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """One row a case, closed ones too: registrations with their itinerary, and referred people who have none."""
    registrations, people = feeds["registrations"], feeds["candidates"]
    trips = trips.rename(columns={"destination_country": "trip_country"}).drop(columns=["recorded_at", "retracted"])
    owned = trips[trips["registration_id"].notna()].drop_duplicates("registration_id", keep="last")
    cases = registrations.merge(owned.drop(columns="candidate_id"), on="registration_id", how="left")
    referred = people[(people["enrolled_as"] == "referred") & (people["work_evidence"] != "none")]["candidate_id"]
    referred = referred[~referred.isin(registrations["candidate_id"])]
    extra = trips[trips["candidate_id"].isin(referred)]
    cases = pd.concat([cases, extra.assign(status="open", destination_country=extra["trip_country"])])
    cases["case_id"] = cases["registration_id"].fillna(cases["travel_id"])
    cases["planned"] = cases["planned_departure_on"].fillna(cases["departure_day"])
    cases["active"] = (cases["status"] == "open") & ~(cases["planned"] < today - 3 * DAY)
    route = cases["departure_point"] + ">" + cases["transit_countries"].fillna("") + ">" + cases["trip_country"]
    return cases.assign(route=route)


def rate(found: pd.DataFrame, hits: str, trials: str, weight: float) -> pd.Series:
    """A rate by key, pulled towards that of all."""
    common = found[hits].sum() / max(found[trials].sum(), 1)
    return (found[hits] + weight * common) / (found[trials] + weight)


def counts_about_others(
    cases: pd.DataFrame, feeds: dict[str, pd.DataFrame], trips: pd.DataFrame, today: pd.Timestamp
) -> dict[str, pd.Series]:
    """What is known of others, by name of the feature: a series by agency, recruiter, permit, payer, group, route."""
    until, after = today - 30 * DAY, today - pd.DateOffset(months=24)
    outcomes = feeds["outcomes"]
    seen = outcomes[outcomes["checked_on"].between(after, until) & (outcomes["finding"] != "undetermined")]
    seen = seen[seen["help_given"].fillna("none") == "none"]
    weight = (1 / seen["inclusion_probability"]).clip(1, 20).round().fillna(1)
    seen = seen.assign(examined=weight, confirmed=weight.where(seen["finding"] == "non_procedural", 0))
    by_case = seen.groupby("registration_id")[["examined", "confirmed"]].sum()
    cases = cases.merge(by_case, left_on="registration_id", right_index=True, how="left")
    steps = feeds["registration_steps"]
    held = cases["registration_id"].isin(steps.loc[steps["step"] == "orientation", "registration_id"])
    past = cases["planned"].between(after, until)
    flags = cases.assign(
        registered=cases["registered_on"].between(after, until),
        gone_by=past & (cases["status"] != "withdrawn"),
        failed=past & (cases["status"] == "open"),
        departed=past & (cases["status"] == "departed"),
        skipped=past & (cases["status"] == "departed") & ~held,
        lately=(cases["status"] == "open") & (cases["registered_on"] > today - 60 * DAY),
    )
    sums = ["registered", "gone_by", "failed", "departed", "skipped", "examined", "confirmed"]
    agency = flags.groupby("agency_id")[sums].sum()
    events = feeds["agency_events"]
    upheld = events[(events["event"] == "complaint_upheld") & events["effective_on"].between(after, until)]
    agency["complaints"] = upheld.groupby("agency_id").size().reindex(agency.index).fillna(0)
    recruiter = flags.assign(bad=flags["confirmed"] > 0).groupby("recruiter_ref")[["lately", "bad"]].sum()
    route = flags.groupby("route")[["examined", "confirmed"]].sum()
    paid = trips[(trips["departure_day"] > today - 90 * DAY) & (trips["payer"] != "agency")]
    return {
        "complaint_rate": 100 * rate(agency, "complaints", "registered", 50),
        "failed_departure_rate": rate(agency, "failed", "gone_by", 50),
        "orientation_skip_rate": rate(agency, "skipped", "departed", 50),
        "confirmed_rate": rate(agency, "confirmed", "examined", 20),
        "recruiter_degree": recruiter["lately"],
        "recruiter_cases": recruiter["bad"],
        "citations": flags[flags["status"] != "withdrawn"].groupby("permit_id").size(),
        "payer_degree": paid.groupby("payer_ref")["candidate_id"].nunique(),
        "group_travellers": trips.groupby("group_ref")["candidate_id"].nunique(),
        "route_rate": rate(route, "confirmed", "examined", 20),
    }


def add_steps(x: pd.DataFrame, cases: pd.DataFrame, steps: pd.DataFrame, today: pd.Timestamp) -> None:
    """Steps overdue and in order, by a pivot."""
    own = steps[steps["registration_id"].isin(cases["registration_id"])]
    own = own[(own["completed_on"] <= today) & ~(own["valid_until"] < today)]
    done = own.pivot_table(index="registration_id", columns="step", values="completed_on", aggfunc="max")
    done = done.reindex(index=cases["registration_id"], columns=list(LEAD))
    days = done.to_numpy(dtype="datetime64[D]")
    there = ~np.isnat(days)
    numbers = np.where(there, days.astype(np.int64), -1)
    to_go = (cases["planned"] - today).dt.days.to_numpy()
    due = to_go[:, None] < np.array(list(LEAD.values()))
    overdue = ~there & due & cases["registration_id"].notna().to_numpy()[:, None]
    for at, step in enumerate(LEAD):
        x[f"{step}_overdue"] = overdue[:, at]
    x["steps_overdue"] = overdue.sum(axis=1)
    unbroken = np.logical_and.accumulate(there, axis=1)
    x["steps_orderly"] = (unbroken & (numbers == np.maximum.accumulate(numbers, axis=1))).sum(axis=1)
    last = pd.Series(done.max(axis=1).to_numpy(), index=cases.index)
    since = pd.concat([last, cases["registered_on"]], axis=1).max(axis=1)
    x["stalled_days"] = (today - since).dt.days


def add_agency(x: pd.DataFrame, cases: pd.DataFrame, feeds: dict[str, pd.DataFrame], today: pd.Timestamp) -> None:
    """The agency's ledger, its branch, the permit."""
    events = feeds["agency_events"]
    events = events[events["effective_on"] <= today].sort_values(["effective_on", "recorded_at"])
    licence = events[events["event"].isin(list(LICENCE))].drop_duplicates("agency_id", keep="last")
    granted = events[events["valid_to"].notna()].drop_duplicates("agency_id", keep="last").set_index("agency_id")
    agency = cases["agency_id"]
    state = agency.map(licence.set_index("agency_id")["event"].map(LICENCE))
    ends = agency.map(granted["valid_to"])
    x["licence_state"] = state.mask((state == 0) & (ends < today), 2).fillna(5).where(agency.notna())
    x["licence_ends_before_departure"] = (ends < cases["planned"]).where(agency.notna())
    punished = events["event"].isin(["suspended", "revoked", "warned"])
    punished &= events["effective_on"] > today - pd.DateOffset(months=24)
    x["sanctions_24m"] = agency.map(events[punished].groupby("agency_id").size()).fillna(0).where(agency.notna())
    deposit = events[events["event"].str.startswith("deposit")].drop_duplicates("agency_id", keep="last")
    x["deposit_shortfall"] = agency.isin(deposit.loc[deposit["event"] == "deposit_cashed", "agency_id"])
    sign = events["event"].map({"claim_opened": 1, "claim_settled": -1})
    claims = (events["amount_idr"] * sign).groupby(events["agency_id"]).sum()
    x["open_claims"] = np.log1p(agency.map(claims).clip(lower=0)).fillna(0).where(agency.notna())
    x["agency_declared"] = agency.notna().where(cases["scheme"].isin(["p_to_p", "seafarer", "ukps"]))
    branches = feeds["branches"]
    branches = branches[(branches["registered_on"] <= today) & ~(branches["closed_on"] <= today)]
    places = cases[["agency_id", "branch_region"]].merge(
        branches[["agency_id", "region"]].assign(there=1.0),
        left_on=["agency_id", "branch_region"], right_on=["agency_id", "region"], how="left",
    )  # fmt: skip
    x["branch_registered"] = places["there"].fillna(0).to_numpy()
    permits = feeds["permits"].add_prefix("p_")
    permit = cases[["permit_id", "destination_country", "occupation", "agency_id"]].merge(
        permits, left_on="permit_id", right_on="p_permit_id", how="left"
    )
    permit.index = cases.index
    in_force = (permit["p_valid_from"] <= today) & (permit["p_valid_to"] >= today) & permit["p_withdrawn_on"].isna()
    covers = in_force & (permit["p_agency_id"] == permit["agency_id"])
    covers &= permit["p_destination_country"] == permit["destination_country"]
    post = permit["p_occupation"] == permit["occupation"]
    x["permit_state"] = np.select(
        [permit["permit_id"].isna(), permit["p_permit_id"].isna(), covers & post, covers], [3, 4, 0, 1], 2
    )
    x["quota_use"] = x["citations"] / permit["p_quota"].where(permit["p_quota"] > 0)


def add_trip(x: pd.DataFrame, cases: pd.DataFrame) -> None:
    """Signals of the itinerary; missing where there is none."""
    visit = cases["visa_class"] == "visit"
    leisure = visit | (cases["visa_class"] == "umrah")
    paid = (cases["payer"] == "third_party") | ((cases["payer"] == "agency") & cases["agency_id"].isna())
    signals = {
        "visa_purpose_gap": leisure & (cases["scheme"] != "seafarer"),
        "one_way_on_visit": visit & (cases["return_ticket"] == "none"),
        "stay_over_visa": visit & (cases["planned_stay_days"] > cases["visa_days"]),
        "third_party_payer": paid,
        "dest_mismatch": cases["registration_id"].notna() & (cases["trip_country"] != cases["destination_country"]),
        "border_hop": cases["border_transfer_from"].notna(),
        "passport_replaced": cases["passport_replaced"].fillna(value=False).astype(bool),
    }
    there = cases["travel_id"].notna()
    for name, signal in signals.items():
        x[name] = signal.astype("float64").where(there)
    x["lead_days"] = (cases["departure_at"] - cases["booked_at"]).dt.days
    alone = cases["licensed_tour"].fillna(value=False).astype(bool) | (cases["payer"] == "agency")
    group = pd.concat([cases["group_size"].astype("float64"), x.pop("group_travellers")], axis=1).max(axis=1)
    x["group_size"] = group.fillna(1).mask(alone, 1).clip(upper=50).where(there)
    month_day = cases["planned"].dt.month * 100 + cases["planned"].dt.day
    x["season"] = np.select([month_day >= 1215, month_day.between(315, 415)], [1, 2], 0)


def add_person(x: pd.DataFrame, cases: pd.DataFrame, everybody: pd.DataFrame, feeds: dict[str, pd.DataFrame]) -> None:
    """Identity data and own history."""
    own = cases[["candidate_id"]].merge(feeds["candidates"][["candidate_id", "nik", "birth_date"]], on="candidate_id",
                                        how="left")  # fmt: skip
    own.index = cases.index
    valid = own["nik"].str.fullmatch(r"\d{16}")
    x["nik_valid"] = valid.astype("float64")
    born = own["birth_date"].dt.strftime("%d%m%y")
    day = pd.to_numeric(own["nik"].str[6:8], errors="coerce") % 40
    told = day.astype("Int64").astype("string").str.zfill(2) + own["nik"].str[8:12]
    x["nik_dob_gap"] = (told != born).astype("float64").where(valid.fillna(value=False).astype(bool) & born.notna())
    bad = feeds["outcomes"][feeds["outcomes"]["finding"] == "non_procedural"]
    x["prior_confirmed"] = own["candidate_id"].map(bad.groupby("candidate_id").size()).fillna(0)
    clean = everybody[(everybody["status"] == "departed") & ~everybody["registration_id"].isin(bad["registration_id"])]
    x["prior_procedural"] = own["candidate_id"].map(clean.groupby("candidate_id").size()).fillna(0)


def features(feeds: dict[str, pd.DataFrame], until: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The active cases, and their features as numbers."""
    today = until.tz_convert("Asia/Jakarta").tz_localize(None).normalize()
    with stage("cases"):
        trips = trips_of(feeds["travel"], feeds["registrations"])
        everybody = cases_of(feeds, trips, today)
    with stage("counts about others"):
        counts = counts_about_others(everybody, feeds, trips, today)
    with stage("features"):
        cases = everybody[everybody["active"]].reset_index(drop=True)
        by = dict.fromkeys(counts, "agency_id") | {
            "recruiter_degree": "recruiter_ref", "recruiter_cases": "recruiter_ref", "citations": "permit_id",
            "payer_degree": "payer_ref", "group_travellers": "group_ref", "route_rate": "route",
        }  # fmt: skip
        x = pd.DataFrame({name: cases[by[name]].map(counted) for name, counted in counts.items()})
        x["registered"] = cases["registration_id"].notna()
        x["days_to_departure"] = (cases["planned"] - today).dt.days
        x["days_reg_to_dep"] = (cases["planned"] - cases["registered_on"]).dt.days
        x["dest_closed"] = cases["destination_country"].isin(CLOSED)
        add_steps(x, cases, feeds["registration_steps"], today)
        add_agency(x, cases, feeds, today)
        add_trip(x, cases)
        add_person(x, cases, everybody, feeds)
        x = x.drop(columns="citations").astype("float64")
    return cases, x


def prepared(delivery: Path, day: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read, and work out features as of the end of a day."""
    until = pd.Timestamp(f"{day}T16:59:59.999999Z")
    with stage("read"):
        feeds = read(delivery)
    with stage("latest rows"):
        feeds = {name: latest(rows, KEYS.get(name, COLUMNS[name][:1]), until) for name, rows in feeds.items()}
    return features(feeds, until)


def top(names: np.ndarray, contributions: np.ndarray) -> tuple[list[list[str]], np.ndarray]:
    """The five largest contributions of each case."""
    size = -np.abs(contributions)
    few = np.argpartition(size, REASONS, axis=1)[:, :REASONS]
    order = np.take_along_axis(few, np.argsort(np.take_along_axis(size, few, axis=1), axis=1), axis=1)
    return names[order].tolist(), np.take_along_axis(contributions, order, axis=1)


def matrix(x: pd.DataFrame, names: list[str]) -> np.ndarray:
    """The features of a model in its order; a step may be called as in the catalogue, what is lacking is missing."""
    renamed = x.rename(columns={f"{step}_overdue": step for step in LEAD} if "passport_overdue" not in names else {})
    return np.ascontiguousarray(renamed.reindex(columns=names).to_numpy(dtype=np.float64))


def learn(delivery: Path, day: str, truth: Path, folder: Path) -> None:
    """Models on the active cases, with what the simulation knows of them as labels."""
    from interpret.glassbox import ExplainableBoostingClassifier

    cases, x = prepared(delivery, day)
    known = pd.read_parquet(truth, columns=["case_id", "non_procedural"]).drop_duplicates("case_id")
    y = cases["case_id"].map(known.set_index("case_id")["non_procedural"]).fillna(value=False).astype(bool)
    folder.mkdir(parents=True, exist_ok=True)
    own = LGBMClassifier(random_state=1, verbose=-1).fit(x, y)
    joblib.dump(own, folder / "lightgbm.joblib")
    own.booster_.save_model(folder / "lightgbm.txt")
    ebm = ExplainableBoostingClassifier(outer_bags=2, max_rounds=200, interactions=10, n_jobs=1, random_state=1)
    few = y.index[:ROWS_FOR_EBM]
    joblib.dump(ebm.fit(x.loc[few], y.loc[few]), folder / "ebm.joblib")


def score(delivery: Path, day: str, file: Path, out: Path) -> None:
    """The job."""
    model = Booster(model_file=file)
    cases, x = prepared(delivery, day)
    with stage("reasons (pred_contrib)"):
        explained = np.asarray(model.predict(matrix(x, model.feature_name()), pred_contrib=True))
    with stage("probabilities, five reasons"):
        probability = 1 / (1 + np.exp(-explained.sum(axis=1)))
        names, sizes = top(np.array(model.feature_name()), explained[:, :-1])
    with stage("write the result"):
        result = cases[["case_id", "candidate_id"]].assign(
            probability=probability, reasons=names, contributions=sizes.tolist()
        )
        result.to_parquet(out)
    about = {"stages": taken, "active": len(x), "features": x.shape[1], "trees": model.num_trees()}
    out.with_suffix(".json").write_text(json.dumps(about))


def differs(file: Path, rows: Path) -> None:
    """The largest difference in log-odds, of predictions and of what explanations add up to."""
    model, told = Booster(model_file=file), np.load(rows)
    explained = np.asarray(model.predict(told["x"], pred_contrib=True)).sum(axis=1)
    predicted = np.asarray(model.predict(told["x"], raw_score=True))
    print(json.dumps(max(float(np.abs(found - told["log_odds"]).max()) for found in (explained, predicted))))


def others(delivery: Path, day: str, folder: Path) -> None:
    """An EBM with its own explanations over all active cases; and each of a few cases for itself, by ``apply``."""
    model, ebm = joblib.load(folder / "lightgbm.joblib"), joblib.load(folder / "ebm.joblib")
    _, x = prepared(delivery, day)
    start = time.process_time()
    ebm.predict_proba(x)
    top(np.array(ebm.term_names_), np.asarray(ebm.eval_terms(x)))
    explained = time.process_time() - start

    def one(row: pd.Series) -> float:
        alone = row.to_frame().T
        top(np.array(x.columns), model.predict_proba(alone, pred_contrib=True)[:, :-1])
        return float(model.predict_proba(alone)[0, 1])

    few = x.head(ROWS_ONE_BY_ONE)
    start = time.process_time()
    few.apply(one, axis=1)
    print(json.dumps({"ebm": explained, "row_by_row": len(few) / (time.process_time() - start)}))


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    if what == "differs":
        differs(Path(where), Path(more[0]))
    else:
        {"learn": learn, "score": score, "others": others}[what](Path(where), more[0], *map(Path, more[1:]))  # type: ignore[operator]
