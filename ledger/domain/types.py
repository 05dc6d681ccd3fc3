"""Words that statements are made of, each with its one legal spelling.

Amounts are thousandths of one credit (``*_milli``) inside and decimal strings
on the wire. Instants are RFC 3339 UTC with exactly three decimals and dates are
ISO 8601 calendar dates, both kept as text: fixed width makes text order and
time order the same.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final, LiteralString, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

INSTANT_MIN: Final = "0001-01-01T00:00:00.000Z"
INSTANT_MAX: Final = "9999-12-31T23:59:59.999Z"

CREDITS_MILLI_MAX: Final = 9_999_999_999
"""The largest amount one statement may name: 9,999,999.999 credits."""

_CREDITS = re.compile(r"(0|[1-9][0-9]{0,6})(?:\.([0-9]{1,3}))?", re.ASCII)
_ALONE_BEFORE = r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-_/.])"
_ALONE_AFTER = r"(?![0-9A-Za-z])(?![-_/.][0-9A-Za-z])"
_NUMBER = (
    r"(?:[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])"
    r"(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    r"|(?:(?:\+|00)?86[- ]?|\(\+?86\) ?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2})"
)
_PERSONAL_NUMBER = re.compile(
    f"{_ALONE_BEFORE}{_NUMBER}(?:[-_/.]{_NUMBER})*{_ALONE_AFTER}", re.ASCII
)
_DASHES: Final = dict.fromkeys(range(0x2010, 0x2016), "-")


class Wire(BaseModel):
    """A value whose bytes are signed, stored or sent."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", populate_by_name=True
    )

    def replacing(self, **changes: object) -> Self:
        """Return the same value with some fields changed, checked as if made anew."""
        return type(self)(**{**self.__dict__, **changes})


@lru_cache(maxsize=1024)
def credits_milli(text: str) -> int:
    """Return the thousandths that a decimal string of credits stands for.

    Raises:
        ValueError: not a plain decimal from 0 to 9999999.999.
    """
    found = _CREDITS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    whole, decimals = found.groups(default="")
    return int(whole) * 1000 + int((decimals + "000")[:3])


@lru_cache(maxsize=1024)
def credits_text(amount_milli: int) -> str:
    """Return the shortest decimal string of an amount in thousandths."""
    sign = "-" if amount_milli < 0 else ""
    whole, decimals = divmod(abs(amount_milli), 1000)
    return f"{sign}{whole}.{decimals:03d}".rstrip("0").rstrip(".")


def holds_personal_number(text: str) -> bool:
    """Tell whether an identity-card or phone number stands alone in the text.

    Digits that are part of a longer code (joined by letters, digits or
    ``-_/.``) do not count; two such numbers joined by one of these do. Full-width
    digits do, and what has no width does not keep digits apart.
    """
    if text.isascii():
        return _PERSONAL_NUMBER.search(text) is not None
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    return _PERSONAL_NUMBER.search(visible.translate(_DASHES)) is not None


def instant_of(moment: datetime) -> str:
    """Return the one spelling of an aware moment, cut to the millisecond."""
    utc = moment.astimezone(UTC)
    # Not by %Y, which drops leading zeros on some systems: text order is time order.
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(instant: str) -> datetime:
    """Return the aware moment of an instant's text."""
    return datetime.fromisoformat(instant)


def _refusal(*, code: LiteralString, text: LiteralString) -> PydanticCustomError:
    return PydanticCustomError(code, text)


def _check_credits(text: str) -> str:
    try:
        credits_milli(text)
    except ValueError:
        raise _refusal(
            code="invalid-credits",
            text="credits are a decimal string from 0 to 9999999.999 "
            "with at most three decimals",
        ) from None
    return text


def _check_instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise _refusal(
            code="invalid-instant",
            text="an instant looks like 2026-11-22T08:00:00.000Z",
        ) from None
    return text


def _check_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise _refusal(
            code="invalid-date", text="a date looks like 2026-11-22"
        ) from None
    return text


def _check_time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refusal(
            code="unknown-time-zone", text="a time zone looks like Asia/Shanghai"
        ) from None
    return text


