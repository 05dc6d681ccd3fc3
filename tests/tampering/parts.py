"""The parts of a condition: each refuses something that the others would let pass."""

import ast
from collections.abc import Iterator


def weaker(test: ast.expr) -> list[ast.expr]:
    """Return a condition with one part less, for each of its parts in turn.

    Parts are what ``or`` joins, the ends of a range that must not be left, and the
    members of a tuple that must equal another.
    """
    match test:
        case ast.BoolOp(op=ast.Or(), values=values):
            return [_rejoined(test, rest) for rest in _one_less(values)]
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare() as chain):
            return [_negated(test, link) for link in _links(chain)]
        case ast.Compare(
            left=ast.Tuple(elts=left), ops=[ast.NotEq()], comparators=[ast.Tuple()]
        ) if len(left) > 1:
            return [_narrowed(test, at) for at in range(len(left))]
        case _:
            return []


def _one_less(values: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for at in range(len(values)):
        yield values[:at] + values[at + 1 :]


def _rejoined(test: ast.BoolOp, rest: list[ast.expr]) -> ast.expr:
    if len(rest) == 1:
        return rest[0]
    return ast.copy_location(ast.BoolOp(op=ast.Or(), values=rest), test)


def _links(chain: ast.Compare) -> list[ast.expr]:
    """Return ``a < b < c`` without its first and without its last comparison."""
    if len(chain.ops) == 1:
        return []
    first, last = chain.comparators[0], chain.comparators[-1]
    without_first = ast.Compare(
        left=first, ops=chain.ops[1:], comparators=chain.comparators[1:]
    )
    without_last = ast.Compare(
        left=chain.left, ops=chain.ops[:-1], comparators=chain.comparators[:-1]
    )
    assert last is not first
    return [ast.copy_location(one, chain) for one in (without_first, without_last)]


def _negated(test: ast.UnaryOp, link: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(op=ast.Not(), operand=link), test)


def _narrowed(test: ast.Compare, at: int) -> ast.expr:
    sides = [test.left, test.comparators[0]]
    left, right = (
        ast.Tuple(elts=side.elts[:at] + side.elts[at + 1 :], ctx=ast.Load())
        for side in sides
        if isinstance(side, ast.Tuple)
    )
    narrowed = ast.Compare(left=left, ops=test.ops, comparators=[right])
    return ast.fix_missing_locations(ast.copy_location(narrowed, test))
