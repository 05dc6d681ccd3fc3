"""With any one check of the auditor taken out, the campaign fails: no check is idle.

The checks are found in the code itself, so that a new one that no harm notices makes
this fail: do a harm that it finds. ``make soak`` goes on to the readers beneath.
"""

from tests.tampering.strength import noticed_by, own_checks, trials

CHECKS_MIN = 30


def test_some_harm_notices_that_a_check_of_the_auditor_is_gone() -> None:
    """Each in turn, and the whole auditor finds that very harm as what it is."""
    own = own_checks()

    assert len(own) >= CHECKS_MIN
    assert [one.name for one in own if noticed_by(one) is None] == []


def test_a_check_is_back_after_it_was_taken_out() -> None:
    """So that no later test is run by less than the whole auditor."""
    check = next(one for one in own_checks() if one.code == "unknown-key")
    trial = next(one for one in trials() if one.operator == "sign-with-a-strangers-key")

    assert trial.notices(check)
    assert trial.is_found
