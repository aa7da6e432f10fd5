"""The part of a card that tells what was looked at around a model: costs, checks, fairness, selection, stability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

COSTS: Final = (
    "Rilis dikurangi model lain (negatif: rilis lebih lemah). / The release less each rival (negative: weaker)."
)
COST_SAID: Final = "Di luar selang lebih kuat / stronger beyond the interval: {names}."
FAIRNESS: Final = (
    "Setiap kelompok dibandingkan dengan semua orang lain. Kelompok tidak pernah menjadi masukan skor. / Each group is "
    "compared with everybody else; groups are never inputs of a score."
)
SELECTION: Final = (
    "Bagian dari sepersepuluh teratas antrean yang keberangkatannya nonprosedural, dari temuan yang dipilih berat "
    "sebelah. / Share of the first tenth of a past queue whose departure was non-procedural, from selective findings."
)
HELPED: Final = {
    "left out": "dikeluarkan / left out",
    "each averted": "seolah setiap pertolongan mencegah / as if each help averted one",
    "none averted": "seolah tidak ada yang dicegah / as if none did",
}
STATES: Final = {"quiet": "tenang / quiet", "shouts": "**berteriak / shouts**", "not run": "tidak jalan / not run"}
NOISE: Final = (
    "Bila temuan keliru atau pemilihan menyembunyikan sesuatu, angka itu menjadi: / If findings err, or the choice of "
    "cases hides something, that share becomes:"
)
EDITED: Final = (
    "Tabel berikut diubah tangan oleh analis setelah belajar dari {base}; peluang dikalibrasi dan gerbang dinilai "
    "ulang. Tabel yang disunting tidak dipusatkan lagi. / These tables were changed by an analyst by hand after "
    "learning {base}; probabilities were calibrated and gates judged again. Edited tables are not centred again."
)
KEPT: Final = (
    "Tabel yang dibekukan sudah belajar sampai {until}; ujian pada keberangkatan setelah {tested} dapat tampak terlalu "
    "baik. / Frozen tables had learned until {until}; the test on departures after {tested} may flatter them."
)
GIVES_AWAY: Final = (
    "Apakah suatu alasan menunjukkan siapa orangnya (0,5 = undian koin)? / Does a reason give away who somebody is "
    "(0.5 is a coin)?"
)
STABLE: Final = (
    "Dari {cases} kasus teratas, bagian-bagian model sepakat atas {leading} dari tiga alasan utama, dan atas alasan "
    "pertama pada {first}. / Of the {cases} most urgent cases, bags of the model share {leading} of the three leading "
    "reasons, and the first of them in {first}."
)


def edit_section(edits: Sequence[Mapping[str, Any]], figures: Mapping[str, Any]) -> list[str]:
    """Markdown lines on what an analyst edited, none where nothing was.

    Parameters
    ----------
    edits : sequence of mapping
        ``edits`` of a manifest.
    figures : mapping
        Its ``figures``.
    """
    if not edits:
        return []
    name = figures.get("edited_from")
    out = ["", "## Suntingan / Edits", "", EDITED.format(base=f"`{name}`" if name else "data"), ""]
    out += ["| edit | reason | why | by | on |", "|-|-|-|-|-|"]
    for edit in edits:
        what = {"cap": f"cap at {edit.get('limit')}", "freeze": f"freeze as in {edit.get('source')}"}
        kind = what.get(edit["kind"], edit["kind"])
        out.append(f"| {kind} | `{edit['term']}` | {_cell(edit['reason'])} | {_cell(edit['by'])} | {edit['at'][:10]} |")
    tested = figures["backtest"]["learned_until"]
    late = max((edit["source_until"] for edit in edits if edit.get("source_until")), default="")
    if late > tested:
        out += ["", KEPT.format(until=late, tested=tested)]
    return out


def _cell(text: str) -> str:
    """Text on one line that cannot end its cell or begin markup."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in plain)


def review_sections(figures: Mapping[str, Any]) -> list[str]:
    """Markdown lines, none where a release was made without a review.

    Parameters
    ----------
    figures : mapping
        ``figures`` of a manifest.
    """
    found = figures.get("review")
    if not found:
        return []
    return [
        *_costs(figures["backtest"].get("costs", [])),
        *_checks(found["checks"], figures.get("outages", [])),
        *_fairness(found["fairness"], found["proxies"]),
        *_selection(found["selection"], found["helped"], found["sensitivity"]),
        *_stability(found["stability"]),
    ]


