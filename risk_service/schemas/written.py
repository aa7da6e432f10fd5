"""Writing answers by a schema, worked out once: what `marshmallow.Schema.dump` gives, at a part of its cost.

The schema stays the one definition: the OpenAPI document is made from it, and so is what is written here. A schema
with hooks, and a field that has another name or a default, are left to marshmallow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields, missing

Write = Callable[[Any], Any]


def writer(schema: Schema) -> Write:
    """How one object is written by a schema.

    Parameters
    ----------
    schema
        Not to be changed afterwards.

    Returns
    -------
    callable
        Of a mapping with the values by the names of the fields; the same as ``schema.dump`` of it.
    """
    hooked = any(schema._hooks.values())  # noqa: SLF001 - nothing else tells; a hook looked for leaves an empty list
    if hooked or not all(_plain(name, field) for name, field in schema.dump_fields.items()):
        return schema.dump
    known = [(name, _writer(field)) for name, field in schema.dump_fields.items()]

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        return {name: how(value[name]) for name, how in known if name in value}

    return write


def _plain(name: str, field: fields.Field[Any]) -> bool:
    """Whether a field is read and written under its own name, and only where there is a value."""
    named = field.attribute is None and field.data_key in (None, name)
    return named and field.dump_default is missing and field._CHECK_ATTRIBUTE  # noqa: SLF001 - nothing else tells


def _writer(field: fields.Field[Any]) -> Write:
    """How one value is written by a field; exactly these classes, as one derived from them may do more."""
    kind = type(field)
    if kind is fields.Raw:
        return _as_it_is
    if kind is fields.String:
        return lambda value: value if type(value) is str else field._serialize(value, "", None)  # noqa: SLF001 - the fields' own way
    if kind is fields.Float:
        return lambda value: value if type(value) is float else field._serialize(value, "", None)  # noqa: SLF001 - the same
    if isinstance(field, fields.Nested) and kind is fields.Nested:
        one = writer(field.schema)
        return _each(one) if field.many or field.schema.many else _unless_none(one)
    if isinstance(field, fields.List) and kind is fields.List:
        return _each(_writer(field.inner))
    if isinstance(field, fields.Dict) and kind is fields.Dict and field.key_field and field.value_field:
        return _by_key(_writer(field.key_field), _writer(field.value_field))
    return lambda value: field._serialize(value, "", None)  # noqa: SLF001 - the same


def _as_it_is(value: Any) -> Any:
    return value


def _unless_none(how: Write) -> Write:
    return lambda value: None if value is None else how(value)


def _each(how: Write) -> Write:
    return lambda values: None if values is None else [how(value) for value in values]


def _by_key(key: Write, how: Write) -> Write:
    return lambda values: None if values is None else {key(name): how(value) for name, value in values.items()}
