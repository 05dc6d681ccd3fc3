"""A learner with more exchanges than a page of the tally holds."""

from ledger.domain.rules.tallies import PAGE_USES
from ledger.domain.state import TallyRecord
from tests.bank import LEARNER
from tests.exchanging import ExchangeBank, terms


def test_a_cap_counts_over_all_pages(sqlite_url: str) -> None:
    """The last page is written, and those before it are read."""
    count = PAGE_USES + 1
    limit = {"code": "many", "at_most": str(3 * count), "each": "root_member"}
    with ExchangeBank(sqlite_url) as bank:
        rule = bank.agree("MANY", terms(limits=[limit]))
        earned = [bank.earn(str(number)) for number in range(count + 1)]
        for one in earned[:count]:
            body = bank.application(one, rule=rule)
            bank.request(body, shown=[one.shown])

        body = bank.application(earned[count], rule=rule)
        code = bank.refused(body, shown=[earned[count].shown])

        assert code == "cap-exceeded"
        pages = list(bank.store.scan("tallies", learner_id=LEARNER))
        assert [len(one.uses) for one in pages if isinstance(one, TallyRecord)] == [
            PAGE_USES,
            1,
        ]
