"""Ids that a client draws: each its own, and those of statements in order of time."""

import uuid

import pytest

from client.ids import learner_id, statement_id


def test_no_id_is_drawn_twice() -> None:
    """Two machines that draw in the same millisecond differ by their random bits."""
    assert len({statement_id() for _ in range(1_000)}) == 1_000
    assert len({learner_id() for _ in range(1_000)}) == 1_000


def test_a_later_statement_has_a_larger_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a bank finds the place of what comes next beside that of what came last."""
    drawn = []
    for instant in (0, 1, 2**47):
        monkeypatch.setattr("time.time_ns", lambda at=instant: at * 1_000_000)
        drawn.append(statement_id())

    assert drawn == sorted(drawn)
    assert {uuid.UUID(one).version for one in drawn} == {7}
    assert {uuid.UUID(one).variant for one in drawn} == {uuid.RFC_4122}
