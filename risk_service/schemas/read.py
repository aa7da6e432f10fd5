"""Reading requests by a schema, worked out once: what `marshmallow.Schema.load` gives, at a part of its cost.

The schema stays the one definition. What does not fit at the first look, and every schema and field that does more than
is known here, is left to marshmallow, which says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, missing
from marshmallow.decorators import VALIDATES_SCHEMA

Read = Callable[[Any], Any]
_ALIKE: Final = frozenset({fields.String, fields.Boolean, fields.Integer, fields.Float, fields.Date})
"""Fields whose own reading of a value needs nothing but the value."""


class _Unfit(Exception):  # noqa: N818 - nobody sees it
    """Something is not as it has to be, or may not be."""


def reader(schema: Schema, *alike: type[fields.Field[Any]]) -> Read:
    """How one object is read by a schema.

    Parameters
    ----------
    schema
        Not to be changed afterwards.
    alike
        Further classes of fields whose own reading of a value needs nothing but the value.

    Returns
    -------
    callable
        Of JSON values; the same as ``schema.load`` of them, which raises `marshmallow.ValidationError`.
    """
    read = _object(schema, _ALIKE.union(alike))
    if read is None:
        return schema.load

    def load(value: Any) -> Any:
        try:
            return read(value)
        except (_Unfit, ValidationError):
            return schema.load(value)

    return load


def _object(schema: Schema, alike: frozenset[type]) -> Read | None:
    """How an object is read; None if that is not known here."""
    hooks = {name: found for name, found in schema._hooks.items() if found}  # noqa: SLF001 - nothing else tells
    checks = hooks.pop(VALIDATES_SCHEMA, [])
    plain = schema.unknown == RAISE and not schema.partial and not schema.many and not hooks
    if not plain or any(many or more.get("pass_original") for _, many, more in checks):
        return None
    known: dict[str, tuple[Read, Any]] = {}
    for name, field in schema.load_fields.items():
        read = _field(field, alike)
        if read is None or field.attribute is not None or field.data_key not in (None, name) or "." in name:
            return None
        default = _Unfit if field.required else field.load_default
        known[name] = read, default
    whole = [getattr(schema, name) for name, _, _ in checks]

    def load(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _Unfit
        loaded, left = {}, len(value)
        for name, (read, default) in known.items():
            if name in value:
                left -= 1
                loaded[name] = read(value[name])
            elif default is not missing:
                if default is _Unfit:
                    raise _Unfit
                loaded[name] = default() if callable(default) else default
        if left:
            raise _Unfit
        for check in whole:
            check(loaded, many=False, partial=None, unknown=RAISE)
        return loaded

    return load


def _field(field: fields.Field[Any], alike: frozenset[type]) -> Read | None:
    """How a value is read by a field; exactly these classes, as one derived from them may do more."""
    how, kind = None, type(field)
    if field.pre_load or field.post_load:
        return None
    if kind is fields.Nested and isinstance(field, fields.Nested) and field.unknown is None and not field.many:
        how = _object(field.schema, alike)
    elif kind is fields.List and isinstance(field, fields.List):
        inner = _field(field.inner, alike)
        how = None if inner is None else _each(inner)
    elif kind in alike:
        how = _by_itself(field)
    if how is None:
        return None
    validators, nothing = tuple(field.validators), bool(field.allow_none)

    def read(value: Any, how: Read = how) -> Any:
        if value is None:
            if nothing:
                return None
            raise _Unfit
        found = how(value)
        for validate in validators:
            validate(found)
        return found

    return read


def _each(how: Read) -> Read:
    def read(values: Any) -> list[Any]:
        if type(values) is not list:
            raise _Unfit
        return [how(value) for value in values]

    return read


def _by_itself(field: fields.Field[Any]) -> Read:
    own = field._deserialize  # noqa: SLF001 - the fields' own way
    if type(field) is fields.String:
        return lambda value: value if type(value) is str else own(value, None, None)
    return lambda value: own(value, None, None)
