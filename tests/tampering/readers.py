"""Which unit test notices that a check of the readers beneath the auditor is gone.

A harm to a ledger goes through few of them, and a faulty key or receipt is in none. So
each check is held against the unit tests of ``ledger.integrity``: those are called here
as they are, and only those that reach the check, cheapest first.
"""

import importlib
import inspect
import itertools
import operator
import pkgutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

import pytest

import ledger.integrity
from tests.tampering.weakening import Check, noted, parts_of, without
from tests.unit import integrity

STAND_INS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "keys": ("keys", "signing_keys", "forged_signatures"),
        "notes_proof": ("proofs_errors",),
        "points": ("keys",),
    }
)
"""Whose tests are in modules of other names."""

CPU_SECONDS_MAX: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A unit test with one set of its parameters."""

    name: str
    run: Callable[[], object]

    def fails(self) -> bool:
        """Tell whether it fails, in whatever way."""
        try:
            self.run()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  # in whatever way
            return True
        return False


def readers() -> list[str]:
    """Return the modules whose checks are tried."""
    found = pkgutil.iter_modules(ledger.integrity.__path__, "ledger.integrity.")
    return [one.name for one in found]


@cache
def reader_checks() -> tuple[Check, ...]:
    """Return every check of every reader, and the parts of each."""
    return tuple(check for module in readers() for check in parts_of(module))


@cache
def examples(test_module: str) -> tuple[Example, ...]:
    """Return the tests of a module that need nothing but parameters of their own."""
    found = vars(importlib.import_module(test_module)).items()
    tests = [one for name, one in found if name.startswith("test_")]
    return tuple(example for test in tests for example in _examples_of(test))


def _examples_of(test: Callable[..., object]) -> Iterator[Example]:
    marks = [one for one in getattr(test, "pytestmark", []) if _is_table(one)]
    wanted = set(inspect.signature(test).parameters)
    for chosen in itertools.product(*map(_rows, marks)):
        given = {name: value for row in chosen for name, value in row.items()}
        # A fixture would be missing, and what hypothesis draws takes its time.
        if given.keys() == wanted and not hasattr(test, "hypothesis"):
            yield Example(
                name=f"{test.__module__}::{test.__name__}", run=_call(test, given)
            )


def _is_table(mark: pytest.Mark) -> bool:
    return mark.name == "parametrize"


def _rows(mark: pytest.Mark) -> list[dict[str, object]]:
    names, values = mark.args
    if isinstance(names, str):
        names = [one.strip() for one in names.split(",")]
    return [dict(zip(names, _row(one, len(names)), strict=True)) for one in values]


def _row(given: object, count: int) -> Sequence[object]:
    if count == 1:
        return (given,)
    assert isinstance(given, Sequence)
    return given


def _call(
    test: Callable[..., object], given: dict[str, object]
) -> Callable[[], object]:
    return lambda: test(**given)


@cache
def reaching(module: str, *, own: bool) -> dict[tuple[str, int], list[Example]]:
    """Return which examples reach which check of a reader, the cheapest first.

    Its ``own`` are those of the test modules that are called after it, or stand in
    for such.
    """
    took: dict[tuple[str, int], list[tuple[float, Example]]] = {}
    with noted(module) as seen:
        for example in (one for test in _tests(module, own=own) for one in test):
            seen.clear()
            start = time.process_time()
            assert not example.fails(), example.name
            cost = time.process_time() - start
            for check in seen:
                took.setdefault(check, []).append((cost, example))
    return {
        check: [example for _, example in sorted(found, key=operator.itemgetter(0))]
        for check, found in took.items()
    }


def _tests(module: str, *, own: bool) -> Iterator[tuple[Example, ...]]:
    reader = module.rpartition(".")[2]
    prefixes = tuple(f"test_{one}" for one in STAND_INS.get(reader, (reader,)))
    for one in pkgutil.iter_modules(integrity.__path__):
        if one.name.startswith("test_") and one.name.startswith(prefixes) is own:
            yield examples(f"tests.unit.integrity.{one.name}")


def noticed_by(check: Check) -> str | None:
    """Return a test that fails without a check, None if none does."""
    for own in (True, False):
        found = reaching(check.module, own=own)
        for example in found.get((check.function, check.number), []):
            with without(check), _bounded():
                fails = example.fails()
            if fails:
                return example.name
    return None


@contextmanager
def _bounded() -> Iterator[None]:
    """Let a test fail that does not end: some checks keep a loop from running on."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
