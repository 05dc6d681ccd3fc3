"""What can be known of a row before the bank is asked: the same rules, run here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from client.answers import Achievement
from client.imports.columns import Column
from client.imports.faults import CellError, shown
from client.imports.texts import TEXTS, Code
from client.results import Content
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import amount_milli
from ledger.domain.rules.dates import check_dates, check_past
from ledger.domain.statements.awards import Basis, CreditAwardedBody
from ledger.domain.types import credits_milli
from ledger.integrity import canonical

FindAchievement = Callable[[str], Achievement | None]
"""Returns the version of a catalogue item that a full reference names."""

_COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        **{str(column): column for column in Column},
        "verification": Column.VERIFICATION_SOURCE,
        "replaces": Column.REVISION,
        "reference_tag": Column.REFERENCE,
    }
)


class RowError(CellError):
    """A row breaks a rule, at a column if that can be said."""

    def __init__(
        self, code: str, column: Column | None = None, /, **facts: str | int
    ) -> None:
        """Keep code, column and facts."""
        super().__init__(code, **facts)
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRules:
    """Checks rows against the form of an award, its rules, and the catalogue.

    ``today`` is the latest date that it can be anywhere on earth: the bank, which
    knows the ledger's time zone, has the last word. Without ``find_achievement`` (a
    dry run with no bank at hand) achievements are not looked up.
    """

    today: str
    find_achievement: FindAchievement | None = None

    def check(self, content: Content) -> None:
        """Check one award to be.

        Raises:
            RowError: the first rule that it breaks.
        """
        body = _read_body(content)
        try:
            _check_when(body, today=self.today)
        except RejectionError as error:
            raise RowError(error.code, column_of(error.pointer)) from error
        if body.credits is None and body.workload is None:
            raise RowError(Code.AMOUNT_MISSING, Column.CREDITS)
        if amount_milli(body) and not body.passed:
            raise RowError(Code.NOT_PASSED_WITH_CREDITS, Column.CREDITS)
        if body.basis is Basis.ATTESTED:
            _check_attested(body, content)
        if self.find_achievement is not None:
            _check_catalogue(body, self.find_achievement(body.achievement))


def column_of(pointer: str) -> Column | None:
    """Return the column that a JSON pointer into a statement is about."""
    parts = pointer.split("/")
    return _COLUMNS.get(parts[2]) if len(parts) > 2 else None  # noqa: PLR2004 # /body/x


def _read_body(content: Content) -> CreditAwardedBody:
    try:
        return CreditAwardedBody.model_validate_json(canonical.dumps(content.body))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = _COLUMNS.get(str(first["loc"][0]))
        code = first["type"] if first["type"] in TEXTS else Code.INVALID_VALUE
        raise RowError(code, column) from error


def _check_when(body: CreditAwardedBody, *, today: str) -> None:
    check_dates(body, today=today)
    if body.verification is not None:
        check_past(body.verification.verified_on, today=today, field="verified_on")


def _check_attested(body: CreditAwardedBody, content: Content) -> None:
    if body.verification is None:
        raise RowError(Code.ATTESTED_WITHOUT_VERIFICATION)
    if all(one.name != "certificate" for one in content.disclosures):
        raise RowError(Code.CERTIFICATE_NOT_DISCLOSED)


def _check_catalogue(body: CreditAwardedBody, known: Achievement | None) -> None:
    named = shown(body.achievement)
    if known is None:
        raise RowError(Code.UNKNOWN_ACHIEVEMENT, Column.ACHIEVEMENT, value=named)
    if known.retired:
        raise RowError(Code.ACHIEVEMENT_RETIRED, Column.ACHIEVEMENT, value=named)
    limit = known.credits or "0"
    if amount_milli(body) > credits_milli(limit):
        raise RowError(Code.CREDITS_ABOVE_ACHIEVEMENT, Column.CREDITS, limit=limit)
