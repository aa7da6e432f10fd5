from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from risk_service.console.timeline import Axis, licence_band, timeline

DAY = dt.date(2025, 9, 10)
CASE = {"registered_on": dt.date(2025, 8, 1), "planned_departure_on": dt.date(2025, 10, 1)}
days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


def step(done=None, usual=None):
    return {"completed_on": done, "usual_by": usual}


def test_steps_stand_in_the_order_of_their_dates_between_registration_and_departure():
    steps = [step(dt.date(2025, 8, 5), dt.date(2025, 8, 20)), step(None, dt.date(2025, 9, 20))]
    found = timeline(CASE, steps, DAY)

    assert found is not None
    first, second = found.tracks
    assert 0 < first.done < first.usual < found.today < second.usual < found.departure < 100
    assert second.done is None


def test_what_lies_long_before_the_departure_does_not_squeeze_the_rest():
    found = timeline(CASE, [step(dt.date(2019, 1, 1), dt.date(2025, 9, 1))], DAY)

    assert found is not None
    assert found.tracks[0].done is None
    assert (found.axis.last - found.axis.first).days < 450


def test_without_steps_or_dates_there_is_no_line():
    assert timeline(CASE, [], DAY) is None
    assert timeline({"registered_on": None, "planned_departure_on": None}, [step()], DAY) is None


@given(days, days)
def test_an_axis_has_few_labels_and_all_of_them_on_it(one, other):
    axis = Axis(first=min(one, other), last=max(one, other))

    assert all(axis.holds(day) and day.day == 1 and 0 <= x <= 100 for x, day in axis.ticks)
    assert len(axis.ticks) <= 12


def test_the_licence_covers_the_line_without_gap_or_overlap():
    periods = [
        {"state": 0, "text": {}, "since": dt.date(2020, 1, 1), "until": dt.date(2025, 6, 30)},
        {"state": 3, "text": {}, "since": dt.date(2025, 7, 1), "until": dt.date(2025, 9, 30)},
        {"state": 0, "text": {}, "since": dt.date(2025, 10, 1), "until": None},
    ]
    found = licence_band(CASE, periods, DAY)

    assert found is not None
    assert found.bands[0].x == 0
    ends = [round(band.x + band.width, 2) for band in found.bands]
    assert [band.x for band in found.bands[1:]] == ends[:-1]
    assert ends[-1] == 100
    assert found.registered < found.today < found.departure


def test_a_licence_that_ended_long_ago_leaves_the_line_empty():
    periods = [{"state": 0, "text": {}, "since": dt.date(2015, 1, 1), "until": dt.date(2016, 1, 1)}]
    found = licence_band(CASE, periods, DAY)

    assert found is not None
    assert found.bands == ()
    assert licence_band(CASE, [], DAY) is None


@given(days, st.integers(30, 7000))
def test_labels_of_an_axis_never_meet(first, length):
    ticks = [place for place, _ in Axis(first=first, last=first + dt.timedelta(days=length)).ticks]

    assert all(later - earlier > 17 for earlier, later in pairwise(ticks))
