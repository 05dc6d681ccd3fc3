"""Where the first fault is, said as far as it is known."""

import pytest

from api.cli.reporting import first_bad
from ledger.audit.findings import Finding


def found(position: int, last: int | None = None) -> Finding:
    """Return a finding at a place."""
    return Finding(position=position, code="root-mismatch", last=last)


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([found(6)], "6"),
        ([found(6, 6)], "6"),
        ([found(6, 5)], "6"),
        ([found(6), found(6, 9)], "6"),
        ([found(0, 9)], "between 0 and 9"),
        ([found(0, 9), found(7)], "between 0 and 9; the first located: 7"),
        ([found(0, 9), found(3, 5), found(7)], "between 0 and 9; the first located: 7"),
        ([found(2), found(3, 9), found(7)], "2"),
    ],
)
def test_a_run_is_not_said_to_be_its_first_entry(
    findings: list[Finding], said: str
) -> None:
    """Whoever looks for the fault looks where it is, or among all that may be it."""
    assert first_bad(findings) == said
