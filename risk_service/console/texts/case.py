"""One case."""

from __future__ import annotations

from typing import Final

from models.texts import Text
from risk_service.table_texts import AGENCY_TABLES

TEXTS: Final[dict[str, Text]] = {
    "evidence": Text("Yang tercatat", "What is on record"),
    "steps": Text("Langkah resmi", "Lawful steps"),
    "steps_lead": Text(
        "{done} dari {required} langkah wajib tercatat.", "{done} of {required} required steps are on record."
    ),
    "step": Text("Langkah", "Step"),
    "state": Text("Keadaan", "State"),
    "date": Text("Tanggal", "Date"),
    "issuer": Text("Penerbit", "Issuer"),
    "step_done": Text("tercatat", "on record"),
    "step_overdue": Text("biasanya sudah ada", "usually there by now"),
    "step_pending": Text("belum, masih ada waktu", "not yet, there is time"),
    "step_unknown": Text("tidak dapat dipastikan", "cannot be told"),
    "step_extra": Text("tercatat (tidak wajib)", "on record (not required)"),
    "no_steps": Text(
        "Tanpa pendaftaran, belum ada langkah yang tercatat.", "Without a registration no steps are on record."
    ),
    "itinerary": Text("Rencana perjalanan", "Itinerary"),
    "no_itinerary": Text("Belum ada rencana perjalanan yang tercatat.", "No itinerary is on record."),
    "visa": Text("Visa", "Visa"),
    "return_ticket": Text("Tiket pulang", "Return ticket"),
    "payer": Text("Yang membayar", "Who pays"),
    "booked": Text("Dipesan", "Booked"),
    "registration": Text("Pendaftaran", "Registration"),
    "registered_on": Text("Terdaftar", "Registered on"),
    "placement": Text("Penempatan", "Placement"),
    "occupation": Text("Jabatan", "Occupation"),
    "permit": Text("SIP2MI", "Recruitment permit"),
    "licence": Text("Izin P3MI/perusahaan", "Agency licence"),
    "licence_until": Text("berlaku sampai {when}", "valid until {when}"),
    "no_agency": Text("Tidak ada P3MI yang disebut.", "No agency is named."),
    "agency_events": AGENCY_TABLES["events"],
    "no_agency_events": Text("Tidak ada catatan.", "Nothing on record."),
    "first_view": Text("Pandangan Anda dulu", "Your own view first"),
    "first_view_lead": Text(
        "Lihat yang tercatat, lalu catat pandangan Anda. Sesudah itu penilaian model ditampilkan.",
        "Look at what is on record, then record your view. The model's assessment is shown after that.",
    ),
    "assessment": Text("Penilaian", "Assessment"),
    "case_over": Text("di luar antrean", "not in the queue"),
    "date_passed": Text("tanggal berangkat sudah lewat", "the departure date has passed"),
    "case_over_lead": Text(
        "Berkas ini sudah di luar antrean, jadi tidak dinilai lagi.",
        "This case is no longer in the queue, so it is not assessed any more.",
    ),
    "case_over_way": Text(
        "Menurut catatan rencana ini sudah selesai. Bila tidak benar, bantah datanya lewat Catat hasil.",
        "By the record this plan is over. If that is wrong, contest the datum under Record finding.",
    ),
    "letter_by_hand": Text(
        "Jangan mengirim surat ini ke rumah, ke nomor itu atau lewat orang lain: serahkan langsung kepada orangnya.",
        "Do not send this letter home, to that number or through others: hand it to the person alone.",
    ),
    "words": Text(
        "Dari 10 berkas serupa, sekitar {n} berangkat nonprosedural (antara {low} dan {high}).",
        "Of 10 similar cases, about {n} depart non-procedurally (between {low} and {high}).",
    ),
    "words_rare": Text(
        "Dari 100 berkas serupa, sekitar {n} berangkat nonprosedural (antara {low} dan {high}).",
        "Of 100 similar cases, about {n} depart non-procedurally (between {low} and {high}).",
    ),
    "rules_only": Text(
        "Belum ada model terlatih: aturan memberi tindakan, tanpa peluang.",
        "There is no trained model yet: rules give the action, without a probability.",
    ),
    "not_scored_scored": Text(
        "Terlalu sedikit yang dapat dipastikan untuk memberi angka.", "Too little can be told to give a figure."
    ),
    "not_scored_register": Text(
        "Belum terdaftar, jadi tidak diberi angka: bantu mendaftar sebelum tanggal berangkat.",
        "Not registered, so no figure is given: help to register before the departure date.",
    ),
    "not_scored_no_date": Text(
        "Tanggal berangkat belum diketahui, jadi tidak diberi angka: tanyakan tanggalnya.",
        "No departure date is known, so no figure is given: ask for the date.",
    ),
    "not_scored_by_date": Text(
        "Orangnya keberatan dinilai: dilayani menurut tanggal, tanpa angka.",
        "The person objects to being scored: served by date, without a figure.",
    ),
    "not_scored_protection": Text(
        "Di bawah 18 tahun: pelindungan anak, tidak diberi angka.", "Under 18: child protection, no figure is given."
    ),
    "sum": Text("Hitungan", "The sum"),
    "sum_lead": Text(
        "Menjelaskan hitungan model, bukan niat orangnya. Baris-baris ini berjumlah tepat.",
        "Explains the model's sum, not the person's intentions. The lines add up exactly.",
    ),
    "sum_to_share": Text(
        "Peluang di atas dibaca dari jumlah ini lewat tabel kalibrasi: dari berkas dengan jumlah seperti ini, berapa "
        "yang ternyata berangkat nonprosedural.",
        "The share above is read from this total in a calibration table: of cases with such a total, how many turned "
        "out to depart non-procedurally.",
    ),
    "not_registered": Text("Orang ini belum terdaftar.", "This person is not registered yet."),
    "sum_part": Text("Bagian", "Part"),
    "sum_value": Text("Log-odds", "Log-odds"),
    "base": Text("Nilai dasar", "Base"),
    "other": Text("Alasan lain", "Other reasons"),
    "total": Text("Jumlah", "Total"),
    "record": Text("{feed}, dicatat {when}", "{feed}, recorded {when}"),
    "notices": Text("Catatan", "Notices"),
    "no_notices": Text("Tidak ada catatan.", "No notices."),
    "way_back": Text("Jalan kembali", "The way back"),
    "no_phone": Text("nomor belum tercatat", "no number on record"),
    "office_unknown": Text("kantor belum tercatat", "no office on record"),
    "freshness": Text("Kemutakhiran data", "How fresh the data are"),
    "freshness_until": Text("Semua lengkap sampai", "All complete through"),
    "never": Text("belum pernah dikirim", "never delivered"),
    "release": Text("Rilis model", "Release"),
    "rules_version": Text("Versi aturan", "Rules version"),
    "history": Text("Riwayat penilaian", "Score history"),
    "probability": Text("Peluang", "Probability"),
    "as_of": Text("Per tanggal", "As of"),
    "person": Text("Data diri (disamarkan)", "Identity (masked)"),
    "person_shown": Text("Data diri (lengkap, tercatat)", "Identity (in full, recorded)"),
    "person_erased": Text("Data diri sudah dihapus.", "The identity has been erased."),
    "reveal": Text("Tampilkan lengkap", "Show in full"),
    "reveal_hint": Text(
        "Pembukaan nama, NIK, paspor dan telepon dicatat tersendiri bersama tujuannya.",
        "Opening name, NIK, passport and phone is recorded by itself, with its purpose.",
    ),
    "parts": Text("Bagian halaman ini", "Parts of this page"),
    "key_done": Text("tercatat", "on record"),
    "key_today": Text("hari hitungan", "day of scoring"),
    "usual_by": Text("biasanya sebelum", "usually by"),
    "out_of_order": Text("bertanggal sebelum langkah yang mendahuluinya", "dated before a step that precedes it"),
    "until_further": Text("seterusnya", "from then on"),
    "stop_home": Text("Asal", "Home"),
    "stop_departure": Text("Berangkat dari", "Departs from"),
    "stop_transit": Text("Transit", "Transit"),
    "stop_destination": Text("Tujuan", "Destination"),
    "rough": Text("letak kira-kira", "rough position"),
    "answers": Text("Kantor yang menjawab", "Office that answers"),
    "usual_days": Text("biasanya {n} hari", "usual days: {n}"),
    "own_office": Text("Kantor berkas ini", "Office of this case"),
    "name": Text("Nama", "Name"),
    "passport": Text("Paspor", "Passport"),
    "phone": Text("Telepon", "Phone"),
    "birth_year": Text("Tahun lahir", "Year of birth"),
    "safe_yes": Text("Boleh dihubungi", "Safe to contact"),
    "safe_no": Text(
        "Tidak aman dihubungi lewat nomor ini: bicarakan dulu dengan penyelia.",
        "Not safe to contact on this number: talk to a supervisor first.",
    ),
    "safe_unknown": Text("Keamanan kontak belum diketahui.", "Whether contact is safe is not known."),
    "back": Text("Kembali ke daftar", "Back to the list"),
}
