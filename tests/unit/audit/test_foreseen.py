"""In its turn an entry is taken as it was foreseen only if all of that holds."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.books import Books, Moves, broken_lots, is_balanced, moves_of
from ledger.audit.disclosures import DisclosureCheck
from ledger.audit.findings import AuditReport
from ledger.audit.history import HistoryReader
from ledger.audit.parsing import Bank, Foreseen
from ledger.audit.parts import HeldAgainst
from ledger.audit.replay import Replay
from ledger.audit.spilling import SpillingState, Written
from ledger.audit.verify import Audit, WrongLedgerError
from ledger.audit.workers import Workers
from ledger.domain.moving import moved_by
from ledger.domain.postings import postings
from ledger.domain.rules.act import Act
from ledger.domain.state import (
    AccountRecord,
    AchievementRecord,
    LedgerRecord,
    MemberRecord,
    Slice,
    StatementRecord,
)
from ledger.domain.types import MemberKind
from tests.foreseeing import first_award, sample, walked
from tests.tampering.campaign import OPERATORS, small_grounds
from tests.tampering.copies import Copy, copy_of
from tests.tampering.grounds import Ground

EAGER = Workers(
    processes=2,
    worth_starting=0,
    span=1,
    waiting=0,
    start=lambda _: ThreadPoolExecutor(1),
)
"""Every entry is read when all before it were applied."""

amounts = st.integers(0, 3)


def report_of(copy: Copy, ground: Ground, *, workers: Workers) -> AuditReport | str:
    """Return what an audit says."""
    try:
        return Audit(copy, ledger=ground.bank.ledger).run(workers=workers)
    except WrongLedgerError as error:
        return error.found


@pytest.mark.parametrize("name", tuple(OPERATORS)[1::5])
def test_harm_is_found_the_same_where_all_is_foreseen(name: str) -> None:
    """Each entry is read when all before it is known: nothing makes it wait."""
    ours, theirs = small_grounds()
    chance = random.Random(7)  # noqa: S311  # the same in every run
    copy = OPERATORS[name](ours, theirs, chance=chance).copy

    alone = report_of(copy, ours, workers=Workers())

    assert report_of(copy, ours, workers=EAGER) == alone


def test_a_second_award_of_one_reference_waits_for_its_turn() -> None:
    """What it makes is there already: its turn tells what is wrong with it."""
    walk, seen = walked()

    assert not any(walk.replay.holds(one) for _, _, one in seen)


def _apart(found: Foreseen) -> Replay:
    """Return a state in which what was foreseen holds, if its account is open."""
    replay = Replay()
    walk, _ = walked()
    replay.state.put(walk.shared.records.values())
    replay.state.put([_account(found.learner_id)])
    return replay


def _account(learner_id: str | None, **changes: object) -> AccountRecord:
    walk, _ = walked()
    account = next(
        walk.plain.state.find(kind, key)
        for kind, key in walk.plain.state.known
        if kind is AccountRecord
    )
    assert isinstance(account, AccountRecord)
    return account.replacing(learner_id=learner_id or account.learner_id, **changes)


def test_an_account_must_be_there_and_open() -> None:
    """A closed or merged one is for its turn to judge; so is one that is not there."""
    _, _, award = first_award()
    replay = _apart(award)

    assert replay.holds(award)
    replay.state.put([_account(award.learner_id, closed=True)])
    assert not replay.holds(award)
    replay.state.put([_account(award.learner_id, merged_into="learner_" + "2" * 32)])
    assert not replay.holds(award)
    assert not Replay().holds(award)


def test_a_shared_record_that_changed_since_makes_an_entry_wait() -> None:
    """Only one that was looked at; of what changed before, it was told."""
    _, _, award = first_award()
    replay = _apart(award)
    looked_at = {kind for kind, _ in award.looked_at}
    newest = award._replace(as_of=0)

    member = MemberRecord(
        member_id="elsewhere",
        member_kind=MemberKind.SCHOOL,
        name="Elsewhere",
        name_en=None,
        status="active",
        successor=None,
        admitted_position=1,
    )
    replay._note([member])  # noqa: SLF001
    assert replay.holds(newest)
    replay._note(walked()[0].shared.records.values())  # noqa: SLF001

    assert {LedgerRecord, AchievementRecord, MemberRecord} <= looked_at
    assert not replay.holds(newest)
    assert replay.holds(award._replace(as_of=replay.take_news().as_of))


Change = Callable[[Bank, Foreseen], tuple[Bank, Foreseen]]


@pytest.mark.parametrize(
    "change",
    [
        lambda bank, one: (bank._replace(position=bank.position + 1), one),
        lambda bank, one: (bank._replace(recorded_at="2000-01-01T00:00:00.000Z"), one),
        lambda bank, one: (bank._replace(place=7), one),
        lambda bank, one: (bank, one._replace(recorded_on="2000-01-01")),
        lambda bank, one: (bank, one._replace(iss="another")),
        lambda bank, one: (bank, one._replace(kid="another#key")),
    ],
    ids=["position", "clock", "place", "date", "issuer", "key"],
)
def test_a_line_that_is_not_the_next_one_is_placed_like_any_other(
    change: Change,
) -> None:
    """Nothing has moved, and it can still be placed as what it is."""
    ours, _ = small_grounds()
    position, taken, foreseen = next(
        one for one in walked()[1] if one[1].bank is not None and one[1].bank.batch
    )
    reader = HistoryReader()
    assert taken.bank is not None
    bank, other = change(taken.bank, foreseen)
    moved = taken._replace(bank=bank)

    assert not reader.pass_by(moved, other, position=position)
    for at in range(position):
        reader.read(ours.entries[at].raw, position=at)
    assert not reader.pass_by(moved, other, position=position)
    no_bank = taken._replace(bank=None)
    assert not reader.pass_by(no_bank, foreseen, position=position)
    assert reader.pass_by(taken, foreseen, position=position)
    assert reader.findings == []


@given(
    parts=st.lists(amounts, min_size=7, max_size=7),
    posted=amounts,
    elsewhere=st.booleans(),
)
def test_a_lot_is_in_balance_only_if_the_books_are(
    *, parts: list[int], posted: int, elsewhere: bool
) -> None:
    """Whatever stands in the lot, and wherever its postings went."""
    lot, _, act = sample()
    names = ("awarded", "available", "held", "exchanged", "redeemed", "expired")
    fields = dict(zip((*names, "revoked"), parts, strict=True))
    lot = lot.replacing(**{f"{name}_milli": part for name, part in fields.items()})
    unit = "another" if elsewhere else lot.issuer
    account = f"available:{lot.learner_id}:{lot.issuer}"
    moves: Moves = ((f"issued:{lot.issuer}", unit, -posted), (account, unit, posted))
    moves = moves if posted else ()

    books = Books()
    books.post(act, moves)
    books.weigh([lot], Slice(complete=True))

    if is_balanced(lot, moves):
        assert not any(broken_lots([lot]))
        assert not any(books.disagreements())
    assert is_balanced(lot, moves) == (
        parts == [posted, posted, 0, 0, 0, 0, 0] and not (elsewhere and posted)
    )


@given(st.sampled_from(["0", "0.5", "3", "9999999.999", None]))
def test_an_award_posts_what_its_postings_say(credits_text: str | None) -> None:
    """The short way leaves out the date, and nothing else."""
    _, statement, act = sample()
    body = statement.body.replacing(credits=credits_text)
    said = statement.replacing(body=body)
    other = Act(
        statement=said,
        kid=act.kid,
        payload_hash=act.payload_hash,
        body_hash=act.body_hash,
        position=act.position,
        recorded_at=act.recorded_at,
        recorded_on=act.recorded_on,
    )

    made = postings(said, moved_by(other, Slice())[0])

    assert moves_of(other, Slice()) == tuple(one[:3] for one in made)


def test_what_is_only_written_is_read_when_asked_for() -> None:
    """From memory and from the file, and changed like any other record."""
    state = SpillingState(1)
    said = [
        StatementRecord(iss="a", id=str(n), payload_hash="h", position=n)
        for n in range(4)
    ]

    state.put_new([Written.of(one) for one in said[:1]])
    assert state.find(StatementRecord, ("a", "0")) == said[0]
    state.put_new([Written.of(one) for one in said[1:]])

    assert [state.find(StatementRecord, one.key) for one in said] == said
    assert state.count(StatementRecord) == 4
    state.close()


def test_where_disclosures_are_held_against_the_log_all_is_read() -> None:
    """Their digests stand in the statement, which is not sent where it is foreseen."""
    ours, _ = small_grounds()
    held = HeldAgainst(disclosures=DisclosureCheck(()))

    found = Audit(copy_of(ours), ledger=ours.bank.ledger, against=held).run(
        workers=EAGER
    )

    assert found.passed
    assert found.disclosures is not None
