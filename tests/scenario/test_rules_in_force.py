"""Whether a rule is in force on a day: agreed by all, and within its dates."""

from ledger.domain.state import RuleRecord
from tests.exchanging import AUTOMATIC, ExchangeBank, terms


def test_a_rule_is_in_force_once_all_have_agreed_and_from_its_first_day(
    sqlite_url: str,
) -> None:
    """A proposal is not, whatever its dates; nor is an agreed one before them."""
    with ExchangeBank(sqlite_url) as bank:
        proposed = bank.find(RuleRecord, bank.propose("LATER", terms()))
        agreed = bank.find(RuleRecord, AUTOMATIC)

    assert isinstance(proposed, RuleRecord)
    assert isinstance(agreed, RuleRecord)
    first = agreed.terms.valid_from
    assert not proposed.is_in_force(first)
    assert agreed.is_in_force(first)
    assert not agreed.is_in_force("1999-12-31")
