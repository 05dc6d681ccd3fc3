"""What the writer keeps of a list is what whoever reads the log again would keep."""

from concurrent.futures import Future
from typing import Final

import pytest

from ledger.audit.rebuild import rebuild
from ledger.database import open_engine
from ledger.domain.state import KINDS
from ledger.intake import BatchSubmission
from ledger.integrity import canonical
from ledger.sequencer import Accepted, RefusedError
from ledger.store.application import LedgerStore
from tests.bank import SCHOOL, award
from tests.property.listed_bank import ABSORBED, ABSORBING, ListedBank
from tests.property.listed_cases import REFERRED, TAKES, Changes

pytestmark = pytest.mark.traced

LINES: Final[list[Changes]] = [
    {"body": {}},
    {"body": {}},
    REFERRED,
    {"body": {"credits": "2"}},
    {"body": {"credits": "2", "learner_id": ABSORBING}},
    {"body": {"learner_id": ABSORBED}},
    {"body": {"_sd": ["A" * 43, "b" * 42 + "A"]}},
    {"body": {"_sd": ["b" * 42 + "A"]}},
    {"body": {"_sd": ["_" * 42 + "8"]}},
    TAKES,
    {"body": {}},
]


def list_of(bank: ListedBank, changes: list[Changes], *, first: int) -> BatchSubmission:
    """Return a list with references of its own, from a number on."""
    lines = []
    for number, change in enumerate(changes, first):
        rest = dict(change)
        name, body = rest.pop("type", "credit.awarded.v1"), rest.pop("body")
        if name == "credit.awarded.v1":
            body = {**award(f"w{number}"), **body}
        lines.append(canonical.dumps(bank.statement(SCHOOL, name, body=body) | rest))
    found = bank.taken_in(lines)
    assert isinstance(found, BatchSubmission)
    return found


def state(bank: ListedBank) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the writer's tables, in the order of its key."""
    with bank.store.engine.connect() as connection:
        return {
            kind: sorted(
                (tuple(row) for row in connection.exec_driver_sql(_all_of(kind))),
                key=repr,
            )
            for kind in KINDS
        }


def _all_of(kind: str) -> str:
    return f"SELECT * FROM state_{kind}"  # noqa: S608  # own names


def test_what_is_written_of_lists_is_what_is_rebuilt(database_url: str) -> None:
    """To the last row and column, on either database."""
    with ListedBank(database_url) as bank:
        bank.prepare()
        for first in (0, 100):
            changes = LINES if first == 0 else [{"body": {}}] * 5
            bank.submit(list_of(bank, changes, first=first)).result()
        before = state(bank)

        bank.store.rebuild_state(rebuild(bank.raw_entries()))

        assert state(bank) == before
        assert len(before["lots"]) == 1 + len(LINES) - 1 + 5
        bank.check_log()


def test_a_list_that_was_written_is_answered_again(database_url: str) -> None:
    """The very bytes get the very receipt; each of its lines is taken by then."""
    with ListedBank(database_url) as bank:
        bank.prepare()
        found = list_of(bank, [{"body": {}}] * 4, first=0)
        first = bank.submit(found).result()
        again = bank.submit(found).result()
        lines = [one.member_bytes for one in found.drafts]
        other = bank.taken_in(lines)
        assert isinstance(other, BatchSubmission)

        with pytest.raises(RefusedError) as refused:
            bank.submit(other).result()

    assert (again.receipt, again.replayed) == (first.receipt, True)
    assert [one.line for one in refused.value.faults] == [0, 1, 2, 3]
    assert {one.error.code for one in refused.value.faults} == {"statement-exists"}


def test_two_writers_take_each_line_once(database_url: str) -> None:
    """Whichever is first: the other sees it, and decides anew."""
    with ListedBank(database_url) as bank:
        bank.prepare()
        own = LedgerStore(open_engine(database_url))
        other = bank.open_sequencer(own)
        try:
            for turn in range(12):
                found = list_of(bank, [{"body": {}}] * 5, first=10 * turn)
                lines = [one.member_bytes for one in found.drafts]
                mixed = bank.taken_in(lines[::-1])
                assert isinstance(mixed, BatchSubmission)
                answers = [
                    bank.submit(found),
                    other.submit(mixed),
                    bank.submit(mixed),
                    other.submit(found),
                ]
                told = [_told(one) for one in answers]

                assert (told[0], told[1]) == (told[3], told[2])
                assert sorted(map(bool, told[:2])) == [False, True]
        finally:
            other.close()
            own.close()
        before = state(bank)
        bank.store.rebuild_state(rebuild(bank.raw_entries()))
        assert state(bank) == before
        assert len(before["lots"]) == 1 + 12 * 5


def _told(answer: Future[Accepted]) -> object:
    """Return the receipt, or nothing where it was refused."""
    try:
        return answer.result().receipt
    except RefusedError:
        return None
