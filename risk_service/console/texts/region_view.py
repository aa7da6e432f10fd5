"""The region view."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.table_texts import FIGURES, HIDDEN_NOTE, INCIDENT_KINDS, REGION_TABLES, SHARE_NOTE, STALLS_NOTE

TEXTS: Final[dict[str, Text]] = {
    "region_view": Text("Wilayah", "Region"),
    "region_title": Text("Wilayah: {office}", "Region: {office}"),
    "region_all": Text("semua kantor", "all offices"),
    "region_period": Text(
        "Bulan penuh {first} sampai {last}, dihitung per {when}.", "Whole months, {first} to {last}, as of {when}."
    ),
    "region_hidden": HIDDEN_NOTE,
    "fig_share_note": SHARE_NOTE,
    "stall_lead": STALLS_NOTE,
    **{f"table_{name}": text for name, text in REGION_TABLES.items()},
    **{f"fig_{name}": text for name, text in FIGURES.items()},
    **{f"kind_{name}": text for name, text in INCIDENT_KINDS.items()},
    "region_pick": Text("Pilih kantor", "Choose an office"),
    "region_show": Text("Tampilkan", "Show"),
    "region_expected": Text("Perkiraan temuan pada kapasitas tertentu", "Expected finds at a capacity"),
    "region_incidents": Text("Kejadian di luar data (orang)", "Incidents outside the data (persons)"),
    "fig_share_of": Text("{share} (antara {low} dan {high})", "{share} (between {low} and {high})"),
    "region_none": Text("Belum ada angka untuk masa ini", "No figures for this period yet"),
    "region_none_hint": Text(
        "Angka muncul setelah perhitungan berikutnya, bila ada penempatan atau pemeriksaan.",
        "Figures appear after the next rescoring, once there are placements or checks.",
    ),
    "place_code": Text("Kode", "Code"),
    "place_name": Text("Nama", "Name"),
    "place_unknown": Text("tidak tercatat", "not on record"),
    "stall_waiting": Text("Berkas menunggu", "Cases waiting"),
    "stall_overdue": Text("Biasanya sudah ada", "Usually there by now"),
    "stall_days": Text("Rata-rata hari tanpa kemajuan", "Average days without progress"),
    "no_stalls": Text("Tidak ada langkah yang ditunggu lima berkas atau lebih.", "No step has five cases waiting."),
    "source_name": Text("Pengirim", "Sender"),
    "source_unnamed": Text("tanpa nama", "unnamed"),
    "source_last": Text("Kiriman terakhir", "Last delivery"),
    "source_through": Text("Lengkap sampai", "Complete through"),
    "source_rows": Text("Baris (30 hari)", "Rows (30 days)"),
    "source_rejected": Text("Ditolak", "Rejected"),
    "source_pending": Text("Menunggu induk", "Waiting for a parent"),
    "source_stale": Text("Terlambat", "Stale"),
    "expected_capacity": Text("Berkas yang bisa diperiksa", "Cases that can be examined"),
    "expected_text": Text(
        "Dari {cases} berkas teratas, sekitar {n} diperkirakan nonprosedural (antara {low} dan {high}). "
        "Bila ditarik acak: sekitar {lot}.",
        "Of the first {cases} cases about {n} are expected to be non-procedural (between {low} and {high}). "
        "Drawn by lot: about {lot}.",
    ),
    "expected_none": Text(
        "Belum ada peluang untuk dijumlahkan: rilis ini hanya memakai aturan, atau berkasnya kurang dari lima.",
        "There are no probabilities to add: this release has rules only, or there are fewer than five cases.",
    ),
}
