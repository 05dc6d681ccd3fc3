"""What an audit reports: every fault it found, with the place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.audit.classes import FindingClass, class_of

FINDINGS_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One proven fault. ``position`` is the first entry it concerns.

    ``last`` is set when a fault can only be narrowed down to a run of entries.
    """

    position: int
    code: str
    detail: str = ""
    last: int | None = None

    @property
    def kind(self) -> FindingClass:
        """The class of its code."""
        return class_of(self.code)

    @property
    def is_located(self) -> bool:
        """Tell whether it is known which entry is at fault."""
        return self.last is None or self.last <= self.position

    def __str__(self) -> str:
        """Name place, code and detail in one line."""
        run = "" if self.is_located else f"-{self.last}"
        place = f"{self.position}{run}"
        return f"position {place}: {self.code} {self.detail}".rstrip()


def first_located(findings: Sequence[Finding]) -> int | None:
    """Return the first position that is known to be at fault, if one is.

    One before it may be, where a finding says no more than between which entries.
    """
    return min((one.position for one in findings if one.is_located), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureFigures:
    """How many digests in the log have a disclosure in the vault, and have none."""

    disclosed: int
    undisclosed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessFigures:
    """What witnesses of the auditor's policy were found to have cosigned.

    ``cosigned`` counts checkpoints, ``with_quorum`` those of them that have quorum.
    ``quorum_size`` is how many entries the largest of those covers, and ``seen`` how
    many each witness has cosigned.
    """

    cosigned: int
    with_quorum: int
    quorum_size: int
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was checked, and what was found. Amounts are thousandths of a credit.

    ``trial_balance`` holds one sum per issuing member; each must be zero.
    ``findings`` are the first ``FINDINGS_MAX``; ``classes`` counts all, by their class.
    ``disclosures`` is None unless a vault was held against the log, and ``witnesses``
    unless a policy of witnesses was.
    ``recovery_positions`` are entries signed with a key the operator added.
    """

    ledger: str
    entries: int
    checkpoint_size: int
    root: bytes
    note: str
    members: int
    learners: int
    awards: int
    awarded_milli: int
    signatures: int
    findings: tuple[Finding, ...]
    classes: Mapping[FindingClass, int]
    disclosures: DisclosureFigures | None = None
    witnesses: WitnessFigures | None = None
    recovery_positions: tuple[int, ...] = ()
    trial_balance: Mapping[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Tell whether nothing at all was found."""
        return not self.findings

    @property
    def found(self) -> int:
        """How many findings there are, also those beyond the first."""
        return sum(self.classes.values())
