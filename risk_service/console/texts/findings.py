"""Findings, contested data, objections and overrides."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.codes import (
    CORRECTION_STATES,
    EXAMINED_BECAUSE,
    FINDING_STATES,
    FINDINGS,
    HELP_GIVEN,
    OVERRIDE_STATES,
    RAISED_FOR,
    STATES_FOUND,
)
from risk_service.services.own_views import VIEWS

TEXTS: Final[dict[str, Text]] = {
    "findings": Text("Hasil pemeriksaan", "Findings"),
    "case_work": Text("Kerja pada berkas {case}", "Work on case {case}"),
    "to_case": Text("Ke berkas", "To the case"),
    "recorded_ok": Text("Hasil tercatat.", "The finding is recorded."),
    "recorded_second": Text(
        "Hasil tercatat sementara: menunggu petugas kedua, dari kantor mana pun, paling lama 14 hari.",
        "The finding is recorded provisionally: it waits for a second officer, of any office, for at most 14 days.",
    ),
    "view_ok": Text("Pandangan Anda tercatat.", "Your view is recorded."),
    "contest_ok": Text("Bantahan tercatat: menunggu keputusan penyelia.", "Noted: a supervisor will decide."),
    "objection_ok": Text(
        "Keberatan tercatat: berkasnya dilayani menurut tanggal, tanpa penilaian.",
        "The objection is noted: the cases are served by date, and not scored.",
    ),
    "lifted_ok": Text("Keberatan dicabut.", "The objection is lifted."),
    "override_ok": Text("Penetapan tercatat.", "The band is set."),
    "override_second": Text(
        "Penetapan tercatat sementara: menunggu petugas kedua, dari kantor mana pun.",
        "The band is set provisionally: it waits for a second officer, of any office.",
    ),
    "confirmed_ok": Text(
        "Berkas {case}: dikonfirmasi sebagai petugas kedua. Yang masih menunggu:",
        "Case {case}: confirmed as the second officer. Still waiting:",
    ),
    "retracted_ok": Text("Hasil ditarik.", "The finding is retracted."),
    "ended_ok": Text("Penetapan diakhiri.", "The band is ended."),
    "decided_ok": Text("Keputusan tercatat.", "The decision is recorded."),
    "does_not_fit": Text("Isian tidak sesuai: {what}", "The form does not fit: {what}"),
    "own_view": Text("Pandangan Anda", "Your view"),
    "own_view_lead": Text(
        "Sebelum melihat hasil hitungan: bagaimana menurut Anda keberangkatan ini?",
        "Before looking at the score: what do you think of this departure?",
    ),
    "own_view_then": Text("Pandangan petugas sebelum hasil hitungan", "The officer's view before the score"),
    **{f"view_{code}": text for code, text in VIEWS.items()},
    "own_view_mine": Text("Pandangan Anda: {view}.", "Your view: {view}."),
    "lot_yes": Text(
        "Berkas ini diundi untuk diperiksa (peluang {share}); hasilnya menjadi ukuran bagi hitungan.",
        "This case was drawn by lot (chance {share}); what is found is a yardstick of the score.",
    ),
    "lot_no": Text("Berkas ini dipilih, tidak diundi.", "This case was chosen, not drawn."),
    "finding": Text("Hasil", "Finding"),
    "finding_lead": Text(
        "Menemukan keberangkatan nonprosedural perlu petugas kedua; yang lain langsung berlaku.",
        "A non-procedural finding needs a second officer; any other counts at once.",
    ),
    "state_found": Text("Keadaan berkas saat diperiksa", "State of the file when looked at"),
    "help_given": Text("Bantuan yang diberikan", "Help given"),
    "examined_because": Text("Diperiksa karena", "Looked at because of"),
    "checked_on": Text("Tanggal pemeriksaan", "Looked at on"),
    "departed_on": Text("Tanggal berangkat sebenarnya, bila sudah", "Departed on, if so"),
    "note": Text("Bukti, dalam kata-kata", "Evidence, in words"),
    "note_hint": Text(
        "Disimpan tersegel dan terhapus bila data orangnya dihapus.",
        "Kept sealed, and erased when the person's data are erased.",
    ),
    "record_it": Text("Catat", "Record"),
    "optional": Text("Rincian lain", "More details"),
    "reason": Text("Alasan", "Reason"),
    "found_before": Text("Hasil pemeriksaan {when}: {what} ({state}).", "Found on {when}: {what} ({state})."),
    "past_findings": Text("Yang tercatat sebelumnya", "Recorded before"),
    "nothing_recorded": Text("Belum ada hasil yang tercatat.", "Nothing has been recorded yet."),
    "recorded_by": Text("dicatat {who}, {when}", "recorded by {who}, {when}"),
    "confirmed_by": Text("dikonfirmasi {who}, {when}", "confirmed by {who}, {when}"),
    "retracted_by": Text("ditarik {who}, {when}: {why}", "retracted by {who}, {when}: {why}"),
    "lapses": Text("gugur {when} bila tidak dikonfirmasi", "lapses on {when} unless confirmed"),
    "confirm": Text("Konfirmasi sebagai petugas kedua", "Confirm as the second officer"),
    "retract": Text("Tarik hasil ini", "Retract this finding"),
    "awaiting": Text("Menunggu petugas kedua", "Waiting for a second officer"),
    "awaiting_lead": Text(
        "Dari kantor mana pun, dicatat petugas lain; yang gugur lebih dulu di atas. Konfirmasi bila buktinya cukup.",
        "Of any office, recorded by other officers; the first to lapse on top. Confirm what the evidence bears out.",
    ),
    "nothing_awaiting": Text("Tidak ada yang menunggu.", "Nothing is waiting."),
    "recent_findings": Text("Hasil terbaru", "Latest findings"),
    "work_on_it": Text("Siapa yang menangani", "Who works on it"),
    "locked_wait": Text(
        "Selama terkunci, hasil dan penetapan dicatat oleh petugas itu saja. Bantahan dan keberatan tetap diterima.",
        "While it is locked, findings and bands are that officer's alone; contested data and objections are taken.",
    ),
    "recent_overrides": Text("Penetapan petugas terbaru", "Latest bands set by officers"),
    "no_overrides": Text("Belum ada penetapan petugas.", "No officer has set a band yet."),
    "contest": Text("Bantah data", "Contest data"),
    "contest_lead": Text(
        "Calon atau petugas dapat membantah data. Penyelia lain memutuskan; bila diterima, penilaian langsung ikut, "
        "dan catatan lama tetap tersimpan.",
        "A candidate or an officer can contest data. Another supervisor decides; once accepted the score follows at "
        "once, and the old record is kept.",
    ),
    "datum": Text("Data", "Datum"),
    "datum_step": Text("{step}: tanggal selesai", "{step}: completed on"),
    "datum_typed": Text("{what}: tulis di bawah", "{what}: write it below"),
    "datum_withdraw": Text("Catatan keliru, hapus", "Record is wrong, withdraw it"),
    "new_value": Text("Seharusnya", "Should be"),
    "new_value_hint": Text(
        "Untuk langkah: tanggal selesai, mis. 1/9/2025. Untuk negara dan jabatan: nama atau kodenya. Kosongkan bila "
        "pilihannya sudah menyebut isinya atau catatannya dihapus.",
        "For a step: the day it was done, e.g. 1/9/2025. For a country or an occupation: its name or code. Leave empty "
        "where the choice says the value, or the record is withdrawn.",
    ),
    "typed_as": Text("Untuk \u201c{what}\u201d tulis {form}.", "For \u201c{what}\u201d write {form}."),
    "form_date": Text("tanggal seperti 2025-09-30 atau 30/9/2025", "a day as 2025-09-30 or 30/9/2025"),
    "form_country": Text(
        "negara seperti Malaysia, atau kodenya seperti MY", "a country as Malaysia, or its code as MY"
    ),
    "form_occupation": Text(
        "jabatan seperti juru masak, atau kodenya seperti 5120", "an occupation as cook, or its code as 5120"
    ),
    "form_id": Text(
        "nomor seperti pada catatan, paling banyak 128 huruf", "a number as on records, of at most 128 characters"
    ),
    "form_text": Text("teks satu baris, paling banyak 500 huruf", "text of one line, of at most 500 characters"),
    "now_on_record": Text("Tercatat sekarang:", "On record now:"),
    "was_on_record": Text("Tercatat saat diputuskan:", "On record when decided:"),
    "asked_for": Text("diminta:", "asked for:"),
    "no_row_yet": Text("belum ada catatan", "no record yet"),
    "raised_for": Text("Diajukan oleh", "Raised by"),
    "send": Text("Ajukan", "Submit"),
    "corrections": Text("Bantahan data", "Contested data"),
    "corrections_lead": Text(
        "Yang menunggu keputusan lebih dulu, lalu yang sudah diputuskan; masing-masing yang terbaru di atas.",
        "Those waiting for a decision, then those decided; the latest first.",
    ),
    "corrections_waiting": Text("Menunggu keputusan", "Waiting for a decision"),
    "corrections_decided": Text("Sudah diputuskan", "Decided"),
    "no_corrections": Text("Tidak ada bantahan yang menunggu.", "Nothing waits for a decision."),
    "withdraws_row": Text("catatan dihapus", "record withdrawn"),
    "accept": Text("Terima", "Accept"),
    "refuse": Text("Tolak", "Refuse"),
    "own_correction": Text(
        "Anda yang mengajukan: penyelia lain memutuskan.", "You raised it: another supervisor decides."
    ),
    "objection": Text("Keberatan atas pemrofilan", "Objection to being profiled"),
    "objection_lead": Text(
        "Calon berhak menolak dinilai (UU 27/2022 pasal 10). Berkasnya tetap dilayani, menurut tanggal.",
        "A candidate has the right not to be scored (UU 27/2022, article 10). The cases are still served, by date.",
    ),
    "objection_in_force": Text("Keberatan berlaku sejak {when}.", "An objection is in force since {when}."),
    "objection_raise": Text("Catat keberatan", "Note the objection"),
    "objection_lift": Text("Cabut keberatan", "Lift the objection"),
    "override": Text("Penetapan petugas", "Band set by an officer"),
    "override_lead": Text(
        "Ditampilkan di samping hasil hitungan, tidak menggantikannya. Yang lebih mendesak perlu petugas kedua.",
        "Shown beside the score, never instead of it. A more urgent one needs a second officer.",
    ),
    "override_here": Text(
        "Ditetapkan petugas: {band}, oleh {who}, sampai {when}. Hasil hitungan di bawah tetap seperti adanya.",
        "Set by an officer: {band}, by {who}, until {when}. The score below stays as it is.",
    ),
    "override_until": Text("Berlaku sampai", "Until"),
    "override_make": Text("Tetapkan", "Set"),
    "override_end": Text("Akhiri", "End"),
    **{f"override_state_{code}": text for code, text in OVERRIDE_STATES.items()},
    "override_state_in_force": Text("berlaku sampai {when}", "in force until {when}"),
    **{
        f"{prefix}_{code}": text
        for prefix, texts in (
            ("finding", FINDINGS),
            ("finding", FINDING_STATES),
            ("found", STATES_FOUND),
            ("help", HELP_GIVEN),
            ("because", EXAMINED_BECAUSE),
            ("correction", CORRECTION_STATES),
            ("raised_for", RAISED_FOR),
        )
        for code, text in texts.items()
    },
}
