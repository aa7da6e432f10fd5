"""Occupations by name: every code has one, known codes their own, and a name typed leads back to its code."""

from __future__ import annotations

import csv
import io
import json
from importlib import resources

import pytest
from pypdf import PdfReader

from risk_service.occupations import GROUPS, OTHER, UNITS, occupation, occupation_code, occupation_name
from training.simulate.intentions import OCCUPATIONS

SUB_MAJOR = [f"0{n}" for n in (1, 2, 3)] + [
    f"{major}{n}" for major, most in enumerate((4, 6, 5, 4, 4, 3, 5, 3, 6), start=1) for n in range(1, most + 1)
]


def test_codes_that_rules_and_simulated_deliveries_name_have_names_of_their_own():
    text = (resources.files("models.rules") / "data" / "destinations.csv").read_text(encoding="utf-8")
    ruled = {row["occupation"] for row in csv.DictReader(io.StringIO(text))} - {"*"}

    assert len(ruled) >= 4
    assert {*ruled, *OCCUPATIONS} <= set(UNITS)


def test_every_sub_major_group_of_the_classification_has_a_name_and_holds_the_unit_groups():
    assert list(GROUPS) == SUB_MAJOR
    assert {code[:2] for code in UNITS} <= set(GROUPS)
    assert all(len(code) == 4 and code.isdecimal() for code in UNITS)


@pytest.mark.parametrize(
    ("code", "name"),
    [("9111", "Pembersih dan pembantu rumah tangga"), ("9112", UNITS["9112"].id), ("2269", GROUPS["22"].id)],
)
def test_a_code_reads_as_its_unit_group_or_the_group_around_it(code, name):
    assert occupation_name(code).id == name
    assert occupation(code).id == f"{name} ({code})"


def test_a_code_that_nobody_knows_reads_as_another_occupation_and_none_as_none():
    assert occupation("9999").as_dict() == {"id": f"{OTHER.id} (9999)", "en": f"{OTHER.en} (9999)"}
    assert occupation_name(None) is None


def test_a_name_in_either_language_leads_back_to_its_one_code():
    for code, text in UNITS.items():
        assert {occupation_code(text.id.upper()), occupation_code(text.en.lower())} == {code}
    assert occupation_code("5131") is None


@pytest.mark.parametrize(
    ("part", "code"),
    [("Pembantu  rumah tangga", "9111"), ("domestic cleaner", "9111"), ("bidan prof", "2222"), ("perawat", None),
     ("spa", None), ("", None)],
)  # fmt: skip
def test_a_part_of_a_name_leads_to_its_code_where_no_other_has_it(part, code):
    assert occupation_code(part) == code


def test_interface_page_and_paper_name_the_occupation_of_a_case(service):
    case = service.get("/api/v1/cases/R-FULL").json["case"]
    name = occupation_name(case["occupation"])
    sheet = service.get("/api/v1/cases/R-FULL/sheet.pdf").data
    paper = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(sheet)).pages).split())
    held = service.get("/api/v1/candidates/C-FULL/file").json

    assert case["occupation_name"] == name.as_dict()
    assert f"{name.id} ({case['occupation']})" in paper
    assert f"{name.en} ({case['occupation']})" in json.dumps(held["records"], ensure_ascii=False)
