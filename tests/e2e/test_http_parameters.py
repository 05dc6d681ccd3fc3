"""Parameters and cursors without a legal value: named, and never passed on."""

import hashlib
from collections.abc import Iterator

import pytest

from api.reading import make_cursor
from ledger.integrity.encoding import b64encode
from tests.bank import LEARNER
from tests.e2e.http_bank import HttpBank, check_problem, serving

BALANCE = f"/v1/learners/{LEARNER}/balance"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve one bank, which nothing here changes."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        served.award_now("1")
        yield served


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/members?limit=0", "/query/limit"),
        ("/v1/members?limit=501", "/query/limit"),
        ("/v1/members?limit=-1", "/query/limit"),
        ("/v1/members?limit=abc", "/query/limit"),
        ("/v1/members?limit=1e2", "/query/limit"),
        ("/v1/members?limit=" + "9" * 5000, "/query/limit"),
        ("/v1/members?min_position=-1", "/query/min_position"),
        ("/v1/members?min_position=9007199254740992", "/query/min_position"),
        ("/v1/members?unknown=1", "/query/unknown"),
        ("/v1/members?a~/b=1", "/query/a~0~1b"),
        ("/v1/members?%FF=1", "/query/\N{REPLACEMENT CHARACTER}"),
        ("/v1/members/%00", "/path/member_id"),
        ("/v1/members/a%0D%0AX-Evil:1", "/path/member_id"),
        ("/v1/members/" + "a" * 65, "/path/member_id"),
        ("/v1/learners/%00/balance", "/path/learner_id"),
        ("/v1/learners/%E5%BC%A0/trail", "/path/learner_id"),
        ("/v1/awards/%00", "/path/award_id"),
        ("/v1/statements/x/%00", "/path/identity"),
        (f"{BALANCE}?as_of=yesterday", "/query/as_of"),
        (f"{BALANCE}?as_of=2026-13-01T00:00:00.000Z", "/query/as_of"),
        (f"{BALANCE}?as_of=0000-00-00T00:00:00.000Z", "/query/as_of"),
        (f"{BALANCE}?effective_on=2026-02-30", "/query/effective_on"),
        (f"{BALANCE}?as_of_position=-1", "/query/as_of_position"),
        (f"{BALANCE}?as_of_position=1.5", "/query/as_of_position"),
        ("/v1/entries?after=-2", "/query/after"),
        ("/v1/entries?after=99999999999999999999", "/query/after"),
        ("/v1/proofs/inclusion/-1", "/path/position"),
        ("/v1/proofs/inclusion/99999999999999999999", "/path/position"),
        ("/v1/proofs/inclusion/0?size=0", "/query/size"),
        ("/v1/proofs/consistency?from=0&to=1", "/query/from"),
        ("/v1/proofs/consistency", "/query/to"),
        ("/v1/schemas/credit.awarded.v1?x=1", "/query/x"),
        ("/log/checkpoint?x=1", "/query/x"),
    ],
)
def test_a_parameter_without_a_legal_value_is_named(
    bank: HttpBank, path: str, pointer: str
) -> None:
    """422 with a JSON pointer to it."""
    check_problem(bank.client.get(path), (422, "invalid-request"), pointer=pointer)


@pytest.mark.parametrize(
    "place", ["x", "-5", "\uff11", "1" * 30, "1.5", "a\x00b", "é" * 3]
)
def test_a_cursor_that_was_made_by_hand_is_refused(bank: HttpBank, place: str) -> None:
    """Even with the right check, which anyone can compute."""
    for path in (f"/v1/learners/{LEARNER}/awards", f"/v1/learners/{LEARNER}/trail"):
        answer = bank.get(path, cursor=make_cursor(place, of=path))
        check_problem(answer, (422, "invalid-cursor"), pointer="/query/cursor")


def test_a_cursor_of_another_list_or_of_none_is_refused(bank: HttpBank) -> None:
    """It belongs to the list that gave it."""
    foreign = make_cursor("1", of="/v1/achievements")
    zero = make_cursor("a\x00", of="/v1/members")
    checked = hashlib.sha256(b"/v1/members|").hexdigest()[:12]
    empty = b64encode(f"{checked}|".encode())
    for cursor in (
        "",
        "x",
        "=",
        "%00",
        "A" * 400,
        foreign,
        zero,
        empty,
        b64encode(b"\xff"),
    ):
        answer = bank.get("/v1/members", cursor=cursor)
        check_problem(answer, (422, "invalid-cursor"), pointer="/query/cursor")
