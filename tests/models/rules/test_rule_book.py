"""Rules in time, rules of a deployment, and what a wrong cell is answered with."""

from __future__ import annotations

import datetime as dt

import pytest

from models.errors import RuleError
from models.rules import RuleFileError, load_rules
from models.times import parse_moment

HEADER = "name,value,unit,meaning,valid_from,valid_to,recorded_at,source,disputed,retracted\n"
FEBRUARY, JULY = dt.date(2025, 2, 1), dt.date(2025, 7, 1)


@pytest.fixture
def constants(tmp_path):
    def write(*rows, header=HEADER):
        text = header + "".join(row + "\n" for row in rows)
        (tmp_path / "constants.csv").write_text(text, encoding="utf-8")
        return load_rules(tmp_path)

    return write


def test_of_two_periods_the_one_that_began_last_counts(constants):
    book = constants("n,1,d,m,2025-01-01,,2025-01-01,s,no,", "n,2,d,m,2025-06-01,,2025-05-20,s,no,")
    assert book.at(FEBRUARY).constant("n") == 1
    assert book.at(JULY).constant("n") == 2


def test_a_rule_recorded_later_is_unknown_to_a_replay(constants):
    book = constants("n,1,d,m,2025-01-01,,2025-01-01,s,no,", "n,2,d,m,2025-01-01,,2025-08-01,s,no,")
    assert book.at(JULY, parse_moment("2025-07-31")).constant("n") == 1
    assert book.at(JULY, parse_moment("2025-08-01")).constant("n") == 2
    assert book.at(JULY).constant("n") == 2


def test_the_end_of_a_rule_is_a_later_row_of_the_same_period(constants):
    book = constants("n,1,d,m,2025-01-01,,2025-01-01,s,no,", "n,1,d,m,2025-01-01,2025-06-30,2025-06-01,s,no,")
    assert book.at(dt.date(2025, 6, 30)).constant("n") == 1
    assert book.at(JULY, parse_moment("2025-05-31")).constant("n") == 1
    with pytest.raises(RuleError, match="No rule gives a value for n"):
        book.at(JULY).constant("n")


def test_a_rule_taken_back_lets_the_earlier_period_stand(constants):
    book = constants(
        "n,1,d,m,2025-01-01,,2025-01-01,s,no,",
        "n,2,d,m,2025-06-01,,2025-05-20,s,no,",
        "n,2,d,m,2025-06-01,,2025-06-20,s,no,true",
    )
    assert book.at(JULY, parse_moment("2025-06-01")).constant("n") == 2
    assert book.at(JULY).constant("n") == 1


def test_the_order_of_rows_in_the_file_does_not_matter(constants):
    rows = ["n,1,d,m,2025-01-01,,2025-01-01,s,no,", "n,2,d,m,2025-01-01,,2025-08-01,s,no,"]
    assert constants(*rows).at(JULY).constant("n") == constants(*reversed(rows)).at(JULY).constant("n") == 2


def test_moments_between_two_changes_share_one_object():
    book = load_rules()
    assert book.at(dt.date(2025, 9, 10)) is book.at(dt.date(2025, 10, 8), parse_moment("2025-09-30"))


def test_a_deployment_replaces_one_table_and_keeps_the_others(constants):
    book = constants("n,1,d,m,2025-01-01,,2025-01-01,s,no,")
    assert book.at(JULY).no_channel("KH", None, None) is not None
    assert book.version.startswith("local-")
    assert book.version != load_rules().version


def test_the_version_follows_the_content_and_not_the_line_ends(constants, tmp_path):
    row = "n,1,d,m,2025-01-01,,2025-01-01,s,no,"
    version = constants(row).version
    (tmp_path / "constants.csv").write_bytes((HEADER + row + "\n").replace("\n", "\r\n").encode())
    assert load_rules(tmp_path).version == version
    assert constants(row.replace(",1,", ",2,")).version != version


