"""The interface's documentation: ``/openapi.json``, and ``/docs`` as a page without script or other servers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Flask, Response, render_template, request
from flask_smorest import Api
from werkzeug.wrappers import Response as AnyResponse

from risk_service.auth import access_of
from risk_service.policy import ACTIONS, PERSONAL, PUBLIC, PURPOSES, ROLES

Spec = dict[str, Any]
_METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """One parameter or property."""

    name: str
    kind: str
    required: bool
    meaning: str
    where: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    roles: str
    personal: bool
    parameters: list[Row]
    body: str | None
    body_rows: list[Row]
    answers: list[tuple[str, str, str | None]]
    example: str


def register(app: Flask, api: Api) -> None:
    """Serve the document and its page; to be called when every operation is in `api`."""
    pages = Blueprint("reference", __name__, template_folder="templates")
    spec: Spec = _named_roles(app, api.spec.to_dict())
    document = json.dumps(spec, ensure_ascii=False)
    operations = list(_operations(spec))
    schemas = {name: rows_of(shape) for name, shape in sorted(spec["components"]["schemas"].items())}

    @pages.get("/openapi.json")
    def openapi_document() -> AnyResponse:
        """Return the OpenAPI document."""
        response = Response(document, content_type="application/json")
        response.add_etag()
        return response.make_conditional(request)

    @pages.get("/docs")
    def docs() -> str:
        """Show the OpenAPI document to people."""
        return render_template(
            "api/docs.html",
            spec=spec,
            operations=operations,
            schemas=schemas,
            purposes=PURPOSES,
            base=request.host_url.rstrip("/"),
        )

    app.register_blueprint(pages)


def _named_roles(app: Flask, spec: Spec) -> Spec:
    """Write into every operation the roles that the table of access names, and no security where it is public."""
    for rule in app.url_map.iter_rules():
        path = spec["paths"].get(_as_openapi(rule.rule))
        for method in _METHODS:
            if path is None or method not in path or method.upper() not in (rule.methods or ()):
                continue
            access = access_of(rule.rule, method.upper())
            if access == PUBLIC:
                path[method]["security"] = []
            elif access in ACTIONS:
                path[method]["x-roles"] = [role for role in ROLES if role in ACTIONS[access]]
                path[method]["x-personal"] = access in PERSONAL
                if access in PERSONAL:
                    path[method].setdefault("parameters", []).append(_PURPOSE)
    return spec


_PURPOSE: Final[Spec] = {
    "in": "header",
    "name": "X-Purpose",
    "required": False,
    "description": "Why the person is read; kept in the audit trail. Needed here or as the query parameter purpose.",
    "schema": {"type": "string", "enum": list(PURPOSES)},
}


def _as_openapi(rule: str) -> str:
    out, rest = "", rule
    while "<" in rest:
        before, _, rest = rest.partition("<")
        inside, _, rest = rest.partition(">")
        out += f"{before}{{{inside.rpartition(':')[2]}}}"
    return out + rest


def _operations(spec: Spec) -> Iterator[Operation]:
    for path, item in spec["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(path, method, item)


def _operation(path: str, method: str, item: Mapping[str, Any]) -> Operation:
    found = item[method]
    parameters = [
        Row(p["name"], kind_of(p["schema"])[0], p.get("required", False), p.get("description", ""), where=p["in"])
        for p in [*item.get("parameters", []), *found.get("parameters", [])]
    ]
    content: dict[str, Spec] = found.get("requestBody", {}).get("content", {})
    body_type = next(iter(content), None)
    body = content[body_type] if body_type is not None else {}
    answers = []
    for status, answer in sorted(found["responses"].items()):
        shapes: list[Spec] = list(answer.get("content", {}).values())
        shape = shapes[0].get("schema") if shapes else None
        link = kind_of(shape)[1] if shape else None
        answers.append((status, answer.get("description", "A problem (RFC 9457)."), link))
    return Operation(
        name=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        description=found.get("description", ""),
        roles=", ".join(found.get("x-roles", [])) or "no key needed",
        personal=found.get("x-personal", False),
        parameters=parameters,
        body=body_type,
        body_rows=rows_of(body.get("schema", {})),
        answers=answers,
        example=_curl(
            path, method, personal=found.get("x-personal", False), public=found.get("security") == [], body=body
        ),
    )


def _curl(path: str, method: str, *, personal: bool, public: bool, body: Mapping[str, Any]) -> str:
    words = ["curl"]
    if not public:
        words.append('-H "Authorization: Bearer $RISK_KEY"')
    if personal:
        words.append('-H "X-Purpose: case_work"')
    example = body.get("example")
    if "delivery" in str(body.get("schema", "")).lower():
        words.append("-F delivery=@june.zip")
    if example is not None:
        words.append(f"--json '{json.dumps(example)}'")
    elif method != "get" and "-F" not in words[-1]:
        words.append("--json '{}'")
    words.append(f"{{base}}{path}")
    return " ".join(words)


def rows_of(shape: Mapping[str, Any]) -> list[Row]:
    """Return the properties of a schema, one row each."""
    if "oneOf" in shape:
        return [Row(f"form {n}", *_typed(option)) for n, option in enumerate(shape["oneOf"], 1)]
    if "$ref" in shape:
        return [Row("body", *_typed(shape))]
    needed = shape.get("required", [])
    rows = []
    for name, inner in shape.get("properties", {}).items():
        kind, link = kind_of(inner)
        rows.append(Row(name, kind, name in needed, inner.get("description", ""), link=link))
    return rows


def _typed(shape: Mapping[str, Any]) -> tuple[str, bool, str, str, str | None]:
    kind, link = kind_of(shape)
    return kind, True, shape.get("description", ""), "", link


def kind_of(shape: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return how a schema's type reads, and the component it refers to."""
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        return name, name
    for several in ("allOf", "anyOf", "oneOf"):
        if several in shape:
            kinds = [kind_of(option) for option in shape[several]]
            return " or ".join(kind for kind, _ in kinds), next((link for _, link in kinds if link), None)
    if "enum" in shape:
        return " · ".join("null" if value is None else str(value) for value in shape["enum"]), None
    kind = shape.get("type", "any")
    names: list[str] = [kind] if isinstance(kind, str) else kind
    if "array" in names:
        inner, link = kind_of(shape.get("items", {}))
        return f"list of {inner}", link
    text = " or ".join(names)
    return (f"{text} ({shape['format']})" if "format" in shape else text), None
