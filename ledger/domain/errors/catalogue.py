"""Refusals about frameworks, calendars and achievements."""

from ledger.domain.errors import RejectionError


class VersionNotNextError(RejectionError):
    """The version published must be the one after the newest."""

    code = "version-not-next"


class LevelRepeatedError(RejectionError):
    """A framework names each code and each rank once."""

    code = "level-repeated"


class UnknownFrameworkError(RejectionError):
    """No such level framework."""

    code = "unknown-framework"


class UnknownLevelError(RejectionError):
    """The framework has no such level."""

    code = "unknown-level"


class TermRepeatedError(RejectionError):
    """A calendar names each year and each term once."""

    code = "term-repeated"


class UnknownCalendarError(RejectionError):
    """No such calendar."""

    code = "unknown-calendar"


class UnknownTermError(RejectionError):
    """The calendar has no such term."""

    code = "unknown-term"


class AchievementEmptyError(RejectionError):
    """An achievement grants credits, workload or both."""

    code = "achievement-empty"


class UnknownAchievementError(RejectionError):
    """The catalogue has no such achievement, or not this version."""

    code = "unknown-achievement"


class AchievementRetiredError(RejectionError):
    """This version of the achievement is retired."""

    code = "achievement-retired"


class NotTheOwnerError(RejectionError):
    """Only the member that published it, or its successor, may do this."""

    code = "not-the-owner"


class AlreadyEndorsedError(RejectionError):
    """The committee endorsed this version before."""

    code = "already-endorsed"
