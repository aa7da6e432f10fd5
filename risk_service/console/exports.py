"""Lists as files: every one of `schemas.exports.EXPORTS`, in the language of the page it is taken from."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from marshmallow import ValidationError

from risk_service.auth import context, reading_for
from risk_service.console._frame import pages, words
from risk_service.errors import InvalidError
from risk_service.policy import EXPORTS as MAY
from risk_service.schemas.exports import EXPORTS, Export
from risk_service.services.list_files import FORMS, hand_out
from risk_service.services.sheets import File

_SET_BY_THE_PAGE = ("purpose", "language", "cursor", "limit")


def handed_out(file: File) -> Response:
    """Return a file as an answer."""
    return Response(file.content, content_type=file.media_type, headers=file.headers)


def _view(rule: str, export: Export, form: str) -> Callable[..., Response]:
    schema = export.query(exclude=[name for name in _SET_BY_THE_PAGE if name in export.query().fields])

    def hand(**ids: str) -> Response:
        given = {name: value for name, value in request.args.items() if value.strip() and name not in _SET_BY_THE_PAGE}
        try:
            query = schema.load(given)
        except ValidationError:
            raise InvalidError("The filters of the list do not fit.") from None
        asked = context().asked(reading_for(MAY[rule]), {**query, **ids})
        made = hand_out(
            asked, export.make, action=MAY[rule], form=form, language="en" if words().language == "en" else "id"
        )
        return handed_out(made)

    return hand


for _rule, _export in EXPORTS.items():
    for _form in FORMS:
        pages.add_url_rule(f"{_rule}.{_form}", f"{_export.name}_{_form}", _view(_rule, _export, _form), methods=["GET"])
