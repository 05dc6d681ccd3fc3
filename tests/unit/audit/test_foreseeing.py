"""What is decided before its turn is what its turn decides, or it waits for that."""

import pytest

from ledger.audit import foreseeing as module
from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.packing import pack, unpack
from ledger.audit.parsing import Taken, take_apart
from ledger.audit.replay import Replay
from ledger.audit.spilling import SpillingState
from ledger.domain.state import (
    KeyringRecord,
    LedgerRecord,
    NotLoadedError,
    Slice,
)
from tests.foreseeing import Walk, first_award, walked
from tests.tampering.campaign import small_grounds


@pytest.mark.parametrize("state", [Slice(complete=True), SpillingState(0)])
def test_what_was_foreseen_is_what_its_turn_does(state: Slice) -> None:
    """The records are the same, and so are the books, wherever they are kept."""
    walk = Walk(Replay(state))

    for position, taken in enumerate(walk.entries()):
        walk.apply(taken, position)

    for kind, key in walk.plain.state.known:
        assert state.find(kind, key) == walk.plain.state.find(kind, key)
    plain, books = walk.plain.books, walk.replay.books
    assert (books.awards, books.awarded_milli) == (plain.awards, plain.awarded_milli)
    assert not any(books.members.values())
    assert list(books.disagreements()) == list(plain.disagreements()) == []


def test_awards_and_new_accounts_are_foreseen_and_nothing_else() -> None:
    """Both as singles and as lines of a batch."""
    _, seen = walked()

    assert {one.topic for _, _, one in seen} == {
        "credit.awarded.v1",
        "account.opened.v1",
    }
    assert {
        taken.bank is not None and taken.bank.batch is None for _, taken, _ in seen
    } == {
        True,
        False,
    }


def _foreseen_again(position: int, shared: Shared, **changes: object) -> Taken:
    ours, _ = small_grounds()
    taken = take_apart(ours.entries[position].raw)._replace(signed=None, verdict="")
    taken = taken._replace(**changes)  # type: ignore[arg-type]  # its own fields
    return foresee(taken, shared, as_of=1, header=walked()[0].header)


def test_what_is_not_plain_waits_for_its_turn() -> None:
    """Tags, numbers of persons, an unverified signature, or no bank's line."""
    position, taken, _ = first_award()
    walk, _ = walked()
    bank = taken.bank
    assert bank is not None

    assert _foreseen_again(position, walk.shared).foreseen is not None
    for changes in (
        {"bank": bank._replace(tags=("t",))},
        {"bank": bank._replace(batch=99_999, place=0)},
        {"bank": bank._replace(recorded_at="0000-00-00T00:00:00.000Z")},
        {"bank": bank._replace(position=0)},
        {"bank": None},
        {"places": ("/body/title",)},
        {"verdict": None},
        {"said": None},
        {"kid": "nobody#k"},
    ):
        assert _foreseen_again(position, walk.shared, **changes).foreseen is None
    assert _foreseen_again(position, Shared()).foreseen is None


def test_a_key_that_the_operator_added_waits_for_its_turn() -> None:
    """Such entries are listed."""
    position, taken, _ = first_award()
    walk, _ = walked()
    shared = Shared()
    shared.learn(walk.shared.records.values())
    ring = next(
        one
        for (_, key), one in shared.records.items()
        if isinstance(one, KeyringRecord) and key == taken.kid.partition("#")[0]
    )
    keys = tuple(key.replacing(recovery=True) for key in ring.keys)

    shared.learn([ring.replacing(keys=keys)])

    assert _foreseen_again(position, shared).foreseen is None


def test_without_its_header_a_line_waits_for_its_turn() -> None:
    """Under which key it stands is not known."""
    ours, _ = small_grounds()
    walk, _ = walked()
    line = take_apart(ours.entries[-1].raw)

    alone = foresee(line, walk.shared, as_of=1, header=None)

    assert alone.foreseen is None


def test_of_an_account_nothing_is_assumed_but_that_it_is_open() -> None:
    """A rule that asks for more is told that nobody looked it up."""
    account = module._OpenAccount("learner_1")  # noqa: SLF001

    assert (account.closed, account.merged_into) == (False, None)
    with pytest.raises(NotLoadedError):
        _ = account.home


def test_looks_at_the_same_records_are_one_object(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And however many there are, few are kept."""
    shared, ref = Shared(), (LedgerRecord, 0)
    monkeypatch.setattr(module, "_LOOKS_MAX", 1)

    first = shared.one_of({ref})
    assert shared.one_of({ref}) is first
    shared.one_of({(LedgerRecord, 1)})
    shared.one_of({(LedgerRecord, 2)})

    assert shared.one_of({ref}) == first


def test_what_is_sent_arrives_as_it_was() -> None:
    """Foreseen or not."""
    ours, _ = small_grounds()
    sent = [take_apart(one.raw) for one in ours.entries]
    sent += [taken for _, taken, _ in walked()[1]]

    assert unpack(pack(sent)) == sent
