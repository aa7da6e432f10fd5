"""The card of a release: what it was made of, what it says, what it cannot say; Indonesian and English."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from models.calibration import WINDOWS
from models.registry import Release
from models.terms import Floats, Terms
from training.card_review import edit_section, review_sections
from training.card_validation import validation_sections
from training.evaluate import DRAWN, FOUND, HEADINGS, cells
from training.plots import bin_label, title_of

SIMULATED: Final = """> **DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun.**
> **SIMULATED DATA: these figures describe no person and no office.**
>
> Simulasi menunjukkan bahwa program menemukan apa yang ditanam, menepati waktu, dan dapat dijumlahkan ulang. Simulasi
> tidak menunjukkan seberapa baik sesuatu ditemukan di dunia nyata. Rilis ini menolak data sungguhan.
>
> Simulation shows that the program finds what was put in, keeps time and adds up. It does not show how well anything is
> found in the world. This release refuses real data.
"""
TEXT: Final = """**Bahasa Indonesia.** Rilis ini mengurutkan antrean agar orang dibantu atau berkasnya diperiksa
lebih dulu; ia tidak menilai niat orang dan tidak menolak siapa pun. Skornya adalah jumlah tabel-tabel kecil di bawah,
dan dapat dihitung ulang dengan tangan. Temuan datang dari pilihan kasus yang berat sebelah: temuan membentuk urutan,
bukan tingkatnya. {level_id} Kasus yang dibantu sebelum berangkat tidak pernah dihitung sebagai contoh negatif. Yang
tidak tercatat tidak diketahui, dan tidak pernah memberatkan orang. Selang yang lebar berarti datanya sedikit.

**English.** This release orders a queue so that people are helped, or files checked, earlier; it does not judge what
anybody intends and refuses nobody. A score is the sum of the small tables below and can be worked out by hand. Findings
are a biased choice of cases: they shape the order, not the level. {level_en} A case that was helped before departure is
never a negative. What is not recorded is not known, and never counts against a person. A wide interval means few data.
"""
LEVEL: Final = (
    "Peluangnya dikalibrasi pada pemeriksaan acak ({drawn} kasus, {drawn_non_procedural} nonprosedural).",
    "Probabilities are calibrated on drawn checks ({drawn} cases, {drawn_non_procedural} of them non-procedural).",
)
NO_LEVEL: Final = (
    "Tidak ada pemeriksaan acak, maka peluangnya hanya berlaku bagi kasus yang ditemukan dengan cara yang sama.",
    "There is no drawn check, so a probability holds only for cases found the way these were found.",
)
LATER: Final = """Belajar dari yang diketahui sampai {day}, diuji pada keberangkatan sesudahnya. / Learned from what was
known by {day}, tested on departures after it; the published tables have learned from both. *naive*: trained seven days
before departure on findings as they come."""
CENTRED: Final = """Log-odds yang ditambahkan menurut nilai. Nol adalah rata-rata populasi acuan: {cases} kasus yang
diperiksa, tiap kasus dengan bagian sama untuk potretnya ({leads} hari sebelum berangkat), dan aturan sebagai {prior}
kasus.

