from __future__ import annotations

import io
import json
import logging

import pytest

from risk_service import logs

NIK, PHONE, PASSPORT = "3201010101900001", "+6281275930297", "C4903287"


@pytest.fixture
def lines():
    """Log lines as JSON objects; the process's logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(style="json", level="info", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_one_json_object_with_level_and_time(lines):
    logs.logger("risk_service.x").info("request", route="/api/v1/cases", status=200)

    (line,) = lines()
    assert line["message"] == "request"
    assert line["level"] == "info"
    assert line["status"] == 200
    assert line["timestamp"].endswith("Z")


def test_numbers_of_people_are_taken_out_of_every_text(lines):
    logs.logger("risk_service.x").warning(f"cannot read {NIK}", note=f"{PHONE}, {PASSPORT}")

    (line,) = lines()
    assert line["message"] == "cannot read [masked]"
    assert line["note"] == "[masked], [masked]"


def test_libraries_lines_take_the_same_form(lines):
    logging.getLogger("some.library").warning("row %s failed", NIK)

    (line,) = lines()
    assert line["message"] == "row [masked] failed"


def test_an_error_is_logged_by_its_places_and_never_by_its_message(lines):
    def fail():
        raise ValueError(f"duplicate key (full_name)=(Siti Rahayu) {NIK}")

    try:
        fail()
    except ValueError as error:
        logs.logger("risk_service.x").error("failed", exc_info=error)

    (line,) = lines()
    assert line["error"].startswith("ValueError < ")
    assert "fail" in line["error"]
    assert "Siti" not in json.dumps(line)


def test_case_numbers_and_counts_stay_readable(lines):
    logs.logger("risk_service.x").info("run", case="R00000190", cases=12345, took="12.5 s")

    (line,) = lines()
    assert (line["case"], line["cases"], line["took"]) == ("R00000190", 12345, "12.5 s")
