"""What is answered before HTTP is spoken is answered as it would be after."""

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.threshold import Threshold
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine
from tests.bank import LEARNER, OPERATOR, SCHOOL
from tests.consortium_names import mandate
from tests.e2e.http_bank import BATCH, SECOND, SINGLE, HttpBank
from tests.e2e.http_line import HOST, NAMED
from tests.e2e.http_talk import CREATED, app_of, asking, door_of, post, say

MERGE = "6512bd43-d9ca-4679-8f14-e45fceea4679"
LOST = b"GET /nowhere HTTP/1.1\r\n" + HOST + NAMED + b"\r\n"


def line_of(bank: HttpBank, reference: str) -> BatchLine:
    """Return a line with an award."""
    return BatchLine(statement=canonical.dumps(bank.award(reference)))


@pytest.mark.parametrize("pausing", [False, True])
def test_every_answer_is_the_same_in_both_ways(
    bank: HttpBank, *, pausing: bool
) -> None:
    """Receipts, refusals and what is wrong with a request: each byte in its order."""
    single, batch = bank.sign(bank.award("1")), bank.seal_lines([line_of(bank, "2")])
    refused = bank.sign(bank.award("3", learner_id="learner_" + "f" * 32))
    for raw, kind in ((single, SINGLE), (batch, BATCH), (refused, SINGLE)):
        bank.send(raw, kind)
    good, other = post(single), post(batch, media_type=BATCH)
    talks = [
        [good],
        [other],
        [post(refused)],
        [post(refused, b"Accept-Language: zh-CN")],
        [post(single[:-9] + b"AAAAAAAAA")],
        [post(b"")],
        [post(b"{}\n", media_type=BATCH)],
        [post(single, media_type="text/plain")],
        [post(single, media_type="application/jose; charset=utf-8")],
        [good.replace(HOST, b"Host: elsewhere.example\r\n")],
        [good, good],
        [good + other + good],
        [good + good[:40], good[40:]],
        [good + LOST + good],
        [post(single, b"Connection: close"), good],
        [good[:60], good[60:] + other],
        [good + post(b"") + good],
    ]
    for pieces in talks:
        found = [
            say(bank, pieces, speaking=speaking, pausing=pausing)
            for speaking in (HttpToolsProtocol, Threshold)
        ]
        assert found[0] == found[1]
        assert found[0][0].startswith(b"HTTP/1.1 ")
    assert door_of(bank).posts == sum(door_of(bank).tally.held_bytes) == 0


def merge(bank: HttpBank) -> None:
    """Give the learner a second account, and merge it into the first."""
    body = {"learner_id": SECOND, "mode": "self"}
    bank.post(SCHOOL, "account.opened.v1", body=body, mandate=mandate(bank))
    names = {"merge_id": MERGE, "survivor": LEARNER, "absorbed": SECOND}
    for party in (SCHOOL, OPERATOR):
        body = {**names, "reason_code": "duplicate"}
        bank.post(party, "accounts.merged.v1", body=body)


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_balance_is_told_the_same_in_both_ways(
    bank: HttpBank, *, is_merged: bool
) -> None:
    """Whether one question to the database is enough or not; and whose it is not."""
    if is_merged:
        merge(bank)
    bank.award_now("1")
    replay = post(bank.sign(bank.award("2")))
    say(bank, [replay])
    known, unknown = asking(LEARNER), asking("learner_" + "f" * 32)
    talks = [
        [known],
        [known + known],
        [known[:30], known[30:] + known],
        [unknown],
        [asking("learner_" + "f" * 32, b"Accept-Language: zh-CN")],
        [asking("nobody")],
        [known.replace(HOST, b"Host: elsewhere.example\r\n"), known],
        [known.replace(b"balance", b"balance?at=3")],
        [asking(LEARNER, b"Connection: close"), known],
        [known + replay + known],
        [replay + known + LOST + known],
    ]
    for pieces in talks:
        found = [
            say(bank, pieces, speaking=speaking)
            for speaking in (HttpToolsProtocol, Threshold)
        ]
        assert found[0] == found[1]
        assert found[0][0].startswith(b"HTTP/1.1 ")


def test_what_cannot_be_answered_ends_in_the_same_way(
    bank: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database whose head nobody can read, say; the connection is not left open."""

    def fail() -> None:
        raise LookupError

    app = app_of(bank)
    store = app.state.bank.store
    say(bank, [post(bank.sign(bank.award("1")))])
    monkeypatch.setattr(store, "read_head", fail)
    found = [
        say(bank, [post(b"no statement")], speaking=speaking)
        for speaking in (HttpToolsProtocol, Threshold)
    ]
    assert found[0] == found[1]
    assert found[0][0].startswith(b"HTTP/1.1 500 ")
    assert found[0][1]
    assert door_of(bank).posts == 0


def test_rubbish_that_follows_is_answered_after_the_post(bank: HttpBank) -> None:
    """Whoever reads the answers in their order takes each for what it is."""
    raw = post(bank.sign(bank.award("1")))

    told, is_over, _ = say(bank, [raw + b"no request\r\n\r\n"])

    assert told.startswith(CREATED)
    assert told.count(b"HTTP/1.1 400 ") == told.count(b"HTTP/1.1 ") - 1 == 1
    assert is_over
