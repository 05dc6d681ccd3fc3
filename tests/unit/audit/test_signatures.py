"""Many signatures are verified at once, and few of them are kept at a time."""

import os

import pytest

from ledger.audit.signatures import SignatureChecks
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws
from tests.unit.integrity.forge import KEY, STRANGER

SIGNATURES = 2_000
FORGED = (0, 63, 64, 1_500, SIGNATURES - 1)


def test_what_failed_comes_in_order_and_what_waits_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the history is; a chunk that is not full is not forgotten."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    signed = read_jws(sign_jws(KEY, b"{}", typ=STATEMENT_TYP), typ=STATEMENT_TYP)
    most = 0

    with SignatureChecks() as checks:
        for position in range(SIGNATURES):
            key = STRANGER if position in FORGED else KEY
            checks.add(position, signed, key=key.public)
            most = max(most, checks.waiting)
        found = [(one.position, one.code) for one in checks.finish()]

    assert found == [(position, "key-id-mismatch") for position in FORGED]
    assert 0 < most <= 16
    assert (checks.count, checks.waiting) == (SIGNATURES, 0)
    assert checks.finish() == []
