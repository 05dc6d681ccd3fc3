"""A bank gathers from witnesses that are well, dead, slow, false or see a fork."""

import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from ledger.integrity.quorum import verify_quorum
from ledger.witnessing.gatherer import (
    SIZE_TYPE,
    Answer,
)
from ledger.witnessing.kept import ALARMS_MAX
from tests.bank import SCHOOL, Bank
from tests.gathering import NAMES, NOW, Gathering, gathering_from
from tests.witnesses import Log


@pytest.fixture
def gathering(tmp_path: Path) -> Iterator[Gathering]:
    """Open a bank with three witnesses, of which two suffice."""
    urls = {name: f"sqlite:///{tmp_path / name}.db" for name in NAMES}
    with (
        Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank,
        gathering_from(bank, urls=urls) as gathered,
    ):
        yield gathered


def test_a_checkpoint_has_quorum_when_enough_cosigned(gathering: Gathering) -> None:
    """Not before; and the note carries what its readers verify."""
    size = gathering.size()

    assert gathering.gatherer.witnessed(size) is None
    assert gathering.asker("north").ask_once()
    assert gathering.gatherer.first_with_quorum(1) is None
    assert gathering.asker("west").ask_once()

    found = gathering.gatherer.first_with_quorum(1)
    assert found is not None
    assert (found.size, found.witnesses) == (size, ("north", "west"))
    assert found.note.endswith(gathering.gatherer.cosigned(size))
    assert verify_quorum(found.note, gathering.gatherer.policy) == {"north", "west"}
    assert gathering.gatherer.kept.sizes(below=size + 1, limit=5) == [size]


def test_a_grown_log_is_proven_from_what_the_witness_saw(gathering: Gathering) -> None:
    """Also by a bank that was restarted, or that lost what it had gathered."""
    asker = gathering.asker("north")
    assert asker.ask_once()
    assert asker.ask_once()
    for number in range(3):
        gathering.award(f"r{number}")
        assert (asker if number else gathering.asker("north")).ask_once()

    with gathering.bank.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM cosignatures")
    gathering.award("after")
    assert gathering.asker("north").ask_once()

    assert gathering.gatherer.kept.largest("north.example") == gathering.size()
    assert gathering.gatherer.kept.alarms() == []
    assert len(gathering.network.asked) == 7


def test_slow_and_dead_witnesses_delay_nobody(gathering: Gathering) -> None:
    """Posting goes on, and the others cosign."""
    gathering.network.slow.add("south")
    gathering.network.dead.add("west")
    gathering.gatherer.start(seconds=lambda: NOW)

    for number in range(5):
        gathering.award(f"r{number}")
    deadline = threading.Event()
    for _ in range(500):
        if gathering.gatherer.kept.largest("north.example"):
            break
        deadline.wait(0.01)

    assert gathering.gatherer.kept.largest("north.example")
    assert gathering.gatherer.kept.largest("south.example") == 0
    assert gathering.gatherer.kept.largest("west.example") == 0


def test_a_witness_that_saw_a_fork_sounds_an_alarm(gathering: Gathering) -> None:
    """What was asked and answered is kept, and nothing of it counts."""
    size = gathering.size()
    other = Log(forked_at=0, key=gathering.bank.checkpoint)
    gathering.network.witnesses["south"].memory.consider(
        other.request(0, size), seconds=NOW
    )

    assert not gathering.asker("south").ask_once()

    (alarm,) = gathering.gatherer.kept.alarms()
    assert (alarm.witness, alarm.size, alarm.found_at) == ("south", size, NOW)
    assert alarm.answer.startswith("409 fork")
    assert gathering.gatherer.cosigned(size) == ""


def test_a_witness_that_saw_more_than_we_have_sounds_an_alarm(
    gathering: Gathering,
) -> None:
    """A bank that lost its newest entries must not go on unnoticed."""
    says = Answer(status=409, media_type=SIZE_TYPE, text="9000\n")
    gathering.network.says["south"] = says

    for _ in range(ALARMS_MAX + 2):
        assert not gathering.asker("south").ask_once()

    assert len(gathering.gatherer.kept.alarms("south")) == ALARMS_MAX
    assert gathering.gatherer.kept.alarms("north") == []


ODD: Final = {
    "no-size": Answer(status=409, media_type=SIZE_TYPE, text="many\n"),
    "endless": Answer(status=409, media_type=SIZE_TYPE, text="9" * 4000),
    "same-size": Answer(status=409, media_type=SIZE_TYPE, text="0\n"),
    "another-size": Answer(status=409, media_type=SIZE_TYPE, text="1\n"),
    "error": Answer(status=503, media_type="text/plain", text="later\n"),
    "no-line": Answer(status=200, media_type="text/plain", text="cosigned\n"),
    "strange-line": Answer(
        status=200, media_type="text/plain", text="\u2014 south.example AAAAAAA=\n"
    ),
}


def test_odd_answers_are_neither_kept_nor_alarms(gathering: Gathering) -> None:
    """The witness is asked again later, and no more than twice at once."""
    for says in ODD.values():
        gathering.network.says["south"] = says
        before = len(gathering.network.asked)

        assert not gathering.asker("south").ask_once()

        assert gathering.gatherer.kept.alarms() == []
        assert gathering.gatherer.cosigned(gathering.size()) == ""
        assert len(gathering.network.asked) <= before + 2


def test_a_cosignature_of_another_checkpoint_is_not_kept(gathering: Gathering) -> None:
    """Nor one under another witness's key."""
    assert gathering.asker("north").ask_once()
    line = gathering.gatherer.cosigned(gathering.size())
    assert len(b64decode(line.split()[2])) == 76
    says = Answer(status=200, media_type="text/plain", text=line)
    gathering.award("more")

    for name in ("north", "south"):
        gathering.network.says[name] = says
        assert not gathering.asker(name).ask_once()

    assert gathering.gatherer.cosigned(gathering.size()) == ""


def test_a_witness_that_left_the_policy_does_not_count(gathering: Gathering) -> None:
    """Its lines stay in the store and out of the notes."""
    for name in NAMES:
        assert gathering.asker(name).ask_once()
    policy = gathering.gatherer.policy
    kept = {name: one for name, one in policy.witnesses.items() if name == "west"}

    gathering.gatherer.policy = replace(policy, witnesses=kept)

    found = gathering.gatherer.witnessed(gathering.size())
    assert found is not None
    assert (found.witnesses, found.quorum) == (("west",), False)


def test_cosignatures_of_lost_groups_are_passed_over(gathering: Gathering) -> None:
    """A restored bank may hold some of sizes that it does not have, or not close."""
    assert gathering.asker("north").ask_once()
    bank, gatherer, size = gathering.bank, gathering.gatherer, gathering.size()
    (own,) = gatherer.kept.at(size)
    raw = bank.batch_bytes(SCHOOL, [bank.award("b1"), bank.award("b2")])
    bank.submit(bank.receive_batch(raw)).result()

    for lost in (size + 1, size + 50):
        gatherer.kept.keep(lost, own)
        assert gatherer.witnessed(lost) is None
