"""The vault's database goes away under a running bank, and comes back."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger.database import open_engine
from ledger.integrity.disclosures import make_disclosure
from ledger.vault.vault import Disclosed
from tests.bank import LEARNER, SCHOOL
from tests.e2e.http_bank import HttpBank, check_problem, serving

DEADLINE_SECONDS = 300
LONG_PAST = "2026-08-01T08:00:00.000Z"
SCORE = make_disclosure("score", "93", salt="s" * 22)


@pytest.fixture
def bank(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HttpBank]:
    """Serve a bank that sweeps its vault all the time."""
    monkeypatch.setattr("api.upkeep.SWEEP_SECONDS", 0.01)
    with serving(tmp_path, sqlite_url) as served:
        yield served


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """Take the vault's tables away for a while."""
    engine = open_engine(f"sqlite:///{folder / 'vault.db'}")
    for old, new in (("vault_sealed", "gone"), ("gone", "vault_sealed")):
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
        if new == "gone":
            yield
    engine.dispose()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_sweeping_goes_on_when_the_vault_is_back(
    bank: HttpBank, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed sweep is told, and is not the last one."""
    with away(tmp_path):
        wait_until(lambda: "the vault was not swept" in caplog.text)
    unclaimed = Disclosed(
        iss=SCHOOL,
        statement_id="never posted",
        payload_hash="none",
        learner_id=LEARNER,
        disclosures=(SCORE,),
        expires_at=LONG_PAST,
    )
    bank.served.vault.put([unclaimed])

    wait_until(lambda: bank.served.vault.read(LEARNER) == [])


def test_what_discloses_waits_for_the_vault(bank: HttpBank, tmp_path: Path) -> None:
    """503 that names the vault in either language; what discloses nothing goes in."""
    raw = bank.sign(bank.award("R-1", _sd=[SCORE.digest]), disclosures=[SCORE])
    with away(tmp_path):
        refused = bank.send(raw)
        chinese = bank.send(raw, Accept_Language="zh-CN")
        plain = bank.award_now("R-2")
    accepted = bank.send(raw)

    assert "vault" in str(check_problem(refused, (503, "busy"))["detail"])
    assert "保险库" in str(check_problem(chinese, (503, "busy"))["detail"])
    assert refused.headers["retry-after"]
    assert accepted.json()["position"] == plain + 1
    bank.check_log()
