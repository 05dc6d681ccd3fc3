"""What waits to be written, and what the bank signs with."""

from concurrent.futures import Future
from dataclasses import dataclass

from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.intake import BatchSubmission, Submission
from ledger.integrity.keys import SigningKey
from ledger.sequencer.framing import Placed, Repeated
from ledger.sequencer.outcomes import Accepted, InternalFaultError, RefusedError

Outcome = Placed | Repeated | RefusedError | InternalFaultError
"""What one attempt decided; it holds once the attempt is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankKeys:
    """The bank's own two keys, and the origin its checkpoints are signed for."""

    origin: str
    service: SigningKey
    checkpoint: SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A submission and the future that its sender waits on."""

    submission: Submission
    future: Future[Accepted]

    @property
    def entries(self) -> int:
        """How many entries it may take."""
        if isinstance(self.submission, BatchSubmission):
            return 1 + len(self.submission.drafts)
        # The bank may accept a request at once, by an entry of its own.
        return 2 if isinstance(self.submission.statement, ExchangeRequested) else 1

    def name(self) -> tuple[str, str, str]:
        """Return issuer, id and expiry of what was signed."""
        signed = (
            self.submission.payload
            if isinstance(self.submission, BatchSubmission)
            else self.submission.statement
        )
        return signed.iss, signed.id, signed.exp
