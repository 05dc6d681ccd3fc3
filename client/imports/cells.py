"""What one cell says. A cell is data: whatever it looks like, nothing runs it."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from client.imports.faults import CellError, shown
from client.imports.texts import Code
from ledger.domain.types import credits_milli, credits_text

_YEAR: Final = r"((?:19|20|21)[0-9]{2})"
_DATES: Final = (
    re.compile(_YEAR + r"([-/.])([0-9]{1,2})\2([0-9]{1,2})", re.ASCII),
    re.compile(_YEAR + r"()([0-9]{2})([0-9]{2})", re.ASCII),
    re.compile(_YEAR + r"(年)([0-9]{1,2})月([0-9]{1,2})日", re.ASCII),
)
_YEAR_LAST: Final = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2,4}", re.ASCII)
_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_ACHIEVEMENT: Final = re.compile(
    r"(?:(?P<member>[a-z][a-z0-9-]{1,30}[a-z0-9])/)?"
    r"(?P<code>[A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:@(?P<version>[1-9][0-9]{0,5}))?",
    re.ASCII,
)
_LEARNER: Final = re.compile(r"learner_[0-9a-f]{32}", re.ASCII)

PASSED: Final[Mapping[str, bool]] = MappingProxyType(
    {
        **dict.fromkeys(("是", "合格", "通过", "及格", "true", "yes", "y", "1"), True),
        **dict.fromkeys(("否", "不合格", "未通过", "不通过", "不及格"), False),
        **dict.fromkeys(("false", "no", "n", "0"), False),
    }
)
ATTEMPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("正考", "first"), "first"),
        **dict.fromkeys(("补考", "resit"), "resit"),
        **dict.fromkeys(("重修", "retake"), "retake"),
    }
)
BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("本单位", "issued"), "issued"),
        **dict.fromkeys(("外部证书", "attested"), "attested"),
    }
)
METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("官网查询", "online_register"), "online_register"),
        **dict.fromkeys(("发证机构确认", "issuer_confirmed"), "issuer_confirmed"),
        **dict.fromkeys(("查验原件", "original_seen"), "original_seen"),
        **dict.fromkeys(("电子签名", "signed_credential"), "signed_credential"),
    }
)
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("学时", "小时", "hour"), "hour"),
        **dict.fromkeys(("天", "day"), "day"),
        **dict.fromkeys(("周", "实践周", "practice_week"), "practice_week"),
    }
)


def plain(text: str) -> str:
    """Return a cell's text in half-width signs."""
    return unicodedata.normalize("NFKC", text).strip()


def read_date(text: str) -> str:
    """Return the ISO date that a cell stands for: the year always comes first.

    Raises:
        CellError: ``ambiguous-date`` or ``not-a-date``.
    """
    value = plain(text)
    for pattern in _DATES:
        found = pattern.fullmatch(value)
        if found:
            year, _, month, day = found.groups()
            try:
                return date(int(year), int(month), int(day)).isoformat()
            except ValueError:
                break
    code = Code.AMBIGUOUS_DATE if _YEAR_LAST.fullmatch(value) else Code.NOT_A_DATE
    raise CellError(code, value=shown(text))


def read_amount(text: str) -> str:
    """Return the shortest decimal string of an amount.

    Raises:
        CellError: ``not-an-amount``.
    """
    try:
        return credits_text(credits_milli(plain(text)))
    except ValueError:
        raise CellError(Code.NOT_AN_AMOUNT, value=shown(text)) from None


def read_whole(text: str) -> int:
    """Return a whole number.

    Raises:
        CellError: ``not-a-number``.
    """
    value = plain(text)
    if _WHOLE.fullmatch(value) is None:
        raise CellError(Code.NOT_A_NUMBER, value=shown(text))
    return int(value)


def read_passed(text: str) -> bool:
    """Return whether a result was passed.

    Raises:
        CellError: ``not-a-choice``.
    """
    found = PASSED.get(plain(text).casefold())
    if found is None:
        raise CellError(Code.NOT_A_CHOICE, value=shown(text), wanted="是, 否, yes, no")
    return found


def read_choice(text: str, choices: Mapping[str, str]) -> str:
    """Return the wire's word for one of several.

    Raises:
        CellError: ``not-a-choice``.
    """
    found = choices.get(plain(text).casefold())
    if found is None:
        raise CellError(Code.NOT_A_CHOICE, value=shown(text), wanted=", ".join(choices))
    return found


def read_achievement(text: str, *, member_id: str, version: int) -> str:
    """Return the full reference of an achievement, the own member's by default.

    Raises:
        CellError: ``not-an-achievement``.
    """
    found = _ACHIEVEMENT.fullmatch(plain(text))
    if found is None:
        raise CellError(Code.NOT_AN_ACHIEVEMENT, value=shown(text))
    owner = found["member"] or member_id
    return f"{owner}/{found['code']}@{found['version'] or version}"


def read_learner_id(text: str) -> str:
    """Return a learner's pseudonym.

    Raises:
        CellError: ``not-a-learner-id``.
    """
    value = plain(text)
    if _LEARNER.fullmatch(value) is None:
        raise CellError(Code.NOT_A_LEARNER_ID, value=shown(text))
    return value
