"""What is sent to a witness has one form, and a refusal points at the part."""

from typing import Final

import pytest

from ledger.integrity.witnessing import (
    PROOF_LINES_MAX,
    REQUEST_BYTES_MAX,
    AddCheckpointError,
    read_request,
    write_request,
)
from tests.witnesses import HONEST

BODY: Final = HONEST.body(5, 8)
NOTE: Final = HONEST.note(8)
HASH: Final = bytes(32)
PADDED: Final = "A" * 43 + "="


def with_line(line: str) -> bytes:
    """Return a request with a proof of one line."""
    return f"old 5\n{line}\n\n{NOTE}".encode()


def test_a_request_is_read_back() -> None:
    """With as many hashes as any tree can need."""
    path = (HASH,) * PROOF_LINES_MAX

    found = read_request(write_request(5, path, note=NOTE))

    assert (found.old, found.path, found.note) == (5, path, NOTE)
    assert found.checkpoint.size == 8


MALFORMED: Final = {
    "empty": (b"", "/checkpoint"),
    "no-empty-line": (BODY.replace(b"\n\n", b"\n"), "/checkpoint"),
    "no-checkpoint": (b"old 5\n\n", "/checkpoint"),
    "not-utf-8": (BODY.replace(b"bank", b"b\xffnk"), "/checkpoint"),
    "no-old-size": (BODY.replace(b"old 5", b"5"), "/old"),
    "old-size-respelled": (BODY.replace(b"old 5", b"old 05"), "/old"),
    "64-hashes": (write_request(5, (HASH,) * 64, note=NOTE), "/old"),
    "no-base64": (with_line("A"), "/proof"),
    "31-bytes": (with_line("A" * 42 + "=="), "/proof"),
    "33-bytes": (with_line("A" * 44), "/proof"),
    "stray-bits": (with_line("A" * 42 + "B="), "/proof"),
    "needless-padding": (with_line(PADDED + "="), "/proof"),
}


@pytest.mark.parametrize(("raw", "pointer"), MALFORMED.values(), ids=MALFORMED.keys())
def test_another_form_is_refused_where_it_differs(raw: bytes, pointer: str) -> None:
    """Before any key is asked for."""
    with pytest.raises(AddCheckpointError) as refused:
        read_request(raw)

    assert (refused.value.code, refused.value.pointer) == (
        "malformed-witness-request",
        pointer,
    )


def test_a_request_is_bounded() -> None:
    """It is not even decoded."""
    with pytest.raises(AddCheckpointError) as refused:
        read_request(b"\xff" * (REQUEST_BYTES_MAX + 1))

    assert refused.value.details == {"reason": "too-large"}
