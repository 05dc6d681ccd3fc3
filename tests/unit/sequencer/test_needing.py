"""What a group will look at is named ahead, as far as that can be told."""

from collections.abc import Iterator

import pytest

from ledger.domain.rules.acceptance import acceptance_id
from ledger.domain.rules.tallies import first_page
from ledger.domain.state import (
    AccountRecord,
    KeyringRecord,
    LedgerRecord,
    LotRecord,
    MemberRecord,
    Ref,
    Root,
    Slice,
    StatementRecord,
    TallyRecord,
)
from ledger.sequencer.needing import answer_needs, further_needs
from tests.bank import LEARNER, OPERATOR
from tests.exchanging import ExchangeBank

EARLIER = "award_00000000-0000-5000-8000-000000000000"
ABSORBED = "learner_" + "a" * 32


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[ExchangeBank]:
    """Open a bank."""
    with ExchangeBank(sqlite_url) as opened:
        yield opened


def known_of(bank: ExchangeBank, *refs: Ref) -> Slice:
    """Return what the bank's state says of these."""
    state = Slice()
    for ref in (Ref(LedgerRecord, 0), *refs):
        found = bank.store.load(ref.record.kind, [ref.key])
        state.learn(ref, found.get(ref.key))
    return state


def test_what_is_needed_next_follows_from_what_was_loaded(bank: ExchangeBank) -> None:
    """The roots of what is offered, and the accounts merged into the learner's."""
    earned = bank.earn("1")
    raw = bank.request_bytes(bank.application(earned), shown=[])
    request = bank.receive(raw)
    lot, account = Ref(LotRecord, earned.award_id), Ref(AccountRecord, LEARNER)
    state = known_of(bank, lot, account, first_page(LEARNER))
    record = state.find(AccountRecord, LEARNER)
    assert record is not None
    merged = AccountRecord(**{**dict(record), "absorbed": (ABSORBED,)})
    award = state.find(LotRecord, earned.award_id)
    assert award is not None
    root = Root(award_id=EARLIER, amount_milli=1)
    converted = LotRecord(**{**dict(award), "roots": (*award.roots, root)})
    state.put([merged, converted])

    refs = set(further_needs([request], state))

    absorbed = {Ref(AccountRecord, ABSORBED), Ref(TallyRecord, (ABSORBED, 0))}
    assert refs == {Ref(LotRecord, EARLIER), *absorbed}


def test_of_what_does_not_exist_nothing_more_is_needed(bank: ExchangeBank) -> None:
    """Nor for a statement that the bank does not answer."""
    earned = bank.earn("1")
    raw = bank.request_bytes(bank.application(earned), shown=[])
    request = bank.receive(raw)
    award = bank.receive(bank.sign(bank.award("2")))
    lot, account = Ref(LotRecord, earned.award_id), Ref(AccountRecord, LEARNER)
    state = known_of(bank)
    state.learn(lot, None)
    state.learn(account, None)
    state.learn(first_page(LEARNER), None)

    kinds = {ref.record for ref in further_needs([request], state)}

    assert LotRecord not in kinds
    assert TallyRecord not in kinds
    assert list(further_needs([award], state)) == []


def test_the_answer_is_looked_up_under_the_id_that_it_will_have(
    bank: ExchangeBank,
) -> None:
    """With the keys of whoever answers, once for a group."""
    earned = bank.earn("1")
    body = bank.application(earned)
    request = bank.receive(bank.request_bytes(body, shown=[]))
    identity = acceptance_id(str(body["exchange_id"]), revision=0)

    named = list(answer_needs([request, request], known_of(bank)))

    answer = Ref(StatementRecord, (OPERATOR, identity))
    keys = [Ref(MemberRecord, OPERATOR), Ref(KeyringRecord, OPERATOR)]
    assert named == [*keys, answer, answer]
