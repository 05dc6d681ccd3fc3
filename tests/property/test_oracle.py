"""Each promise that the simulator's oracle requires is broken on purpose, and found.

A seed runs to its end; then something is done to what lies on the disk, to what was
answered, or to what was meant, and a new oracle judges it all from the beginning.
"""

import dataclasses
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.entries import BankLine, read_entry, seal_entry
from ledger.integrity.receipts import SingleReceipt
from ledger.sequencer import Accepted, RefusedError
from tests.bank import ORIGIN
from tests.simulation.effects import Award
from tests.simulation.following import FILE
from tests.simulation.oracle import BrokenError, Oracle
from tests.simulation.said import Said
from tests.simulation.seeds import prepared
from tests.simulation.simulation import Simulation

SEED = 240
"""Its entries are of many kinds; some disclose, some were refused; it is followed."""

Heard = list[tuple[Said, Accepted | RefusedError]]
Break = Callable[[Simulation, Heard], None]


def judge(simulation: Simulation, heard: Heard) -> None:
    """Judge from the ground on what is there, and all that was heard."""
    clients, machine = simulation.clients, simulation.machine
    simulation.oracle.close()
    simulation.oracle = oracle = Oracle(simulation.ground, clients, vault=machine.vault)
    for said in clients.said:
        said.accepted, said.refusals = None, []
    oracle.read(machine.file)
    for said, answer in heard:
        oracle.hear(said, answer)
    oracle.check_notes(())
    oracle.check_published(machine.log)
    oracle.check(machine.processes[min(machine.processes)].store)
    assert simulation.following is not None
    oracle.check_projections(simulation.following)


def heard_in(simulation: Simulation) -> Heard:
    """Return what clients heard in the end."""
    heard: Heard = []
    for said in simulation.clients.said:
        heard += [] if said.accepted is None else [(said, said.accepted)]
        heard += [(said, one) for one in said.refusals]
    return heard


def writing(sql: str, *, file: str = "") -> Break:
    """Return what changes the database behind everybody's back."""

    def change(simulation: Simulation, _heard: Heard) -> None:
        machine = simulation.machine
        path = machine.folder / file if file else machine.file
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute(sql).rowcount == 1
            connection.commit()

    return change


def appending(simulation: Simulation, member_bytes: bytes) -> None:
    """Put an entry at the end of the log that the writer never wrote."""
    last = simulation.oracle.entries[-1]
    line = BankLine(
        position=len(simulation.oracle.entries),
        recorded_at=read_entry(last).line.recorded_at,
    )
    row = ("x", 1, "x", seal_entry(line, member_bytes), line.position + 1)
    with closing(sqlite3.connect(simulation.machine.file)) as connection:
        connection.execute("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()


def say_nothing(simulation: Simulation, heard: Heard) -> None:
    """Forget that a client said what the log holds."""
    said = next(one for one in simulation.clients.said if one.accepted)
    simulation.clients.said.remove(said)
    heard[:] = [(one, answer) for one, answer in heard if one is not said]


def double(simulation: Simulation, _heard: Heard) -> None:
    """Let the log hold the same statement twice."""
    said = next(one for one in simulation.clients.said if one.accepted)
    appending(simulation, said.entries[0])


def accept_refused(simulation: Simulation, heard: Heard) -> None:
    """Let the log hold what was refused."""
    said = next(one for one, answer in heard if isinstance(answer, RefusedError))
    appending(simulation, said.entries[0])


def change_receipt(_simulation: Simulation, heard: Heard) -> None:
    """Answer a second time with another receipt."""
    said = next(one for one, answer in heard if isinstance(answer, Accepted))
    assert said.accepted is not None
    receipt = said.accepted.receipt
    other = SingleReceipt(**{**receipt.model_dump(), "checkpoint": "another"})
    heard.append((said, Accepted(receipt=other, replayed=True)))


def forge_receipt(_simulation: Simulation, heard: Heard) -> None:
    """Answer with the receipt of another's statement."""
    (at, one), (_, other) = [
        (index, pair)
        for index, pair in enumerate(heard)
        if isinstance(pair[1], Accepted)
    ][:2]
    heard[at] = (one[0], other[1])


def swap_refusals(simulation: Simulation, heard: Heard) -> None:
    """Answer with the refusal of another's statement."""
    at, (_, refusal) = next(
        (index, pair)
        for index, pair in enumerate(heard)
        if isinstance(pair[1], RefusedError)
    )
    heard[at] = (simulation.clients.said[-1], refusal)


def fork(simulation: Simulation, heard: Heard) -> None:
    """Publish a checkpoint of another tree, signed by the bank."""
    size = len(simulation.oracle.entries)
    other = Checkpoint(origin=ORIGIN, size=size, root=b"x" * 32)
    note = sign_checkpoint(other, simulation.ground.bank.checkpoint)
    (simulation.machine.log / "checkpoint").write_text(note)
    assert heard


def unpublish(simulation: Simulation, _heard: Heard) -> None:
    """Change what is published of the tree."""
    tiles = sorted((simulation.machine.log / "tile" / "0").rglob("*"))
    tile = next(one for one in reversed(tiles) if one.is_file())
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])


