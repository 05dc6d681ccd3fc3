"""What goes over a channel arrives as it was, whole and in order, or not at all."""

import itertools
import socket
import threading
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.domain.errors import RejectionError, precedence
from ledger.domain.errors.statements import FieldFault, InvalidStatementError
from ledger.domain.statements import read_statement
from ledger.domain.types import Wire
from ledger.integrity import canonical
from ledger.integrity.errors import BatchLineError
from ledger.sequencer import RefusedError, RefusedFault
from ledger.sequencer.channel import ITEMS_MAX, Channel, framed
from tests.builders import award

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


def opened() -> tuple[Channel, Channel]:
    """Return both ends of a new channel."""
    ours, theirs = (Channel(end) for end in socket.socketpair())
    ours.start()
    return ours, theirs


def read_all(channel: Channel) -> list[object]:
    """Return everything up to the end."""
    found: list[object] = []
    while items := channel.read():
        found += items
    return found


def carried(*items: object) -> list[object]:
    """Return what arrives of these items."""
    ours, theirs = opened()
    for one in items:
        ours.put(one)
    ours.finish()
    found = read_all(theirs)
    ours.drop()
    theirs.drop()
    return found


@given(st.lists(VALUES, max_size=6))
def test_whatever_is_put_arrives_in_order(items: list[object]) -> None:
    """Equal, and of the same types, however much of it was sent at once."""
    assert repr(carried(*items)) == repr(items)


def test_more_than_is_sent_at_once_arrives_too() -> None:
    """In several parts."""
    items = list(range(3 * ITEMS_MAX))

    assert carried(*items) == items


@given(st.lists(VALUES, min_size=1, max_size=3), st.integers(0, 2**16))
def test_what_is_cut_off_is_the_end(items: list[object], at: int) -> None:
    """A process that dies while it sends leaves whole parts, and nothing else."""
    frames = [framed([one]) for one in items]
    raw = b"".join(frames)
    sender, receiver = socket.socketpair()
    channel = Channel(receiver)
    cut = at % len(raw)
    sender.sendall(raw[:cut])
    sender.close()

    found = read_all(channel)

    whole = [end <= cut for end in itertools.accumulate(map(len, frames))]
    assert repr(found) == repr(items[: sum(whole)])
    assert channel.read() == []
    channel.drop()


@pytest.mark.parametrize("kind", precedence.PRECEDENCE, ids=lambda kind: kind.__name__)
def test_an_error_arrives_as_it_was(kind: type[RejectionError]) -> None:
    """Its class, place and facts, though its constructor takes other arguments."""
    error = kind.__new__(kind)
    RejectionError.__init__(error, "/body/x", credits="3", line=4)

    check_error(error)


def test_an_error_of_many_places_arrives_as_it_was() -> None:
    """The fields of a statement, the lines of a batch, and a refusal's faults."""
    fields = (FieldFault(pointer="/a", code="x"), FieldFault(pointer="/b", code="y"))
    check_error(InvalidStatementError(fields))
    check_error(BatchLineError(((3, "not-json", "/a"),)))
    faults = [RefusedFault(error=InvalidStatementError(fields), line=7)]
    refused = RefusedError(faults, decided_at_position=9, evidence="signed")

    (found,) = carried(refused)

    assert isinstance(found, RefusedError)
    assert (found.decided_at_position, found.evidence) == (9, "signed")
    assert [one.line for one in found.faults] == [7]
    compare(found.faults[0].error, faults[0].error)


def check_error(error: Exception) -> None:
    """Send an error, and require that it arrives as it was."""
    (found,) = carried(error)
    assert isinstance(found, Exception)
    compare(found, error)


def compare(found: Exception, error: Exception) -> None:
    """Require that two errors say the same."""
    assert type(found) is type(error)
    assert (found.args, vars(found)) == (error.args, vars(error))
    assert str(found) == str(error)


def test_facts_stay_what_nobody_may_change() -> None:
    """Errors share them."""
    (found,) = carried(MappingProxyType({"a": 1}))

    assert isinstance(found, MappingProxyType)
    assert found == {"a": 1}


def test_a_statement_arrives_as_it_was_checked() -> None:
    """It says which of its fields were given, and still cannot be changed."""
    instant = "2026-09-01T08:00:00.000Z"
    said = {
        "type": "credit.awarded.v1",
        "id": "50a201bc-0939-474f-b0af-a7faa65f1b30",
        "iss": "north-college",
        "aud": "bank.example",
        "iat": instant,
        "exp": instant,
        "actor": {"staff": "r7", "role": "registrar"},
        "body": award(workload={"value": "48", "unit": "hour"}, _sd=["o" * 42 + "A"]),
    }
    statement = read_statement(canonical.dumps(said), type_name="credit.awarded.v1")

    (found,) = carried(statement)

    assert isinstance(found, Wire)
    assert (found, repr(found)) == (statement, repr(statement))
    assert found.model_dump(exclude_unset=True) == statement.model_dump(
        exclude_unset=True
    )
    with pytest.raises(ValidationError):
        found.__setattr__("type", "other")


def test_whoever_sends_to_a_lost_process_goes_on() -> None:
    """Nobody is there to be told; what the other had sent can still be read."""
    ours, theirs = opened()
    theirs.start()
    theirs.put("last words")
    theirs.finish()
    theirs.drop()

    for number in range(100):
        ours.put(b"x" * 10_000 + b"%d" % number)
    ours.finish()

    ours.drop()


def test_what_cannot_be_sent_ends_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other end must not wait for an answer that never comes."""
    failures: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)

    assert carried("first", threading.Lock()) in (["first"], [])

    assert len(failures) == 1


def test_a_channel_that_is_closed_wakes_who_reads_there() -> None:
    """And whoever reads at the other end."""
    ours, theirs = opened()
    found: list[list[object]] = []
    reading = threading.Thread(target=lambda: found.append(ours.read()))
    reading.start()

    ours.close()
    reading.join(30)

    assert found == [[]]
    assert theirs.read() == []
    ours.close()
    ours.drop()
    theirs.close()
    theirs.drop()
