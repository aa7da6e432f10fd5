"""The catalogue: every feature declared once, with type, unit, direction, texts and remedy.

Sources of the definitions: domain notes on procedure, agencies, travel signals and identity; the point-in-time
classes are

A  own registration and steps, as known at *t*
B  agency ledger and permits, as known at *t*
C  facts about others in a window closed 30 days before *t*, self subtracted, overturned and helped ones out
D  itinerary as recorded at *t*
E  own history: confirmed, unexpired, not overturned
R  rules in force at *t*
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.texts import STEP_TITLES, Text

Kind = Literal["bool", "int", "float", "category", "ordinal"]
Family = Literal["registration", "agency", "travel", "identity"]

CATALOGUE_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature.

    Parameters
    ----------
    name, kind, unit, family
        Catalogue name, type of value, unit of measure, family of reasons.
    direction
        +1: more never lowers the log-odds; -1: more never raises it; 0: unconstrained.
    pit
        Point-in-time class, see the module.
    feeds
        Feeds it is computed from: what must be fresh for it to be told.
    levels
        Names of the values of an ``ordinal`` or ``category`` feature, by index.
    association
        Says something about others only; never reaches the band ``first`` alone.
    context
        Enters interactions and calibration, never a reason of its own.
    default_on
        Whether a release uses it unless an analyst asks otherwise.
    can_miss
        Whether NaN is a legal value, with a bin of its own.
    step
        The step a step feature speaks of.
    title, reason, remedy
        Short label; sentence of a reason, with ``{value}``; what puts it right and who can.
    """

    name: str
    kind: Kind
    family: Family
    direction: Literal[-1, 0, 1]
    pit: Literal["A", "B", "C", "D", "E", "R"]
    feeds: tuple[str, ...]
    title: Text
    reason: Text
    remedy: Text
    unit: str = ""
    levels: tuple[str, ...] = ()
    association: bool = False
    context: bool = False
    default_on: bool = True
    can_miss: bool = True
    step: str | None = None


_CHECK_AGENCY: Final = Text(
    "Periksa status P3MI dan jelaskan pilihan pindah P3MI kepada calon.",
    "Check the agency's status and explain the option of changing agency.",
)
_ASK_TRAVEL: Final = Text(
    "Tanyakan rencana perjalanan langsung kepada calon.", "Ask the candidate about the travel plan directly."
)
_ASK_RECRUITER: Final = Text(
    "Tanyakan siapa yang mengajak dan siapa yang membayar.", "Ask who recruited them and who pays."
)
_COMPLETE_STEPS: Final = Text(
    "Bantu lengkapi langkah yang kurang, sesuai urutan resmi.",
    "Help complete the missing steps, in their lawful order.",
)

_STEP_FEATURES: Final = (
    "placement_agreement",
    "contract",
    "work_visa",
    "orientation",
    "insurance",
    "worker_id",
    "family_consent",
    "competency_certificate",
    "medical",
    "passport",
)


def _step(name: str) -> Feature:
    title = STEP_TITLES[name]
    return Feature(
        name=name,
        kind="bool",
        family="registration",
        direction=1,
        pit="A",
        feeds=("registrations", "registration_steps"),
        title=Text(f"{title.id} terlambat", f"{title.en} overdue"),
        reason=Text(
            f"{title.id}: {{value}} (biasanya sudah tercatat pada jarak keberangkatan ini)",
            f"{title.en}: {{value}} (usually recorded by this distance from departure)",
        ),
        remedy=Text(
            f"Lengkapi atau mintakan pencatatan: {title.id}.", f"Complete it, or have it recorded: {title.en}."
        ),
        levels=("tidak terlambat|not overdue", "terlambat|overdue"),
        can_miss=False,
        step=name,
    )


def _reg(name: str, kind: Kind, direction: Literal[-1, 0, 1], title: Text, reason: Text, **more: object) -> Feature:
    values: dict[str, object] = {
        "pit": "A",
        "feeds": ("registrations", "registration_steps"),
        "remedy": _COMPLETE_STEPS,
    } | more
    return Feature(
        name=name,
        kind=kind,
        family="registration",
        direction=direction,
        title=title,
        reason=reason,
        **values,  # type: ignore[arg-type]
    )


