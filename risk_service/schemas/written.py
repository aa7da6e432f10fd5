"""Writing answers by a schema, worked out once: what `marshmallow.Schema.dump` gives as text, at a part of its cost.

The schema stays the one definition: the OpenAPI document is made from it, and so is what is written here. A schema
with hooks, and a field that has another name or a default, are left to marshmallow. Names stand in their order, as
Flask writes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import Any, Final

from marshmallow import Schema, fields, missing

Write = Callable[[Any], str]
_ANY: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def writer(schema: Schema) -> Write:
    """How one object is written by a schema.

    Parameters
    ----------
    schema
        Not to be changed afterwards.

    Returns
    -------
    callable
        Of a mapping with the values by the names of the fields; ``schema.dump`` of it as JSON.
    """
    hooked = any(schema._hooks.values())  # noqa: SLF001 - nothing else tells; a hook looked for leaves an empty list
    if hooked or not all(_plain(name, field) for name, field in schema.dump_fields.items()):
        return lambda value: _ANY(schema.dump(value))
    known = [
        (name, f"{encode_basestring_ascii(name)}:", _writer(field))
        for name, field in sorted(schema.dump_fields.items(), key=lambda one: one[0])
    ]

    def write(value: Mapping[str, Any]) -> str:
        try:
            found = [start + how(value[name]) for name, start, how in known]
        except KeyError:
            found = [start + how(value[name]) for name, start, how in known if name in value]
        return "{" + ",".join(found) + "}"

    return write


def _plain(name: str, field: fields.Field[Any]) -> bool:
    """Whether a field is read and written under its own name, and only where there is a value."""
    named = field.attribute is None and field.data_key in (None, name)
    return named and field.dump_default is missing and field._CHECK_ATTRIBUTE  # noqa: SLF001 - nothing else tells


def _writer(field: fields.Field[Any]) -> Write:
    """How one value is written by a field; exactly these classes, as one derived from them may do more."""
    kind = type(field)
    if kind is fields.Raw:
        return _value
    if kind is fields.String:
        return lambda value: encode_basestring_ascii(value) if type(value) is str else _by_itself(field, value)
    if kind is fields.Float:
        return lambda value: repr(value) if type(value) is float and isfinite(value) else _by_itself(field, value)
    if isinstance(field, fields.Nested) and kind is fields.Nested:
        one = writer(field.schema)
        return _each(one) if field.many or field.schema.many else _unless_none(one)
    if isinstance(field, fields.List) and kind is fields.List:
        return _each(_writer(field.inner))
    if isinstance(field, fields.Dict) and kind is fields.Dict and field.key_field and field.value_field:
        return _by_key(_writer(field.key_field), _writer(field.value_field))
    return lambda value: _by_itself(field, value)


def _by_itself(field: fields.Field[Any], value: Any) -> str:
    return "null" if value is None else _ANY(field._serialize(value, "", None))  # noqa: SLF001 - the fields' own way


def _value(value: Any) -> str:
    if type(value) is str:
        return encode_basestring_ascii(value)
    return repr(value) if type(value) is int else _ANY(value)


def _unless_none(how: Write) -> Write:
    return lambda value: "null" if value is None else how(value)


def _each(how: Write) -> Write:
    return lambda values: "null" if values is None else "[" + ",".join([how(value) for value in values]) + "]"


def _by_key(key: Write, how: Write) -> Write:
    def write(values: Mapping[Any, Any] | None) -> str:
        if values is None:
            return "null"
        return "{" + ",".join([f"{key(name)}:{how(value)}" for name, value in sorted(values.items())]) + "}"

    return write