def empty_vault(simulation: Simulation, _heard: Heard) -> None:
    """Lose what was disclosed."""
    simulation.machine.vault.kept.clear()


def mean_more(simulation: Simulation, _heard: Heard) -> None:
    """Let a client have meant other credits than were booked."""
    for said in simulation.clients.said:
        (effect, *_) = said.meant.effects
        if said.accepted and isinstance(effect, Award):
            more = dataclasses.replace(effect, amount=effect.amount + 1)
            said.meant = dataclasses.replace(said.meant, effects=(more,))
            return
    pytest.fail("there is no award")


BREAKS: dict[str, tuple[Break, str]] = {
    "a hole": (
        writing(
            "UPDATE stored_events SET notification_id = notification_id + 1"
            " WHERE notification_id = (SELECT MAX(notification_id) FROM stored_events)"
        ),
        "positions are without a gap",
    ),
    "a lost tail": (
        writing(
            "DELETE FROM stored_events WHERE notification_id ="
            " (SELECT MAX(notification_id) FROM stored_events)"
        ),
        "was acknowledged and is lost",
    ),
    "a stranger's words": (say_nothing, "every entry was said by a client"),
    "one twice": (double, "each is there once"),
    "a refused one": (accept_refused, "must be refused"),
    "another receipt": (change_receipt, "a receipt never changes"),
    "a stranger's receipt": (forge_receipt, "^[0-9]+:"),
    "a stranger's refusal": (swap_refusals, "a refusal names what it refuses"),
    "a fork": (fork, "every checkpoint is consistent with the newest"),
    "a changed tile": (unpublish, "what a checkpoint covers is published"),
    "a lost state row": (
        writing(
            "DELETE FROM state_statements WHERE position ="
            " (SELECT MAX(position) FROM state_statements)"
        ),
        "state statements is the fold of the log",
    ),
    "a state row too many": (
        writing(
            "INSERT INTO state_statements"
            " SELECT iss, 'more', payload_hash, position FROM state_statements LIMIT 1"
        ),
        "state statements has no more",
    ),
    "an empty vault": (empty_vault, "disclosures are kept"),
    "other credits": (mean_more, "the books are the model's"),
    "a changed projection": (
        writing(
            "UPDATE awards SET amount_milli = amount_milli + 1 WHERE award_id ="
            " (SELECT MAX(award_id) FROM awards)",
            file=FILE,
        ),
        "projections equal replay: awards.amount_milli",
    ),
    "a lost projection": (
        writing(
            "DELETE FROM trail WHERE position = (SELECT MAX(position) FROM trail)",
            file=FILE,
        ),
        "projections equal replay: trail",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_found_as_what_it_is(name: str) -> None:
    """Whoever made it, and however well the rest is."""
    harm, promise = BREAKS[name]
    with prepared(SEED) as simulation:
        simulation.run()
        heard = heard_in(simulation)
        harm(simulation, heard)

        with pytest.raises(BrokenError, match=promise):
            judge(simulation, heard)


def test_what_nobody_broke_is_judged_as_sound_again() -> None:
    """Or what is found above would show nothing."""
    with prepared(SEED) as simulation:
        simulation.run()
        judge(simulation, heard_in(simulation))

        assert len(heard_in(simulation)) > 5
