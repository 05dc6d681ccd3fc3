"""With any one check of the verifier taken out, a test fails: no check is idle.

The checks are found in the code itself, so that a new one that nothing notices makes
this fail: do a harm that it finds, or write it an example. ``make soak`` goes on to the
parts of the auditor's conditions.
"""

import pytest

from tests.tampering import readers
from tests.tampering.strength import noticed_by, own_checks, trials
from tests.tampering.weakening import parts_of

CHECKS_MIN = 30
READER_CHECKS_MIN = 200


def test_some_harm_notices_that_a_check_of_the_auditor_is_gone() -> None:
    """Each in turn, and the whole auditor finds that very harm as what it is."""
    own = own_checks()

    assert len(own) >= CHECKS_MIN
    assert [one.name for one in own if noticed_by(one) is None] == []


@pytest.mark.parametrize("module", readers.readers())
def test_some_example_notices_that_a_check_of_a_reader_is_gone(module: str) -> None:
    """Of bytes, keys and proofs: each check, and each part of its condition."""
    checks = parts_of(module)

    assert [one.name for one in checks if readers.noticed_by(one) is None] == []


def test_the_checks_of_the_readers_are_found() -> None:
    """Where none were found, none would be missed."""
    assert len(readers.reader_checks()) >= READER_CHECKS_MIN


def test_a_check_is_back_after_it_was_taken_out() -> None:
    """So that no later test is run by less than the whole auditor."""
    check = next(one for one in own_checks() if one.code == "unknown-key")
    trial = next(one for one in trials() if one.operator == "sign-with-a-strangers-key")

    assert trial.notices(check)
    assert trial.is_found
