"""The trail of who read and did what."""

from __future__ import annotations

from typing import Final

from models.texts import Text

TEXTS: Final[dict[str, Text]] = {
    "audit": Text("Jejak audit", "Audit trail"),
    "audit_lead": Text(
        "Siapa membuka atau mengubah apa, kapan, dan untuk apa. Orang disebut dengan tanda, bukan nama.",
        "Who read or changed what, when, and why. People stand here by a token, not by name.",
    ),
    "audit_holds": Text(
        "Rantai utuh: {n} catatan. Simpan kepala rantai ini di tempat lain: {head}",
        "The chain holds: {n} entries. Keep its head elsewhere: {head}",
    ),
    "audit_broken": Text(
        "Rantai putus pada catatan {n}. Ada catatan yang diubah, dihapus, atau dipindahkan. Laporkan segera.",
        "The chain breaks at entry {n}. An entry was altered, removed or moved. Report it at once.",
    ),
    "audit_verify": Text("Periksa rantai", "Check the chain"),
    "audit_entry": Text("No.", "No."),
    "audit_when": Text("Waktu", "Time"),
    "audit_who": Text("Siapa", "Who"),
    "audit_action": Text("Tindakan", "Action"),
    "audit_about": Text("Tentang", "About"),
    "audit_detail": Text("Rincian", "Detail"),
    "audit_candidate": Text("Calon (candidate_id)", "Candidate (candidate_id)"),
    "audit_principal": Text("Akun atau kunci (id)", "Account or key (id)"),
    "audit_since": Text("Sejak", "Since"),
    "audit_until": Text("Sampai", "Until"),
    "audit_none": Text("Tidak ada catatan dengan saringan ini.", "No entry fits these filters."),
    "audit_older": Text("Lebih lama", "Older"),
    "audit_jsonl": Text("Unduh (JSON Lines)", "Download (JSON Lines)"),
    "audit_csv": Text("Unduh (CSV)", "Download (CSV)"),
}