Log-odds added, by value. Zero is the mean over the reference population: {cases} examined cases, each with equal
shares for its snapshots ({leads} days before departure), and the hand-written rules as {prior} cases. A pair holds what
its two features say together and neither says alone; with the days to departure it is 0 on average at each distance."""
PREVIEW: Final = """Antrean pada hari terakhir data, menurut kantor. / The queue on the last day of the data, by office.
What a release would change today: `risk-service dry-run`."""
DEPTH: Final = 12
OFFICES: Final = 20


def card(release: Release) -> str:
    """The card as Markdown; everything in it comes from the tables and the manifest.

    Parameters
    ----------
    release : Release
        A trained one, from `training.train.train`.
    """
    manifest, terms = release.manifest, release.terms
    figures = manifest.figures
    level = LEVEL if figures["findings"]["drawn"] else NO_LEVEL
    level_id, level_en = (text.format(**figures["findings"]) for text in level)
    lines = [f"# {manifest.name}", ""]
    lines += [SIMULATED] if manifest.simulated else []
    lines += [*_paragraphs(TEXT.format(level_id=level_id, level_en=level_en)), *_facts(release)]
    lines += edit_section(manifest.edits, figures)
    lines += ["", "## Seberapa baik / How well", "", *_backtest(figures["backtest"])]
    lines += validation_sections(figures["backtest"])
    lines += ["## Gerbang / Gates", "", "| gate | verdict | |", "|-|-|-|"]
    lines += [f"| `{code}` | {gate['verdict']} | {gate['says']} |" for code, gate in manifest.gates.items()]
    lines += ["", *review_sections(figures)]
    lines += _offices(figures.get("offices", []))
    lines += ["## Peluang menurut hari sebelum berangkat / Probability by days to departure", "", *_steps(release)]
    lines += ["", "## Tabel / Terms", "", *_paragraphs(_reference(figures))]
    for term in terms.terms:
        lines += _term(terms, term.features, term.values)
    return "\n".join(lines) + "\n"


def _paragraphs(text: str) -> list[str]:
    """Paragraphs filled anew, each followed by an empty line."""
    filled = (textwrap.fill(" ".join(part.split()), 118) for part in text.split("\n\n"))
    return [line for paragraph in filled for line in (paragraph, "")]


def _facts(release: Release) -> list[str]:
    manifest, bands = release.manifest, release.bands
    figures = manifest.figures
    found, queue, trees = figures["findings"], figures["queue"], figures["trees"]
    drawn = f"{found['drawn']} cases, {found['drawn_non_procedural']} non-procedural"
    in_queue = {band: f"{queue[band]} of {queue['cases']} cases" for band in ("first", "check")}
    return [
        "| | |",
        "|-|-|",
        f"| departures from / keberangkatan sejak | {manifest.data_from} |",
        f"| known until / diketahui sampai | {manifest.data_until} |",
        f"| findings / temuan | {found['cases']} cases, {found['non_procedural']} non-procedural |",
        f"| of them drawn / pemeriksaan acak | {drawn} |",
        f"| snapshots / potret | {found['snapshots']} |",
        f"| prior | the hand-written rules, counted as {figures['rules_count_as_cases']:g} cases |",
        f"| first (*Hubungi dulu*) | probability from {bands.first:.3f}: {in_queue['first']} |",
        f"| check (*Periksa berkas*) | probability from {bands.check:.3f}: {in_queue['check']} |",
        f"| trees a bag | {trees[0]} + {trees[1] - trees[0]} |",
        "| pairs of every release / pasangan tetap | a step with the days to departure |",
        f"| pairs chosen beside them / pasangan terpilih | {', '.join(figures['pairs']) or 'tidak ada / none'} |",
        *_pair_search(figures),
        f"| rules, catalogue, seed | {manifest.rules_version}, {manifest.catalogue_version}, {manifest.seed} |",
    ]


def _pair_search(figures: Mapping[str, Any]) -> list[str]:
    """How the pairs were chosen: a line of the table of facts, or none where it is not on record."""
    search = figures.get("pair_search")
    if search is None:
        return []
    votes = [(name, bags) for name, bags in search["votes"] if bags >= search["needed"]][: search["most"]]
    told = ", ".join(f"{name} ({bags})" for name, bags in votes) or "tidak ada / none"
    left = "; tidak dipakai: tidak menambah di luar galatnya / left out: no gain beyond its error" if votes else ""
    rule = f"chosen in at least {search['needed']} of {search['bags']} halves of the people"
    return [f"| {rule} / dipilih paruh data | {told}{left if not figures['pairs'] else ''} |"]


def _backtest(facts: Mapping[str, Any]) -> list[str]:
    """What a test on later departures showed."""
    if not facts["figures"]:
        return [f"Belum dapat diuji. / Not tested on later departures: {facts['why_not']}.", ""]
    table = pl.DataFrame(facts["figures"], infer_schema_length=None)
    lines = _paragraphs(LATER.format(day=facts["learned_until"]))
    titles = {
        DRAWN: "Pemeriksaan acak / drawn checks (the yardstick)",
        FOUND: "Semua temuan / all findings (a biased choice)",
    }
    for counted, title in titles.items():
        rows = cells(table, counted=counted)
        if rows:
            lines += [f"{title}:", "", "| " + " | ".join(HEADINGS) + " |", "|" + "-|" * len(HEADINGS)]
            lines += [*("| " + " | ".join(row) + " |" for row in rows), ""]
    return lines


def _reference(figures: Mapping[str, Any]) -> str:
    """Which population has 0 on average in every table."""
    stated = figures.get("reference")
    if stated is None:
        return CENTRED.format(cases=figures["findings"]["cases"], leads="", prior=figures["rules_count_as_cases"])
    leads = ", ".join(map(str, stated["leads"]))
    return CENTRED.format(cases=stated["cases"], leads=leads, prior=f"{figures['rules_count_as_cases']:g}")


def _offices(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """How many cases each office would find in the bands that are looked at."""
    if not rows:
        return []
    shown = [row for row in rows if row["first"] + row["check"]][:OFFICES]
    lines = [
        "## Pratinjau per kantor / Preview by office",
        "",
        *_paragraphs(PREVIEW),
        "| office | cases | first | check |",
    ]
    lines += ["|-|-|-|-|"]
    lines += [f"| {row['office'] or '-'} | {row['cases']} | {row['first']} | {row['check']} |" for row in shown]
    left = len(rows) - len(shown)
    return [*lines, "", *([f"{left} kantor lain / more offices.", ""] if left else [])]


def _steps(release: Release) -> list[str]:
    lines = ["| days | steps | lowest | highest | mean width of the interval |", "|-|-|-|-|-|"]
    if release.calibration is None:
        return lines
    for window, table in zip(WINDOWS, release.calibration.tables, strict=True):
        p, width = table.probability, float(np.mean(table.high - table.low))
        lines.append(f"| {window} | {p.size} | {p[0]:.3f} | {p[-1]:.3f} | {width:.3f} |")
    return lines


def _term(terms: Terms, features: tuple[str, ...], values: Floats) -> list[str]:
    title = " × ".join(title_of(name) for name in features)
    lines = [f"### {title} (`{'*'.join(features)}`)", ""]
    if len(features) == 2:
        lines += [f"From {values.min():+.3f} to {values.max():+.3f} over {values.size} cells.", ""]
        return lines
    axis = terms.axis(features[0])
    scale = max(float(np.abs(values).max()), 1e-9)
    lines += ["| value | log-odds | |", "|-|-|-|"]
    for position in range(axis.bins):
        bar = ("+" if values[position] > 0 else "-") * round(DEPTH * abs(float(values[position])) / scale)
        lines.append(f"| {bin_label(axis, position)} | {values[position]:+.3f} | {bar} |")
    return [*lines, ""]
