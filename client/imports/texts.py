"""Every fault that this side finds in a file, with the text that says what to do."""

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(StrEnum):
    """What can be wrong with a file: the bank's own word where it has one."""

    EMPTY_FILE = "empty-file"
    NO_ROWS = "no-rows"
    SPREADSHEET = "spreadsheet"
    UTF_16 = "utf-16"
    DAMAGED_UTF_8 = "damaged-utf-8"
    UNKNOWN_ENCODING = "unknown-encoding"
    BROKEN_CSV = "broken-csv"
    MISSING_COLUMN = "missing-column"
    REPEATED_COLUMN = "repeated-column"
    MAPPED_COLUMN = "mapped-column"
    ONE_COLUMN = "one-column"
    ROW_TOO_SHORT = "row-too-short"
    ROW_TOO_LONG = "row-too-long"
    TOO_LONG = "too-long"
    CONTROL_CHARACTER = "control-character"
    EMPTY_CELL = "empty-cell"
    NOT_A_DATE = "not-a-date"
    AMBIGUOUS_DATE = "ambiguous-date"
    NOT_AN_AMOUNT = "not-an-amount"
    NOT_A_CHOICE = "not-a-choice"
    NOT_A_NUMBER = "not-a-number"
    NOT_AN_ACHIEVEMENT = "not-an-achievement"
    NOT_A_LEARNER_ID = "not-a-learner-id"
    INVALID_VALUE = "invalid-value"
    DUPLICATE_ROW = "duplicate-row"
    OTHER_LEARNER = "other-learner"
    LEARNER_MISSING = "learner-missing"
    FRAMEWORK_MISSING = "framework-missing"
    CALENDAR_MISSING = "calendar-missing"
    AMOUNT_MISSING = "amount-missing"
    NOT_PASSED_WITH_CREDITS = "not-passed-with-credits"
    ATTESTED_WITHOUT_VERIFICATION = "attested-without-verification"
    CERTIFICATE_NOT_DISCLOSED = "certificate-not-disclosed"
    DATE_ORDER = "date-order"
    DATE_IN_FUTURE = "date-in-future"
    PERSONAL_NUMBER_IN_TEXT = "personal-number-in-text"
    CONTROL_CHARACTER_IN_TEXT = "control-character-in-text"
    UNKNOWN_ACHIEVEMENT = "unknown-achievement"
    ACHIEVEMENT_RETIRED = "achievement-retired"
    CREDITS_ABOVE_ACHIEVEMENT = "credits-above-achievement"


TEXTS: "Final[Mapping[str, str]]" = MappingProxyType(
    {
        # The file.
        Code.EMPTY_FILE: "the file is empty: the first row names the columns",
        Code.NO_ROWS: "the file has no row besides the columns' names",
        Code.SPREADSHEET: "this is a spreadsheet: save it as CSV UTF-8",
        Code.UTF_16: "this is UTF-16 text: save it as CSV UTF-8",
        Code.DAMAGED_UTF_8: "the text is UTF-8, but damaged here: export it again",
        Code.UNKNOWN_ENCODING: "the text is neither UTF-8 nor GB18030: save it as CSV "
        "UTF-8 (逗号分隔)",
        Code.BROKEN_CSV: "not a CSV row ({reason}): a quotation mark may be missing",
        # The first row.
        Code.MISSING_COLUMN: "no column {wanted}: add it, or name yours with --map",
        Code.REPEATED_COLUMN: "this column is there twice: remove one",
        Code.MAPPED_COLUMN: "--map names a column that the file does not have: {value}",
        Code.ONE_COLUMN: "the columns are separated by {value}: save the file as CSV "
        "(逗号分隔)",
        # The form of a row.
        Code.ROW_TOO_SHORT: "the row has {found} cells, the first row has {wanted}",
        Code.ROW_TOO_LONG: "the row has {found} cells, the first row has {wanted}",
        Code.TOO_LONG: "the cell has more than {limit} characters",
        Code.CONTROL_CHARACTER: "the cell holds control characters",
        # One cell.
        Code.EMPTY_CELL: "the cell is empty",
        Code.NOT_A_DATE: "{value} is not a date: write 2026-06-01",
        Code.AMBIGUOUS_DATE: "{value} may be two dates: write 2026-06-01",
        Code.NOT_AN_AMOUNT: "{value} is no amount: write 3 or 2.5 (at most 3 decimals)",
        Code.NOT_A_CHOICE: "{value} is none of {wanted}",
        Code.NOT_A_NUMBER: "{value} is not a whole number",
        Code.NOT_AN_ACHIEVEMENT: "{value} is none: write CODE or MEMBER/CODE@VERSION",
        Code.NOT_A_LEARNER_ID: "{value} is no learner_id: learner_ and 32 signs 0-9a-f",
        Code.INVALID_VALUE: "the value is not allowed here",
        # The row as a whole.
        Code.DUPLICATE_ROW: "the same reference is in row {first} already",
        Code.OTHER_LEARNER: "this student number has another learner_id already",
        Code.LEARNER_MISSING: "neither a student number nor a learner_id",
        Code.FRAMEWORK_MISSING: "a level needs 等级标准 (level_framework)",
        Code.CALENDAR_MISSING: "a term needs 校历 (calendar)",
        Code.AMOUNT_MISSING: "neither credits nor workload",
        Code.NOT_PASSED_WITH_CREDITS: "a result that was not passed carries no credits",
        Code.ATTESTED_WITHOUT_VERIFICATION: "an outside certificate needs 核验方式, "
        "核验来源, 核验日期 (verification_method, verification_source, "
        "verified_on)",
        Code.CERTIFICATE_NOT_DISCLOSED: "an attested result needs 证书类别 "
        "and 证书编号 (certificate_scheme, certificate_number)",
        Code.DATE_ORDER: "this date lies before one that it must follow",
        Code.DATE_IN_FUTURE: "this date lies in the future",
        Code.PERSONAL_NUMBER_IN_TEXT: "the text holds an identity-card or phone number",
        Code.CONTROL_CHARACTER_IN_TEXT: "the text holds control characters",
        # What the bank's catalogue says.
        Code.UNKNOWN_ACHIEVEMENT: "{value} is not in the bank's catalogue",
        Code.ACHIEVEMENT_RETIRED: "{value} is retired: name a newer version",
        Code.CREDITS_ABOVE_ACHIEVEMENT: "more credits than the {limit} that it grants",
    }
)
"""One text for every code that a check of this side has."""
