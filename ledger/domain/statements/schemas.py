"""Reads what pydantic says of a type's form."""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]  # Any: a part of pydantic's description of a type.

_WRAPPED: Final = frozenset({"default", "model-field", "nullable"})


def resolved_of(schema: Schema) -> Schema:
    """Return a description in which what it names elsewhere stands in its place."""
    if schema["type"] != "definitions":
        return schema
    named = {one["ref"]: one for one in schema["definitions"]}
    found: Schema = _put_in(schema["schema"], named)
    return found


# Any: a part of a description, of any form.
def _put_in(part: Any, named: Mapping[str, Schema]) -> Any:  # noqa: ANN401
    match part:
        case {"type": "definition-ref", "schema_ref": ref}:
            # What stands in itself has no end: its name is not known inside it.
            others = {name: one for name, one in named.items() if name != ref}
            inner = {key: one for key, one in named[ref].items() if key != "ref"}
            return _put_in(inner, others)
        case dict():
            return {key: _put_in(one, named) for key, one in part.items()}
        case list():
            return [_put_in(one, named) for one in part]
        case _:
            return part


def model_of(schema: Schema) -> Schema:
    """Return the description of a model that is made of its fields, and no other way.

    Raises:
        LookupError: it is something else.
    """
    known = schema["type"] == "model" and schema["schema"]["type"] == "model-fields"
    if not known or schema.get("custom_init") or "post_init" in schema:
        raise LookupError(schema["type"])
    return schema


def inner_of(schema: Schema) -> Schema:
    """Return what a field holds, besides None or a default."""
    while schema["type"] in _WRAPPED:
        schema = schema["schema"]
    return schema
