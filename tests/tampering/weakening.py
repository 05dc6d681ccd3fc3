"""Takes one check out of the verifier at a time: then some harm must go unfound.

A check is a statement that reports a finding or raises an error, or one part of the
condition before it. It is taken out by compiling its module without it and giving the
function that held it the new code. So nothing stands in for the verifier: it is the
same program, less one statement or one part of a condition.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Final

from tests.tampering.parts import weaker

_ERROR: Final = re.compile(r"raise (\w+)")
_QUOTED: Final = re.compile(r"'([a-z-]+)'")
_FOUND_AS: Final = {"checkpoint-invalid": "checkpoint-signature"}
"""Findings that are not called after the error behind them."""

REPORTS: Final = frozenset({"_report", "_report_fault"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One statement of a function: the ``number``-th check in it, counted from 1.

    With a ``part`` it is only that part of the condition before the statement.
    """

    module: str
    function: str
    number: int
    words: str
    part: int = 0

    @property
    def name(self) -> str:
        """What tables call it; a line may move, its number in a function stays."""
        part = f".{self.part}" if self.part else ""
        return f"{self.module}:{self.function}#{self.number}{part}"

    @property
    def code(self) -> str:
        """The code of the finding that it leads to, empty if the words do not say."""
        made = _ERROR.match(self.words)
        if made is not None:
            error = getattr(importlib.import_module(self.module), made[1], None)
            code = getattr(error, "code", "")
            return _FOUND_AS.get(code, code)
        quoted = _QUOTED.search(self.words)
        return "" if quoted is None else quoted[1]


def _is_check(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return node.exc is not None
    if not isinstance(node, ast.Expr):
        return False
    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    names = {one.attr for one in called if isinstance(one, ast.Attribute)}
    made = {one.id for one in called if isinstance(one, ast.Name)}
    return bool(names & REPORTS) or "Finding" in made


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            methods = (one for one in node.body if isinstance(one, ast.FunctionDef))
            yield from ((f"{node.name}.{one.name}", one) for one in methods)


def _statements(function: ast.FunctionDef) -> list[ast.stmt]:
    found = [one for one in ast.walk(function) if isinstance(one, ast.stmt)]
    return sorted(
        filter(_is_check, found), key=lambda one: (one.lineno, one.col_offset)
    )


def _source(module: ModuleType) -> tuple[str, str]:
    path = str(module.__file__)
    return path, Path(path).read_text("utf-8")


def _condition(function: ast.FunctionDef, check: ast.stmt) -> ast.If | None:
    """Return the ``if`` that a check stands in, None if there is none."""
    found = (one for one in ast.walk(function) if isinstance(one, ast.If))
    return next((one for one in found if check in one.body), None)


def _weaker(function: ast.FunctionDef, check: ast.stmt) -> list[ast.expr]:
    condition = _condition(function, check)
    return [] if condition is None else weaker(condition.test)


def checks_of(module_name: str, functions: Iterable[str] | None = None) -> list[Check]:
    """Return the checks of a module, or of some of its functions, as a whole."""
    return [one for one in parts_of(module_name, functions) if not one.part]


def parts_of(module_name: str, functions: Iterable[str] | None = None) -> list[Check]:
    """Return the same with the parts of each check's condition after it."""
    _, source = _source(importlib.import_module(module_name))
    wanted = None if functions is None else set(functions)
    return [
        Check(
            module=module_name,
            function=name,
            number=number,
            words=ast.unparse(statement),
            part=part,
        )
        for name, function in _functions(ast.parse(source))
        if wanted is None or name in wanted
        for number, statement in enumerate(_statements(function), start=1)
        for part in range(1 + len(_weaker(function, statement)))
    ]


class _Instead(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, node: ast.AST, other: ast.AST) -> None:
        self._node = node
        self._other = other

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._node:
            return ast.copy_location(self._other, node)
        return self.generic_visit(node)


def _code_without(check: Check) -> CodeType:
    path, source = _source(importlib.import_module(check.module))
    tree = ast.parse(source)
    function = dict(_functions(tree))[check.function]
    statement = _statements(function)[check.number - 1]
    if check.part:
        condition = _condition(function, statement)
        assert condition is not None
        less = weaker(condition.test)[check.part - 1]
        weakened = _Instead(condition.test, less).visit(tree)
    else:
        weakened = _Instead(statement, ast.Pass()).visit(tree)
    assert isinstance(weakened, ast.Module)
    compiled = compile(weakened, path, "exec")
    return next(one for one in _codes(compiled) if one.co_qualname == check.function)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def _function(check: Check) -> tuple[FunctionType, Callable[[], None]]:
    """Return the function that holds a check, and how to forget what it cached."""
    found: object = importlib.import_module(check.module)
    for part in check.function.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, classmethod | staticmethod):
        found = found.__func__
    forget = getattr(found, "cache_clear", lambda: None)
    function = inspect.unwrap(found)  # type: ignore[arg-type]  # a callable by now
    assert isinstance(function, FunctionType)
    return function, forget


@contextmanager
def without(check: Check) -> Iterator[None]:
    """Run the verifier with one check less."""
    function, forget = _function(check)
    whole = function.__code__
    function.__code__ = _code_without(check)
    forget()
    try:
        yield
    finally:
        function.__code__ = whole
        forget()


class _Noting(ast.NodeTransformer):
    """Puts a note before each of some statements."""

    def __init__(self, notes: dict[ast.stmt, ast.stmt]) -> None:
        self._notes = notes

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        found = self._notes.get(node) if isinstance(node, ast.stmt) else None
        if found is None or not isinstance(node, ast.stmt):
            return self.generic_visit(node)
        return [ast.copy_location(found, node), node]


@contextmanager
def noted(module_name: str) -> Iterator[set[tuple[str, int]]]:
    """Have every check of a module note that it was reached, by function and number."""
    module = importlib.import_module(module_name)
    path, source = _source(module)
    tree = ast.parse(source)
    notes = {
        statement: ast.parse(f"_noted_(({name!r}, {number}))").body[0]
        for name, function in _functions(tree)
        for number, statement in enumerate(_statements(function), start=1)
    }
    _Noting(notes).visit(tree)
    compiled = compile(ast.fix_missing_locations(tree), path, "exec")
    codes = {one.co_qualname: one for one in _codes(compiled)}
    seen = set[tuple[str, int]]()
    vars(module)["_noted_"] = seen.add
    held = {check.function: _function(check)[0] for check in checks_of(module_name)}
    whole = {name: function.__code__ for name, function in held.items()}
    for name, function in held.items():
        function.__code__ = codes[name]
    try:
        yield seen
    finally:
        for name, function in held.items():
            function.__code__ = whole[name]
        del vars(module)["_noted_"]
