"""The console's own words, each in both languages; a missing one is an error at once, never a blank."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    # Frame
    "app": Text("Keberangkatan Prosedural", "Procedural Departure"),
    "skip": Text("Langsung ke isi", "Skip to content"),
    "simulated": Text(
        "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun",
        "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun. "
        "Simulated data: these figures describe no person and no office.",
    ),
    "nav": Text("Navigasi utama", "Main navigation"),
    "cases": Text("Daftar berkas", "Cases"),
    "api": Text("Antarmuka data", "Interface"),
    "sign_out": Text("Keluar", "Sign out"),
    "language": Text("Bahasa", "Language"),
    "purpose": Text("Tujuan membuka data", "Purpose of reading"),
    "change": Text("Ubah", "Change"),
    "all_offices": Text("semua kantor", "all offices"),
    "footer": Text(
        "Angka di sini mengurutkan perhatian petugas. Angka tidak memutuskan apa pun tentang seseorang.",
        "Figures here order the attention of officers. They decide nothing about anybody.",
    ),
    # Signing in
    "sign_in": Text("Masuk", "Sign in"),
    "sign_in_lead": Text(
        "Berkas calon pekerja migran, alasan yang dapat diperiksa, dan jalan kembali ke keberangkatan prosedural.",
        "Files of migrant worker candidates, reasons that can be checked, and the way back to a procedural departure.",
    ),
    "key": Text("Kunci masuk", "Sign-in key"),
    "key_hint": Text(
        "Diberikan oleh admin kantor Anda. Dimulai dengan rk_.", "Given by your office's admin. Starts with rk_."
    ),
    "purpose_hint": Text(
        "Setiap pembukaan data seseorang dicatat bersama tujuannya.",
        "Every reading of a person's data is recorded with its purpose.",
    ),
    "key_refused": Text(
        "Kunci ini tidak dikenal, sudah berakhir, atau dicabut.", "This key is unknown, expired or revoked."
    ),
    "key_no_cases": Text(
        "Peran kunci ini ({role}) tidak membaca berkas. Gunakan kunci lain.",
        "The role of this key ({role}) does not read cases. Use another key.",
    ),
    "expired_form": Text(
        "Formulir ini sudah kedaluwarsa. Silakan coba lagi.", "This form has expired. Please try again."
    ),
    # List
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
    "destination_hint": Text("kode, mis. MY", "code, e.g. MY"),
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
    "days_past": Text("{n} hari lalu", "{n} days ago"),
    # Case
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
    "route": Text("Rute", "Route"),
    "visa": Text("Visa", "Visa"),
    "return_ticket": Text("Tiket pulang", "Return ticket"),
    "payer": Text("Yang membayar", "Who pays"),
    "booked": Text("Dipesan", "Booked"),
    "registration": Text("Pendaftaran", "Registration"),
    "registered_on": Text("Terdaftar", "Registered on"),
    "placement": Text("Penempatan", "Placement"),
    "occupation": Text("Jabatan (ISCO)", "Occupation (ISCO)"),
    "permit": Text("SIP2MI", "Recruitment permit"),
    "licence": Text("Izin P3MI/perusahaan", "Agency licence"),
    "licence_until": Text("berlaku sampai {when}", "valid until {when}"),
    "no_agency": Text("Tidak ada P3MI yang disebut.", "No agency is named."),
    "agency_events": Text("Catatan pengawasan", "Supervision record"),
    "no_agency_events": Text("Tidak ada catatan.", "Nothing on record."),
    "assessment": Text("Penilaian", "Assessment"),
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
    "not_scored_protection": Text(
        "Di bawah 18 tahun: pelindungan anak, tidak diberi angka.", "Under 18: child protection, no figure is given."
    ),
    "sum": Text("Hitungan", "The sum"),
    "sum_lead": Text(
        "Menjelaskan hitungan model, bukan niat orangnya. Baris-baris ini berjumlah tepat.",
        "Explains the model's sum, not the person's intentions. The lines add up exactly.",
    ),
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
    # Problems
    "problem_403": Text("Peran Anda tidak membuka halaman ini", "Your role does not open this page"),
    "problem_404": Text("Tidak ditemukan", "Not found"),
    "problem_404_hint": Text(
        "Halaman atau berkas ini tidak ada, atau di luar lingkup kantor Anda.",
        "This page or case does not exist, or is outside your office's scope.",
    ),
    "problem_429": Text("Terlalu banyak permintaan", "Too many requests"),
    "problem_429_hint": Text("Tunggu sebentar, lalu coba lagi.", "Wait a moment, then try again."),
    "problem_503": Text("Sedang tidak tersedia", "Not available at the moment"),
    "problem_503_hint": Text(
        "Data atau rilis model belum dapat dibaca. Coba lagi nanti atau hubungi admin.",
        "The data or the release cannot be read at the moment. Try again later or tell the admin.",
    ),
    "problem_422": Text("Permintaan tidak sesuai", "The request does not fit"),
    "problem_422_hint": Text(
        "Periksa isian atau saringan, lalu coba lagi.", "Check the form or filters and try again."
    ),
    "problem_500": Text("Terjadi kesalahan", "Something went wrong"),
    "problem_500_hint": Text(
        "Kesalahan sudah dicatat. Sebutkan nomor permintaan di bawah kepada admin.",
        "The error was recorded. Tell the admin the request number below.",
    ),
    "request_number": Text("Nomor permintaan", "Request number"),
}

BANDS: Final[dict[str, Text]] = {
    "first": Text("Hubungi dulu", "Contact first"),
    "check": Text("Periksa berkas", "Check the file"),
    "none": Text("Tidak ada tindakan", "No action"),
    "insufficient": Text("Belum bisa dinilai", "Cannot be assessed yet"),
}
LANES: Final[dict[str, Text]] = {
    "scored": Text("Dinilai", "Scored"),
    "register": Text("Bantu daftar", "Help to register"),
    "no_date": Text("Tanpa tanggal", "No date"),
    "protection": Text("Pelindungan anak", "Child protection"),
}
CODES: Final[dict[str, dict[str, Text]]] = {
    "scheme": {
        "g_to_g": Text("G to G", "Government to government"),
        "g_to_p": Text("G to P", "Government to private"),
        "p_to_p": Text("P to P", "Agency placement (P to P)"),
        "ukps": Text("UKPS", "Own company's needs (UKPS)"),
        "independent": Text("Mandiri", "Independent"),
        "seafarer": Text("Pelaut", "Seafarer"),
    },
    "placement": {
        "new": Text("baru", "new"),
        "re_entry": Text("kembali bekerja", "re-entry"),
        "extension": Text("perpanjangan", "extension"),
    },
    "visa_class": {
        "work": Text("kerja", "work"),
        "visit": Text("kunjungan", "visit"),
        "umrah": Text("umrah", "umrah"),
        "transit": Text("transit", "transit"),
        "none": Text("tanpa visa", "none"),
        "unknown": Text("tidak diketahui", "unknown"),
    },
    "return_ticket": {
        "none": Text("tidak ada", "none"),
        "reserved": Text("dipesan", "reserved"),
        "ticketed": Text("dibeli", "ticketed"),
        "unknown": Text("tidak diketahui", "unknown"),
    },
    "payer": {
        "self": Text("sendiri", "self"),
        "family": Text("keluarga", "family"),
        "employer": Text("pemberi kerja", "employer"),
        "agency": Text("P3MI", "agency"),
        "third_party": Text("pihak ketiga", "third party"),
        "unknown": Text("tidak diketahui", "unknown"),
    },
    "event": {
        "licence_granted": Text("Izin diberikan", "Licence granted"),
        "licence_extended": Text("Izin diperpanjang", "Licence extended"),
        "suspended": Text("Dihentikan sementara", "Suspended"),
        "reinstated": Text("Penghentian dicabut", "Reinstated"),
        "revoked": Text("Izin dicabut", "Licence revoked"),
        "warned": Text("Peringatan tertulis", "Written warning"),
        "deposit_cashed": Text("Deposito dicairkan", "Deposit cashed"),
        "deposit_restored": Text("Deposito dipulihkan", "Deposit restored"),
        "complaint_upheld": Text("Pengaduan terbukti", "Complaint upheld"),
        "claim_opened": Text("Tuntutan dibuka", "Claim opened"),
        "claim_settled": Text("Tuntutan selesai", "Claim settled"),
        "placements_transferred": Text("Penempatan dialihkan", "Placements transferred"),
    },
    "feed": {
        "offices": Text("Kantor", "Offices"),
        "candidates": Text("Calon", "Candidates"),
        "registrations": Text("Pendaftaran", "Registrations"),
        "registration_steps": Text("Langkah", "Steps"),
        "agencies": Text("P3MI/perusahaan", "Agencies"),
        "agency_events": Text("Pengawasan P3MI", "Agency events"),
        "permits": Text("SIP2MI", "Permits"),
        "branches": Text("Cabang", "Branches"),
        "travel": Text("Perjalanan", "Travel"),
        "outcomes": Text("Hasil pemeriksaan", "Outcomes"),
        "incidents": Text("Kejadian", "Incidents"),
        "rules": Text("Aturan", "Rules"),
    },
}
