"""What can be wrong with a request before any ledger is asked."""

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class RequestError(Exception):
    """The request cannot be answered; nothing was looked at or written."""

    code: ClassVar[str] = "bad-request"

    def __init__(self, pointer: str = "", **details: str | int) -> None:
        """Keep the place and the facts."""
        super().__init__(self.code, pointer)
        self.pointer = pointer
        self.details: Mapping[str, str | int] = MappingProxyType(details)


class InvalidRequestError(RequestError):
    """A parameter is unknown or has no legal value; ``errors`` lists each."""

    code = "invalid-request"

    def __init__(self, errors: tuple[tuple[str, str], ...]) -> None:
        """Keep (pointer, code) of every parameter at fault."""
        super().__init__(errors[0][0])
        self.errors = errors


class CursorError(RequestError):
    """The cursor is not one that this list gave."""

    code = "invalid-cursor"


class PositionBeyondLogError(RequestError):
    """The position asked for lies in the future."""

    code = "position-beyond-log"


class PeriodError(RequestError):
    """The period asked for ends before it begins."""

    code = "period-reversed"


class MediaTypeError(RequestError):
    """Statements come as application/jose, batches as application/x-ndjson."""

    code = "media-type"


class BodyTooLargeError(RequestError):
    """The body is larger than a statement or batch may be."""

    code = "body-too-large"


class BodyTimeoutError(RequestError):
    """The body did not come to its end in time."""

    code = "body-timeout"


class UnknownPathError(RequestError):
    """There is nothing at this path."""

    code = "not-found"


class MethodError(RequestError):
    """The path does not take this method."""

    code = "method-not-allowed"

    def __init__(self, allow: str = "") -> None:
        """Keep what the path does take."""
        super().__init__()
        self.allow = allow


class ForeignHostError(RequestError):
    """The request was addressed to another host than this machine."""

    code = "foreign-host"


class NoSuchMemberError(RequestError):
    """No member of this id."""

    code = "no-such-member"


class NoSuchLearnerError(RequestError):
    """No account for this learner id."""

    code = "no-such-learner"


class NoSuchAwardError(RequestError):
    """No award of this id, or not yet at the position asked for."""

    code = "no-such-award"


class NoSuchStatementError(RequestError):
    """Neither accepted nor refused, as far as is remembered."""

    code = "no-such-statement"


class NoSuchPositionError(RequestError):
    """The log is not that long."""

    code = "no-such-position"


class NoSuchSchemaError(RequestError):
    """No statement type of this name."""

    code = "no-such-schema"


class NoSuchRuleError(RequestError):
    """No rule of this name and version, or not yet at the position asked for."""

    code = "no-such-rule"


class NoSuchExchangeError(RequestError):
    """No exchange of this id, or not yet at the position asked for."""

    code = "no-such-exchange"


class NoSuchPeriodError(RequestError):
    """No closed period of this code, or not yet at the position asked for."""

    code = "no-such-period"


class NoSuchEnrolmentError(RequestError):
    """There is no such enrolment of this learner."""

    code = "no-such-enrolment"


class NoSuchClaimError(RequestError):
    """No claim of this id, or not yet at the position asked for."""

    code = "no-such-claim"


class PlanBusyError(RequestError):
    """As many plans are being made as may be made at once; ask again soon."""

    code = "plan-busy"


class BodyNotJsonError(RequestError):
    """The body of a question is not strict JSON."""

    code = "body-not-json"


class NotWritingError(RequestError):
    """What was posted has not come to be written for a while; others can be read."""

    code = "not-writing"
