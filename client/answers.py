"""What the bank answers. Amounts are decimal strings of credits.

Members that a newer bank adds are passed over: an answer is read, never signed, so an
older client goes on working.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ledger.domain.types import Wire


class Answer(BaseModel):
    """Part of an answer."""

    # A command reads one or two answers: what it does not read costs it nothing.
    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", defer_build=True
    )


class When(Wire):
    """What an answer is asked for: past states, and at least how new.

    ``as_of_position`` and ``as_of`` ask what was recorded then, inclusive;
    ``effective_on`` what was in force on a date; ``min_position`` waits for a position.
    """

    as_of_position: int | None = None
    as_of: str | None = None
    effective_on: str | None = None
    min_position: int | None = None


class RootShare(Answer):
    """How much of a lot goes back to one original award."""

    award_id: str
    credits: str


class LevelView(Answer):
    """A level on a named framework."""

    framework: str
    code: str


class TermView(Answer):
    """A term of a published calendar."""

    calendar: str
    code: str


class WorkloadView(Answer):
    """Effort and its unit."""

    value: str
    unit: str


class FlagView(Answer):
    """Why a lot is to be looked at again, and by when its member decides (待复核)."""

    cause: str
    source: str
    decide_by: str


class Award(Answer):
    """One award, or a lot that an exchange made, with its parts (学习成果记录).

    What an exchange made has an ``outcome`` and mostly a ``requirement``; it need not
    have an achievement.
    """

    award_id: str
    learner_id: str
    issuer: str
    achievement: str | None = None
    title: str | None = None
    basis: str
    passed: bool
    awarded: str
    available: str
    held: str
    exchanged: str
    redeemed: str
    expired: str
    revoked: str
    status: str
    contested: bool
    learned_from: str | None = None
    learned_to: str | None = None
    assessed_on: str | None = None
    term: TermView | None = None
    attempt: str | None = None
    level: LevelView | None = None
    valid_until: str | None = None
    workload: WorkloadView | None = None
    revision: int = 0
    replaces: str | None = None
    replaced_by: str | None = None
    recorded_at: str
    position: int
    signed_by: str
    recovery_key: bool = False
    roots: tuple[RootShare, ...] = ()
    exchange_id: str | None = None
    enrolment_id: str | None = None
    outcome: str | None = None
    requirement: str | None = None
    flags: tuple[FlagView, ...] = ()


class AwardEntry(Answer):
    """One entry of the log about an award."""

    position: int
    type: str
    recorded_at: str
    signed_by: str
    statement_id: str
    reason_code: str | None = None
    credits: str | None = None


class AwardHistory(Award):
    """One award with every entry about it."""

    entries: tuple[AwardEntry, ...]


class ActorView(Answer):
    """Who at the member acted: a pseudonym and a role (经办人)."""

    staff: str
    role: str
    authority: str | None = None


class MandateView(Answer):
    """The learner's will behind a statement (授权)."""

    by: str
    method: str
    proof: str
    notice_version: str
    at: str


class AboutView(Answer):
    """The learners, members and rules that an entry is about."""

    learners: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class TrailEvent(Answer):
    """One thing that was said: who, when, about whom, under which key (流水).

    ``kid`` is the key that it adds or ends.
    """

    position: int
    recorded_at: str
    type: str
    issuer: str
    statement_id: str
    signed_by: str
    actor: ActorView | None = None
    mandate: MandateView | None = None
    about: AboutView = AboutView()
    recovery_key: bool = False
    contested: bool = False
    award_id: str | None = None
    achievement: str | None = None
    credits: str | None = None
    effective_on: str | None = None
    reason_code: str | None = None
    exchange_id: str | None = None
    redemption_id: str | None = None
    enrolment_id: str | None = None
    kid: str | None = None


class Member(Answer):
    """A member of the consortium (成员单位)."""

    member_id: str
    kind: str
    name: str
    name_en: str | None = None
    status: str
    successor: str | None = None
    admitted_position: int


class RegisteredKey(Answer):
    """A public key of a member, and when it may sign."""

    kid: str
    use: str
    alg: str
    jwk: dict[str, str]
    valid_from: str
    valid_until: str | None = None
    revoked_at: str | None = None
    contested_since: int | None = None
    recovery: bool = False
    added_position: int


class Achievement(Answer):
    """One version of a catalogue item (成果目录项)."""

    achievement: str
    owner: str
    title: str
    title_en: str | None = None
    kind: str
    credits: str | None = None
    retired: bool
    position: int


class EntryLine(Answer):
    """One entry's bytes in base64url."""

    position: int
    entry: str


class EntryPage(Answer):
    """Entries in position order, without gaps."""

    entries: tuple[EntryLine, ...]
    next_after: int | None = None


class KeyList(Answer):
    """All keys of a member."""

    keys: tuple[RegisteredKey, ...]


class InclusionAnswer(Answer):
    """The path of an entry in a tree of a given size."""

    position: int
    size: int
    leaf_hash: str
    path: tuple[str, ...]


class OutcomeHead(Answer):
    """What became of a statement; what else is there depends on it."""

    outcome: Literal["accepted", "refused"]


class ProblemFault(Answer):
    """One fault of a problem document."""

    pointer: str = ""
    code: str
    detail: str = ""
    line: int | None = None


class Problem(Answer):
    """A problem document (RFC 9457) as this bank writes it."""

    code: str
    title: str = ""
    detail: str = ""
    errors: tuple[ProblemFault, ...] = ()
    request_id: str = ""
    decided_at_position: int | None = None
    refusal: str | None = None
