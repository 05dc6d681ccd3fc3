"""What falls due by the clock is said by the bank, once, and counts from its date."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api.bank import Bank as Served
from api.duties import perform_duties
from ledger.sequencer import Sequencer
from ledger.store.restores import note_restored
from ledger.store.schema import log_restores
from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import CONSUMING, case
from tests.e2e.http_bank import HttpBank
from tests.e2e.http_cases import (
    DESK,
    about_case,
    apply,
    exchanging,
    path_of,
    send,
    sewing,
)

DAY = 24 * 3600
Json = dict[str, Any]  # Any: plain JSON.


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve two colleges."""
    with exchanging(tmp_path, sqlite_url) as served:
        yield served


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve the same on either database."""
    with exchanging(tmp_path, database_url) as served:
        yield served


class Restarted:
    """A served bank with a writer that has not seen the log yet."""

    def __init__(self, served: Served, sequencer: Sequencer) -> None:
        """Speak through this writer."""
        self.store, self.sequencer = served.store, sequencer
        self.service, self.clock = served.service, served.clock
        self.ledger_record, self.today = served.ledger_record, served.today


def types_since(bank: HttpBank, size: int) -> list[str]:
    """Return the types of the entries after the first ``size``."""
    entries = bank.store.read_entries(after=size - 1, limit=1_000)
    return [entry.topic for entry in entries]


def test_a_desk_that_lets_its_time_pass_loses_the_case(bank: HttpBank) -> None:
    """Not on its last day; on the next one the lots are free again."""
    source = sewing(bank, "one")
    apply(bank, 1, rule=CONSUMING, lots=[(source, "2")])
    size = bank.size()

    bank.clock.step(2 * DAY)
    assert perform_duties(bank.served) == 0
    bank.clock.step(DAY)
    assert perform_duties(bank.served) == 1
    assert perform_duties(bank.served) == 0

    assert types_since(bank, size) == ["exchange.lapsed.v1"]
    lapsed: Json = bank.read(f"/v1/exchanges/{case(1)}", min_position=size)
    free: Json = bank.read(path_of("balance"))
    assert (lapsed["status"], lapsed["desk"]) == ("lapsed", None)
    assert (free["issued"][0]["held"], free["issued"][0]["available"]) == ("0", "2")
    bank.check_log()


def test_a_restored_bank_says_nothing_of_its_own(bank: HttpBank) -> None:
    """What is due waits until the bank was compared, and is said then."""
    source = sewing(bank, "one")
    apply(bank, 1, rule=CONSUMING, lots=[(source, "2")])
    bank.clock.step(3 * DAY)
    with bank.store.engine.begin() as connection:
        now = "2026-09-04T08:00:00.000Z"
        note_restored(connection, restored_at=now, made_at=now, size=1, root=b"")
    restarted = Restarted(bank.served, bank.open_sequencer())

    said = [perform_duties(restarted)]
    with bank.store.engine.begin() as connection:
        connection.execute(update(log_restores).values(compared_at=now))
    said.append(perform_duties(restarted))
    restarted.sequencer.close()

    assert said == [0, 1]


def test_a_case_that_came_back_is_not_held_for_ever(bank: HttpBank) -> None:
    """Whoever applied lets the time pass: the lots are free again."""
    source = sewing(bank, "one")
    apply(bank, 1, rule=CONSUMING, lots=[(source, "2")])
    back: Json = {"step": 0, "reason_code": "document_missing", "missing": "成绩单"}
    returned = about_case(bank, "returned", number=1, **back)
    assert returned.status_code == 201, returned.text
    size = bank.size()

    bank.clock.step(30 * DAY)
    assert perform_duties(bank.served) == 1

    assert types_since(bank, size) == ["exchange.lapsed.v1"]
    bank.check_log()


def test_a_lot_expires_by_its_date_said_or_not(bank: HttpBank) -> None:
    """Its last day still counts; what the bank says later changes nothing."""
    award = bank.award("short", valid_until="2026-09-02")
    bank.send(bank.sign(award))
    size = bank.size()
    bank.clock.step(DAY)
    last_day: Json = bank.read(path_of("balance"), min_position=size - 1)
    assert perform_duties(bank.served) == 0

    bank.clock.step(DAY)
    unsaid: Json = bank.read(path_of("balance"))
    dated = [_parts(bank, effective_on=f"2026-09-0{day}") for day in (2, 3)]
    assert perform_duties(bank.served) == 1
    assert perform_duties(bank.served) == 0
    said: Json = bank.read(path_of("balance"), min_position=size)

    assert _row(last_day) == ("3", "0")
    assert _row(unsaid) == _row(said) == ("0", "3")
    assert dated == [("3", "0"), ("0", "3")]
    assert [_parts(bank, effective_on=f"2026-09-0{day}") for day in (2, 3)] == dated
    assert _parts(bank, as_of_position=size - 1) == ("3", "0")
    (one,) = list(bank.read(path_of("awards"))["awards"])  # type: ignore[call-overload]
    assert (one["status"], one["expires_on"]) == ("expired", "2026-09-02")
    assert types_since(bank, size) == ["credit.expired.v1"]
    bank.check_log()


def _row(balance: Json) -> tuple[str, str]:
    (row,) = [one for one in balance["issued"] if one["member"] == SCHOOL]
    return row["available"], row["expired"]


def _parts(bank: HttpBank, **query: str | int) -> tuple[str, str]:
    balance: Json = bank.read(path_of("balance", LEARNER), **query)
    return _row(balance)


def test_a_round_is_bounded_and_the_next_goes_on(
    either: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left over waits; nothing is said twice, nothing is forgotten."""
    bank = either
    monkeypatch.setattr("api.duties.PAGE", 2)
    monkeypatch.setattr("api.duties.ROUND_MAX", 4)
    for number in range(5):
        bank.send(bank.sign(bank.award(f"{number}", valid_until="2026-09-01")))
    bank.clock.step(DAY)

    assert [perform_duties(bank.served) for _ in range(3)] == [4, 1, 0]
    bank.check_log()


def test_what_comes_back_to_an_expired_lot_expires_anew(bank: HttpBank) -> None:
    """By an exchange that is reversed after the shelf life has ended."""
    source = sewing(bank, "one", valid_until="2026-09-02")
    apply(bank, 1, rule=CONSUMING, lots=[(source, "1")])
    body = bank.client.get(f"/v1/exchanges/{case(1)}/quote").json()["body"]
    send(bank, "exchange.accepted.v1", body=body, actor=DESK)
    bank.clock.step(2 * DAY)

    assert perform_duties(bank.served) == 2
    why = {"reason_code": "recorded_in_error"}
    answer = about_case(bank, "reversed", number=1, **why)
    assert answer.status_code == 201, answer.text
    assert perform_duties(bank.served) == 1
    lot: Json = bank.read(f"/v1/awards/{source}")
    assert (lot["expired"], lot["available"], lot["exchanged"]) == ("2", "0", "0")
    bank.check_log()


def test_a_bank_that_is_closing_says_nothing_more(bank: HttpBank) -> None:
    """The next one finds it due."""
    bank.send(bank.sign(bank.award("short", valid_until="2026-09-01")))
    bank.clock.step(DAY)
    size = bank.size()
    bank.served.sequencer.close()

    assert perform_duties(bank.served) == 0
    assert bank.size() == size
