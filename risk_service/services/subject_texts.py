"""What the file of everything held about a person says in its own words."""

from __future__ import annotations

from typing import Final

from models.texts import Text

LEAD: Final = Text(
    "Berkas ini memuat semua yang disimpan tentang Anda di layanan ini: data Anda, siapa yang mengirimnya, penilaian "
    "untuk mengatur urutan bantuan, apa yang dicatat petugas, dan siapa yang membukanya. Berkas ini bukan penilaian "
    "atas diri Anda.",
    "This file has everything that is held about you in this service: your data, who sent it, assessments that order "
    "whom to help first, what officers recorded, and who opened it. It is not a judgement of you.",
)
KEPT: Final = Text(
    "Penilaian disimpan {days} hari, dan {months} bulan bila ada hasil pemeriksaan; sesudah itu yang mengenali Anda "
    "dihapus.",
    "Assessments are kept for {days} days, and for {months} months where there is a finding; then what identifies you "
    "is erased.",
)
RIGHTS: Final = (
    Text(
        "Data yang salah dapat dibetulkan: sebutkan datanya kepada petugas kantor Anda. Penyelia memutuskan, dan "
        "penilaian dihitung ulang.",
        "Wrong data can be corrected: name it to an officer of your office. A supervisor decides, and the assessment "
        "is computed again.",
    ),
    Text(
        "Anda dapat keberatan dinilai secara otomatis (UU 27/2022, Pasal 10). Berkas Anda tetap dilayani, menurut "
        "tanggal berangkat, tanpa penilaian.",
        "You may object to being assessed automatically (Act 27/2022, Article 10). Your file is still served, by "
        "departure date, without an assessment.",
    ),
    Text(
        "Anda dapat meminta agar data Anda di sini dihapus. Pelayanan ini tidak dipungut biaya.",
        "You may ask for your data here to be erased. None of this costs anything.",
    ),
)
OWN_RECORD: Final = Text("dicatat di layanan ini", "recorded in this service")
HEADINGS: Final[dict[str, Text]] = {
    "title": Text("Semua yang disimpan tentang Anda", "Everything held about you"),
    "foot": Text(
        "Berkas ini untuk orang yang disebut di dalamnya saja.", "This file is for the person named in it alone."
    ),
    "identity": Text("Siapa Anda menurut catatan terakhir", "Who you are by the latest record"),
    "records": Text("Catatan, dari mana, dan kapan", "Records, from where, and when"),
    "source": Text("Dikirim oleh", "Sent by"),
    "withdrawn": Text("Sudah ditarik kembali.", "Has been withdrawn."),
    "scores": Text("Penilaian yang disimpan", "Assessments that are kept"),
    "scores_lead": Text(
        "Penilaian hanya mengatur siapa yang dihubungi lebih dulu; tidak ada yang ditolak karenanya.",
        "An assessment only orders who is contacted first; nobody is refused anything because of it.",
    ),
    "on_trial": Text(
        "Selain itu ada {n} hasil percobaan yang tidak ditunjukkan kepada petugas mana pun.",
        "There are {n} results of trials besides, which no officer was shown.",
    ),
    "casework": Text("Yang dicatat dan ditulis petugas", "What officers recorded and wrote"),
    "looked": Text("Siapa yang membuka data Anda", "Who opened your data"),
    "every_office": Text("semua kantor", "every office"),
    "rights": Text("Berapa lama, dan hak Anda", "How long, and your rights"),
    "finding": Text("Hasil pemeriksaan", "Finding"),
    "correction": Text("Bantahan data", "Contested data"),
    "objection": Text("Keberatan", "Objection"),
    "override": Text("Penetapan petugas", "Band set by an officer"),
    "view": Text("Pandangan petugas sebelum melihat penilaian", "An officer's view before seeing the assessment"),
}
UNNAMED: Final[dict[str, Text]] = {
    "nik": Text("NIK", "NIK"),
    "full_name": Text("Nama", "Name"),
    "passport_no": Text("Paspor", "Passport"),
    "phone": Text("Telepon", "Phone"),
    "case_id": Text("Nomor berkas", "Case number"),
    "state": Text("Keadaan", "State"),
    "note": Text("Catatan", "Note"),
    "reason": Text("Alasan", "Reason"),
    "retraction": Text("Alasan ditarik", "Why retracted"),
    "decision": Text("Keputusan", "Decision"),
    "lifting": Text("Alasan dicabut", "Why lifted"),
    "ending": Text("Alasan diakhiri", "Why ended"),
    "content": Text("Seharusnya", "Should be"),
    "replaced": Text("Tercatat saat diputuskan", "On record when decided"),
    "band": Text("Ditetapkan", "Set to"),
    "model_band": Text("Menurut penilaian", "By the assessment"),
    "own_view": Text("Pandangan petugas", "The officer's view"),
    "raised_for": Text("Diajukan oleh", "Raised by"),
    "feed": Text("Jenis catatan", "Kind of record"),
    "row_key": Text("Catatan", "Record"),
    "withdraws": Text("Ditarik", "Withdrawn"),
    "departed_day": Text("Berangkat (hari sejak 1970)", "Departed (days since 1970)"),
    "checked_day": Text("Diperiksa (hari sejak 1970)", "Examined (days since 1970)"),
}
"""Names of what the contract does not name."""
