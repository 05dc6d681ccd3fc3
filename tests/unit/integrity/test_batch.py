"""A batch is what its header signed, line by line, or nothing."""

import pytest

from ledger.integrity import canonical
from ledger.integrity.batch import (
    BATCH_BYTES_MAX,
    BATCH_LINES_MAX,
    BatchLine,
    BatchPayload,
    batch_root,
    read_batch,
    read_header,
    seal_batch,
)
from ledger.integrity.errors import (
    BatchCountError,
    BatchHeaderError,
    BatchLineError,
    BatchLinesMaxError,
    BatchRootError,
    DuplicateKeyError,
    JwsFormError,
    KeyIdError,
    KeyUseError,
    OversizedError,
    SignatureError,
    TypError,
)
from ledger.integrity.jws import (
    BATCH_TYP,
    STATEMENT_TYP,
    SignedBytes,
    sign_jws,
    verify_jws,
)
from ledger.integrity.keys import KeyUse, SigningKey
from tests.unit.integrity.forge import (
    KEY,
    STRANGER,
    forge_batch,
    header_payload,
    lines,
    statement,
)

GOOD = b'{"disclosures":[],"statement":' + statement() + b"}"
HEADER_BYTES = sign_jws(
    KEY,
    canonical.dumps(
        {**header_payload(), "type": "batch.v1", "count": 1, "root": "A" * 43}
    ),
    typ=BATCH_TYP,
)


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
def test_what_is_sealed_is_read(count: int) -> None:
    """Statements come back verbatim, and parsed."""
    sent = lines(count)

    batch = read_batch(seal_batch(KEY, header_payload(), lines=sent))

    verify_jws(batch.header, KEY.public)
    assert batch.lines == sent
    assert [line.value["number"] for line in batch.lines] == list(range(count))
    assert batch.payload.count == count
    assert batch.payload.root == batch_root(line.statement for line in sent)


def test_the_last_newline_may_be_missing() -> None:
    """Some tools leave it out."""
    raw = seal_batch(KEY, header_payload(), lines=lines(2))

    assert read_batch(raw[:-1]) == read_batch(raw)


def test_a_line_made_by_hand_is_parsed_on_demand() -> None:
    """The same value as if it had been read."""
    line = BatchLine(statement=statement(7))

    assert line.value["number"] == 7
    with pytest.raises(DuplicateKeyError):
        _ = BatchLine(statement=b'{"a":1,"a":2}').value


ROOTS = {
    "changed-line": [statement(0), statement(1), statement(9)],
    "swapped-lines": [statement(1), statement(0), statement(2)],
    "line-missing": [statement(0), statement(1)],
    "line-too-many": [statement(0), statement(1), statement(2), statement(2)],
    "nothing": [],
}


@pytest.mark.parametrize("signed", ROOTS.values(), ids=ROOTS.keys())
def test_a_root_over_other_lines_is_refused(signed: list[bytes]) -> None:
    """Well signed, but not for these lines in this order."""
    texts = [b'{"disclosures":[],"statement":' + statement(n) + b"}" for n in range(3)]

    with pytest.raises(BatchRootError) as refused:
        read_batch(forge_batch(texts, signed))

    assert refused.value.pointer == "/root"


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_another_count_is_refused(count: int) -> None:
    """Even under the right root."""
    with pytest.raises(BatchCountError) as refused:
        read_batch(forge_batch([GOOD] * 2, [statement()] * 2, count=count))

    assert refused.value.details == {"lines": 2, "count": count}


def test_a_batch_without_lines_is_refused() -> None:
    """There would be nothing to sign for."""
    with pytest.raises(BatchCountError):
        read_batch(HEADER_BYTES)
    with pytest.raises(BatchHeaderError):
        read_batch(forge_batch([], []))


def test_sizes_are_limited() -> None:
    """Before the header is read."""
    with pytest.raises(BatchLinesMaxError) as refused:
        read_batch(b"\n" * (BATCH_LINES_MAX + 2))
    assert refused.value.details == {"limit": BATCH_LINES_MAX}
    with pytest.raises(JwsFormError):
        read_batch(b"\n" * (BATCH_LINES_MAX + 1))
    with pytest.raises(OversizedError) as large:
        read_batch(b"\n" * (BATCH_BYTES_MAX + 1))
    assert large.value.details == {"limit_bytes": BATCH_BYTES_MAX}


