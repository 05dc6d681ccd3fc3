"""What a learner has, now and then: each answer true for the position it names."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.bank import LEARNER, OPERATOR, SCHOOL, achievement
from tests.e2e.http_bank import SECOND, HttpBank, check_problem, serving
from tests.histories import award_of

BALANCE, AWARDS, TRAIL = (
    f"/v1/learners/{LEARNER}/{name}" for name in ("balance", "awards", "trail")
)


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve a bank on either database, with two awards and a revocation."""
    with serving(tmp_path, database_url) as served:
        write(served)
        yield served


@pytest.fixture
def sqlite_bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve the same on SQLite."""
    with serving(tmp_path, sqlite_url) as served:
        write(served)
        yield served


def write(bank: HttpBank) -> None:
    """Award three credits and 2.5 a day later, and take one back on the third day."""
    bank.award_now("1", assessed_on="2026-06-30")
    bank.clock.step(24 * 3600)
    bank.award_now("2", assessed_on="2026-08-31", credits="2.5")
    bank.clock.step(24 * 3600)
    body = {
        "award_id": award_of("1"),
        "credits": "1",
        "class": "corrected",
        "reason_code": "amount_corrected",
        "effective_on": "2026-09-02",
    }
    answer = bank.send_statement(SCHOOL, "credit.revoked.v1", body=body)
    assert answer.json()["position"] == 6


def earned(bank: HttpBank, **query: str | int) -> object:
    """Return what was earned, as an answer to the past says it."""
    return bank.read(BALANCE, **query)["earned"]


def test_a_balance_is_told_although_its_connections_were_ended(
    tmp_path: Path, postgres_url: str
) -> None:
    """A server that was restarted ends all of them."""
    with serving(tmp_path, postgres_url) as bank, psycopg.connect(postgres_url) as it:
        write(bank)
        before = bank.read(BALANCE)
        it.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert [bank.read(BALANCE) for _ in range(3)] == 3 * [before]


def test_a_balance_is_known_for_now_and_for_every_past(bank: HttpBank) -> None:
    """As recorded, as in force, and both at once."""
    now = bank.read(BALANCE)

    assert (now["earned"], now["position"]) == ("4.5", 6)
    assert "as_of_position" not in now
    past = [earned(bank, as_of_position=position) for position in range(3, 7)]
    assert past == ["0", "3", "5.5", "4.5"]
    assert earned(bank, as_of="2026-09-01T08:00:00.000Z") == "3"
    assert earned(bank, as_of="2026-09-02T07:59:59.999Z") == "3"
    assert earned(bank, as_of="2026-09-02T08:00:00.000Z") == "5.5"
    assert earned(bank, as_of="2020-01-01T00:00:00.000Z") == "0"
    days = ("2026-06-29", "2026-06-30", "2026-08-31", "2026-09-01", "2026-09-02")
    held = [earned(bank, effective_on=day) for day in days]
    assert held == ["0", "3", "5.5", "5.5", "4.5"]
    assert earned(bank, effective_on="2026-09-02", as_of_position=4) == "3"
    assert earned(bank, effective_on="2026-06-30", as_of_position=6) == "3"
    first = "2026-09-01T08:00:00.000Z"
    assert earned(bank, as_of=first, as_of_position=6) == "3"
    told = bank.read(BALANCE, as_of=first, effective_on="2026-07-01")
    assert told["as_of_position"] == 4
    assert (told["as_of"], told["effective_on"]) == (first, "2026-07-01")


def test_awards_and_the_trail_can_be_asked_for_as_they_were(bank: HttpBank) -> None:
    """An award that was not there yet is not found."""
    now = bank.read(AWARDS)["awards"]
    before = bank.read(AWARDS, as_of_position=5)["awards"]
    trail = bank.read(TRAIL)["events"]
    one = bank.read(f"/v1/awards/{award_of('1')}")
    then = bank.read(f"/v1/awards/{award_of('1')}", as_of_position=5)
    early = bank.get(f"/v1/awards/{award_of('2')}", as_of_position=4)

    assert isinstance(now, list)
    assert isinstance(before, list)
    assert isinstance(trail, list)
    assert [a["status"] for a in now] == ["partly_revoked", "active"]
    assert [a["available"] for a in now] == ["2", "2.5"]
    assert [a["available"] for a in before] == ["3", "2.5"]
    assert [event["position"] for event in trail] == [3, 4, 5, 6]
    assert (one["available"], then["available"]) == ("2", "3")
    assert one["title"] == "焊接基础"
    check_problem(early, (404, "no-such-award"), pointer="/path/award_id")
    assert len(list(bank.read(TRAIL, as_of_position=4)["events"])) == 2  # type: ignore[call-overload]


def test_the_trail_takes_no_date_in_force(sqlite_bank: HttpBank) -> None:
    """It says what was recorded: a parameter is not taken and then ignored."""
    bank = sqlite_bank
    answer = bank.get(TRAIL, effective_on="2026-09-01")

    check_problem(answer, (422, "invalid-request"), pointer="/query/effective_on")


def test_who_is_unknown_is_not_found(sqlite_bank: HttpBank) -> None:
    """And says nothing of anybody else."""
    bank = sqlite_bank
    for name in ("balance", "awards", "trail"):
        answer = bank.get(f"/v1/learners/{SECOND}/{name}")
        problem = check_problem(answer, (404, "no-such-learner"))
        assert LEARNER not in str(problem)
    nobody = bank.get("/v1/awards/award_x")
    check_problem(nobody, (404, "no-such-award"), pointer="/path/award_id")


def test_the_future_is_refused(sqlite_bank: HttpBank) -> None:
    """A position that is not there yet has no past."""
    bank = sqlite_bank
    for path in (BALANCE, AWARDS, TRAIL):
        answer = bank.get(path, as_of_position=7)
        check_problem(
            answer, (422, "position-beyond-log"), pointer="/query/as_of_position"
        )


def test_a_list_gives_each_row_once_while_new_ones_arrive(
    sqlite_bank: HttpBank,
) -> None:
    """Whoever follows the pages sees every award in the order recorded."""
    bank = sqlite_bank
    for number in range(3, 8):
        bank.award_now(str(number))
    seen: list[object] = []
    arriving = iter(range(8, 20))

    for page in bank.pages(AWARDS, "awards", limit=2):
        seen += [row["position"] for row in page]
        number = next(arriving)
        if number < 11:
            bank.award_now(str(number))

    positions = [4, 5, *range(7, 15)]
    assert seen == positions
    trail = [e for page in bank.pages(TRAIL, "events", limit=3) for e in page]
    assert [event["position"] for event in trail] == [3, 4, 5, 6, *range(7, 15)]
    frozen = bank.pages(AWARDS, "awards", limit=1, as_of_position=5)
    assert [len(page) for page in frozen] == [1, 1]


def test_an_answer_waits_for_the_position_asked_for(sqlite_bank: HttpBank) -> None:
    """It arrives meanwhile, and the answer knows it."""
    bank = sqlite_bank
    path = f"/v1/awards/{award_of('late')}"
    timer = threading.Timer(0.2, lambda: bank.award_now("late"))
    timer.start()

    answer = bank.read(path, min_position=7)
    timer.join()

    assert answer["position"] == 7
    assert bank.get(path, min_position=0).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        BALANCE,
        AWARDS,
        TRAIL,
        "/v1/members",
        f"/v1/members/{SCHOOL}/keys",
        "/v1/entries",
        "/log/checkpoint",
        "/v1/schemas",
        "/v1/proofs/inclusion/0",
        f"/v1/statements/{SCHOOL}/{'0' * 36}",
    ],
)
def test_a_position_that_does_not_come_is_said_to_be_late(
    path: str, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with the time after which to ask again, on every path alike."""
    monkeypatch.setattr("api.bank.WAIT_SECONDS", 0.05)
    with serving(tmp_path, sqlite_url) as bank:
        answer = bank.get(path, min_position=2**53 - 1)

        check_problem(answer, (503, "not-caught-up"))
        assert answer.headers["retry-after"] == "1"


