"""The region view."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "region_view": Text("Wilayah", "Region"),
    "region_title": Text("Wilayah: {office}", "Region: {office}"),
    "region_all": Text("semua kantor", "all offices"),
    "region_period": Text(
        "Bulan penuh {first} sampai {last}, dihitung per {when}.", "Whole months, {first} to {last}, as of {when}."
    ),
    "region_hidden": Text(
        "Tanda • berarti tidak ditampilkan: di bawah lima orang, atau bisa dihitung balik dari angka lain. "
        "Urutan menurut kode, bukan menurut angka.",
        "A • is not shown: fewer than five people, or it would follow from other figures. "
        "In the order of codes, not of figures.",
    ),
    "region_pick": Text("Pilih kantor", "Choose an office"),
    "region_show": Text("Tampilkan", "Show"),
    "region_totals": Text("Ringkasan", "Summary"),
    "region_regencies": Text("Per kabupaten/kota", "By regency"),
    "region_agencies": Text("Per P3MI/perusahaan", "By agency"),
    "region_months": Text("Per bulan", "By month"),
    "region_stalls": Text("Di mana prosedur tertahan", "Where procedures stall"),
    "region_sources": Text("Kiriman data per kantor", "Deliveries by office"),
    "region_expected": Text("Perkiraan temuan pada kapasitas tertentu", "Expected finds at a capacity"),
    "region_incidents": Text("Kejadian di luar data (orang)", "Incidents outside the data (persons)"),
    "fig_completed": Text("Penempatan selesai", "Placements completed"),
    "fig_helped": Text("Dibantu sebelum berangkat", "Helped before departure"),
    "fig_examined": Text("Diperiksa", "Examined"),
    "fig_found": Text("Nonprosedural ditemukan", "Found non-procedural"),
    "fig_drawn": Text("Diperiksa secara acak", "Drawn by lot"),
    "fig_drawn_found": Text("Di antaranya nonprosedural", "Of these non-procedural"),
    "fig_share": Text("Perkiraan dari pemeriksaan acak", "Estimate from checks by lot"),
    "fig_share_of": Text("{share} (antara {low} dan {high})", "{share} (between {low} and {high})"),
    "fig_share_note": Text(
        "Perkiraan berbobot dari pemeriksaan yang ditarik acak, selang 95 % menurut Wilson. Temuan lain bergantung "
        "pada siapa yang diperiksa, jadi bukan ukuran keadaan.",
        "A weighted estimate from checks drawn by lot, with Wilson's interval at 95 %. Other findings depend on who "
        "was examined, so they measure no state of affairs.",
    ),
    "kind_prevented_departure": Text("Keberangkatan tertunda", "Prevented departures"),
    "kind_repatriation": Text("Pemulangan", "Repatriations"),
    "kind_complaint": Text("Pengaduan", "Complaints"),
    "region_none": Text("Belum ada angka untuk masa ini", "No figures for this period yet"),
    "region_none_hint": Text(
        "Angka muncul setelah perhitungan berikutnya, bila ada penempatan atau pemeriksaan.",
        "Figures appear after the next rescoring, once there are placements or checks.",
    ),
    "place_code": Text("Kode", "Code"),
    "place_name": Text("Nama", "Name"),
    "place_unknown": Text("tidak tercatat", "not on record"),
    "stall_lead": Text(
        "Langkah yang ditunggu sedikitnya lima berkas, menurut urutan resmi.",
        "Steps that at least five cases wait for, in lawful order.",
    ),
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
