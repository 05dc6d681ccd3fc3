"""How an import's lines travel: in batches, kept before they are sent."""

import pytest

from client.errors import BankFaultError, BankRefusedError
from ledger.integrity.batch import read_batch
from tests.bank import Bank
from tests.unit.client.conftest import Run, Write, rows
from tests.unit.client.simulator import Face, problem, reply


def test_many_rows_fill_several_batches(bank: Bank, write: Write, run: Run) -> None:
    """A thousand lines at most each."""
    path = write(rows(1010))

    summary = run(path)

    assert (summary.posted, summary.batches) == (1010, 4)
    batches = sorted((path.parent / "grades.csv.import").rglob("*.batch"))
    assert [len(read_batch(b.read_bytes()).lines) for b in batches] == [
        1000,
        10,
        1000,
        10,
    ]
    assert bank.check_log().awards == 1010


def test_a_bank_that_names_lines_beyond_the_batch_is_not_believed(
    face: Face, write: Write, run: Run
) -> None:
    """It would make the import go round for ever."""
    errors = [{"pointer": "", "code": "award-exists", "line": 7}]
    face.before.append(lambda _: problem("lines-refused", 409, errors=errors))

    with pytest.raises((BankRefusedError, BankFaultError)):
        run(write(rows(1)))


def test_a_false_receipt_stops_the_import_and_is_asked_for_again(
    face: Face, write: Write, run: Run
) -> None:
    """The batch stays without an outcome until the bank proves one."""
    path = write(rows(2))
    face.after.append(lambda _: reply({"position": 1}, 201))
    with pytest.raises(Exception, match="no receipt"):
        run(path)

    assert run(path).replayed == 1
