"""Canonical JSON as RFC 8785 shows it."""

from typing import Any

import orjson
import pytest
import rfc8785

from ledger.integrity import canonical
from ledger.integrity.errors import IntegrityError
from tests.conformance.vectors_of import read_vectors

VECTORS = read_vectors("rfc8785.json")
CASES = {case["name"]: case for case in VECTORS["cases"]}
REFUSED = {case["name"]: case for case in VECTORS["refused"]}


def test_strings_and_literals_have_the_published_bytes() -> None:
    """RFC 8785 §3.2.4."""
    case = CASES["strings-and-literals"]

    raw = canonical.dumps(canonical.loads(case["input"].encode()))

    assert raw.hex() == case["output_hex"]
    canonical.loads_canonical(raw)


def test_keys_have_the_published_order() -> None:
    """RFC 8785 §3.2.3: by UTF-16 units, where the emoji comes before the Hebrew."""
    case = CASES["sorting"]

    raw = canonical.dumps(canonical.loads(case["input"].encode()))

    assert list(orjson.loads(raw).values()) == case["order"]
    canonical.loads_canonical(raw)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_library_that_defines_it_agrees(case: dict[str, Any]) -> None:
    """On every vector."""
    value = orjson.loads(case["input"])

    assert canonical.dumps(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_we_leave_out_is_refused_and_not_mangled(case: dict[str, Any]) -> None:
    """RFC 8785 writes floats; nothing in this ledger is one."""
    with pytest.raises(IntegrityError) as refused:
        canonical.loads(case["input"].encode())

    assert refused.value.code == case["code"]
