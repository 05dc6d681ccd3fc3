"""What is in the log is read as it was received, and identified by its payload."""

import orjson
import pytest

from ledger.domain.errors.statements import (
    InvalidStatementError,
)
from ledger.intake import no_tags, read_recorded, receive_founding
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import (
    IntegrityError,
    NonCanonicalError,
    PossessionError,
)
from ledger.integrity.jws import STATEMENT_TYP, read_jws
from ledger.integrity.keys import Algorithm, KeyUse, SigningKey
from ledger.lists.drafts import Draft
from ledger.sequencer import RefusedError
from tests.bank import OPERATOR, ORIGIN, SCHOOL, Bank
from tests.unit.intake.knocking import (
    awarded,
    fault_of,
    signed_text,
)
from tests.unit.integrity.test_forged_signatures import P256_ORDER


def test_a_declared_key_proves_possession(bank: Bank) -> None:
    """For this ledger: a proof made for another one is worth nothing."""
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    for ledger, accepted in ((bank.ledger, True), (ORIGIN, False)):
        body = {"member_id": SCHOOL, "key": declare(key, audience=ledger)}
        raw = bank.sign(bank.statement(SCHOOL, "key.added.v1", body=body))
        if accepted:
            assert bank.receive(raw).body_hash == ""
            continue
        with pytest.raises(PossessionError) as refused:
            bank.receive(raw)
        assert refused.value.pointer == "/body/key/possession"


def test_an_es256_twin_is_the_same_statement(bank: Bank) -> None:
    """Anyone can make it; the first answer is given again, over the first bytes."""
    key = SigningKey.generate("twin-college", KeyUse.MEMBER, algorithm=Algorithm.ES256)
    bank.keys["twin-college"] = key
    bank.admit("twin-college", kind="school")
    body = {"learner_id": "learner_" + "0" * 31 + "9", "mode": "provisional"}
    raw = bank.sign(bank.statement("twin-college", "account.opened.v1", body=body))
    signed = read_jws(raw, typ=STATEMENT_TYP)
    s = P256_ORDER - int.from_bytes(signed.signature[32:])
    other = b64encode(signed.signature[:32] + s.to_bytes(32)).encode()

    first = bank.submit(bank.receive(raw)).result()
    twin = bank.receive(signed.signing_input + b"." + other)
    again = bank.submit(twin).result()

    assert twin.member_bytes != raw
    assert again.receipt == first.receipt
    bank.check_log()


def test_the_same_facts_in_another_spelling_are_another_statement(bank: Bank) -> None:
    """Under one id they conflict: what was signed is the bytes."""
    statement = bank.award("spelled")
    bank.submit(bank.receive(bank.sign(statement))).result()
    spaced = orjson.dumps(statement, option=orjson.OPT_INDENT_2)

    with pytest.raises(RefusedError) as refused:
        bank.submit(bank.receive(signed_text(bank, spaced))).result()
    assert str(refused.value) == "statement-id-conflict"


def test_history_is_read_as_it_was_received(bank: Bank) -> None:
    """A single in its own spelling, a line of a batch in the canonical one only."""
    spaced = orjson.dumps(awarded(bank), option=orjson.OPT_INDENT_2)
    signed = read_jws(signed_text(bank, spaced), typ=STATEMENT_TYP)

    read = read_recorded(signed, signed.payload)

    assert isinstance(read, Draft)
    assert read.member_bytes == signed.raw
    with pytest.raises(NonCanonicalError):
        read_recorded(signed, bytes(bytearray(spaced)))


def test_nobody_tags_what_was_never_disclosed() -> None:
    """A reader of history has no key to tag with."""
    with pytest.raises(LookupError):
        no_tags({"scheme": "1+X", "number": "X-2026-001"})


def founding(bank: Bank, **changes: object) -> bytes:
    """Return entry 0 as the operator would sign it, with changes."""
    body = {
        "member_id": OPERATOR,
        "kind": "operator",
        "name": "运营机构",
        "key": declare(bank.keys[OPERATOR], audience=ORIGIN),
        **changes,
    }
    statement = bank.statement(OPERATOR, "member.admitted.v1", body=body, aud=ORIGIN)
    return bank.sign(statement)


def test_entry_0_is_signed_with_the_key_that_it_declares(bank: Bank) -> None:
    """There is no other word for it yet."""
    other = SigningKey.generate(OPERATOR, KeyUse.MEMBER)
    declared = {"key": declare(other, audience=ORIGIN)}
    raw = founding(bank)
    flipped = raw[:-2] + (b"A" if raw[-2:-1] != b"A" else b"B") + raw[-1:]

    assert receive_founding(raw).member_bytes == raw
    for wrong in (founding(bank, **declared), flipped):
        with pytest.raises(IntegrityError):
            receive_founding(wrong)


def test_another_statement_does_not_found_a_ledger(bank: Bank) -> None:
    """Whoever signed it."""
    with pytest.raises(InvalidStatementError) as refused:
        receive_founding(bank.sign(awarded(bank)))

    assert fault_of(refused.value) == ("/type", "not-founding")