def publish(bank: HttpBank) -> None:
    """Admit members, and publish what there is to publish."""
    for name in ("a-college", "z-college", "m-college"):
        bank.admit(name, kind="school")
    for code in ("A-1", "B-1"):
        body = achievement(code=code, kind="training")
        bank.post(SCHOOL, "achievement.published.v1", body=body)
    level = {"code": "5", "rank": 1, "name": "初级工"}
    scale = {"code": "skill", "version": 1, "title": "等级", "levels": [level]}
    bank.post(OPERATOR, "framework.published.v1", body=scale)
    year = {"code": "Y1", "starts_on": "2025-09-01", "ends_on": "2026-08-31"}
    dated = {"code": "north", "version": 1, "title": "校历", "years": [year]}
    bank.post(SCHOOL, "calendar.published.v1", body=dated)


def test_the_register_is_public_and_pages_by_key(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Members, keys, achievements, frameworks, calendars."""
    with serving(tmp_path, sqlite_url) as bank:
        publish(bank)
        last = bank.size() - 1

        pages = bank.pages("/v1/members", "members", limit=2, min_position=last)
        members = [row["member_id"] for page in pages for row in page]
        one = bank.read(f"/v1/members/{SCHOOL}")
        keys = bank.read(f"/v1/members/{SCHOOL}/keys")["keys"]
        items = bank.read("/v1/achievements", member=SCHOOL, kind="training")
        none = bank.read("/v1/achievements", member="a-college")
        frameworks = bank.read("/v1/frameworks")["frameworks"]
        calendars = bank.read("/v1/calendars")["calendars"]

        assert members == sorted(
            [OPERATOR, SCHOOL, "a-college", "m-college", "z-college"]
        )
        assert (one["kind"], one["status"]) == ("school", "active")
        assert isinstance(keys, list)
        assert [key["kid"] for key in keys] == [bank.keys[SCHOOL].kid]
        assert keys[0]["jwk"] == dict(bank.keys[SCHOOL].public.jwk)
        found = items["achievements"]
        assert isinstance(found, list)
        assert [item["code"] for item in found] == ["A-1", "B-1"]
        assert none["achievements"] == []
        assert isinstance(frameworks, list)
        assert isinstance(calendars, list)
        assert (len(frameworks), len(calendars)) == (1, 1)
        for path in ("/v1/members/nobody", "/v1/members/nobody/keys"):
            missing = bank.get(path)
            check_problem(missing, (404, "no-such-member"), pointer="/path/member_id")
