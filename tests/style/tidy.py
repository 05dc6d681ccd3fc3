"""House rules that no linter knows, each a function from one file to its findings.

The limits stand here once. A rule is never loosened for one file: the file is changed.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

FUNCTION_LINES_MAX: Final = 40
MODULE_LINES_MAX: Final = 300
PARAMETERS_MAX: Final = 5
POSITIONAL_MAX: Final = 2
NESTING_MAX: Final = 3

EMPTY_NAMES: Final = frozenset(
    {"common", "core", "helper", "helpers", "manager", "managers", "misc", "util"}
    | {"utils"}
)
BYPASSES: Final = frozenset({"model_construct", "model_copy"})
# Whoever calls these passes keywords: the signature is a framework's declaration.
FRAMEWORK_DECORATORS: Final = frozenset(
    {"api_route", "callback", "command", "delete", "exception_handler", "get", "head"}
    | {"listens_for", "middleware", "options", "patch", "post", "put", "websocket"}
    | {"composite", "fixture", "given", "initialize", "rule"}
    # A method that a base class outside the house prescribes.
    | {"override"}
)

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS: Final = (
    ast.AsyncFor,
    ast.AsyncWith,
    ast.For,
    ast.If,
    ast.Match,
    ast.Try,
    ast.TryStar,
    ast.While,
    ast.With,
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """One Python file of the house: ``path`` is relative to its root."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Whatever stands in it: walked once, and looked at by many rules."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def functions(self) -> tuple[AnyFunction, ...]:
        """Every function and method, nested ones too."""
        return tuple(node for node in self.nodes if isinstance(node, AnyFunction))

    def is_under(self, *folders: str) -> bool:
        """Say whether the file lies in one of the folders."""
        return any(self.path.is_relative_to(folder) for folder in folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken rule, and where."""

    rule: str
    path: PurePosixPath
    line: int
    detail: str

    def __str__(self) -> str:
        """Return it as a compiler would print it."""
        return f"{self.path}:{self.line}: {self.rule}: {self.detail}"


Rule = Callable[[Source], Iterator[tuple[int, str]]]


def long_module(source: Source) -> Iterator[tuple[int, str]]:
    """A module has at most 300 lines."""
    count = len(source.text.splitlines())
    if count > MODULE_LINES_MAX:
        yield count, f"{count} lines"


def long_function(source: Source) -> Iterator[tuple[int, str]]:
    """A function has at most 40 lines, its docstring among them."""
    for function in source.functions:
        count = (function.end_lineno or function.lineno) - function.lineno + 1
        if count > FUNCTION_LINES_MAX:
            yield function.lineno, f"{function.name} has {count} lines"


def many_parameters(source: Source) -> Iterator[tuple[int, str]]:
    """A function takes at most five parameters, and from the third by keyword."""
    for function in source.functions:
        if _is_called_by_a_framework(function):
            continue
        positional = _positional(function)
        count = len(positional) + len(function.args.kwonlyargs)
        if count > PARAMETERS_MAX:
            yield function.lineno, f"{function.name} takes {count} parameters"
        if len(positional) > POSITIONAL_MAX:
            yield function.lineno, f"{function.name} needs a * before the third"


def deep_nesting(source: Source) -> Iterator[tuple[int, str]]:
    """Blocks nest at most three deep inside a function."""
    for function in source.functions:
        line, depth = _deepest(function.body, line=function.lineno)
        if depth > NESTING_MAX:
            yield line, f"{function.name} nests {depth} deep"


def float_in_ledger(source: Source) -> Iterator[tuple[int, str]]:
    """No float is written in the ledger, and none arises by true division."""
    if not source.is_under("ledger"):
        return
    divides = source.is_under("ledger/domain", "ledger/integrity")
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"{node.value} is a float"
        if divides and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield node.lineno, "/ makes a float: use //"


def skipped_validation(source: Source) -> Iterator[tuple[int, str]]:
    """A value is never copied or made around its validation."""
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in BYPASSES:
            yield node.lineno, f"{node.attr} skips validation: build the value anew"


def open_match(source: Source) -> Iterator[tuple[int, str]]:
    """In the ledger a match says what happens to everything else."""
    if not source.is_under("ledger"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Match) and not _is_wildcard(node.cases[-1]):
            yield node.lineno, "the last case is `case _:`, as a rule with assert_never"


def skipped_test(source: Source) -> Iterator[tuple[int, str]]:
    """A test runs or does not exist."""
    skipping = {f"pytest.{word}" for word in ("skip", "xfail", "importorskip")}
    skipping |= {f"pytest.mark.{word}" for word in ("skip", "skipif", "xfail")}
    # Writing an attribute out is dear: its last word is looked at first.
    last = {name.rpartition(".")[2] for name in skipping}
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in last:
            name = ast.unparse(node)
            if name in skipping:
                yield node.lineno, name


def empty_name(source: Source) -> Iterator[tuple[int, str]]:
    """A folder or module is named after what it does."""
    for part in source.path.with_suffix("").parts:
        if part in EMPTY_NAMES:
            yield 1, f"{part} says nothing"


RULES: Final[tuple[Rule, ...]] = (
    long_module,
    long_function,
    many_parameters,
    deep_nesting,
    float_in_ledger,
    skipped_validation,
    open_match,
    skipped_test,
    empty_name,
)


def find_faults(source: Source) -> Iterator[Finding]:
    """Yield every rule that the file breaks, and where."""
    for rule in RULES:
        for line, detail in rule(source):
            yield Finding(
                rule=rule.__name__, path=source.path, line=line, detail=detail
            )


def _positional(function: AnyFunction) -> list[str]:
    """Return what may be passed by position, without the object or class itself."""
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _is_called_by_a_framework(function: AnyFunction) -> bool:
    dunder = function.name.startswith("__") and function.name != "__init__"
    collected = function.name.startswith(("test_", "pytest_"))
    return dunder or collected or any(map(_is_framework, function.decorator_list))


def _is_framework(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] in FRAMEWORK_DECORATORS


def _is_wildcard(case: ast.match_case) -> bool:
    pattern = case.pattern
    wild = isinstance(pattern, ast.MatchAs) and pattern.pattern is None
    return wild and case.guard is None


def _deepest(body: list[ast.stmt], *, line: int) -> tuple[int, int]:
    """Return line and depth of the most deeply nested block; ``elif`` is not deeper."""
    found = (line, 0)
    for statement in body:
        if not isinstance(statement, BLOCKS):
            continue
        inner = [_deepest(b, line=statement.lineno) for b in _bodies(statement)]
        deepest = max(inner, key=lambda at: at[1])
        found = max(found, (deepest[0], deepest[1] + 1), key=lambda at: at[1])
    return found


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the bodies of a block; those of an ``elif`` belong to its ``if``."""
    yield getattr(statement, "body", [])
    yield getattr(statement, "finalbody", [])
    for branch in (
        *getattr(statement, "handlers", ()),
        *getattr(statement, "cases", ()),
    ):
        yield branch.body
    otherwise = getattr(statement, "orelse", [])
    if isinstance(statement, ast.If) and _is_elif(otherwise):
        yield from _bodies(otherwise[0])
    else:
        yield otherwise


def _is_elif(otherwise: list[ast.stmt]) -> bool:
    return len(otherwise) == 1 and isinstance(otherwise[0], ast.If)