def _agency(name: str, kind: Kind, direction: Literal[-1, 0, 1], title: Text, reason: Text, **more: object) -> Feature:
    values: dict[str, object] = {
        "pit": "B",
        "feeds": ("registrations", "agency_events"),
        "remedy": _CHECK_AGENCY,
    } | more
    return Feature(
        name=name,
        kind=kind,
        family="agency",
        direction=direction,
        title=title,
        reason=reason,
        **values,  # type: ignore[arg-type]
    )


def _travel(name: str, kind: Kind, direction: Literal[-1, 0, 1], title: Text, reason: Text, **more: object) -> Feature:
    values: dict[str, object] = {"pit": "D", "feeds": ("travel",), "remedy": _ASK_TRAVEL} | more
    return Feature(
        name=name,
        kind=kind,
        family="travel",
        direction=direction,
        title=title,
        reason=reason,
        **values,  # type: ignore[arg-type]
    )


def _identity(
    name: str, kind: Kind, direction: Literal[-1, 0, 1], title: Text, reason: Text, **more: object
) -> Feature:
    values: dict[str, object] = {
        "pit": "A",
        "feeds": ("candidates",),
        "remedy": Text(
            "Cocokkan data diri dengan Dukcapil bersama calon.", "Verify identity data at Dukcapil with the candidate."
        ),
    } | more
    return Feature(
        name=name,
        kind=kind,
        family="identity",
        direction=direction,
        title=title,
        reason=reason,
        **values,  # type: ignore[arg-type]
    )


PERMIT_LEVELS: Final = (
    "mencakup negara dan jabatan|covers country and post",
    "mencakup negara|covers country",
    "kedaluwarsa, penuh, dicabut atau tidak mencakup|expired, full, withdrawn or not covering",
    "tidak disebut|none cited",
    "disebut tetapi tidak dikenal|cited but unknown",
)
LICENCE_LEVELS: Final = (
    "aktif|active",
    "dihentikan sebagian|suspended in part",
    "kedaluwarsa|expired",
    "dihentikan sementara|suspended",
    "dicabut|revoked",
    "tidak tercatat|none on record",
)
SEASONS: Final = ("none", "nataru", "idulfitri")
"""Values of ``season``, in the order of the rules' calendar."""

