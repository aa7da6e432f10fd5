"""The style sheet, the script of the keys and the icon: read and compressed once, when the application starts."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, request

_LEVEL: Final = 9
"""Nobody waits for it."""
_WORTH_IT: Final = 500
"""Bytes from which on a file is compressed."""


@dataclass(frozen=True, kw_only=True)
class _File:
    """A file as it is sent; ``zipped``: for a browser that takes it so, None where that is not worth it."""

    kind: str
    plain: bytes
    zipped: bytes | None
    digest: str


def serve(app: Flask, folder: Path, *, age_s: int) -> None:
    """Serve the files of a folder under ``/static``.

    Parameters
    ----------
    folder
        Its files are read now; what changes in it later is served after the next start.
    age_s
        Seconds for which a browser need not ask again.
    """
    files = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_file()}

    def static(filename: str) -> Response:
        file = files.get(filename)
        if file is None:
            abort(404)
        answer = Response(file.plain, mimetype=file.kind)
        digest = file.digest
        if file.zipped is not None:
            answer.vary.add("Accept-Encoding")
            if request.accept_encodings["gzip"]:
                answer.set_data(file.zipped)
                answer.content_encoding = "gzip"
                digest += "-gzip"
        answer.set_etag(digest)  # of the form that is sent, since a cache may compare it byte by byte
        answer.cache_control.public = True
        answer.cache_control.max_age = age_s
        answer.make_conditional(request)
        return answer

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static)


def _read(path: Path) -> _File:
    plain = path.read_bytes()
    return _File(
        kind=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        plain=plain,
        zipped=gzip.compress(plain, _LEVEL, mtime=0) if len(plain) > _WORTH_IT else None,
        digest=hashlib.sha256(plain).hexdigest()[:32],
    )
