"""One thing that a client says, as often as it must; and what it heard."""

from dataclasses import dataclass, field

from ledger.domain.rules.awards import award_id
from ledger.intake import Submission
from ledger.integrity.disclosures import Disclosure
from ledger.sequencer import Accepted, RefusedError
from tests.bank import SCHOOL, reference_tag
from tests.simulation.effects import Meant


@dataclass(kw_only=True, eq=False)
class Said:
    """One thing that a client says, as often as it must; and what it heard."""

    words: str
    meant: Meant
    submission: Submission
    entries: tuple[bytes, ...]
    disclosed: tuple[Disclosure, ...] = ()
    accepted: Accepted | None = None
    refusals: list[RefusedError] = field(default_factory=list)
    sent_to: set[int] = field(default_factory=set)

    @property
    def is_answered(self) -> bool:
        """Tell whether the client heard an answer that is final."""
        return self.accepted is not None or bool(self.refusals)

    @property
    def name(self) -> str:
        """Number and kind, for the trace."""
        return f"{self.meant.number}:{self.words}"


def made_award(reference: str) -> str:
    """Return the id of the college's award under a reference."""
    tagged = reference_tag(reference)
    return award_id(member_id=SCHOOL, reference_tag=tagged, revision=0)
