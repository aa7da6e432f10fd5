from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_service.errors import InvalidError
from risk_service.services.cursors import read, write

KEY = b"k" * 32
LIST = {"band": "first", "order": "planned"}
values = st.lists(
    st.none() | st.integers(-(2**53), 2**53) | st.text() | st.floats(allow_nan=False, allow_infinity=False)
)


@given(values)
def test_a_cursor_gives_back_what_it_was_made_of(found):
    assert read(write(tuple(found), key=KEY, of=LIST), key=KEY, of=LIST) == tuple(found)


def test_a_cursor_is_good_for_its_own_list_alone():
    cursor = write((1, "R1"), key=KEY, of=LIST)

    for other in ({**LIST, "band": "check"}, {**LIST, "office": "BP3MI-74"}):
        with pytest.raises(InvalidError, match="does not belong"):
            read(cursor, key=KEY, of=other)


def test_a_cursor_made_under_another_key_is_refused():
    with pytest.raises(InvalidError):
        read(write((1,), key=b"x" * 32, of=LIST), key=KEY, of=LIST)


@given(st.text(max_size=200))
def test_anything_else_is_refused_with_the_parameters_name(text):
    with pytest.raises(InvalidError) as refused:
        read(text, key=KEY, of=LIST)

    assert refused.value.faults[0].parameter == "cursor"


def test_a_changed_cursor_is_refused():
    raw = bytearray(base64.urlsafe_b64decode(write(("R1",), key=KEY, of=LIST) + "=="))
    raw[-3] ^= 1

    with pytest.raises(InvalidError):
        read(base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), key=KEY, of=LIST)
