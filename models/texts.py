"""Words of the field in both languages of the product, each written once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Text:
    """One text in both languages of the product."""

    id: str
    en: str

    def fill(self, **values: Text | str) -> Text:
        """The text with its ``{fields}`` filled, each in its own language."""
        return Text(
            self.id.format(**{k: v.id if isinstance(v, Text) else v for k, v in values.items()}),
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in values.items()}),
        )

    def as_dict(self) -> dict[str, str]:
        """``{"id": …, "en": …}``."""
        return {"id": self.id, "en": self.en}


STEP_TITLES: Final = {
    "information": Text("Sosialisasi", "Information session"),
    "registration": Text("Pendaftaran Disnaker (SISKOP2MI)", "Registration (Disnaker, SISKOP2MI)"),
    "recruitment_permit": Text("Izin perekrutan (SIP2MI)", "Recruitment permit (SIP2MI)"),
    "selection": Text("Seleksi", "Selection"),
    "marital_letter": Text("Surat status perkawinan", "Marital letter"),
    "family_consent": Text("Izin keluarga", "Family consent"),
    "competency_certificate": Text("Sertifikat kompetensi", "Competency certificate"),
    "medical": Text("Pemeriksaan kesehatan", "Medical examination"),
    "placement_agreement": Text("Perjanjian penempatan", "Placement agreement"),
    "passport": Text("Paspor", "Passport"),
    "insurance": Text("Jaminan sosial PMI", "Social insurance"),
    "work_visa": Text("Visa kerja", "Work visa"),
    "orientation": Text("Orientasi pra-pemberangkatan (OPP)", "Pre-departure orientation (OPP)"),
    "contract": Text("Perjanjian kerja", "Employment contract"),
    "worker_id": Text("E-PMI", "Worker ID (E-PMI)"),
    "employer_call_letter": Text("Surat panggilan pemberi kerja", "Employer's call letter"),
    "employer_profile": Text("Profil pemberi kerja", "Employer profile"),
    "own_risk_statement": Text("Surat pernyataan tanggung jawab sendiri", "Own-risk statement"),
    "leave_letter": Text("Surat cuti", "Leave letter"),
    "basic_safety_training": Text("Pelatihan keselamatan dasar (BST)", "Basic safety training (BST)"),
    "sea_contract_endorsed": Text("Pengesahan PKL oleh syahbandar", "Sea contract endorsed by the harbour master"),
}

OFFICE_TITLES: Final = {
    "bp3mi": Text("BP3MI", "BP3MI"),
    "disnaker": Text("Disnaker", "Manpower office (Disnaker)"),
    "blk": Text("BLK", "Vocational training centre (BLK)"),
    "lpk": Text("LPK", "Private training centre (LPK)"),
    "clinic": Text("Klinik pemeriksaan", "Examining clinic"),
    "agency_branch": Text("Cabang P3MI", "Agency branch"),
    "insurer": Text("BPJS Ketenagakerjaan", "Social insurer (BPJS)"),
    "embassy": Text("Perwakilan negara tujuan atau RI", "Embassy or consulate"),
    "immigration": Text("Kantor Imigrasi", "Immigration office"),
    "village": Text("Kantor desa/kelurahan", "Village office"),
}

SAFETY: Final = Text(
    "Jangan menghubungi keluarga, desa, sponsor atau P3MI sebelum berbicara berdua saja dengan yang bersangkutan.",
    "Do not contact family, village, sponsor or agency before speaking alone with the person.",
)
SAFETY_STEPS: Final = ("family_consent", "marital_letter")
"""Steps whose paper runs through family and village: the safety text goes with them."""

NOT_RECORDED: Final = Text("tidak tercatat", "not recorded")
