"""A learner's balance as the bank answers it: never one total."""

from client.answers import Answer


class AccountView(Answer):
    """A learner's account; a merged one lists what it absorbed."""

    survivor: str
    absorbed: tuple[str, ...] = ()
    home: str
    mode: str
    claimed: bool = True
    closed: bool


class IssuedCredits(Answer):
    """A learner's credits of one issuing member (学分按来源单位)."""

    member: str
    achievements: int
    awarded: str
    available: str
    held: str
    exchanged: str
    redeemed: str
    expired: str
    revoked: str
    contested: str
    flagged: str = "0"


class RecognisedCase(Answer):
    """What one exchange gave."""

    exchange_id: str
    enrolment_id: str | None = None
    credits: str
    lots: tuple[str, ...] = ()


class RecognisedCredits(Answer):
    """What a member recognised, case by case (已认定学分)."""

    member: str
    credits: str
    exchanges: tuple[RecognisedCase, ...] = ()


class ConvertibleLot(Answer):
    """A lot that rules in force select; whether a case is accepted is for the rule."""

    award_id: str
    available: str
    rules: tuple[str, ...]


class RequirementView(Answer):
    """What a requirement needs, has, and can get (培养方案要求)."""

    requirement: str
    title: str
    needed: str
    counted: str
    missing: str
    available: str
    convertible: tuple[ConvertibleLot, ...] = ()


class UsableCredits(Answer):
    """What a learner's lots can count for in an enrolment (可用学分)."""

    enrolment_id: str
    school: str
    programme: str
    requirements: tuple[RequirementView, ...] = ()


class Balance(Answer):
    """A learner's balance. ``earned`` counts by root, so nothing twice."""

    learner_id: str
    account: AccountView
    position: int
    earned: str
    issued: tuple[IssuedCredits, ...]
    recognised_at: tuple[RecognisedCredits, ...] = ()
    usable_for: tuple[UsableCredits, ...] = ()
    as_of_position: int | None = None
    as_of: str | None = None
    effective_on: str | None = None