def _costs(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    if not lines:
        return []
    out = ["## Harga keterbacaan / What being readable costs", "", COSTS, ""]
    out += ["| rival | figure | difference |", "|-|-|-|"]
    out += [f"| {line['rival']} | {line['figure']} | {_signed(line)} |" for line in lines]
    return [*out, "", COST_SAID.format(names=", ".join(stronger(lines)) or "tidak ada / none"), ""]


def stronger(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rivals that are above the release beyond the interval, with the figure: what being readable demonstrably costs.

    Parameters
    ----------
    lines : sequence of mapping
        ``costs`` of a manifest: ``rival, figure, value, low, high`` of the release less the rival.
    """
    found = []
    for line in lines:
        low, high = line["low"], line["high"]
        worse = low is not None and low > 0 if line["figure"] == "brier" else high is not None and high < 0
        if worse:
            found.append(f"{line['rival']} ({line['figure']})")
    return found


def _checks(lines: Sequence[Mapping[str, Any]], outages: Sequence[Sequence[str]]) -> list[str]:
    out = ["## Pemeriksaan data / Checks", "", "| check | | |", "|-|-|-|"]
    for line in lines:
        title = f"{line['title']['id']} / {line['title']['en']}"
        said = " ".join(text["en"] for text in line["found"]) if line["state"] != "quiet" else ""
        out.append(f"| `{line['code']}` {title} | {STATES[line['state']]} | {said} |")
    if outages:
        told = "; ".join(f"{feed} {first} – {last}" for feed, first, last in outages)
        out += ["", f"Potret dari masa terhenti dikeluarkan. / Snapshots from outages were left out: {told}."]
    return [*out, ""]


def _fairness(found: Mapping[str, Any], proxies: Sequence[Mapping[str, Any]]) -> list[str]:
    single, crossed = found["verdicts"], found["verdicts_crossed"]
    out = ["## Keadilan / Fairness", "", FAIRNESS, "", "| groups | holds | breach | not enough evidence |", "|-|-|-|-|"]
    out += [f"| {name} | {v['holds']} | {v['breach']} | {v['not enough evidence']} |"
            for name, v in (("single", single), ("crossed", crossed))]  # fmt: skip
    for title, lines in (("Breaches", found["breaches"]), ("Nearest to a verdict", found["unsettled"])):
        if not lines:
            continue
        out += ["", f"{title}:", "", "| group | figure | value | everybody else | worse by | findings lacking |",
                "|-|-|-|-|-|-|"]  # fmt: skip
        out += [
            f"| {line['attribute']} {line['group']} | {line['figure']} | {_number(line['value'])} | "
            f"{_number(line['rest'])} | {_signed(line, 'difference')} | {_whole(line['needed'])} |"
            for line in lines
        ]
    out += ["", GIVES_AWAY, "", "| attribute | reason | AUC |", "|-|-|-|"]
    out += [f"| {line['attribute']} | `{line['term']}` | {_between(line, 'auc')} |" for line in proxies]
    return [*out, ""]


def _selection(
    estimates: Sequence[Mapping[str, Any]], helped: Sequence[Mapping[str, Any]], noise: Sequence[Mapping[str, Any]]
) -> list[str]:
    out = ["## Temuan yang terpilih / Selective findings", ""]
    if not estimates:
        return [*out, "Belum ada antrean lampau dengan pemeriksaan acak. / No past queue with drawn checks yet.", ""]
    out += [SELECTION, "", "| estimate | share | findings | worth as many |", "|-|-|-|-|"]
    out += [f"| {line['estimate']} | {_between(line)} | {line['findings']} | {line['effective']:.0f} |"
            for line in estimates]  # fmt: skip
    out += ["", "| helped people | share |", "|-|-|"]
    out += [f"| {HELPED[line['helped']]} | {_between(line)} |" for line in helped]
    kept = [line for line in noise if line["false_alarm"] == 0.0 or line["missed"] == 0.0]
    out += ["", NOISE, "", "| missed | false alarms | odds of being examined | share |", "|-|-|-|-|"]
    out += [f"| {line['missed']:.0%} | {line['false_alarm']:.0%} | x {line['hidden']:g} | {_number(line['value'])} |"
            for line in kept]  # fmt: skip
    return [*out, ""]


def _stability(found: Mapping[str, Any]) -> list[str]:
    same = {"leading": f"{found['same_leading']:.0%}", "first": f"{found['same_first']:.0%}"}
    return ["## Alasan / Reasons", "", STABLE.format(cases=found["cases"], **same), ""]


def _between(line: Mapping[str, Any], name: str = "value") -> str:
    return f"{_number(line[name])} ({_number(line['low'])} to {_number(line['high'])})"


def _signed(line: Mapping[str, Any], name: str = "value") -> str:
    value, low, high = line[name], line["low"], line["high"]
    if value is None:
        return "-"
    return f"{value:+.3f}" + ("" if low is None or high is None else f" ({low:+.3f} to {high:+.3f})")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _whole(value: int | None) -> str:
    return "-" if value is None else "very many" if value >= 1_000_000 else f"{value:,}"
