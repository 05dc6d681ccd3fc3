"""Disclosures and digests as RFC 9901 shows them, and as our own vectors do."""

from typing import Any

import pytest

from ledger.integrity.disclosures import (
    Disclosure,
    digest_of,
    make_disclosure,
    read_disclosures,
)
from tests.conformance.vectors_of import read_vectors

RFC9901 = read_vectors("sd-jwt.json")["cases"]
OURS = read_vectors("statement.json")["disclosures"]


@pytest.mark.parametrize(
    "case", [*RFC9901, *OURS], ids=lambda case: str(case["digest"])
)
def test_a_disclosure_reads_as_published(case: dict[str, Any]) -> None:
    """Salt, name and value, under the published digest."""
    assert digest_of(case["encoded"]) == case["digest"]
    assert read_disclosures([case["encoded"]], {case["digest"]}) == (
        Disclosure(**case),
    )


@pytest.mark.parametrize("case", OURS, ids=lambda case: str(case["name"]))
def test_ours_are_made_again(case: dict[str, Any]) -> None:
    """Ours are canonical JSON inside; RFC 9901 leaves the spelling to the issuer."""
    made = make_disclosure(case["name"], case["value"], salt=case["salt"])

    assert made == Disclosure(**case)
