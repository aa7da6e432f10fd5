"""Lists as files: every one of `schemas.exports.EXPORTS`, as an Excel workbook and as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, reading_for
from risk_service.policy import EXPORTS as MAY
from risk_service.schemas.exports import EXPORTS, Export
from risk_service.services.list_files import hand_out
from risk_service.services.sheets import CSV, XLSX, File

blueprint = Blueprint("exports", __name__, url_prefix="/api/v1", description="Lists as files.")

BINARY: Final = {"type": "string", "format": "binary"}
_KINDS: Final = {"xlsx": (XLSX, "workbook", "an Excel workbook"), "csv": (CSV, "table", "CSV")}


def handed_out(file: File) -> Response:
    """Return a file as an answer."""
    return Response(file.content, content_type=file.media_type, headers=file.headers)


def _endpoint(rule: str, export: Export, form: str) -> Callable[..., Any]:
    """Return the endpoint of a list in a form, named and described as the interface's document shows it."""
    _, ending, named = _KINDS[form]

    def get(query: dict[str, Any], **ids: str) -> Response:
        language = query.pop("language")
        asked = context().asked(reading_for(MAY[rule]), {**query, **ids})
        return handed_out(hand_out(asked, export.make, action=MAY[rule], form=form, language=language))

    get.__name__ = f"{export.verb}_{export.name}_{ending}"
    get.__doc__ = f"Get {export.summary} as {named}{export.limits}."
    return get


for _rule, _export in EXPORTS.items():
    for _form, (_media_type, *_) in _KINDS.items():
        _get = blueprint.response(200, BINARY, content_type=_media_type)(_endpoint(_rule, _export, _form))
        _get = blueprint.arguments(_export.query, location="query")(_get)
        blueprint.get(f"{_rule}.{_form}")(_get)
