"""flask-smorest, mended: strict bodies, problems for errors, an operation for every route (OpenAPI 3.1)."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flask import Flask
from flask import Request as FlaskRequest
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, fields
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter

import risk_service
from risk_service.errors import PROBLEM, BadRequestError, Fault, InvalidError, MediaTypeError
from risk_service.schemas.what_if import WhatIf


class OpaqueConverter(BaseConverter):
    """An identifier in a path: opaque text without control characters."""

    regex = r"[^/\x00-\x20\x7f]{1,128}"


class FaultSchema(Schema):
    """One thing that is wrong with the request."""

    detail = fields.String(required=True)
    pointer = fields.String(metadata={"description": "JSON pointer into the body, as a URI fragment."})
    parameter = fields.String(metadata={"description": "Name of the parameter."})
    header = fields.String(metadata={"description": "Name of the header."})


class ProblemSchema(Schema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True, metadata={"format": "uri", "description": "Kind of problem, a URN."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "urn:uuid: of the request, as in the log."})
    errors = fields.List(fields.Nested(FaultSchema))


class Parser(FlaskParser):
    """Reads arguments strictly: JSON as RFC 8259 has it, and no name that is not declared."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        "json": RAISE,
        "query": RAISE,
        "form": RAISE,
        "files": RAISE,
        "headers": "exclude",
        "view_args": RAISE,
        "path": RAISE,
        "cookies": "exclude",
        "json_or_form": RAISE,
    }

    def load_json(self, req: FlaskRequest, schema: Schema) -> Any:  # noqa: ARG002 - webargs' signature
        """Return the body as parsed.

        Raises
        ------
        MediaTypeError, BadRequestError, InvalidError
            Another type; not JSON; no body.
        """
        if not req.is_json:
            raise MediaTypeError("The body has to be JSON.", what_to_do="Send Content-Type: application/json.")
        raw = req.get_data(cache=True)
        if not raw.strip():
            raise InvalidError("A body is needed and none was sent.", faults=[Fault("missing", pointer="#")])
        return strict_json(raw)


def strict_json(raw: bytes) -> Any:
    """Parse JSON as RFC 8259 has it: UTF-8, no NaN, no infinity, no repeated names, no absurd depth or size of number.

    Raises
    ------
    BadRequestError
        It is none of that. The message says where, and quotes nothing.
    """
    try:
        return _DECODER.decode(raw.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise BadRequestError(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except UnicodeDecodeError as error:
        raise BadRequestError(f"The body is not UTF-8: byte {error.start}.") from None
    except RecursionError:
        raise BadRequestError("The body is nested too deeply.") from None
    except ValueError as error:  # raised by the two below, and by Python for numbers of thousands of digits
        known = str(error) if str(error).startswith("The body ") else "The body has a number that is too long."
        raise BadRequestError(known) from None


def _refuse(_constant: str) -> Any:
    raise ValueError("The body has NaN or Infinity, which JSON does not know.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("The body has an object with a name twice.")
    return found


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_once)


class Blueprint(SmorestBlueprint):
    """A blueprint whose operations are named after their functions."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_name_operation)

    def _store_endpoint_docs(self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)
        words = endpoint.split("_")
        name = words[0] + "".join(word.capitalize() for word in words[1:])
        for method, info in self._docs[endpoint].items():
            if method != "parameters":
                info["operation_id"] = name


def _name_operation(doc: dict[str, Any], info: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**doc, "operationId": info["operation_id"]}


class Api(SmorestApi):
    """The interface's OpenAPI document; errors are left to the application's one handler."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Register none: `app` has the one handler."""

    def _register_pagination_header(self) -> None:
        """Register none: pages carry their cursor in the body."""

    def _register_responses(self) -> None:
        response = {
            "description": "A problem: what went wrong, and what to do about it.",
            "content": {PROBLEM: {"schema": ProblemSchema}},
        }
        self.spec.components.response("DEFAULT_ERROR", response, lazy=True)
        for name in ("UNPROCESSABLE_ENTITY", "UNPROCESSABLE_CONTENT"):
            self.spec.components.response(name, response, lazy=True)


def make_api(app: Flask) -> Api:
    """Create the OpenAPI document of `app`, empty as yet."""
    app.url_map.converters["opaque"] = OpaqueConverter
    app.config |= {
        "API_TITLE": "risk-service",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": None,
    }
    api = Api(
        app,
        spec_kwargs={
            "info": {
                "description": _DESCRIPTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
                "x-service-version": risk_service.__version__,
            },
            "security": [{"key": []}],
            "servers": [{"url": "/"}],
        },
    )
    api.register_converter(OpaqueConverter, lambda _: {"type": "string", "pattern": "^[^/\\x00-\\x20\\x7f]{1,128}$"})
    api.spec.components.schema("WhatIf", schema=WhatIf)
    api.spec.components.security_scheme(
        "key", {"type": "http", "scheme": "bearer", "description": "A key of 'risk-service keys create'."}
    )
    return api


_DESCRIPTION: Final = re.sub(
    r"(?<!\n)\n(?!\n)",
    " ",
    """
Orders the files of migrant workers before departure by the chance that the departure becomes non-procedural, with exact
reasons and the way back to a procedural departure. A score orders a queue for people's attention; it decides nothing.

Times are UTC; a date where a time is needed means the end of that day in Jakarta. Reading a person needs a purpose
(header X-Purpose) and leaves an entry in the audit trail. Errors are problem details (RFC 9457).
""",
).strip()
