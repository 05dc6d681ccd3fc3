"""More than the bank can answer soon is told to come back, and nothing is lost."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.door import HELD_BYTES_MAX, POSTS_MAX, WORK_BYTES_MAX, Door
from tests.e2e.http_bank import SINGLE, HttpBank, check_problem, serving

BUSY = (503, "busy")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[HttpBank]:
    """Serve a bank."""
    with serving(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}") as served:
        yield served


def door_of(bank: HttpBank) -> Door:
    """Return the door of the application under test."""
    app = bank.client.app
    assert isinstance(app, FastAPI)
    found = app.state.door
    assert isinstance(found, Door)
    return found


def test_whoever_comes_to_a_full_house_is_told_to_come_back(bank: HttpBank) -> None:
    """The refusal is a problem like any other, and the same bytes get in later."""
    raw, position = bank.sign(bank.award("a")), bank.size() - 1
    bank.get("/healthz")
    with ExitStack() as house:
        for _ in range(POSTS_MAX):
            house.enter_context(door_of(bank).visit()).begin()
        answer = bank.send(raw)
        check_problem(answer, BUSY)
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["x-ledger-position"] == str(position)
        # Whoever only reads is not kept out.
        assert bank.get("/healthz").status_code == 200
        lines = bank.get("/metrics").text.splitlines()
        assert f"skillbank_posts_under_way {POSTS_MAX}" in lines
        assert "skillbank_posts_refused_total 1" in lines
    assert bank.size() == position + 1
    assert bank.send(raw).status_code == 201


def test_a_turn_is_given_back_whatever_the_answer_is(bank: HttpBank) -> None:
    """Accepted, refused by its shape, by its rules, too large: nobody stays inside."""
    bank.award_now("a")
    bank.send(b"no statement")
    bank.send(bank.sign(bank.award("b", learner_id="learner_" + "f" * 32)))
    bank.send(b"x" * (1024 * 1024 + 1))
    bank.send(b"x", media_type="text/plain")
    assert "skillbank_posts_under_way 0" in bank.get("/metrics").text.splitlines()
    with ExitStack() as house:
        for _ in range(POSTS_MAX - 1):
            house.enter_context(door_of(bank).visit()).begin()
        bank.award_now("c")


@pytest.mark.parametrize(
    ("held", "is_working"), [(WORK_BYTES_MAX + 10, True), (HELD_BYTES_MAX, False)]
)
def test_what_arrives_while_others_fill_the_house_is_refused(
    bank: HttpBank, *, held: int, is_working: bool
) -> None:
    """A body that took its time gets no turn before those that are there."""
    raw, position = bank.sign(bank.award("a")), bank.size() - 1
    door = door_of(bank)
    with ExitStack() as house:

        def slowly() -> Iterator[bytes]:
            yield raw[:10]
            visit = house.enter_context(door.visit())
            visit.take(held - 10)
            if is_working:
                visit.begin()
            yield raw[10:]

        answer = bank.client.post(
            "/v1/statements", content=slowly(), headers={"Content-Type": SINGLE}
        )
        check_problem(answer, BUSY)
    assert bank.size() == position + 1
    assert bank.send(raw).status_code == 201
