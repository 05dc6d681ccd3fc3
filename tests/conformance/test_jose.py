"""Another language and another library: a school in Node.js, with the jose package."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from client.results import Content
from client.statements import StatementFactory
from ledger.domain.statements.envelope import Actor
from ledger.integrity import canonical
from ledger.integrity.batch import read_batch, read_header
from ledger.integrity.declarations import declare, verify_declaration
from ledger.integrity.disclosures import make_disclosure, split
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import IntegrityError, PossessionError, SignatureError
from ledger.integrity.jws import STATEMENT_TYP, read_jws, verify_jws
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey
from ledger.integrity.receipts import SingleReceipt, verify_single
from ledger.integrity.refusals import Refusal, RefusedFault, sign_refusal
from tests.bank import ORIGIN, SCHOOL, Bank, achievement, award
from tests.conformance.node_scripts import run_script

NODE_SCHOOL: Final = "node-college"
DISCLOSED: Final = {"score": "87.5", "grade": {"scale": "五级制", "value": "良"}}
TAMPERED: Final = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"

Declared = Mapping[str, Any]  # Any: JSON as the program answered it.


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """Open a bank with one school that signs in Python."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


@pytest.fixture(params=list(Algorithm))
def node_key(bank: Bank, request: pytest.FixtureRequest) -> Declared:
    """Admit a school whose key was made, and its possession proven, in Node.js."""
    asked = {"alg": request.param, "member": NODE_SCHOOL, "ledger": bank.ledger}
    made: Declared = run_script("declare.mjs", asked)
    body = {"member_id": NODE_SCHOOL, "kind": "school", "name": "节点学院"}
    body["key"] = made["declaration"]
    bank.post("operator", "member.admitted.v1", body=body)
    return made


def sign(made: Declared, statement: object, **disclosed: object) -> dict[str, str]:
    """Have Node.js sign a statement."""
    signed: dict[str, str] = run_script(
        "sign.mjs", {**made, "statement": statement, "disclosed": disclosed}
    )
    return signed


def tampered(jws: str) -> list[str]:
    """Return the JWS with a changed header, payload and signature."""
    header, payload, signature = jws.split(".")
    raw = b64decode(payload)
    other = b64encode(raw[:-1] + b" }")
    flipped = b64encode(bytes([b64decode(signature)[0] ^ 1]) + b64decode(signature)[1:])
    reordered = b64encode(b" " + b64decode(header))
    return [
        f"{header}.{other}.{signature}",
        f"{header}.{payload}.{flipped}",
        f"{reordered}.{payload}.{signature}",
    ]


def test_what_node_signs_is_accepted(bank: Bank, node_key: Declared) -> None:
    """With what it discloses; the receipt holds for the bytes that Node.js has."""
    course = bank.statement(NODE_SCHOOL, "achievement.published.v1", body=achievement())
    bank.submit(bank.receive(sign(node_key, course)["submitted"].encode())).result()
    awarded = award("n-1", achievement=f"{NODE_SCHOOL}/WELD-1@1")
    statement = bank.statement(NODE_SCHOOL, "credit.awarded.v1", body=awarded)

    signed = sign(node_key, statement, **DISCLOSED)
    accepted = bank.submit(bank.receive(signed["submitted"].encode())).result()

    receipt = accepted.receipt
    assert isinstance(receipt, SingleReceipt)
    raw = signed["jws"].encode()
    verify_single(receipt, raw, origin=ORIGIN, key=bank.checkpoint.public)
    (kept,) = bank.vault.kept
    assert {one.name: one.value for one in kept.disclosures} == DISCLOSED
    bank.check_log()


def test_what_was_tampered_with_on_the_way_is_refused(
    bank: Bank, node_key: Declared
) -> None:
    """By the bank, whatever was signed where."""
    course = bank.statement(NODE_SCHOOL, "achievement.published.v1", body=achievement())
    jws = sign(node_key, course)["jws"]

    for changed in tampered(jws):
        with pytest.raises(SignatureError):
            bank.receive(changed.encode())


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_key_declared_in_node_is_for_one_ledger(algorithm: Algorithm) -> None:
    """The proof of possession that Node.js made is read as ours is."""
    asked = {"alg": algorithm, "member": NODE_SCHOOL, "ledger": "a#b"}
    declared = run_script("declare.mjs", asked)["declaration"]

    key = verify_declaration(declared, member_id=NODE_SCHOOL, audience="a#b")

    assert key.algorithm is algorithm
    with pytest.raises(PossessionError):
        verify_declaration(declared, member_id=NODE_SCHOOL, audience="a#c")


def _ours(key: SigningKey) -> list[bytes]:
    """Return what a school signs with our client: a statement and a batch's header."""
    factory = StatementFactory(
        key=key,
        ledger=f"{ORIGIN}#" + "A" * 43,
        actor=Actor(staff="r7", role="registrar", authority="教务处"),
        now=lambda: datetime(2026, 11, 22, 8, tzinfo=UTC),
    )
    disclosure = make_disclosure("score", "87.5", salt="A" * 22)
    content = Content(
        type="credit.awarded.v1",
        body=award("n-1", _sd=[disclosure.digest]),
        disclosures=(disclosure,),
    )
    batch = read_batch(factory.batch([factory.line(content)] * 3))
    return [split(factory.sign(content))[0], batch.header.raw]


def _refusal() -> tuple[SigningKey, bytes]:
    service = SigningKey.generate("operator", KeyUse.SERVICE)
    refusal = Refusal(
        iss=SCHOOL,
        id="00000000-0000-4000-8000-000000000001",
        payload_hash="A" * 43,
        errors=(RefusedFault(code="unknown-account", pointer="/body/learner_id"),),
        decided_at_position=7,
        at="2026-11-22T08:00:00.000Z",
    )
    return service, sign_refusal(refusal, service).encode()


def test_jose_verifies_what_we_sign_and_nothing_else() -> None:
    """Statement, header, refusal and proof of possession, in both algorithms."""
    cases = [_refusal()]
    for algorithm in Algorithm:
        key = SigningKey.generate(SCHOOL, KeyUse.MEMBER, algorithm=algorithm)
        proof = str(declare(key, audience="a#b")["possession"])
        cases += [(key, raw) for raw in (*_ours(key), proof.encode())]

    def ask(key: SigningKey, jws: str) -> dict[str, object]:
        return {"jws": jws, "jwk": dict(key.public.jwk), "alg": key.algorithm}

    good = [ask(key, raw.decode()) for key, raw in cases]
    bad = [ask(key, one) for key, raw in cases for one in tampered(raw.decode())]
    found = run_script("verify.mjs", {"documents": good + bad})["found"]

    for (key, raw), one in zip(cases, found[: len(good)], strict=True):
        assert one["header"].keys() == {"alg", "kid", "typ"}
        assert one["header"]["kid"] == key.kid
        assert one["payload"].encode() == b64decode(raw.split(b".")[1])
        assert canonical.dumps(canonical.loads(one["payload"].encode()))
    assert [one["code"] for one in found[len(good) :]] == [TAMPERED] * len(bad)


def test_a_header_of_ours_is_no_statement_in_either_language() -> None:
    """``typ`` tells documents apart; both libraries hand it out for checking."""
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    statement, header = _ours(key)

    verify_jws(read_jws(statement, typ=STATEMENT_TYP), key.public)
    assert read_header(header)[1].count == 3
    with pytest.raises(IntegrityError):
        read_jws(header, typ=STATEMENT_TYP)
