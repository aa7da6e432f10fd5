"""Proportions of the domain notes (§4) within tolerance."""

from __future__ import annotations

import polars as pl
import pytest

from training.simulate import Simulation


@pytest.fixture(scope="module")
def registrations(large: Simulation) -> pl.DataFrame:
    return large.feeds["registrations"].filter(~pl.col("retracted")).unique("registration_id", keep="first")


@pytest.fixture(scope="module")
def candidates(large: Simulation) -> pl.DataFrame:
    return large.feeds["candidates"].unique("candidate_id", keep="first")


@pytest.mark.parametrize(
    ("country", "share"),
    [("HK", 0.335), ("TW", 0.284), ("MY", 0.174), ("JP", 0.043), ("SG", 0.036), ("KR", 0.034), ("SA", 0.026)],
)
def test_destinations(registrations: pl.DataFrame, country: str, share: float) -> None:
    assert (registrations["destination_country"] == country).mean() == pytest.approx(share, rel=0.2, abs=0.006)


@pytest.mark.parametrize(
    ("scheme", "share"), [("p_to_p", 0.85), ("independent", 0.078), ("g_to_g", 0.038), ("ukps", 0.0035)]
)
def test_schemes(registrations: pl.DataFrame, scheme: str, share: float) -> None:
    assert (registrations["scheme"] == scheme).mean() == pytest.approx(share, rel=0.15, abs=0.002)


@pytest.mark.parametrize(
    ("province", "share"), [("35", 0.267), ("33", 0.224), ("32", 0.207), ("52", 0.104), ("18", 0.085), ("53", 0.0047)]
)
def test_provinces(candidates: pl.DataFrame, province: str, share: float) -> None:
    assert candidates["home_region"].str.starts_with(province).mean() == pytest.approx(share, rel=0.06, abs=0.002)


def test_south_east_sulawesi_is_there_in_several_regencies_and_small(candidates: pl.DataFrame) -> None:
    sultra = candidates.filter(pl.col("home_region").str.starts_with("74."))
    assert 0 < len(sultra) < 0.01 * len(candidates)
    assert sultra["home_region"].n_unique() >= 5


def test_in_south_east_sulawesi_most_go_independently(registrations: pl.DataFrame, candidates: pl.DataFrame) -> None:
    sultra = candidates.filter(pl.col("home_region").str.starts_with("74.")).select("candidate_id")
    schemes = registrations.join(sultra, on="candidate_id")["scheme"]
    assert (schemes == "independent").mean() > 0.45


def test_most_are_women_and_most_are_25_to_44(candidates: pl.DataFrame) -> None:
    assert (candidates["sex"] == "F").mean() == pytest.approx(0.61, abs=0.03)
    age = (candidates["recorded_at"].dt.date() - candidates["birth_date"]).dt.total_days() / 365.25
    assert age.is_between(25, 45).mean() == pytest.approx(0.66, abs=0.04)
    assert 0.001 < (age < 18).mean() < 0.01


def test_referred_people_are_few_and_mostly_have_work_evidence(candidates: pl.DataFrame) -> None:
    referred = candidates.filter(enrolled_as="referred")
    assert len(referred) / len(candidates) == pytest.approx(0.08, abs=0.01)
    assert (referred["work_evidence"] != "none").mean() > 0.85


def test_some_have_no_date_no_nik_and_several_registrations(
    registrations: pl.DataFrame, candidates: pl.DataFrame
) -> None:
    assert 0.02 < candidates["nik"].is_null().mean() < 0.06
    assert 0.1 < registrations["planned_departure_on"].is_null().mean() < 0.35
    assert registrations["candidate_id"].is_duplicated().mean() > 0.1
    assert set(registrations["placement"]) == {"new", "re_entry", "extension"}


def test_there_are_about_twelve_rows_a_case(large: Simulation) -> None:
    rows = sum(len(frame) for frame in large.feeds.values())
    assert 10 < rows / len(large.truth) < 16


def test_agencies_and_numbers_are_evidently_invented(large: Simulation, candidates: pl.DataFrame) -> None:
    assert candidates["phone"].drop_nulls().str.starts_with("+620").all()
    assert candidates["passport_no"].drop_nulls().str.starts_with("Q").all()
    assert candidates["nik"].drop_nulls().str.slice(4, 2).cast(pl.Int64).is_between(60, 99).all()
    invented = r"^PT (Samaran|Contoh|Rekaan|Khayal|Umpama|Misal|Andai|Purwarupa|Tiruan|Peraga) "
    assert large.feeds["agencies"]["name"].str.contains(invented).all()
    assert large.feeds["agencies"]["name"].is_unique().all()


def test_nik_follow_the_published_structure_except_a_few_mistyped_and_mismatching_ones(
    candidates: pl.DataFrame,
) -> None:
    known = candidates.drop_nulls(["nik", "birth_date"])
    whole = known.filter(pl.col("nik").str.len_chars() == 16)
    assert 0.99 < len(whole) / len(known) < 1
    day = whole["nik"].str.slice(6, 2).cast(pl.Int64)
    assert (day.is_between(1, 31) | day.is_between(41, 71)).all()
    assert ((day > 40) == (whole["sex"] == "F")).all()
    written = whole["nik"].str.slice(8, 4) == whole["birth_date"].dt.strftime("%m%y")
    agrees = written & (day % 40 == whole["birth_date"].dt.day().cast(pl.Int64))
    assert 0.01 < (~agrees).mean() < 0.04


def test_names_include_single_ones_and_bin_or_binti(candidates: pl.DataFrame) -> None:
    names = candidates["full_name"]
    assert 0.05 < (~names.str.contains(" ")).mean() < 0.2
    assert names.str.contains(" Bin | Binti ").any()
    assert names.n_unique() > 1000
