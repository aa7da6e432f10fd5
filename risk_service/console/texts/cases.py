"""The list of cases."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "cases_lead_risk": Text(
        "Yang perlu dihubungi dulu ada di atas; di dalamnya menurut hitungan.",
        "Those to contact first are at the top; within that by the model's sum.",
    ),
    "cases_lead": Text(
        "Diurutkan menurut tanggal berangkat, supaya urutan daftar tidak menilai siapa pun.",
        "Ordered by departure date, so that the order of the list judges nobody.",
    ),
    "filter": Text("Saring", "Filter"),
    "filters": Text("Saringan", "Filters"),
    "clear": Text("Hapus saringan", "Clear filters"),
    "any": Text("Semua", "Any"),
    "band": Text("Tindakan", "Action"),
    "lane": Text("Jalur", "Lane"),
    "office": Text("Kantor", "Office"),
    "destination": Text("Negara tujuan", "Destination"),
    "destination_hint": Text("mis. Malaysia", "e.g. Malaysia"),
    "agency": Text("P3MI/perusahaan", "Agency"),
    "departs": Text("Berangkat", "Departs"),
    "departs_from": Text("Berangkat dari", "Departs from"),
    "departs_to": Text("sampai", "until"),
    "order": Text("Urutan", "Order"),
    "order_planned": Text("Tanggal berangkat", "Departure date"),
    "order_risk": Text("Tindakan, lalu tanggal", "Action, then date"),
    "case": Text("Berkas", "Case"),
    "scheme": Text("Skema", "Scheme"),
    "main_reason": Text("Alasan utama", "Main reason"),
    "next": Text("Berikutnya", "Next"),
    "first_page": Text("Ke awal", "To the start"),
    "shown": Text("{n} berkas di halaman ini", "{n} cases on this page"),
    "no_scores": Text("Belum ada penilaian", "Nothing has been scored yet"),
    "no_scores_hint": Text(
        "Data belum dikirim atau belum dihitung. Admin menjalankan: risk-service ingest, lalu risk-service rescore.",
        "Data have not been delivered or not been scored. An admin runs risk-service ingest and rescore.",
    ),
    "nothing_found": Text("Tidak ada berkas dengan saringan ini", "No case fits these filters"),
    "nothing_found_hint": Text("Longgarkan saringan, atau hapus semuanya.", "Widen the filters, or clear them all."),
    "scored_as_of": Text("Dihitung per {when}", "Scored as of {when}"),
    "no_date": Text("tanpa tanggal", "no date"),
    "days_left": Text("{n} hari lagi", "in {n} days"),
    "day_left": Text("besok", "tomorrow"),
    "today": Text("hari ini", "today"),
    "day_past": Text("kemarin", "yesterday"),
    "days_past": Text("{n} hari lalu", "{n} days ago"),
}
