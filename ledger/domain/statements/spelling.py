"""Reads a statement off its one canonical spelling, in a third of the time.

Nearly all that comes in is canonical JSON of plain text. One regular expression for a
type says so of the whole statement at once, and finds its fields. It is put together
from what the type's own checks are made of, so nothing is said twice:

1. Text that a pattern bounds is matched by that pattern.
2. What is checked by a function, or has values of its own, is read by the field's own
   checks; a batch repeats them in line after line, so what was read is kept.
3. A list of objects has their patterns, and is read by its own checks.
4. A field of any other form is not read here.

What does not match is no fault. It may have another spelling, a letter beyond ASCII, or
really be wrong: whoever asks reads it the slow way, which knows what to say of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import SchemaValidator

from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.schemas import Schema, inner_of, model_of, resolved_of
from ledger.making import made_of

Read = Callable[[str], object]
Texts = tuple[str | Any, ...]
"""The groups of a match: None where a field is absent. Any: as the library has it."""

KEPT_MAX: Final = 1_024
"""Values of one field that are kept read."""

_PLAIN: Final = r"[ !#-\[\]-~]*"
"""Printable ASCII that JSON writes as it is."""
_NUMBER: Final = r"0|[1-9][0-9]{0,14}"
_GROUP: Final = re.compile(r"(?<!\\)\((?!\?)")


class Known(NamedTuple):
    """A statement, and the bytes of its body."""

    statement: Statement
    body: bytes


class _Form(NamedTuple):
    """What a value looks like, and how what is between its ends is read.

    ``is_repeated`` tells that a batch is likely to say the same in its next line.
    """

    pattern: str
    read: Read | None = None
    ends: str = ""
    is_repeated: bool = False

    def text(self, *, captured: bool) -> str:
        mark = "(" if captured else "(?:"
        return f"{self.ends}{mark}{self.pattern}){self.ends}"


_BODY: Final = _Form("")
"""A statement's body, whose fields are found one by one."""


class _Field(NamedTuple):
    name: str
    key: str
    required: bool
    form: _Form


class _Object:
    """The fields of a model that can be read here, in the order of their keys."""

    def __init__(self, schema: Schema) -> None:
        """Find the form of every field.

        Raises:
            LookupError: a required one has a form that is not read here.
        """
        fields = schema["schema"]["fields"]
        self.model: type[BaseModel] = schema["cls"]
        self.fields = sorted(_fields(fields, schema["config"]), key=lambda one: one.key)
        known = self.model.model_fields
        self._blank = {name: one.default for name, one in known.items()}
        self._repeated = [one for one in self.fields if one.form.is_repeated]
        own = [one for one in self.fields if not one.form.is_repeated]
        self._own = [one for one in own if one.form is not _BODY]
        self._read_repeated = lru_cache(KEPT_MAX)(self._repeated_values)
        self._key: Callable[[Texts], Texts] = tuple
        self._places: list[tuple[str, int, Read | None]] = []
        missing = {name for name, one in known.items() if one.is_required()}
        missing -= {one.name for one in self.fields}
        if missing:
            raise LookupError(self.model, missing)

    def pattern(self, forms: Mapping[str, str]) -> str:
        """Return the pattern of the object; ``forms`` are those of its values."""
        parts, comma = [], False
        for one in self.fields:
            said = f'"{one.key}":{forms[one.name]}'
            before, comma = comma, comma or one.required
            said = f",{said}" if before else said if comma else f"{said},"
            parts.append(said if one.required else f"(?:{said})?")
        if not comma:
            raise LookupError(self.model)
        return rf"\{{{''.join(parts)}\}}"

    def place(self, places: Mapping[str, int]) -> None:
        """Tell where among a match's groups the text of each field is."""
        # Only of two places or more the getter returns a tuple: two stand at the end.
        at = [places[one.name] for one in self._repeated]
        self._key = itemgetter(*at, 0, 0)
        self._places = [
            (one.name, places[one.name], one.form.read) for one in self._own
        ]

    def made(self, texts: Texts, **more: object) -> BaseModel:
        """Return the value whose fields' texts are in their places among these."""
        repeated, given = self._read_repeated(self._key(texts))
        values, names = repeated.copy(), given.copy()
        for name, at, read in self._places:
            text = texts[at]
            if text is not None:
                values[name] = text if read is None else read(text)
                names.add(name)
        values.update(more)
        names.update(more)
        return made_of(self.model, values, given=names)

    def _repeated_values(self, texts: Texts) -> tuple[dict[str, object], set[str]]:
        """Return what the lines of a batch have in common, for copying."""
        values, given = self._blank.copy(), set()
        for one, text in zip(self._repeated, texts, strict=False):
            if text is not None and one.form.read is not None:
                values[one.name] = one.form.read(text)
                given.add(one.name)
        return values, given


