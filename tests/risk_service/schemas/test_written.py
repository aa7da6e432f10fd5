from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields, post_dump

from risk_service.schemas.common import Moment
from risk_service.schemas.score import Score
from risk_service.schemas.written import writer

TEXTS = st.none() | st.text(max_size=5)
NUMBERS = st.none() | st.floats(allow_nan=False) | st.integers(-9, 9)


class Inner(Schema):
    name = fields.String()
    at = Moment()
    share = fields.Float()
    day = fields.Date()


class Outer(Schema):
    name = fields.String(required=True)
    any = fields.Raw(allow_none=True)
    one = fields.Nested(Inner, allow_none=True)
    many = fields.List(fields.Nested(Inner))
    more = fields.Nested(Inner, many=True, only=("name",))
    through = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True))
    free = fields.Dict()


INNER = st.none() | st.fixed_dictionaries(
    {},
    optional={"name": TEXTS, "at": st.none() | st.integers(0, 2**52), "share": NUMBERS, "day": st.none() | st.dates()},
)
OUTER = st.fixed_dictionaries(
    {"name": st.integers() | TEXTS},
    optional={
        "any": st.none() | st.booleans() | NUMBERS,
        "one": INNER,
        "many": st.none() | st.lists(INNER, max_size=3),
        "more": st.none() | st.lists(INNER.filter(bool), max_size=3),
        "through": st.none() | st.dictionaries(st.text(max_size=3), NUMBERS, max_size=3),
        "free": st.none() | st.dictionaries(st.text(max_size=3), NUMBERS, max_size=3),
        "unheard": st.text(max_size=3),
    },
)


def dumped(schema: Schema, value: Any) -> str:
    """What Flask writes of what the schema dumps."""
    return json.dumps(schema.dump(value), sort_keys=True, separators=(",", ":"))


@given(OUTER)
def test_what_is_written_is_what_the_schema_dumps(value: dict[str, Any]) -> None:
    assert writer(Outer())(value) == dumped(Outer(), value)


@pytest.mark.parametrize(
    "field",
    [
        fields.String(data_key="b"),
        fields.String(attribute="b"),
        fields.String(dump_default="-"),
        fields.Float(as_string=True),
        fields.Method("x"),
        fields.Pluck(Inner, "name"),
    ],
)
def test_a_field_that_does_more_is_written_by_itself(field: fields.Field[Any]) -> None:
    class One(Schema):
        a = field

        def x(self, value: dict[str, Any]) -> str:
            return f"{value['b']}!"

    stated = {"name": "n"} if isinstance(field, fields.Pluck) else "1"
    for value in ({"a": stated, "b": "2"}, {"b": "2"}):
        assert writer(One())(value) == dumped(One(), value)


def test_hooks_are_kept() -> None:
    class Hooked(Schema):
        a = fields.String()

        @post_dump
        def more(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
            return {**data, "more": True}

    assert writer(Hooked())({"a": 1}) == '{"a":"1","more":true}'


def test_a_score_of_the_interface_is_written_without_marshmallow() -> None:
    text = {"id": "a", "en": "b"}
    record = {"feed": "permits", "key": {"permit_id": "P"}, "recorded_at": "2025-01-01T00:00:00Z"}
    reason = {"code": "a", "family": "agency", "text": text, "value": 1, "contribution": 0.5, "record": record}
    notice = {"code": "n", "text": text, "record": None}
    step = {"step": "medical", "issuer": "clinic", "office": None, "text": text}
    score = {
        "case_id": None, "candidate_id": None, "as_of": "2025-01-01T00:00:00Z", "lane": "scored", "probability": 0.25,
        "interval": {"low": 0.1, "high": None}, "band": "first", "log_odds": -1.0, "base": -2.0, "other": 0.0,
        "reasons": [reason, {**reason, "record": None, "value": None}], "notices": [notice],
        "recourse": {"kind": "steps", "text": text, "steps": [step]},
        "freshness": {"travel": None, "permits": "2025-01-01T00:00:00Z"}, "release": "r", "rules_version": "1",
    }  # fmt: skip
    Score().dump(score)  # leaves traces of the hooks that it looked for
    write = writer(Score())
    assert write.__name__ == "write"
    assert write(score) == dumped(Score(), score)
    assert json.loads(write(score)) == score
