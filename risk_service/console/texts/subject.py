"""Everything held about a person, and erasing them."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "subject": Text("Semua yang disimpan tentang orang ini", "Everything held about this person"),
    "subject_lead": Text(
        "Untuk diserahkan kepada orangnya bila diminta. Setiap kali dibuka, tercatat di jejak audit.",
        "To be handed to the person who asks for it. Every opening is recorded in the trail.",
    ),
    "subject_counts": Text(
        "{records} catatan, {scores} penilaian, {casework} hal yang dicatat petugas; dibuka atau dikerjakan {looked} "
        "kali.",
        "{records} records, {scores} assessments, {casework} things that officers recorded; opened or worked on "
        "{looked} times.",
    ),
    "subject_paper_id": Text("Dokumen, bahasa Indonesia (PDF)", "Document in Indonesian (PDF)"),
    "subject_paper_en": Text("Dokumen, bahasa Inggris (PDF)", "Document in English (PDF)"),
    "subject_data": Text("Data, kedua bahasa (JSON)", "Data in both languages (JSON)"),
    "subject_erase": Text("Hapus data orang ini", "Erase this person"),
    "subject_erase_lead": Text(
        "Nama, nomor, penilaian, dan semua yang ditulis petugas tentang orang ini tidak dapat dibaca lagi oleh siapa "
        "pun. Berkasnya keluar dari antrean. Tidak dapat dibatalkan.",
        "Nobody can read name, numbers, assessments and what officers wrote about this person again. Their cases leave "
        "the queue. It cannot be undone.",
    ),
    "subject_erase_why": Text("Sebab", "Reason"),
    "subject_erase_sure": Text("Saya tahu ini tidak dapat dibatalkan", "I know that it cannot be undone"),
    "subject_erased": Text("Sudah dihapus", "Erased"),
    "subject_erased_lead": Text(
        "Yang mengenali orang ini dan {scores} penilaian sudah dihapus. Sebab: {reason}.",
        "What identified this person and {scores} assessments have been erased. Reason: {reason}.",
    ),
}
