"""A history with every kind of statement is written, replayed and audited.

It stands apart from what reads the same history, so that coverage of the rules does not
hang on which test of many writes it first.
"""

import pytest

from ledger.audit.rebuild import rebuild
from tests.bank import Bank
from tests.consortium import write_consortium

pytestmark = pytest.mark.traced


def test_a_history_of_every_kind_is_honest(sqlite_url: str) -> None:
    """The audit finds nothing, before and after the writer's tables are made anew."""
    with Bank(sqlite_url) as bank:
        write_consortium(bank)
        before = bank.check_log()

        bank.store.rebuild_state(rebuild(bank.raw_entries()))

        assert bank.check_log() == before
        assert before.awards > 15