def test_a_good_header_is_read_alone() -> None:
    """As an auditor finds it in the log."""
    signed, payload = read_header(HEADER_BYTES)

    assert signed.raw == HEADER_BYTES
    assert payload == BatchPayload.model_validate_json(signed.payload)


def test_a_statement_is_no_header_of_a_batch() -> None:
    """Nor is anything else."""
    with pytest.raises(TypError):
        read_header(sign_jws(KEY, statement(), typ=STATEMENT_TYP))
    with pytest.raises(JwsFormError):
        read_header(b"neither")


HEADERS: list[tuple[str, dict[str, object], str]] = [
    ("type", {"type": "batch.v2"}, "/type"),
    ("id", {"id": "A" * 36}, "/id"),
    ("issuer", {"iss": "Not-A-Member"}, "/iss"),
    ("no-ledger", {"aud": ""}, "/aud"),
    ("time-zone", {"iat": "2026-11-22T08:00:00.000+00:00"}, "/iat"),
    ("no-such-day", {"exp": "2026-02-30T08:00:00.000Z"}, "/exp"),
    ("no-such-hour", {"exp": "2026-02-20T24:00:00.000Z"}, "/exp"),
    ("leap-second", {"exp": "2026-06-30T23:59:60.000Z"}, "/exp"),
    ("count-as-text", {"count": "2"}, "/count"),
    ("count-as-truth", {"count": True}, "/count"),
    ("no-line", {"count": 0}, "/count"),
    ("1001-lines", {"count": 1001}, "/count"),
    ("short-root", {"root": "A" * 42}, "/root"),
    ("stray-bits-in-root", {"root": "A" * 42 + "B"}, "/root"),
    ("further-member", {"note": "x"}, "/note"),
    ("null", {"root": None}, "/root"),
]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [case[1:] for case in HEADERS],
    ids=[case[0] for case in HEADERS],
)
def test_a_header_of_another_form_is_refused(
    changes: dict[str, object], pointer: str
) -> None:
    """The pointer names the member at fault."""
    with pytest.raises(BatchHeaderError) as refused:
        read_batch(forge_batch([GOOD, GOOD], [statement()] * 2, **changes))

    assert refused.value.pointer == pointer


def test_a_header_that_repeats_a_member_is_refused() -> None:
    """Else two readers might count differently."""
    payload = b'{"count":1,"count":2}'

    with pytest.raises(DuplicateKeyError):
        read_header(sign_jws(KEY, payload, typ=BATCH_TYP))


def test_the_header_is_accepted_before_any_line_is_read() -> None:
    """Whoever holds no key does not make the bank parse 8 MiB."""
    seen: list[str] = []

    def accept(signed: SignedBytes) -> None:
        seen.append(signed.kid)
        verify_jws(signed, STRANGER.public)

    def remember(signed: SignedBytes) -> None:
        seen.append(signed.kid)

    raw = forge_batch([b"what"], [statement()])

    with pytest.raises(KeyIdError):
        read_batch(raw, accept_header=accept)
    with pytest.raises(BatchLineError):
        read_batch(raw, accept_header=remember)
    assert seen == [KEY.kid] * 2


def test_a_client_finds_its_own_faults() -> None:
    """What the bank would refuse is not handed out."""
    witness = SigningKey.generate("cqvtc", KeyUse.WITNESS)

    with pytest.raises(BatchHeaderError):
        seal_batch(KEY, header_payload(), lines=())
    with pytest.raises(BatchHeaderError):
        seal_batch(KEY, header_payload(iss=""), lines=lines(1))
    with pytest.raises(BatchLineError):
        seal_batch(KEY, header_payload(), lines=[BatchLine(statement=b'{"a": 1}')])
    with pytest.raises(BatchCountError):
        seal_batch(KEY, header_payload(), lines=[BatchLine(statement=b"{}\n{}")])
    with pytest.raises(KeyUseError):
        seal_batch(witness, header_payload(), lines=lines(1))


def test_a_signature_covers_the_root() -> None:
    """Another header's signature does not fit."""
    first = seal_batch(KEY, header_payload(), lines=lines(1)).split(b"\n")
    second = seal_batch(KEY, header_payload(), lines=lines(2)).split(b"\n")
    head, _, signature = second[0].rpartition(b".")
    assert head
    spliced = first[0].rpartition(b".")[0] + b"." + signature

    batch = read_batch(b"\n".join((spliced, *first[1:])))
    with pytest.raises(SignatureError):
        verify_jws(batch.header, KEY.public)