def _check_no_personal_number(text: str) -> str:
    if holds_personal_number(text):
        raise _refusal(
            code="personal-number-in-text",
            text="free text must not hold an identity-card or phone number",
        )
    return text


def _check_free_text(text: str) -> str:
    _check_no_personal_number(text)
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise _refusal(
            code="control-character-in-text",
            text="free text must not hold control characters",
        )
    return text


def _text(pattern: str, length_max: int) -> StringConstraints:
    return StringConstraints(pattern=pattern, max_length=length_max)


MemberId = Annotated[str, _text(r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$", 32)]
LearnerId = Annotated[str, _text(r"^learner_[0-9a-f]{32}$", 40)]
AwardId = Annotated[
    str,
    _text(r"^award_[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$", 42),
]
StatementId = Annotated[
    str, _text(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", 36)
]
Code = Annotated[str, _text(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", 64)]
Pseudonym = Annotated[Code, AfterValidator(_check_no_personal_number)]
"""A code for a person that names nobody outside the member."""
LevelCode = Annotated[
    str,
    _text(r"^[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]{0,31}$", 32),
]
"""A level's code as its framework spells it: 5, B2, 初级."""
_HASH = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
KeyId = Annotated[str, _text(f"^[a-z][a-z0-9-]{{1,31}}#{_HASH}$", 76)]
Digest = Annotated[str, _text(f"^{_HASH}$", 43)]
"""Base64url of 32 bytes: the last character holds four bits, and no stray ones."""
CatalogueRef = Annotated[
    str, _text(r"^[a-z][a-z0-9-]{1,31}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", 97)
]
AchievementRef = Annotated[
    str,
    _text(
        r"^[a-z][a-z0-9-]{1,31}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}@[1-9][0-9]{0,5}$", 104
    ),
]
AchievementName = Annotated[
    str,
    _text(
        r"^[a-z][a-z0-9-]{1,31}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}(@[1-9][0-9]{0,5})?$",
        104,
    ),
]
"""One version of an achievement, or without ``@`` any version of it."""
ProgrammeRef = AchievementRef
"""``<member>/<code>@<version>``, as every versioned publication is named."""
RuleRef = AchievementRef
PolicyRef = AchievementRef
Credits = Annotated[str, AfterValidator(_check_credits)]
Quantity = Credits
"""A decimal from 0 to 9999999.999 that need not be credits: a score, a count."""
Instant = Annotated[
    str,
    _text(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
        r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$",
        24,
    ),
    AfterValidator(_check_instant),
]
Date = Annotated[
    str, _text(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", 10), AfterValidator(_check_date)
]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_check_free_text),
]
FreeText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    AfterValidator(_check_free_text),
]
TimeZone = Annotated[
    str,
    _text(r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$", 64),
    AfterValidator(_check_time_zone),
]
Version = Annotated[int, Field(ge=1, lt=1_000_000)]
Position = Annotated[int, Field(ge=0, lt=2**53)]
AmountMilli = Annotated[int, Field(ge=0, lt=2**53)]


class MemberKind(StrEnum):
    """What a member is admitted as (成员单位类别)."""

    OPERATOR = "operator"
    SCHOOL = "school"
    ENTERPRISE = "enterprise"
    TRAINING_CENTRE = "training_centre"
    ASSESSMENT_BODY = "assessment_body"
    COMMITTEE = "committee"
    AUDITOR = "auditor"


AWARDING_KINDS: Final = frozenset(
    {
        MemberKind.SCHOOL,
        MemberKind.ENTERPRISE,
        MemberKind.TRAINING_CENTRE,
        MemberKind.ASSESSMENT_BODY,
    }
)
"""The kinds of member that hold accounts for learners and post awards."""


class Nature(StrEnum):
    """How binding a course is in its programme (课程性质)."""

    COMPULSORY = "compulsory"
    LIMITED_ELECTIVE = "limited_elective"
    ELECTIVE = "elective"


class Module(StrEnum):
    """Which part of a programme a course belongs to (课程模块)."""

    COMMON = "common"
    BASIC = "basic"
    CORE = "core"
    PRACTICE = "practice"