CATALOGUE: Final[tuple[Feature, ...]] = (
    _reg(
        "registered",
        "bool",
        -1,
        Text("Terdaftar", "Registered"),
        Text("Pendaftaran: {value}", "Registration: {value}"),
        can_miss=False,
        feeds=("registrations",),
        levels=("belum|none", "ada|on record"),
    ),
    _reg(
        "steps_overdue",
        "int",
        1,
        Text("Langkah terlambat", "Steps overdue"),
        Text("{value} langkah wajib terlambat", "{value} required steps overdue"),
        unit="steps",
        can_miss=False,
    ),
    _reg(
        "steps_orderly",
        "int",
        -1,
        Text("Langkah selesai berurutan", "Steps done in order"),
        Text("{value} langkah wajib selesai sesuai urutan", "{value} required steps done in lawful order"),
        unit="steps",
        can_miss=False,
    ),
    _reg(
        "stalled_days",
        "int",
        1,
        Text("Hari tanpa kemajuan", "Days without progress"),
        Text("{value} hari sejak langkah terakhir", "{value} days since the last step"),
        unit="days",
        can_miss=False,
    ),
    _reg(
        "days_reg_to_dep",
        "int",
        -1,
        Text("Jarak pendaftaran ke keberangkatan", "Registration to departure"),
        Text("{value} hari dari pendaftaran ke keberangkatan", "{value} days from registration to departure"),
        unit="days",
    ),
    *(_step(name) for name in _STEP_FEATURES),
    _reg(
        "permit_state",
        "ordinal",
        1,
        Text("Izin perekrutan (SIP2MI)", "Recruitment permit (SIP2MI)"),
        Text("SIP2MI: {value}", "SIP2MI: {value}"),
        pit="B",
        feeds=("registrations", "permits"),
        levels=PERMIT_LEVELS,
        remedy=Text("Minta P3MI menunjukkan SIP2MI yang berlaku.", "Ask the agency for the valid SIP2MI."),
    ),
    _reg(
        "dest_closed",
        "bool",
        1,
        Text("Negara tujuan ditutup", "Destination closed"),
        Text("Penempatan ke tujuan ini: {value}", "Placement to this destination: {value}"),
        pit="R",
        feeds=("registrations",),
        can_miss=False,
        levels=("terbuka|open", "ditutup|closed"),
        remedy=Text("Jelaskan tujuan lain yang terbuka.", "Explain other destinations that are open."),
    ),
    _reg(
        "no_channel",
        "bool",
        1,
        Text("Tanpa jalur penempatan", "No placement channel"),
        Text("Jalur penempatan resmi: {value}", "Lawful placement channel: {value}"),
        pit="R",
        feeds=("registrations",),
        can_miss=False,
        levels=("ada|exists", "tidak ada|none"),
        remedy=Text("Jelaskan tujuan lain yang terbuka.", "Explain other destinations that are open."),
    ),
    _reg(
        "days_to_departure",
        "int",
        0,
        Text("Hari ke keberangkatan", "Days to departure"),
        Text("{value} hari ke keberangkatan", "{value} days to departure"),
        unit="days",
        context=True,
        feeds=("registrations", "travel"),
    ),
    _agency(
        "agency_declared",
        "bool",
        0,
        Text("P3MI disebut", "Agency named"),
        Text("P3MI atau perusahaan: {value}", "Agency or company: {value}"),
        pit="A",
        feeds=("registrations",),
        levels=("tidak disebut|not named", "disebut|named"),
    ),
    _agency(
        "licence_state",
        "ordinal",
        1,
        Text("Status izin P3MI", "Agency licence"),
        Text("Izin P3MI: {value}", "Agency licence: {value}"),
        levels=LICENCE_LEVELS,
    ),
    _agency(
        "licence_ends_before_departure",
        "bool",
        1,
        Text("Izin berakhir sebelum berangkat", "Licence ends before departure"),
        Text("Izin P3MI berakhir sebelum keberangkatan: {value}", "Licence ends before departure: {value}"),
        levels=("tidak|no", "ya|yes"),
    ),
    _agency(
        "sanctions_24m",
        "int",
        1,
        Text("Sanksi 24 bulan", "Sanctions in 24 months"),
        Text("{value} sanksi dalam 24 bulan", "{value} sanctions in 24 months"),
        unit="events",
    ),
    _agency(
        "deposit_shortfall",
        "bool",
        1,
        Text("Deposito dicairkan", "Deposit cashed"),
        Text("Deposito dicairkan dan belum dipulihkan: {value}", "Deposit cashed and not restored: {value}"),
        levels=("tidak|no", "ya|yes"),
    ),
    _agency(
        "complaint_rate",
        "float",
        1,
        Text("Pengaduan terbukti", "Upheld complaints"),
        Text("{value} pengaduan terbukti per 100 pendaftaran", "{value} upheld complaints per 100 registrations"),
        pit="C",
        unit="per 100 registrations",
    ),
    _agency(
        "open_claims",
        "float",
        1,
        Text("Klaim terbuka", "Open claims"),
        Text("Klaim belum dibayar: {value}", "Unpaid claims: {value}"),
        unit="log rupiah",
    ),
    _agency(
        "failed_departure_rate",
        "float",
        1,
        Text("Batal berangkat", "Failed departures"),
        Text(
            "Bagian yang lewat tanggal tanpa berangkat: {value}", "Share long past their date, never departed: {value}"
        ),
        pit="C",
        feeds=("registrations",),
        unit="share",
    ),
    _agency(
        "orientation_skip_rate",
        "float",
        1,
        Text("Berangkat tanpa OPP", "Departed without orientation"),
        Text("Bagian yang berangkat tanpa OPP: {value}", "Share departed without orientation: {value}"),
        pit="C",
        feeds=("registrations", "registration_steps"),
        unit="share",
    ),
    _agency(
        "confirmed_rate",
        "float",
        1,
        Text("Temuan nonprosedural terkonfirmasi", "Confirmed findings"),
        Text("Bagian terkonfirmasi dari yang diperiksa: {value}", "Share confirmed among examined: {value}"),
        pit="C",
        feeds=("registrations", "outcomes"),
        unit="share",
        association=True,
    ),
    _agency(
        "quota_use",
        "float",
        1,
        Text("Pemakaian kuota SIP2MI", "Permit quota used"),
        Text("Pendaftaran per kuota: {value}", "Registrations per quota: {value}"),
        feeds=("registrations", "permits"),
        unit="registrations per place",
    ),
    _agency(
        "branch_registered",
        "bool",
        -1,
        Text("Cabang terdaftar di daerah perekrutan", "Branch in the recruitment region"),
        Text("Cabang P3MI di daerah perekrutan: {value}", "Agency branch in the recruitment region: {value}"),
        feeds=("registrations", "branches"),
        levels=("tidak terdaftar|not registered", "terdaftar|registered"),
    ),
    _agency(
        "recruiter_degree",
        "int",
        1,
        Text("Pendaftaran dengan perekrut sama", "Registrations with the same recruiter"),
        Text(
            "{value} pendaftaran lain oleh perekrut yang sama dalam 90 hari",
            "{value} other registrations by the same recruiter in 90 days",
        ),
        pit="A",
        feeds=("registrations",),
        unit="registrations",
        association=True,
        remedy=_ASK_RECRUITER,
    ),
    _agency(
        "recruiter_cases",
        "int",
        1,
        Text("Kasus terkonfirmasi perekrut", "Confirmed cases of the recruiter"),
        Text("{value} kasus terkonfirmasi oleh perekrut yang sama", "{value} confirmed cases of the same recruiter"),
        pit="C",
        feeds=("registrations", "outcomes"),
        unit="cases",
        association=True,
        remedy=_ASK_RECRUITER,
    ),
    _travel(
        "visa_purpose_gap",
        "bool",
        1,
        Text("Visa tidak sesuai tujuan kerja", "Visa does not match work"),
        Text("Visa kunjungan atau umrah pada rencana kerja: {value}", "Visit or umrah visa on a work plan: {value}"),
        feeds=("travel", "registrations", "candidates"),
        levels=("tidak|no", "ya|yes"),
    ),
    _travel(
        "one_way_on_visit",
        "bool",
        1,
        Text("Visa kunjungan tanpa tiket pulang", "One way on a visit visa"),
        Text("Visa kunjungan tanpa tiket pulang: {value}", "Visit visa without a return ticket: {value}"),
        levels=("tidak|no", "ya|yes"),
    ),
    _travel(
        "stay_over_visa",
        "bool",
        1,
        Text("Rencana tinggal melebihi visa", "Stay longer than the visa"),
        Text("Rencana tinggal melebihi masa visa: {value}", "Planned stay longer than the visa: {value}"),
        levels=("tidak|no", "ya|yes"),
    ),
    _travel(
        "lead_days",
        "int",
        -1,
        Text("Pemesanan ke keberangkatan", "Booking to departure"),
        Text("Dipesan {value} hari sebelum berangkat", "Booked {value} days before departure"),
        unit="days",
    ),
    _travel(
        "third_party_payer",
        "bool",
        1,
        Text("Dibayar pihak ketiga", "Paid by a third party"),
        Text("Perjalanan dibayar pihak ketiga: {value}", "Travel paid by a third party: {value}"),
        feeds=("travel", "registrations"),
        levels=("tidak|no", "ya|yes"),
        remedy=_ASK_RECRUITER,
    ),
    _travel(
        "payer_degree",
        "int",
        1,
        Text("Pelancong dengan pembayar sama", "Travellers with the same payer"),
        Text("{value} pelancong lain dengan pembayar yang sama", "{value} other travellers with the same payer"),
        unit="persons",
        association=True,
        remedy=_ASK_RECRUITER,
    ),
    _travel(
        "group_size",
        "int",
        1,
        Text("Besar rombongan", "Group size"),
        Text("Rombongan {value} orang", "Group of {value}"),
        unit="persons",
        association=True,
    ),
    _travel(
        "dest_mismatch",
        "bool",
        1,
        Text("Tujuan perjalanan berbeda", "Itinerary ends elsewhere"),
        Text(
            "Perjalanan berakhir di negara lain dari pendaftaran: {value}",
            "Itinerary ends elsewhere than registered: {value}",
        ),
        feeds=("travel", "registrations"),
        levels=("tidak|no", "ya|yes"),
    ),
    _travel(
        "route_rate",
        "float",
        1,
        Text("Temuan pada rute", "Findings on the route"),
        Text("Bagian terkonfirmasi pada rute ini: {value}", "Share confirmed on this route: {value}"),
        pit="C",
        feeds=("travel", "outcomes"),
        unit="share",
        association=True,
    ),
    _travel(
        "border_hop",
        "bool",
        1,
        Text("Pindah ke titik perbatasan", "Hop to a border point"),
        Text(
            "Perjalanan domestik ke perbatasan yang tidak lazim: {value}",
            "Domestic leg to an unusual border point: {value}",
        ),
        levels=("tidak|no", "ya|yes"),
    ),
    _travel(
        "passport_replaced",
        "bool",
        1,
        Text("Paspor diganti dalam 24 bulan", "Passport replaced in 24 months"),
        Text("Penggantian paspor dalam 24 bulan: {value}", "Passport replaced in 24 months: {value}"),
        levels=("tidak|no", "ya|yes"),
    ),
    _travel(
        "season",
        "category",
        0,
        Text("Musim keberangkatan", "Departure season"),
        Text("Musim: {value}", "Season: {value}"),
        pit="R",
        feeds=("registrations", "travel"),
        levels=SEASONS,
    ),
    _identity(
        "nik_valid",
        "bool",
        -1,
        Text("Format NIK", "NIK format"),
        Text("Format NIK: {value}", "NIK format: {value}"),
        levels=("tidak sah|invalid", "sah|valid"),
    ),
    _identity(
        "nik_dob_gap",
        "bool",
        1,
        Text("NIK dan tanggal lahir berbeda", "NIK and birth date differ"),
        Text("Tanggal lahir berbeda dari NIK: {value}", "Birth date differs from the NIK: {value}"),
        levels=("tidak|no", "ya|yes"),
    ),
    _identity(
        "prior_confirmed",
        "int",
        1,
        Text("Kasus sendiri terkonfirmasi", "Own confirmed cases"),
        Text("{value} kasus terkonfirmasi dalam 24 bulan", "{value} confirmed cases in 24 months"),
        pit="E",
        feeds=("outcomes",),
        unit="cases",
        default_on=False,
        can_miss=False,
    ),
    _identity(
        "prior_procedural",
        "int",
        -1,
        Text("Penempatan selesai sebelumnya", "Completed placements"),
        Text("{value} penempatan sebelumnya selesai", "{value} earlier placements completed"),
        pit="E",
        feeds=("registrations", "outcomes"),
        unit="placements",
        can_miss=False,
    ),
)

