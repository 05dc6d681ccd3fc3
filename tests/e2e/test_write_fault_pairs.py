"""Every step of the write path fails, before it took effect and after it did.

The steps are counted where the driver is called (``tests/simulation/steps.py``): a new
query, table or connection is a step by itself, and cannot be forgotten here.
"""

from collections.abc import Sequence

import pytest

from ledger.intake import Submission
from ledger.sequencer import BusyError, UncertainError
from tests.bank import SCHOOL, Bank
from tests.simulation.machine import SafeVault
from tests.simulation.steps import CONNECT, VAULT, Mishap, Steps, failing
from tests.unit.sequencer.writing import awarding, commit, committer_of, disclosing

pytestmark = pytest.mark.traced

AWARDS = 4
FRESH = 4
"""So many steps are met by a process without a connection; later ones by one with."""


def group_of(bank: Bank, number: int) -> list[Submission]:
    """Return a single, a single that discloses, and a batch, none said before."""
    lines = [bank.award(f"line-{number}-{index}") for index in range(AWARDS - 2)]
    return [
        awarding(bank, f"single-{number}"),
        disclosing(bank, f"shown-{number}"),
        bank.receive_batch(bank.batch_bytes(SCHOOL, lines)),
    ]


def write(
    bank: Bank, steps: Steps, *, group: Sequence[Submission], mishap: Mishap | None
) -> list[BaseException | None]:
    """Have a process that just started write the group; return what went wrong."""
    if mishap is not None and mishap.at <= FRESH:
        bank.store.engine.dispose()
    steps.expect(mishap)
    answers = commit(committer_of(bank, SafeVault().of(steps)), group)
    return [one.exception() for one in answers]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_step_fails_a_group_is_there_whole_and_once(
    database_url: str, *, after: bool
) -> None:
    """Nobody is told what is not so, and the same bytes are accepted in the end."""
    with Bank(database_url) as bank:
        steps = Steps()
        steps.watch(bank.store.engine)
        failed, met = 0, set[str]()
        for number in range(1, 1000):
            group = group_of(bank, number)
            fail = failing(bank.store.engine)
            mishap = Mishap(at=number, after=after, act=fail)
            failures = write(bank, steps, group=group, mishap=mishap)
            if not steps.happened:
                break
            met.add(steps.seen[number - 1])
            failed += any(failures)
            assert all(
                one is None or isinstance(one, UncertainError | BusyError)
                for one in failures
            )

            seen = bank.store.log.read_entries(after=-1, limit=10_000)
            told = [one is None for one in failures]
            assert all(told) or not any(told)
            assert not write(bank, steps, group=group, mishap=None)[0]

            entries = bank.store.log.read_entries(after=-1, limit=10_000)
            # What was acknowledged was there already, and nothing comes twice.
            whole = {0} if all(told) else {0, AWARDS + 1}
            assert len(entries) - len(seen) in whole
        else:
            pytest.fail("the steps never end")

        assert failed > 10
        assert number > 20
        assert {CONNECT, VAULT, "COMMIT"} <= met
        assert bank.check_log().awards == AWARDS * number
