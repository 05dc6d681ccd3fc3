"""The consortium's figures as the bank answers them. Credits are decimal strings.

A share is in per cent with one decimal, rounded down; of nothing there is none.
"""

from client.answers import Answer


class MemberCount(Answer):
    """How many members of a kind stand so."""

    kind: str
    status: str
    count: int


class AccountCount(Answer):
    """How many accounts were opened in a mode, claimed, and closed."""

    mode: str
    opened: int
    claimed: int
    closed: int


class LearnerCount(Answer):
    """How many accounts there are, and how many of them ever had what."""

    accounts: int
    with_award: int
    with_exchange: int
    with_exchange_share: str | None
    with_redemption: int
    with_redemption_share: str | None


class MemberAwards(Answer):
    """What a member posted, and how many of it were ever used."""

    member: str
    count: int
    credits: str
    used: int


class KindAwards(Answer):
    """What was posted of a kind of achievement."""

    kind: str
    count: int
    credits: str


class AwardCount(Answer):
    """What was posted, and how many of it were ever used."""

    count: int
    credits: str
    used: int
    used_share: str | None
    by_member: tuple[MemberAwards, ...]
    by_kind: tuple[KindAwards, ...]


class CreditStates(Answer):
    """Where credits are."""

    available: str
    held: str
    exchanged: str
    redeemed: str
    expired: str
    revoked: str


class MemberCredits(CreditStates):
    """Where the credits are that a member issued."""

    member: str


class CreditCount(CreditStates):
    """Where all credits are."""

    by_member: tuple[MemberCredits, ...]


class CaseStates(Answer):
    """How many exchanges stand where."""

    requested: int
    returned: int
    accepted: int
    declined: int
    cancelled: int
    lapsed: int
    reversed: int


class MemberCases(CaseStates):
    """How many exchanges stand where at a recogniser."""

    member: str


class CaseCount(CaseStates):
    """How many exchanges stand where, in all and by recogniser."""

    by_recogniser: tuple[MemberCases, ...]


class RedemptionCount(Answer):
    """How many redemptions count, and how many were undone."""

    counted: int
    reversed: int


class DeskCount(Answer):
    """How many cases wait at a desk; without a role they were sent back there."""

    member: str
    role: str | None
    open: int
    overdue: int


class MonthCount(Answer):
    """What was recorded in a month."""

    month: str
    awards: int
    exchanges: int
    redemptions: int


class NewestCheckpoint(Answer):
    """The newest checkpoint: its size, root and signed note."""

    size: int
    root: str
    note: str


class Overview(Answer):
    """The consortium's figures, as they were at a position."""

    position: int
    entries: int
    today: str
    checkpoint: NewestCheckpoint | None
    members: tuple[MemberCount, ...]
    accounts: tuple[AccountCount, ...]
    learners: LearnerCount
    awards: AwardCount
    credits: CreditCount
    exchanges: CaseCount
    redemptions: RedemptionCount
    desks: tuple[DeskCount, ...]
    rules: dict[str, int]
    months: tuple[MonthCount, ...]