class Spelling:
    """The canonical spelling of one type of statement."""

    def __init__(self, kind: type[Statement]) -> None:
        """Put the pattern together.

        Raises:
            LookupError: statements of this type are not read here.
        """
        schema = resolved_of(kind.__pydantic_core_schema__)
        self._whole = _Object(model_of(schema))
        self._body = _Object(
            model_of(inner_of(model_of(schema)["schema"]["fields"]["body"]))
        )
        own = {one.name: one.form.text(captured=True) for one in self._body.fields}
        forms = {one.name: one.form.text(captured=True) for one in self._whole.fields}
        forms["body"] = f"({self._body.pattern(own)})"
        self.form = re.compile(self._whole.pattern(forms))
        names = [one.name for one in self._whole.fields]
        self._at = names.index("body")
        after = self._at + 1
        self._body.place({name: after + place for place, name in enumerate(own)})
        places = {name: place for place, name in enumerate(names[: self._at])}
        after += len(own)
        places |= {name: after + n for n, name in enumerate(names[self._at + 1 :])}
        self._whole.place(places)

    def read(self, payload: str) -> Known | None:
        """Return the statement that is spelled so; None says nothing of it."""
        found = self.form.fullmatch(payload)
        if found is None:
            return None
        texts = found.groups()
        try:
            whole = self._whole.made(texts, body=self._body.made(texts))
        except ValidationError:
            return None
        body: str = texts[self._at]
        return Known(whole, body.encode("ascii"))  # type: ignore[arg-type]  # its kind


def _fields(fields: Schema, config: Schema) -> Iterator[_Field]:
    for name, field in fields.items():
        form = _BODY if name == "body" else _form(inner_of(field), config)
        if form is not None:
            yield _Field(
                name=name,
                key=field.get("validation_alias", name),
                required=field["schema"]["type"] != "default" or name == "type",
                form=form,
            )


def _form(schema: Schema, config: Schema) -> _Form | None:
    match schema:
        case {"type": "str"} | {"type": "function-after", "schema": {"type": "str"}}:
            form: _Form | None = _text(schema, config)
        case {"type": "literal", "expected": [str(), *_] as texts}:
            form = _Form("|".join(map(re.escape, texts)), ends='"')
        case {"type": "union", "choices": choices} if all(map(_is_text, choices)):
            form = _Form(_PLAIN, _kept(schema, config, quoted=True), ends='"')
        case {"type": "enum", "members": members}:
            values = {one.value: one for one in members}
            pattern = "|".join(map(re.escape, values))
            form = _Form(pattern, values.__getitem__, ends='"', is_repeated=True)
        case {"type": "bool"}:
            form = _Form("true|false", "true".__eq__, is_repeated=True)
        case {"type": "int"}:
            form = _Form(_NUMBER, _kept(schema, config), is_repeated=True)
        case {"type": "tuple", "items_schema": [item], "variadic_item_index": 0}:
            form = _listed(schema, item, config=config)
        case {"type": "model"}:
            form = _nested(schema)
        case _:
            form = None
    return form


def _text(schema: Schema, config: Schema) -> _Form:
    pattern = schema.get("pattern", "*")
    if not pattern.isascii() or {"*", "+"} & set(pattern):
        # Checked by a function, or of no length that the pattern would tell.
        read = _kept(schema, config, quoted=True)
        return _Form(_PLAIN, read, ends='"', is_repeated=True)
    return _Form(_GROUP.sub("(?:", pattern.strip("^$")), ends='"')


def _kept(schema: Schema, config: Schema, *, quoted: bool = False) -> Read:
    return lru_cache(KEPT_MAX)(_checked(schema, config, quoted=quoted))


def _checked(schema: Schema, config: Schema, *, quoted: bool = False) -> Read:
    validator = SchemaValidator(schema, config)  # type: ignore[arg-type]  # as pydantic

    def read(text: str) -> object:
        said = f'"{text}"' if quoted else text
        return validator.validate_json(said, by_alias=True, by_name=False)

    return read


def _is_text(schema: Schema) -> bool:
    inner = schema["schema"] if schema["type"] == "function-after" else schema
    return bool(inner["type"] == "str")


def _listed(schema: Schema, item: Schema, *, config: Schema) -> _Form | None:
    form, count_max = _form(item, config), schema.get("max_length", 0)
    if form is None or not count_max:
        return None
    one = form.text(captured=False)
    pattern = rf"\[(?:{one}(?:,{one}){{0,{count_max - 1}}})?\]"
    if item["type"] == "model":
        # Each statement has lists of its own: to keep them would be in vain.
        return _Form(pattern, _checked(schema, config))
    return _Form(pattern, _split) if form.ends and form.read is None else None


def _split(listed: str) -> tuple[str, ...]:
    return tuple(listed[2:-2].split('","')) if listed != "[]" else ()


def _nested(schema: Schema) -> _Form | None:
    try:
        inner = _Object(model_of(schema))
        forms = {one.name: one.form.text(captured=False) for one in inner.fields}
        pattern = inner.pattern(forms)
    except LookupError:
        return None
    return _Form(pattern, _kept(schema, schema["config"]), is_repeated=True)
