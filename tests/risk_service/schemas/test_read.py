from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates, validates_schema

from risk_service.schemas.common import Moment
from risk_service.schemas.read import reader
from risk_service.schemas.what_if import WhatIf
from tests.risk_service.api.test_what_if import CASE

PERMIT = {"permit_id": "P-1", "destination_country": "HK", "occupation": "5322", "quota": 5}
TRIP = {"departure_at": "2025-09-25T03:00:00Z", "destination_country": "HK", "group_size": 3, "licensed_tour": True}
FULL = {
    **CASE,
    "permits": [PERMIT | {"valid_from": "2025-06-01", "valid_to": "2026-06-01"}],
    "travel": [TRIP | {"departure_point": "CGK"}],
}
STRAY = st.sampled_from(
    [None, True, 0, 7, -1, 1.5, "", "x", "a\x01", "p_to_p", "2025-13-01", "1066-01-01", "0" * 201, [], [None], {}]
)


def read_by(read: Any, value: Any) -> Any:
    """What is read, or what is wrong."""
    try:
        return repr(read(copy.deepcopy(value)))
    except ValidationError as error:
        return error.messages


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of some JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, below in pairs for place in places(below, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], change: Any) -> Any:
    """Some JSON with one place taken out or put something else in."""
    value = copy.deepcopy(value)
    inner = value
    for name in path[:-1]:
        inner = inner[name]
    if change is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = change
    return value


@given(st.lists(st.tuples(st.integers(0, 200), STRAY | st.just(...)), max_size=3))
def test_what_is_read_and_what_is_wrong_is_what_the_schema_says(changes: list[tuple[int, Any]]) -> None:
    read, schema = reader(WhatIf(), Moment), WhatIf()
    value = FULL
    for at, change in changes:
        paths = places(value)[1:]
        value = changed(value, paths[at % len(paths)], change) if paths else value
    assert read_by(read, value) == read_by(schema.load, value)


@pytest.mark.parametrize("value", [None, [], "x", 1, {}, {"unheard": 1}, {**FULL, "unheard": None}])
def test_what_is_no_case_is_refused_as_the_schema_does(value: Any) -> None:
    assert read_by(reader(WhatIf(), Moment), value) == read_by(WhatIf().load, value)


def test_a_case_that_fits_is_read_without_marshmallow(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = WhatIf()
    expected = repr(schema.load(FULL))
    read = reader(schema, Moment)
    monkeypatch.setattr(Schema, "_do_load", None)
    assert repr(read(FULL)) == expected


class Inner(Schema):
    n = fields.Integer(strict=True, validate=validate.Range(0, 9))


class Strict(Schema):
    inner = fields.Nested(Inner)

    @validates("inner")
    def small(self, value: Any, **_more: Any) -> None:
        if value.get("n") == 3:
            raise ValidationError("three")


class Made(Schema):
    n = fields.Integer()

    @post_load
    def more(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        return {**data, "more": True}


class Original(Schema):
    n = fields.Integer()

    @validates_schema(pass_original=True)
    def whole(self, data: dict[str, Any], original: Any, **_more: Any) -> None:
        if data and "m" in original:
            raise ValidationError("m")


class Lenient(Schema):
    class Meta:
        unknown = EXCLUDE

    n = fields.Integer()


class Named(Schema):
    n = fields.Integer(data_key="m")


class Other(Schema):
    n = fields.Method(deserialize="double")

    def double(self, value: Any) -> Any:
        return value * 2


@pytest.mark.parametrize("schema", [Strict(), Made(), Original(), Lenient(), Named(), Other(), Inner(partial=True)])
@pytest.mark.parametrize("value", [{}, {"n": 1}, {"m": 1}, {"n": 1, "m": 2}, {"inner": {"n": 3}}, {"inner": {"n": 4}}])
def test_a_schema_that_does_more_is_read_by_itself(schema: Schema, value: Any) -> None:
    assert read_by(reader(schema), value) == read_by(schema.load, value)
