"""A statement is cut up only where it has the form, and the times, of a plain one."""

import pytest

from ledger.integrity.canonical import BYTES_MAX
from ledger.lists.cutting import allow, cut

AT = "2026-09-01T08:00:00.000Z"


@pytest.mark.parametrize(
    "words",
    [
        b"{}",
        b'{"body":{},"exp":"',
        b'{,"exp":"","learner_id":"',
        b'{"learner_id":"' + b"x" * BYTES_MAX + b',"exp":"',
        b'{"body":{"_sd":["' + b'","' * 9 + b'"learner_id":"l,"exp":"',
    ],
)
def test_what_has_another_form_is_not_cut_up(words: bytes) -> None:
    """Marks are missing, in another order, or in one another."""
    assert cut(words) is None


def test_times_that_the_rule_refuses_do_not_follow() -> None:
    """Nor those that no calendar has."""
    assert allow(exp="2026-09-02T08:00:00.000Z", iat=AT, at=AT)
    assert not allow(exp=AT, iat=AT, at=AT)
    assert not allow(exp="2026-09-32T08:00:00.000Z", iat=AT, at=AT)
