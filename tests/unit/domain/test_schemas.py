"""Of which values a spelling is worked out."""

import pytest

from ledger.domain.statements.schemas import model_of
from ledger.domain.statements.spelling import Spelling
from ledger.domain.types import Wire


class Meddling(Wire):
    """A value that is more than its fields."""

    number: int

    def model_post_init(self, _: object) -> None:
        """Do something once it is made."""


def test_only_what_is_made_of_its_fields_is_read_off_its_spelling() -> None:
    """Anything else is left to whoever checks field by field."""
    with pytest.raises(LookupError):
        model_of(Meddling.__pydantic_core_schema__)
    with pytest.raises(LookupError):
        Spelling(Meddling)  # type: ignore[arg-type]  # no statement, on purpose
