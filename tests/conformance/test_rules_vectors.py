"""The page about rules says what the language is, and its example has its digest."""

import hashlib
import re
from enum import StrEnum
from pathlib import Path

import orjson
import pytest
from pydantic import BaseModel, ValidationError

from ledger.domain.language import caps, selectors, shapes
from ledger.domain.rules.terms import COMPONENTS_MAX
from ledger.domain.statements.agreements import RuleProposedBody
from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode
from tests.conformance.vectors_of import read_vectors

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "rules.md").read_text()
(EXAMPLE,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
VECTORS = read_vectors("rules.json")
SHAPES: tuple[type[BaseModel], ...] = (
    shapes.RuleTerms,
    shapes.Window,
    shapes.Target,
    shapes.Supplement,
    shapes.Conversion,
    shapes.Step,
    shapes.Attestation,
    selectors.Source,
    selectors.Component,
    selectors.Selector,
    selectors.MaxAge,
    caps.Limit,
    caps.Ratio,
    caps.UseFilter,
)
CHOICES = (
    shapes.Outcome,
    shapes.GradePolicy,
    shapes.Effect,
    shapes.OncePer,
    shapes.Remainder,
    shapes.Supersede,
    shapes.Method,
    shapes.Rounding,
    shapes.RoundAt,
    shapes.DatedBy,
    selectors.Mode,
    selectors.DateOf,
    caps.Measure,
    caps.ShareOf,
    caps.Within,
    caps.PeriodUnit,
    caps.Each,
)


def test_the_example_is_a_rule() -> None:
    """As it stands on the page, and every part of it is kept."""
    terms = shapes.RuleTerms.model_validate_json(EXAMPLE)

    given = orjson.loads(EXAMPLE)
    assert set(terms.model_dump(exclude_unset=True)) == set(given)
    assert VECTORS["proposals"][0]["body"]["terms"] == given


def test_a_version_has_the_digest_of_its_canonical_bytes() -> None:
    """Which all parties name when they agree."""
    for one in VECTORS["proposals"]:
        RuleProposedBody.model_validate_json(orjson.dumps(one["body"]))
        raw = canonical.dumps(one["body"])

        assert raw.decode() == one["canonical"]
        assert b64encode(hashlib.sha256(raw).digest()) == one["digest"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: str(shape.__name__))
def test_every_field_is_on_the_page(shape: type[BaseModel]) -> None:
    """None is missing."""
    missing = [
        name for name in shape.model_fields if not re.search(rf"\b{name}\b", PAGE)
    ]

    assert missing == []


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: str(choice.__name__))
def test_every_choice_is_on_the_page(choice: type[StrEnum]) -> None:
    """With the word that is signed."""
    missing = [one for one in choice if not re.search(rf"\b{one.value}\b", PAGE)]

    assert missing == []


@pytest.mark.parametrize(
    ("field", "count", "words"),
    [
        ("targets", 16, "16 targets"),
        ("limits", 32, "32 limits"),
        ("approval", 16, "16 steps"),
        ("attestations", 8, "8 attestations"),
        ("parties", 64, "64 parties"),
    ],
)
def test_the_bounds_are_those_of_the_page(field: str, count: int, words: str) -> None:
    """So many are taken, and one more is not."""
    full = orjson.loads(EXAMPLE)
    one = full[field][-1]
    full[field] = [one] * count
    shapes.RuleTerms.model_validate_json(orjson.dumps(full))
    full[field] = [one] * (count + 1)

    with pytest.raises(ValidationError):
        shapes.RuleTerms.model_validate_json(orjson.dumps(full))

    assert words in PAGE
    assert f"{COMPONENTS_MAX} components" in PAGE