BY_NAME: Final[dict[str, Feature]] = {feature.name: feature for feature in CATALOGUE}
INDEX: Final[dict[str, int]] = {feature.name: i for i, feature in enumerate(CATALOGUE)}
NEVER_INPUTS: Final = (
    "sex",
    "religion",
    "ethnicity",
    "full_name",
    "nik",
    "marital_status",
    "education",
    "poverty",
    "disability",
    "medical_result",
    "pregnancy",
    "photo",
    "gesture",
    "home_region",
    "relatives_cases",
    "unconfirmed_stops",
)
"""What may never become a feature (domain notes, requirement 9); a test holds the catalogue to it."""

Matrix = NDArray[np.float64]


def to_frame(x: Matrix) -> pl.DataFrame:
    """Features as typed columns under their catalogue names, for analysts.

    Parameters
    ----------
    x
        Shape (n, len(CATALOGUE)), NaN = missing.

    Returns
    -------
    polars.DataFrame
        Boolean, Int64, Float64 and, for categories, String columns; missing values are null.
    """
    columns: dict[str, pl.Series] = {}
    for j, feature in enumerate(CATALOGUE):
        series = pl.Series(feature.name, np.ascontiguousarray(x[:, j]), nan_to_null=True)
        if feature.kind == "bool":
            series = series.cast(pl.Int8).cast(pl.Boolean)
        elif feature.kind in ("int", "ordinal"):
            series = series.cast(pl.Int64)
        elif feature.kind == "category":
            codes = series.cast(pl.Int64)
            series = codes.replace_strict(
                list(range(len(feature.levels))), list(feature.levels), default=None, return_dtype=pl.String
            )
        columns[feature.name] = series
    return pl.DataFrame(columns)
