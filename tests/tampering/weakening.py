"""Takes one check out of the verifier at a time: then some harm must go unfound.

A check is a statement that reports a finding or raises an error. It is taken out by
compiling its module without it and giving the function that held it the new code. So
nothing stands in for the verifier: it is the same program, less one statement.
"""

import ast
import importlib
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Final

PACKAGES: Final = ("ledger.audit.", "ledger.integrity.", "ledger.store.heads")
_ERROR: Final = re.compile(r"raise (\w+)")
_QUOTED: Final = re.compile(r"'([a-z-]+)'")
_FOUND_AS: Final = {"checkpoint-invalid": "checkpoint-signature"}
"""Findings that are not called after the error behind them."""

REPORTS: Final = frozenset({"_report", "_report_fault"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One statement of a function: the ``number``-th check in it, counted from 1."""

    module: str
    function: str
    number: int
    line: int
    words: str

    @property
    def name(self) -> str:
        """What tables call it; a line may move, its number in a function stays."""
        return f"{self.module}:{self.function}#{self.number}"

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


def checks_of(module_name: str, functions: Iterable[str] | None = None) -> list[Check]:
    """Return the checks of a module, or of some of its functions."""
    _, source = _source(importlib.import_module(module_name))
    wanted = None if functions is None else set(functions)
    return [
        Check(
            module=module_name,
            function=name,
            number=number,
            line=statement.lineno,
            words=ast.unparse(statement),
        )
        for name, function in _functions(ast.parse(source))
        if wanted is None or name in wanted
        for number, statement in enumerate(_statements(function), start=1)
    ]


class _Without(ast.NodeTransformer):
    """Puts ``pass`` in the place of one statement."""

    def __init__(self, statement: ast.stmt) -> None:
        self._statement = statement

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._statement:
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)


def _code_without(check: Check) -> CodeType:
    path, source = _source(importlib.import_module(check.module))
    tree = ast.parse(source)
    function = dict(_functions(tree))[check.function]
    statement = _statements(function)[check.number - 1]
    weakened = _Without(statement).visit(tree)
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


def functions_run(work: Callable[[], object]) -> dict[str, set[str]]:
    """Return which functions of the verifier some work goes through, by module."""
    ran: dict[str, set[str]] = {}

    def note(frame: FrameType, event: str, *_: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(PACKAGES):
            ran.setdefault(module, set()).add(frame.f_code.co_qualname)

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    return ran
