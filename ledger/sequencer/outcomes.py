"""What can become of a submission."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.intake import Fault, LinesRefusedError
from ledger.integrity.receipts import BatchReceipt, SingleReceipt

Receipt = SingleReceipt | BatchReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """It is in the log. ``replayed``: it was before, and this is the first answer."""

    receipt: Receipt
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFault:
    """One reason of a refusal; ``line`` counts the lines of a batch from 0."""

    error: Fault
    line: int | None = None


class RefusedError(Exception):
    """The rules refuse it, having seen the log up to ``decided_at_position``.

    ``evidence`` is the refusal signed by the bank's service key; -1 means that the
    log was empty.
    """

    def __init__(
        self,
        faults: Iterable[RefusedFault],
        *,
        decided_at_position: int,
        evidence: str,
    ) -> None:
        """Keep the faults in line order."""
        self.faults = tuple(faults)
        self.decided_at_position = decided_at_position
        self.evidence = evidence
        super().__init__(self.faults[0].error.code)


class BusyError(Exception):
    """Too much is waiting, or the vault is away; nothing was written. Try later."""

    code = "busy"


class UncertainError(Exception):
    """The store did not say whether it committed; ask again with the same bytes."""

    code = "outcome-unknown"


class NotComparedError(Exception):
    """The ledger was restored and not compared yet; nothing was written or signed."""

    code = "restored-not-compared"


class InternalFaultError(Exception):
    """A programming error met this one submission; its neighbours went on."""

    code = "internal"


def faults_of(error: Fault | LinesRefusedError) -> tuple[RefusedFault, ...]:
    """Return what a refusal lists: one fault, or one for every faulty line."""
    if isinstance(error, LinesRefusedError):
        return tuple(
            RefusedFault(error=fault.error, line=fault.line) for fault in error.faults
        )
    return (RefusedFault(error=error),)
