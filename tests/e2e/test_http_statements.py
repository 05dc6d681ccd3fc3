"""One request goes in as bytes and comes out as a receipt, once and for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from ledger.domain.types import instant_of
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine
from ledger.integrity.disclosures import make_disclosure
from ledger.integrity.receipts import (
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    verify_batch,
    verify_single,
)
from ledger.integrity.refusals import read_refusal
from tests.bank import LEARNER, ORIGIN, SCHOOL
from tests.e2e.http_bank import BATCH, HttpBank, check_problem, serving


@pytest.fixture(params=[False, True], ids=["here", "apart"])
def sqlite_bank(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str
) -> Iterator[HttpBank]:
    """Serve a bank on SQLite, and by a process that only answers."""
    with serving(tmp_path, sqlite_url, apart=request.param) as served:
        yield served


def test_a_statement_is_answered_with_a_receipt_that_verifies(bank: HttpBank) -> None:
    """201; the same bytes again get the same answer, byte for byte, and say so."""
    raw = bank.sign(bank.award("1"))

    first = bank.send(raw)
    bank.award_now("2")
    bank.clock.step(30 * 24 * 3600)
    again = bank.send(raw)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["x-ledger-position"] == "4"
    assert again.headers["x-ledger-position"] == "4"
    receipt = SingleReceipt.model_validate_json(first.content)
    verify_single(receipt, raw, origin=ORIGIN, key=bank.checkpoint.public)
    assert bank.size() == 6
    bank.check_log()


def test_a_batch_is_answered_with_one_receipt_for_all_its_lines(bank: HttpBank) -> None:
    """201; repeated it is answered the same, and each line can be asked for."""
    statements = [bank.award(str(number)) for number in range(20)]
    raw = bank.batch_bytes(SCHOOL, statements)

    first = bank.send(raw, BATCH)
    again = bank.send(raw, BATCH)
    line = bank.read(f"/v1/statements/{SCHOOL}/{statements[7]['id']}")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["x-ledger-position"] == "24"
    receipt = BatchReceipt.model_validate_json(first.content)
    header, *lines = raw.removesuffix(b"\n").split(b"\n")
    verify_batch(
        receipt,
        header,
        statements=[one.partition(b'"statement":')[2][:-1] for one in lines],
        origin=ORIGIN,
        key=bank.checkpoint.public,
    )
    assert (line["outcome"], line["position"]) == ("accepted", 12)
    found = LineReceipt.model_validate_json(orjson.dumps(line["receipt"]))
    assert found.batch.index == 7
    assert bank.check_log().awards == 20


def test_the_outcome_can_be_asked_for_by_who_lost_the_answer(bank: HttpBank) -> None:
    """The receipt is the first one; an id nobody used is a 404 of its own."""
    statement = bank.award("1")
    sent = bank.send(bank.sign(statement))

    known = bank.read(f"/v1/statements/{SCHOOL}/{statement['id']}", min_position=4)
    unknown = bank.get(f"/v1/statements/{SCHOOL}/{'0' * 36}")

    assert known == {"outcome": "accepted", "position": 4, "receipt": sent.json()}
    check_problem(unknown, (404, "no-such-statement"), pointer="/path/identity")


def test_a_refusal_is_evidence_and_is_remembered(sqlite_bank: HttpBank) -> None:
    """It is signed by the service key, the same again, until the statement expires."""
    bank = sqlite_bank
    statement = bank.award("1", credits="3.5")
    raw = bank.sign(statement)
    path = f"/v1/statements/{SCHOOL}/{statement['id']}"

    first = check_problem(bank.send(raw), (422, "credits-above-achievement"))
    bank.award_now("other")
    again = check_problem(bank.send(raw), (422, "credits-above-achievement"))
    asked = bank.client.get(path, headers={"Accept-Language": "zh"})
    bank.clock.step(2 * 24 * 3600)
    later = bank.get(path)

    assert first["decided_at_position"] == 3
    assert again["refusal"] == first["refusal"]
    evidence = read_refusal(str(first["refusal"]), key=bank.service.public)
    assert (evidence.iss, evidence.id) == (SCHOOL, statement["id"])
    assert evidence.errors[0].pointer == "/body/credits"
    assert asked.json()["outcome"] == "refused"
    assert asked.json()["refusal"] == first["refusal"]
    assert asked.headers["content-language"] == "zh-CN"
    check_problem(later, (404, "no-such-statement"))
    assert bank.size() == 5


def test_disclosures_go_to_the_vault_and_never_into_the_log(bank: HttpBank) -> None:
    """Singly and in a batch."""
    score = make_disclosure("score", "A-PRIVATE-93", salt="s" * 22)
    other = make_disclosure("score", "A-PRIVATE-94", salt="t" * 22)
    single = bank.sign(bank.award("1", _sd=[score.digest]), disclosures=[score])
    statement = bank.award("2", _sd=[other.digest])
    line = BatchLine(statement=canonical.dumps(statement), disclosures=(other.encoded,))

    one = bank.send(single)
    many = bank.send(bank.seal_lines([line]), BATCH)

    assert (one.status_code, many.status_code) == (201, 201)
    assert not any(b"A-PRIVATE" in raw for raw in bank.raw_entries())
    kept = [one.disclosures[0].value for one in bank.served.vault.read(LEARNER)]
    assert sorted(map(str, kept)) == ["A-PRIVATE-93", "A-PRIVATE-94"]
    bank.check_log()


def test_a_post_is_answered_alike_on_either_way_in(sqlite_bank: HttpBank) -> None:
    """The framework sees only what asks for something besides, and names its fault."""
    bank = sqlite_bank
    raw = bank.sign(bank.award("1"))
    known = {"Content-Type": "application/jose", "X-Request-Id": "known"}

    first = bank.send(raw)
    short, long = (
        bank.client.post(f"/v1/statements{query}", content=raw, headers=known)
        for query in ("", "?&")
    )
    asking = bank.client.post("/v1/statements?x=1", content=raw, headers=known)
    broken = [
        bank.client.post(f"/v1/statements{query}", content=b"x", headers=known)
        for query in ("", "?&")
    ]

    assert first.status_code == 201
    assert (short.content, long.content) == (first.content, first.content)
    assert sorted(short.headers.items()) == sorted(long.headers.items())
    assert short.headers["cache-control"] == "no-store"
    assert short.headers["referrer-policy"] == "no-referrer"
    check_problem(asking, (422, "invalid-request"), pointer="/query/x")
    assert broken[0].status_code == 400
    assert broken[0].content == broken[1].content
    assert sorted(broken[0].headers.items()) == sorted(broken[1].headers.items())


def test_media_types_are_read_without_regard_to_case_or_parameters(
    sqlite_bank: HttpBank,
) -> None:
    """RFC 9110 §8.3.1."""
    bank = sqlite_bank

    answer = bank.send(bank.sign(bank.award("1")), "Application/JOSE; charset=utf-8")

    assert answer.status_code == 201


def test_posts_at_once_with_duplicates_are_each_accepted_once(
    sqlite_bank: HttpBank,
) -> None:
    """Every answer to the same bytes is the same, and one of them is the first."""
    bank = sqlite_bank
    raws = [bank.sign(bank.award(str(number))) for number in range(60)]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(bank.send, raws * 5))

    assert {answer.status_code for answer in answers} == {201}
    by_place = [answers[place::60] for place in range(60)]
    assert all(len({one.content for one in same}) == 1 for same in by_place)
    replayed = [
        sum("idempotent-replayed" in one.headers for one in same) for same in by_place
    ]
    assert replayed == [4] * 60
    positions = {answer.json()["position"] for answer in answers}
    assert positions == set(range(4, 64))
    assert bank.check_log().awards == 60


def test_a_clock_that_jumps_stops_the_writing_and_nothing_else(
    sqlite_bank: HttpBank,
) -> None:
    """503 with Retry-After; the same bytes are accepted once it was confirmed."""
    bank = sqlite_bank
    raw = bank.sign(bank.award("1"))
    bank.clock.wall += timedelta(minutes=6)

    refused = bank.send(raw)
    read = bank.get("/v1/members")
    bank.served.confirm_clock()
    accepted = bank.send(raw)

    check_problem(refused, (503, "clock-jumped"))
    assert refused.headers["retry-after"] == "1"
    assert read.status_code == 200
    assert accepted.status_code == 201
    assert accepted.json()["recorded_at"] == instant_of(bank.clock.now())
