"""Log lines without personal data: structlog, for people or as JSON, one setting.

Two guards, since one can be forgotten: code logs identifiers of things and of requests alone, and `mask` takes out
whatever still looks like a number of a person. Tracebacks are logged as places in the code, without messages, because
the message of a database error quotes values.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from risk_service.settings import LogFormat

Event = MutableMapping[str, Any]

# A NIK or KK number, a telephone number, a passport number.
_IDENTIFYING: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{16}|\+?62[0-9]{8,12}|0?8[0-9]{8,11}|[A-Za-z][0-9]{7})(?![0-9A-Za-z])"
)
_MASK: Final = "[masked]"


def mask(_logger: object, _method: str, event: Event) -> Event:
    """Replace in every text of an event what looks like a number of a person."""
    for key, value in event.items():
        if isinstance(value, str) and key not in ("timestamp", "request_id"):
            event[key] = _IDENTIFYING.sub(_MASK, value)
    return event


def where(error: BaseException) -> str:
    """Return class and places of an error, innermost last, without its message."""
    places = [
        f"{f.filename.rsplit('/site-packages/', 1)[-1]}:{f.lineno} {f.name}"
        for f in traceback.extract_tb(error.__traceback__)
    ]
    return " < ".join([type(error).__qualname__, *reversed(places[-12:])])


def _without_message(_logger: object, _method: str, event: Event) -> Event:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = where(error)
    return event


def configure(*, style: LogFormat, level: str, stream: TextIO | None = None) -> None:
    """Send all log lines of the process, ours and the libraries', to one place in one form.

    Parameters
    ----------
    style
        ``console`` or ``json``.
    level
        Least level that is logged; libraries are held to warnings.
    stream
        Where to; None: stderr.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_message,
        structlog.processors.EventRenamer("message") if style == "json" else _same,
        mask,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=stream is None and sys.stderr.isatty())
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("risk_service").setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _same(_logger: object, _method: str, event: Event) -> Event:
    return event


def logger(name: str) -> Any:
    """Return the logger of a module of ours."""
    return structlog.stdlib.get_logger(name)