def test_a_named_version_is_taken_from_the_folder(constants, tmp_path):
    (tmp_path / "rules.json").write_text('{"version": "kendari.3"}')
    assert constants("n,1,d,m,2025-01-01,,2025-01-01,s,no,").version.startswith("kendari.3-")
    (tmp_path / "rules.json").write_text("{}")
    with pytest.raises(RuleError, match="does not state the version"):
        load_rules(tmp_path)


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("n,x,d,m,2025-01-01,,2025-01-01,s,no,", "value", "x", "is not a number"),
        ("n,inf,d,m,2025-01-01,,2025-01-01,s,no,", "value", "inf", "is not a finite number"),
        ("n,1,d,m,2025-02-30,,2025-01-01,s,no,", "valid_from", "2025-02-30", "is no day of the calendar"),
        ("n,1,d,m,1/2/2025,,2025-01-01,s,no,", "valid_from", "1/2/2025", "is not a date"),
        ("n,1,d,m,2025-01-01,2024-01-01,2025-01-01,s,no,", "valid_to", "2024-01-01", "is before valid_from"),
        ("n,1,d,m,2025-01-01,,2025-01-01T08:00:00,s,no,", "recorded_at", "2025-01-01T08:00:00", "neither a date nor"),
        ("n,1,d,m,2025-01-01,,2025-01-01,,no,", "source", "", "is empty"),
        ("n,1,d,m,2025-01-01,,2025-01-01,s,maybe,", "disputed", "maybe", "is neither yes nor no"),
    ],
)
def test_a_cell_that_does_not_fit_is_named_with_line_value_and_reason(constants, row, column, value, reason):
    with pytest.raises(RuleFileError) as caught:
        constants("fine,1,d,m,2025-01-01,,2025-01-01,s,no,", row)
    error = caught.value
    assert (error.file.name, error.line, error.column, error.value) == ("constants.csv", 3, column, value)
    assert reason in error.reason
    assert error.what_to_do
    assert "line 3" in str(error)
    assert "\n" not in str(error)


def test_a_row_with_too_many_cells_asks_for_quotes(constants):
    with pytest.raises(RuleFileError, match="has 11 cells where the header has 10"):
        constants("n,1,d,one, two,2025-01-01,,2025-01-01,s,no,")


def test_a_repeated_row_names_both_lines(constants):
    row = "n,1,d,m,2025-01-01,,2025-01-01,s,no,"
    with pytest.raises(RuleFileError, match="line 3: repeats line 2"):
        constants(row, row)


def test_headers_must_be_known_and_complete(constants):
    with pytest.raises(RuleFileError, match="'remark' is no column"):
        constants(header=HEADER.replace("source", "remark"))
    with pytest.raises(RuleFileError, match="column source: is missing"):
        constants(header=HEADER.replace("source,", ""))
    with pytest.raises(RuleFileError, match="separated by commas"):
        constants(header=HEADER.replace(",", ";"))


def test_a_file_that_is_no_table_and_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(RuleError, match="is not a folder"):
        load_rules(tmp_path / "none")
    (tmp_path / "step.csv").write_text("")
    with pytest.raises(RuleError, match=r"step\.csv, which is no rule table"):
        load_rules(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "constants.csv").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(RuleError, match=r"constants\.csv cannot be read"):
        load_rules(tmp_path)


def test_two_steps_at_one_position_are_refused(tmp_path):
    head = "scheme,placement,country,step,position,required,usual_lead_days,usual_duration_days,issuer"
    tail = ",valid_from,recorded_at,source\n"
    rows = [f"p_to_p,new,*,{step},10,yes,10,1,bp3mi,2025-01-01,2025-01-01,s\n" for step in ("medical", "passport")]
    (tmp_path / "steps.csv").write_text(head + tail + "".join(rows))
    with pytest.raises(RuleError, match="same position 10"):
        load_rules(tmp_path).at(JULY)


def test_a_gateway_must_be_a_known_point(tmp_path):
    (tmp_path / "gateways.csv").write_text(
        "region,point,valid_from,recorded_at,source\n74,QQQ,2025-01-01,2025-01-01,s\n"
    )
    with pytest.raises(RuleError, match=r"line 2, column point: 'QQQ' is in no row of points\.csv"):
        load_rules(tmp_path)


def test_a_code_list_refuses_what_the_contract_does_not_know(tmp_path):
    (tmp_path / "staleness.csv").write_text(
        "feed,max_age_days,essential,valid_from,recorded_at,source\nweather,7,no,2025-01-01,2025-01-01,s\n"
    )
    with pytest.raises(RuleFileError, match="column feed: 'weather' is not known"):
        load_rules(tmp_path)


def test_a_number_that_must_be_whole_is_refused_when_it_is_not(constants):
    rules = constants("n,1.5,d,m,2025-01-01,,2025-01-01,s,no,").at(JULY)
    assert rules.constant("n") == 1.5
    with pytest.raises(RuleError, match="not a whole number"):
        rules.whole("n")
