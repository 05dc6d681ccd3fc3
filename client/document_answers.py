"""Documents as the bank answers them: a transcript, the forms of a case, progress."""

from client.answers import (
    Answer,
    FlagView,
    LevelView,
    RootShare,
    TermView,
    WorkloadView,
)
from client.balances import AccountView, IssuedCredits, RecognisedCredits
from client.recognition_answers import CountedView


class MemberName(Answer):
    """A member with its public name (单位)."""

    member_id: str
    name: str | None = None
    name_en: str | None = None


class AwardingBodyView(Answer):
    """The body outside whose certificate an item is (证书颁发机构)."""

    name: str
    code: str | None = None
    scheme: str


class AchievementName(Answer):
    """A catalogue item's version with its title (学习成果名称)."""

    achievement: str
    title: str | None = None
    title_en: str | None = None
    kind: str | None = None
    nature: str | None = None
    module: str | None = None
    level: LevelView | None = None
    workload: WorkloadView | None = None
    awarding_body: AwardingBodyView | None = None


class ProgrammeName(Answer):
    """A programme's version with its title (培养方案)."""

    programme: str
    title: str | None = None


class RuleName(Answer):
    """A rule's version with its title and effect (互认规则)."""

    rule: str
    title: str | None = None
    title_en: str | None = None
    effect: str | None = None


class Foundation(Answer):
    """What the proofs of a document rest on: checkpoint and entry 0 of a ledger."""

    ledger: str
    size: int
    checkpoint: str
    founding: str


class StatementName(Answer):
    """Which of a member's statements."""

    iss: str
    id: str


class EntryProof(Answer):
    """An entry, and its path to the checkpoint of ``size`` entries."""

    position: int
    entry_hash: str
    size: int
    path: tuple[str, ...]
    entry: str


class CatalogueProof(Answer):
    """Where a catalogue item was published, with the proof."""

    achievement: str
    proof: EntryProof


class RecognitionView(Answer):
    """A case in which a lot was recognised, or from which it came (认定)."""

    exchange_id: str
    status: str
    member: MemberName | None = None
    enrolment_id: str
    programme: ProgrammeName | None = None
    rule: RuleName
    accepted_on: str | None = None
    credits: str | None = None


class TranscriptLot(Answer):
    """One lot of a transcript, with its origin and its proof (学分批次).

    One that was recognised has an ``exchange``; ``amended_at`` are entries since which
    it says something else than the entry that made it.
    """

    award_id: str
    learner_id: str
    issuer: MemberName
    achievement: AchievementName | None = None
    basis: str
    passed: bool
    learned_from: str | None = None
    learned_to: str | None = None
    assessed_on: str | None = None
    term: TermView | None = None
    attempt: str | None = None
    level: LevelView | None = None
    workload: WorkloadView | None = None
    valid_until: str | None = None
    expires_on: str | None = None
    status: str
    awarded: str
    available: str
    held: str
    exchanged: str
    redeemed: str
    expired: str
    revoked: str
    contested: bool
    flags: tuple[FlagView, ...] = ()
    recorded_at: str
    position: int
    amended_at: tuple[int, ...] = ()
    recognised: tuple[RecognitionView, ...] = ()
    exchange: RecognitionView | None = None
    enrolment_id: str | None = None
    requirement: str | None = None
    outcome: str | None = None
    derived_from: tuple[RootShare, ...] = ()
    roots: tuple[RootShare, ...] = ()
    statement: StatementName
    proof: EntryProof


class TranscriptEnrolment(Answer):
    """An enrolment with how it ended (学籍)."""

    enrolment_id: str
    school: MemberName
    programme: ProgrammeName
    cohort: str
    mode: str
    started_on: str
    ended_on: str | None = None
    outcome: str | None = None
    counted: tuple[CountedView, ...] = ()


class TranscriptHead(Answer):
    """What only the first page of a transcript has."""

    learner_id: str
    account: AccountView
    earned: str
    issued: tuple[IssuedCredits, ...]
    recognised_at: tuple[RecognisedCredits, ...] = ()
    enrolments: tuple[TranscriptEnrolment, ...] = ()


class TranscriptPage(Answer):
    """Lots of a transcript; ``next`` asks for more."""

    position: int
    studied: tuple[TranscriptLot, ...]
    recognised: tuple[TranscriptLot, ...]
    catalogue: tuple[CatalogueProof, ...] = ()
    proof: Foundation
    language: str
    labels: dict[str, str]
    words: dict[str, str]
    next: str | None = None


class Transcript(TranscriptHead):
    """A whole transcript: what was studied, and apart from it what was recognised.

    ``proofs`` are the checkpoints that the lots' proofs lead to, by their sizes.
    """

    position: int
    studied: tuple[TranscriptLot, ...]
    recognised: tuple[TranscriptLot, ...]
    catalogue: tuple[CatalogueProof, ...] = ()
    proofs: tuple[Foundation, ...]
    language: str
    labels: dict[str, str]
    words: dict[str, str]

    @property
    def lots(self) -> tuple[TranscriptLot, ...]:
        """Return all lots."""
        return (*self.studied, *self.recognised)


class Forms(Answer):
    """The forms of a case as data: 审批表, and once it is accepted 公示表.

    ``labels`` and ``words`` are by language; labels also by form.
    """

    exchange_id: str
    application: dict[str, object]
    notice: dict[str, object] | None
    labels: dict[str, dict[str, dict[str, str]]]
    words: dict[str, dict[str, str]]


class ProgressDesk(Answer):
    """Whose turn it is (当前经办)."""

    member: MemberName
    role: str | None = None
    step: int | None = None
    steps: int | None = None
    due_on: str | None = None


class ProgressAction(Answer):
    """What the learner may do now."""

    action: str
    text: str


class ProgressEvent(Answer):
    """Who did what in a case, and when."""

    position: int
    on: str
    type: str
    member: MemberName
    role: str | None = None
    reason_code: str | None = None
    text: str


class ProgressCase(Answer):
    """One case of a learner's: on whose desk it is, and until when (办理进度)."""

    kind: str
    case_id: str
    status: str
    rule: RuleName | None = None
    achievement: AchievementName | None = None
    desk: ProgressDesk | None = None
    overdue: bool
    can_do: tuple[ProgressAction, ...] = ()
    missing: str | None = None
    opened_on: str | None = None
    closed_on: str | None = None
    history: tuple[ProgressEvent, ...] = ()
    text: str
