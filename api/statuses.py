"""The status of every error that can reach a caller. The only place with status codes.

Why which: 400 the bytes are not what they must be · 403 the signer may not ·
404 a GET found nothing · 408, 413, 415 the body · 409 the log says otherwise already ·
422 understood, and against a rule · 503 not now, ask again with the same bytes.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from api import errors as requests
from api.bank import NotCaughtUpError
from ledger.domain.errors import (
    accounts,
    agreements,
    awards,
    catalogue,
    claims,
    exchanges,
    graduation,
    members,
    periods,
    programmes,
)
from ledger.domain.errors import statements as s
from ledger.domain.errors.precedence import PRECEDENCE
from ledger.intake import LinesRefusedError
from ledger.integrity import errors as i
from ledger.sequencer import (
    BusyError,
    ClockJumpError,
    InternalFaultError,
    NotComparedError,
    UncertainError,
)
from ledger.store.reader import StoreUnavailableError

_BY_STATUS: Final[Mapping[HTTPStatus, tuple[type[Exception], ...]]] = {
    HTTPStatus.BAD_REQUEST: (requests.BodyNotJsonError,),
    HTTPStatus.FORBIDDEN: (
        s.UnknownMemberError,
        s.UnknownKeyError,
        s.KeyNotOfIssuerError,
        s.KeyOfAnotherUseError,
        s.KeyRefusedError,
        s.KeyNotYetValidError,
        s.KeyRevokedError,
        s.KeyExpiredError,
        s.KeyContestedError,
        s.MemberSuspendedError,
        s.MemberWithdrawnError,
        s.NotPermittedError,
        members.RecoveryNotAllowedError,
        catalogue.NotTheOwnerError,
        accounts.NotTheHomeError,
        accounts.MergePartyError,
        awards.NotOwnAchievementError,
        awards.NotTheIssuerError,
        claims.NotTheAttesterError,
        claims.NotTheFilerError,
        programmes.NotTheSchoolError,
        programmes.PolicyCommitteeError,
        agreements.NotAPartyError,
        agreements.RuleNotOpenError,
        exchanges.ScopeMissingError,
        exchanges.NotTheDeskError,
        graduation.AppealPanelError,
        i.SignatureError,
        i.AlgorithmMismatchError,
        i.KeyUseError,
        i.KeyIdError,
        requests.ForeignHostError,
    ),
    HTTPStatus.NOT_FOUND: (
        requests.UnknownPathError,
        requests.NoSuchMemberError,
        requests.NoSuchLearnerError,
        requests.NoSuchAwardError,
        requests.NoSuchStatementError,
        requests.NoSuchPositionError,
        requests.NoSuchSchemaError,
        requests.NoSuchRuleError,
        requests.NoSuchExchangeError,
        requests.NoSuchPeriodError,
        requests.NoSuchEnrolmentError,
        requests.NoSuchClaimError,
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (requests.MethodError,),
    HTTPStatus.REQUEST_TIMEOUT: (requests.BodyTimeoutError,),
    HTTPStatus.CONFLICT: (
        s.StatementExistsError,
        s.StatementIdConflictError,
        members.LedgerAlreadyFoundedError,
        members.MemberExistsError,
        members.MemberStatusError,
        members.KeyExistsError,
        members.KeyAlreadyRevokedError,
        catalogue.VersionNotNextError,
        catalogue.AlreadyEndorsedError,
        accounts.AccountExistsError,
        accounts.AccountClosedError,
        accounts.AccountModeError,
        accounts.AccountProvisionalError,
        accounts.MergeDiffersError,
        accounts.MergeStateError,
        accounts.AccountMergedError,
        accounts.RelationExistsError,
        awards.AwardExistsError,
        awards.ReferenceConflictError,
        awards.CertificateDepositedError,
        awards.AwardRevokedError,
        awards.RevokesMoreThanLeftError,
        claims.ClaimExistsError,
        claims.ClaimStateError,
        programmes.ProgrammeRetiredError,
        programmes.EnrolmentExistsError,
        programmes.EnrolmentEndedError,
        programmes.PolicyEndorsedError,
        agreements.StaleRuleError,
        agreements.RuleStateError,
        exchanges.ExchangeExistsError,
        exchanges.ExchangeStateError,
        exchanges.LotInsufficientError,
        exchanges.RootUsedError,
        exchanges.SupersedeRefusedError,
        exchanges.CapExceededError,
        exchanges.QuoteDiffersError,
        exchanges.RedemptionExistsError,
        exchanges.RequirementFullError,
        exchanges.DerivedInUseError,
        periods.PeriodExistsError,
        periods.PeriodNotNextError,
        graduation.AssessmentExistsError,
        graduation.AssessmentDiffersError,
        graduation.AppealExistsError,
        graduation.AppealStateError,
        graduation.NotYetDecidedError,
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (i.OversizedError, requests.BodyTooLargeError),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (requests.MediaTypeError,),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        BusyError,
        ClockJumpError,
        NotComparedError,
        UncertainError,
        NotCaughtUpError,
        StoreUnavailableError,
        requests.PlanBusyError,
        requests.NotWritingError,
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (InternalFaultError,),
}


def _subclasses(base: type[Exception]) -> Iterable[type[Exception]]:
    yield base
    for below in base.__subclasses__():
        yield from _subclasses(below)


def _table() -> dict[type[Exception], HTTPStatus]:
    table: dict[type[Exception], HTTPStatus] = {LinesRefusedError: HTTPStatus(422)}
    table |= dict.fromkeys(PRECEDENCE, HTTPStatus.UNPROCESSABLE_ENTITY)
    table |= dict.fromkeys(_subclasses(i.IntegrityError), HTTPStatus.BAD_REQUEST)
    table |= dict.fromkeys(_subclasses(requests.RequestError), HTTPStatus(422))
    for status, kinds in _BY_STATUS.items():
        table |= dict.fromkeys(kinds, status)
    return table


STATUS: Final[Mapping[type[Exception], HTTPStatus]] = MappingProxyType(_table())
"""The status of every error that can reach a caller."""
