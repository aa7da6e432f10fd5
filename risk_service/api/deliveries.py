"""Deliveries: feeds uploaded by an office."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import request
from flask_smorest.fields import Upload
from marshmallow import Schema

from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import context, now_us, principal, request_id
from risk_service.errors import MediaTypeError
from risk_service.schemas.admin import DeliveryReport
from risk_service.services import deliveries

blueprint = Blueprint("deliveries", __name__, url_prefix="/api/v1", description="Feeds uploaded by an office.")


class DeliveryUpload(Schema):
    """A delivery folder, packed."""

    delivery = Upload(required=True, metadata={"description": "A zip or tar (also .tar.gz) of one delivery folder."})


@blueprint.before_request
def _large_body() -> None:
    """Let a delivery be larger than other bodies, before anything of it is read."""
    request.max_content_length = context().settings.max_upload
    if request.mimetype != "multipart/form-data":
        raise MediaTypeError("A delivery is uploaded as multipart/form-data.", what_to_do="curl -F delivery=@june.zip")


@blueprint.post("/deliveries")
@blueprint.arguments(DeliveryUpload, location="files")
@idempotent
@blueprint.response(201, DeliveryReport)
def upload_delivery(files: dict[str, Any]) -> Any:
    """Take in a delivery.

    ---
    The archive is unpacked apart, checked, and taken whole in one commit; bad rows are rejected with line, field and
    reason and do not hold up good ones. Rows that are there already are no harm.
    """
    here = context()
    with tempfile.TemporaryDirectory(prefix="risk-upload-") as folder:
        archive = Path(folder) / "archive"
        files["delivery"].save(archive)
        return deliveries.take(
            here.store,
            here.master,
            principal(),
            archive=archive,
            workspace=Path(folder),
            most=here.settings.max_unpacked,
            now_us=now_us(),
            label=Path(files["delivery"].filename or "upload").name[:100],
            request_id=request_id(),
        )
