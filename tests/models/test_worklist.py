from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models.recourse import KINDS
from models.worklist import CHANGEABLE, LANES, RISK_OF, Lot, choose, worth

SCHEMA = {
    "case_id": pl.String,
    "candidate_id": pl.String,
    "lane": pl.String,
    "band": pl.String,
    "probability": pl.Float64,
    "recourse_kind": pl.String,
    "days_left": pl.Int64,
    "override": pl.String,
    "resting": pl.Boolean,
    "settled": pl.Boolean,
    "idle_days": pl.Int64,
}
LOT = Lot(seed="seed", office="O-1", day=20_000, share=0.1)

rows = st.fixed_dictionaries(
    {
        "lane": st.sampled_from(["scored", "scored", "register", "no_date", "protection", "by_date"]),
        "band": st.sampled_from(["first", "check", "none", "insufficient"]),
        "probability": st.none() | st.floats(0, 1),
        "recourse_kind": st.sampled_from(list(KINDS)),
        "days_left": st.none() | st.integers(-3, 120),
        "override": st.none() | st.sampled_from(["first", "check", "none"]),
        "resting": st.booleans(),
        "settled": st.booleans(),
        "idle_days": st.none() | st.integers(0, 40),
    }
)


def frame(cases):
    return pl.DataFrame([{"case_id": f"R{i}", "candidate_id": f"C{i}", **case} for i, case in enumerate(cases)], SCHEMA)


def a_case(**more):
    plain = {"lane": "scored", "band": "check", "probability": 0.3, "recourse_kind": "steps", "days_left": 10}
    return plain | {"override": None, "resting": False, "settled": False, "idle_days": None} | more


def worth_of(**more):
    return frame([a_case(**more)]).select(worth()).item()


@given(cases=st.lists(rows, max_size=60), capacity=st.integers(1, 30), share=st.floats(0, 0.5))
def test_a_list_holds_no_more_than_its_capacity_and_is_in_order_of_departure(cases, capacity, share):
    queue = frame(cases)
    found = choose(queue, capacity=capacity, lot=Lot(seed="s", office="O", day=1, share=share))
    listed = found.items.join(queue.select("case_id", "days_left", "settled", "resting"), on="case_id", how="left")

    assert listed.height <= capacity
    assert listed["case_id"].n_unique() == listed.height
    days = listed["days_left"].to_list()
    assert days == sorted(days, key=lambda day: (day is None, day or 0))
    assert not listed["settled"].any()
    assert not listed.filter(~pl.col("drawn"))["resting"].any()
    assert set(listed["lane"]) <= set(LANES)


@given(cases=st.lists(rows, max_size=60), capacity=st.integers(1, 30), others=st.lists(rows, min_size=60, max_size=60))
def test_the_draw_knows_nothing_of_score_or_work(cases, capacity, others):
    blind = ("band", "probability", "recourse_kind", "override", "resting", "idle_days")
    elsewhere = [case | {name: other[name] for name in blind} for case, other in zip(cases, others, strict=False)]
    one, two = (choose(frame(given), capacity=capacity, lot=LOT) for given in (cases, elsewhere))

    def drawn(found):
        return set(found.items.filter("drawn").select("case_id", "inclusion_probability").iter_rows())

    assert drawn(one) == drawn(two)
    assert len(drawn(one)) == one.drawn
    assert {probability for _, probability in drawn(one)} <= {one.drawn / max(1, one.eligible)}


def test_every_case_has_the_same_chance_to_be_drawn():
    queue = frame([a_case(probability=i / 40) for i in range(40)])
    counts = dict.fromkeys(queue["case_id"], 0)
    for day in range(600):
        found = choose(queue, capacity=20, lot=Lot(seed="s", office="O", day=day, share=0.2))
        for case in found.items.filter("drawn")["case_id"]:
            counts[case] += 1

    assert found.items.filter("drawn")["inclusion_probability"].unique().to_list() == [0.1]
    assert sum(counts.values()) == 600 * 4
    assert all(30 <= count <= 95 for count in counts.values())  # 60 expected, deviation 7.3


@given(low=st.floats(0, 1), high=st.floats(0, 1), days=st.integers(0, 120))
def test_more_risk_is_never_worth_less(low, high, days):
    low, high = sorted((low, high))

    assert worth_of(probability=low, days_left=days) <= worth_of(probability=high, days_left=days)


@given(days=st.integers(3, 200), more=st.integers(0, 60))
def test_what_can_wait_is_never_worth_more(days, more):
    assert worth_of(days_left=days + more) <= worth_of(days_left=days)


def test_worth_follows_its_formula():
    assert worth_of() == 0.3
    assert worth_of(days_left=28) == 0.15 == worth_of(days_left=None)
    assert worth_of(days_left=0) == 0.3 / 4
    assert worth_of(recourse_kind="complete") == 0.3 * 0.1
    assert worth_of(probability=None) == 0.2
    assert worth_of(override="first") == 0.5
    assert worth_of(lane="register", band="insufficient", probability=None) == 0.4
    assert [worth_of(idle_days=days) / 0.3 for days in (0, 2, 3, 5, 6, 60)] == [1, 1, 2, 2, 3, 3]


def test_every_kind_of_way_back_and_every_band_has_its_weight():
    assert set(CHANGEABLE) == set(KINDS)
    assert {"first", "check", "none"} <= set(RISK_OF)


def test_a_case_nobody_touched_comes_back_up():
    queue = frame([a_case(probability=0.3), a_case(probability=0.2, idle_days=4)])
    listed = choose(queue, capacity=1, lot=Lot(seed="s", office="O", day=1, share=0)).items

    assert listed.select("case_id", "returned").rows() == [("R1", True)]


def test_a_minor_is_contacted_first_and_an_override_moves_the_lane_alone():
    queue = frame(
        [
            a_case(lane="protection", band="insufficient", probability=None),
            a_case(override="first"),
            a_case(lane="no_date", band="insufficient", days_left=None),
            a_case(lane="by_date", band="insufficient"),
        ]
    )
    listed = choose(queue, capacity=9, lot=Lot(seed="s", office="O", day=1, share=0)).items

    assert dict(listed.select("case_id", "lane").iter_rows()) == {
        "R0": "contact_first",
        "R1": "contact_first",
        "R2": "no_date",
        "R3": "check_file",
    }


def test_a_case_without_a_date_has_the_mean_risk_of_the_scored_ones_and_does_not_crowd_them_out():
    scored = [a_case(probability=p, days_left=10) for p in (0.02, 0.04, 0.06, 0.12)]
    undated = [a_case(lane="no_date", band="insufficient", probability=None, days_left=None) for _ in range(20)]
    queue = frame(scored + undated)
    chosen = choose(queue, capacity=3, lot=Lot(seed="s", office="O", day=1, share=0)).items
    assert set(chosen["case_id"]) == {"R1", "R2", "R3"}
    both = frame([a_case(probability=0.2), a_case(lane="no_date", probability=None, days_left=None)])
    dated, without = both.select(worth=worth())["worth"]
    assert without == dated / 2
    alone = frame([a_case(lane="by_date", band="insufficient", probability=None)])
    assert alone.select(worth=worth())["worth"].item() == 0.1
