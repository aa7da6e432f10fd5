from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import models.rules
from risk_service.console.journey_map import HEIGHT, WIDTH, Stop, journey_map
from risk_service.geography import Box, Position, country_at, hours_east, land_within, region_at, region_name

positions = st.builds(Position, lat=st.floats(-12, 55), lon=st.floats(-5, 150))


@given(st.lists(positions, min_size=2, max_size=5))
def test_every_stop_is_on_the_drawing_and_no_number_hides_another(places):
    found = journey_map([Stop(kind="transit", name="x", position=place) for place in places])

    assert found is not None
    assert [mark.number for mark in found.marks] == list(range(1, len(places) + 1))
    for mark in found.marks:
        assert 0 <= mark.x <= WIDTH
        assert 0 <= mark.y <= HEIGHT
        for other in found.marks:
            assert other is mark or math.hypot(mark.at_x - other.at_x, mark.at_y - other.at_y) > 20


def test_land_keeps_to_the_drawing_and_stays_light():
    stops = [
        Stop(kind="home", name="a", position=region_at("74.07")),
        Stop(kind="to", name="b", position=country_at("SA")),
    ]
    found = journey_map(stops)

    assert found is not None
    assert 1_000 < len(found.land) < 20_000
    numbers = [int(number) for number in re.findall(r"-?\d+", found.land)]
    assert all(-1 <= x <= WIDTH + 1 for x in numbers[::2])
    assert all(-1 <= y <= HEIGHT + 1 for y in numbers[1::2])


def test_a_stop_without_a_position_keeps_its_number_and_is_not_drawn():
    known = Position(lat=1, lon=104)
    stops = [Stop(kind="home", name="a", position=known), Stop(kind="transit", name="?", position=None)]

    assert journey_map(stops) is None
    found = journey_map([*stops, Stop(kind="destination", name="c", position=Position(lat=3, lon=101))])
    assert found is not None
    assert [mark.number for mark in found.marks] == [1, 3]


def test_the_open_sea_has_no_land():
    assert land_within(Box(west=85, south=-40, east=95, north=-30), smallest=0.1) == []


@pytest.mark.parametrize(
    ("code", "name", "hours"),
    [
        ("74.71", "Kota Kendari", 8),
        ("74.71.01", "Kota Kendari", 8),
        ("35", "Jawa Timur", 7),
        ("94.01", "Kabupaten Nabire", 9),
        ("99.99", None, 7),
        (None, None, 7),
    ],
)
def test_regions_have_names_and_clocks(code, name, hours):
    assert region_name(code) == name
    assert hours_east(code) == hours


def test_a_regency_without_a_position_of_its_own_stands_at_its_province_and_says_so():
    own, borrowed = region_at("74.71"), region_at("73.01")

    assert own is not None
    assert not own.rough
    assert borrowed is not None
    assert borrowed.rough
    assert region_at("99.01") is None


def rows(name):
    data = Path(models.rules.__file__).parent / "data" / name
    return list(csv.DictReader(data.read_text(encoding="utf-8").splitlines()))


def test_every_country_and_region_of_the_rules_has_a_position():
    countries = {row["country"] for name in ("destinations.csv", "steps.csv") for row in rows(name)}

    assert {code for code in countries - {"*"} if country_at(code) is None} == set()
    assert {row["code"] for row in rows("points.csv") if row["region"] and region_at(row["region"]) is None} == set()
