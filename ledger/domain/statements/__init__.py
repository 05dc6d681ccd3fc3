"""Every statement a member can sign, by its stable type name.

The only list of types: schemas, rules and the store's topics are checked against it.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ledger.domain.errors.statements import (
    FieldFault,
    InvalidStatementError,
    UnknownTypeError,
    UnknownTypeVersionError,
)
from ledger.domain.statements import (
    accounts,
    agreements,
    appeals,
    awards,
    catalogue,
    claims,
    exchanges,
    graduation,
    members,
    periods,
    programmes,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.spelling import Known, Spelling

STATEMENT_TYPES: Final[tuple[type[Statement], ...]] = (
    members.MemberAdmitted,
    members.MemberRenamed,
    members.MemberSuspended,
    members.MemberReinstated,
    members.MemberWithdrawn,
    members.MemberSucceeded,
    members.KeyAdded,
    members.KeyRevoked,
    members.EntriesConfirmed,
    catalogue.FrameworkPublished,
    catalogue.CalendarPublished,
    catalogue.AchievementPublished,
    catalogue.AchievementEndorsed,
    catalogue.AchievementRetired,
    accounts.AccountOpened,
    accounts.AccountClaimed,
    accounts.AccountClosed,
    accounts.AccountsMerged,
    accounts.AccountsUnmerged,
    accounts.RelationOpened,
    accounts.RelationEnded,
    awards.CreditAwarded,
    awards.CreditAmended,
    awards.CreditRevoked,
    claims.ClaimFiled,
    claims.ClaimReturned,
    claims.ClaimRefused,
    claims.ClaimWithdrawn,
    programmes.ProgrammePublished,
    programmes.ProgrammeRetired,
    programmes.EnrolmentOpened,
    programmes.EnrolmentChanged,
    programmes.EnrolmentEnded,
    agreements.PolicyPublished,
    agreements.PolicyEndorsed,
    agreements.RuleProposed,
    agreements.RuleEndorsed,
    agreements.RuleRatified,
    agreements.RuleAcceded,
    agreements.RuleRejected,
    agreements.RuleSuspended,
    agreements.RuleResumed,
    agreements.RuleRetired,
    exchanges.ExchangeRequested,
    exchanges.ExchangeEndorsed,
    exchanges.ExchangeReturned,
    exchanges.ExchangeAccepted,
    exchanges.ExchangeDeclined,
    exchanges.ExchangeCancelled,
    exchanges.ExchangeLapsed,
    exchanges.ExchangeReversed,
    exchanges.CreditRedeemed,
    exchanges.RedemptionReversed,
    exchanges.CreditExpired,
    periods.PeriodClosed,
    graduation.GraduationAssessed,
    appeals.AppealFiled,
    appeals.AppealDecided,
)

BY_NAME: Final[Mapping[str, type[Statement]]] = MappingProxyType(
    {kind.model_fields["type"].default: kind for kind in STATEMENT_TYPES}
)

_ADAPTERS: Final = {name: TypeAdapter(kind) for name, kind in BY_NAME.items()}
_BASES: Final = frozenset(name.rpartition(".")[0] for name in BY_NAME)
_CODES: Final = MappingProxyType(
    {"missing": "missing-field", "extra_forbidden": "unknown-field"}
)
_TYPE_KEY: Final = '"type":"'
_OWN_CODE: Final = re.compile(r"[a-z]+(-[a-z]+)+")


def recognise(payload: bytes) -> Known | None:
    """Return the statement of a canonical payload, if it is spelled plainly.

    None says nothing of it: ``read_statement`` tells what it is, or what is wrong. What
    is returned is what ``read_statement`` would, of bytes that are their RFC 8785 form.
    """
    try:
        text = payload.decode("ascii")
    except UnicodeDecodeError:
        return None
    # The type's name comes last among the keys of a statement.
    kind = BY_NAME.get(text[text.rfind(_TYPE_KEY) + len(_TYPE_KEY) : -2])
    spelling = None if kind is None else _spelling(kind)
    return None if spelling is None else spelling.read(text)


@cache
def _spelling(kind: type[Statement]) -> Spelling | None:
    try:
        return Spelling(kind)
    except LookupError:
        return None


def read_statement(payload: bytes, *, type_name: object) -> Statement:
    """Return the statement that a payload spells, checked field by field.

    ``type_name`` is the payload's ``type``, which the caller has read already.

    Raises:
        UnknownTypeError: no such type.
        UnknownTypeVersionError: such a type, but not in this version.
        InvalidStatementError: with one fault per field.
    """
    adapter = _ADAPTERS.get(type_name) if isinstance(type_name, str) else None
    if adapter is None:
        if isinstance(type_name, str) and type_name.rpartition(".")[0] in _BASES:
            raise UnknownTypeVersionError(pointer="/type")
        raise UnknownTypeError(pointer="/type")
    try:
        # By the names on the wire only: ``sd`` is no second spelling of ``_sd``.
        return adapter.validate_json(payload, by_alias=True, by_name=False)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise InvalidStatementError(tuple(map(_fault, details))) from None


def _fault(detail: ErrorDetails) -> FieldFault:
    pointer = "".join(
        "/" + str(part).replace("~", "~0").replace("/", "~1") for part in detail["loc"]
    )
    found = detail["type"]
    own = found if _OWN_CODE.fullmatch(found) else "invalid-value"
    return FieldFault(pointer=pointer, code=_CODES.get(found, own))
