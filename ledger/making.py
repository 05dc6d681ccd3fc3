"""Makes frozen values out of parts that were checked before.

A pydantic model checks whatever it is made of. That is right where something comes in,
and costs most of what an award costs where a rule only puts checked parts together:
17 µs for a lot with its 40 fields, against 3 µs here. What is made is the same value,
equal to the checked one and as frozen; that it is one is proven by tests, which make
every record of whole histories anew, checked.
"""

from collections.abc import Callable, Collection
from typing import Any, Final, ParamSpec, TypeVar

from pydantic import BaseModel

P = ParamSpec("P")
M = TypeVar("M", bound=BaseModel)

_set: Final = object.__setattr__
_new: Final = object.__new__


def maker(checked: Callable[P, M]) -> Callable[P, M]:
    """Return what a model's constructor returns, from parts that are right already.

    Called with the same keywords, each by its field's name. Defaults are shared, so
    they must be immutable; a missing or unknown field is still a ``TypeError``.

    Raises:
        TypeError: the model is none, or has a default that is made anew each time.
    """
    model = _model_of(checked)
    fields = model.model_fields
    # In the order of the fields, as a checked value has them.
    blank = {name: one.default for name, one in fields.items()}
    required = frozenset(name for name, one in fields.items() if one.is_required())
    known: dict[tuple[str, ...], set[str]] = {}
    whole = tuple(fields)

    def check(names: tuple[str, ...]) -> set[str]:
        given = set(names)
        if not required <= given <= blank.keys():
            raise TypeError(model, sorted(given ^ required))
        # No more than there are places that make one: no input adds to them.
        known[names] = given
        return given

    def make(*args: P.args, **kwargs: P.kwargs) -> M:
        if args:
            raise TypeError(model, args)
        names = tuple(kwargs)
        given = known.get(names) or check(names)
        values: dict[str, object] = kwargs if names == whole else blank | kwargs
        made: M = made_of(model, values, given=given.copy())
        return made

    return make


# Any: the class whose constructor was given.
def _model_of(checked: Callable[..., M]) -> type[Any]:
    if not (isinstance(checked, type) and issubclass(checked, BaseModel)):
        raise TypeError(checked)
    if any(one.default_factory for one in checked.model_fields.values()):
        raise TypeError(checked)
    return checked


def remaker(pattern: M, own: Collection[str]) -> Callable[..., M]:
    """Return what makes values like this one, but for the fields that are their own.

    Called with those fields, all of them and by name; they are right already.

    Raises:
        TypeError: the pattern was made without one of them.
    """
    model, values = type(pattern), pattern.__dict__.copy()
    given = pattern.model_fields_set.copy()
    names, count = frozenset(own), len(own)
    if not names <= given:
        raise TypeError(model, sorted(names - given))

    def make(**kwargs: object) -> M:
        if len(kwargs) != count or not names.issuperset(kwargs):
            raise TypeError(model, sorted(kwargs))
        made = values.copy()
        made.update(kwargs)
        return made_of(model, made, given=given.copy())

    return make


def altered(value: M, **changes: object) -> M:
    """Return the same value with some fields changed, which are right already.

    Raises:
        TypeError: it has no such field.
    """
    before = value.__dict__
    values = {**before, **changes}
    if len(values) != len(before):
        raise TypeError(type(value), sorted(changes))
    given = value.__pydantic_fields_set__ | changes.keys()
    return made_of(type(value), values, given=given)


def made_of(model: type[M], values: dict[str, object], *, given: set[str]) -> M:
    """Return a value of all its fields, in their order; it keeps what it is given."""
    made = _new(model)
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", given)
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made
