"""What gates of a release say in words, for pages and the interface: their sentences with names in place of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from babel import Locale

from models.features.catalogue import BY_NAME
from models.gate_texts import gate_text
from models.texts import Text
from risk_service.codes import SCHEMES, YES_NO
from risk_service.geography import region_name

_ATTRIBUTES: Final[dict[str, Text]] = {
    "sex": Text("jenis kelamin", "sex"),
    "age_band": Text("usia", "age"),
    "origin": Text("asal", "origin"),
    "place": Text("letak", "place"),
    "scheme": Text("skema", "scheme"),
    "destination": Text("negara tujuan", "destination"),
    "first_time": Text("keberangkatan pertama", "first departure"),
    "single_name": Text("nama satu kata", "single name"),
}
_FIGURES: Final[dict[str, Text]] = {
    "fpr": Text("diperiksa tanpa perlu", "looked at without need"),
    "fnr": Text("perlu diperiksa, tetapi terlewat", "needed a look and had none"),
    "precision": Text("pemeriksaan yang ada hasilnya", "looks that were worth it"),
    "calibration": Text("peluang dibanding kenyataan", "probability beside what came true"),
    "referral": Text("banyaknya yang diperiksa", "how many are looked at"),
}
_YES_NO: Final = {"yes": YES_NO[True], "no": YES_NO[False]}
_GROUPS: Final[dict[str, Mapping[str, Text]]] = {
    "sex": {"F": Text("perempuan", "women"), "M": Text("laki-laki", "men")},
    "place": {
        "island": Text("pulau", "island"),
        "remote": Text("terpencil", "remote"),
        "mainland": Text("daratan", "mainland"),
    },
    "scheme": SCHEMES,
    "first_time": _YES_NO,
    "single_name": _YES_NO,
}
_ANY: Final = {"unknown": Text("tidak diketahui", "unknown"), "(others)": Text("lainnya", "others")}
_CROSSED: Final = " x "
_LOCALES: Final = (Locale("id"), Locale("en"))


def words_of_gate(gate: Mapping[str, Any]) -> Text | None:
    """Return what a gate says in both languages; None: in its release's own words alone."""
    return gate_text(gate.get("told", ()), named=_named)


def _named(figures: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figures of a sentence with names for the codes of groups, figures and terms."""
    found: dict[str, Any] = {
        name: _named(value) if isinstance(value, Mapping) else value for name, value in figures.items()
    }
    if "attribute" in found:
        attributes = found["attribute"].split(_CROSSED)
        found["attribute"] = _crossed([_ATTRIBUTES.get(one, _same(one)) for one in attributes])
        if "group" in found:
            groups = found["group"].split(_CROSSED)
            pairs = zip(attributes, groups, strict=True)
            found["group"] = _crossed([_group(attribute, group) for attribute, group in pairs])
    if "figure" in found:
        found["figure"] = _FIGURES.get(found["figure"], _same(found["figure"]))
    if "term" in found:
        parts = found["term"].split("*")
        found["term"] = _crossed([BY_NAME[one].title if one in BY_NAME else _same(one) for one in parts])
    return found


def _group(attribute: str, group: str) -> Text:
    if group in _ANY:
        return _ANY[group]
    if attribute == "origin":
        return _same(region_name(group) or group)
    if attribute == "destination":
        return Text(*(str(locale.territories.get(group, group)) for locale in _LOCALES))
    return _GROUPS.get(attribute, {}).get(group, _same(group))


def _crossed(parts: list[Text]) -> Text:
    return Text(*(" × ".join(getattr(part, language) for part in parts) for language in ("id", "en")))


def _same(code: str) -> Text:
    return Text(code, code)
