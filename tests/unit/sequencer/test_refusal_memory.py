"""Refusals are remembered until they expire, within bounds."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from ledger.domain.errors.statements import UnknownMemberError
from ledger.lists.drafts import Draft
from ledger.sequencer import RefusedError, RefusedFault
from ledger.sequencer.refusals import RefusalMemory
from ledger.sequencer.waiting import Waiting
from tests.builders import AT, OTHER, SCHOOL, award, opened

LEDGER = opened()


def waiting(iss: str = SCHOOL, payload_hash: str = "h") -> Waiting:
    """Return a statement that waits."""
    act = LEDGER.act(iss, "credit.awarded.v1", body=award())
    draft = Draft(
        member_bytes=b"",
        statement=act.statement,
        kid=act.kid,
        payload_hash=payload_hash,
        body_hash="",
    )
    return Waiting(submission=draft, future=Future())


def refusal(faults: int = 1) -> RefusedError:
    """Return a refusal; no two are the same object."""
    fault = RefusedFault(error=UnknownMemberError(pointer="/iss"))
    return RefusedError([fault] * faults, decided_at_position=3, evidence="signed")


def found(memory: RefusalMemory, one: Waiting, *, now: str = AT) -> bool:
    """Tell whether the refusal of these bytes is remembered."""
    return memory.find(one, now=now) is not None


def test_a_refusal_is_found_by_its_very_bytes_and_by_its_id() -> None:
    """Other bytes under the id are decided anew."""
    memory, one, refused = RefusalMemory(), waiting(), refusal()
    memory.remember(one, refused)
    iss, identity, _ = one.name()

    assert memory.find(one, now=AT) is refused
    assert memory.look_up(iss, identity, now=AT) is refused
    assert isinstance(one.submission, Draft)
    other = replace(one, submission=one.submission._replace(payload_hash="x"))
    assert not found(memory, other)
    assert memory.look_up(iss, "another", now=AT) is None
    assert memory.look_up(OTHER, identity, now=AT) is None


@pytest.mark.parametrize(
    ("millisecond", "kept"), [("07:59:59.999", True), ("08:00:00.000", False)]
)
def test_a_refusal_is_remembered_until_the_statement_expires(
    millisecond: str, *, kept: bool
) -> None:
    """From then on nobody could accept it any more."""
    memory, one = RefusalMemory(), waiting()
    memory.remember(one, refusal())
    _, _, expires_at = one.name()

    assert found(memory, one, now=f"{expires_at[:11]}{millisecond}Z") is kept


def test_a_member_that_posts_rubbish_forgets_only_its_own() -> None:
    """Oldest first; the others keep theirs."""
    memory = RefusalMemory(quota_per_member=3)
    others, own = waiting(OTHER), [waiting() for _ in range(5)]
    for one in (others, *own):
        memory.remember(one, refusal())

    assert [found(memory, one) for one in own] == [False, False, True, True, True]
    assert found(memory, others)


def test_faults_are_bounded_as_well_as_refusals() -> None:
    """A refused batch names many; one given again counts once."""
    memory = RefusalMemory(faults_per_member=5)
    first, second, third = waiting(), waiting(), waiting()
    for one in (first, second, second):
        memory.remember(one, refusal(2))

    assert found(memory, first)
    assert found(memory, second)

    memory.remember(third, refusal(3))

    kept = [found(memory, one) for one in (first, second, third)]
    assert kept == [False, True, True]


def test_a_refusal_given_again_is_young_again() -> None:
    """It is kept longer than one that came in between."""
    memory, first, second = RefusalMemory(quota_per_member=2), waiting(), waiting()
    for one in (first, second, first, waiting()):
        memory.remember(one, refusal())

    assert found(memory, first)
    assert not found(memory, second)


def test_the_members_are_bounded_as_well() -> None:
    """Whoever was refused longest ago is forgotten."""
    memory = RefusalMemory(members_max=2)
    first, second = waiting("member-a"), waiting("member-b")
    for one in (first, second, waiting("member-a"), waiting("member-c")):
        memory.remember(one, refusal())

    assert found(memory, first)
    assert not found(memory, second)
