"""Queue, group, decide, append, receipts: the one place where all of it meets.

Rules, proofs and storage know nothing of each other; here a group of submissions is
decided in order, framed, put under a new checkpoint, stored, and answered.
"""

from ledger.sequencer.clock import Clock, ClockJumpError, SystemClock, WriterClock
from ledger.sequencer.commit import Committer
from ledger.sequencer.elsewhere import Writer
from ledger.sequencer.outcomes import (
    Accepted,
    BusyError,
    InternalFaultError,
    NotComparedError,
    RefusedError,
    RefusedFault,
    UncertainError,
)
from ledger.sequencer.waiting import BankKeys
from ledger.sequencer.writer import Sequencer

__all__ = [
    "Accepted",
    "BankKeys",
    "BusyError",
    "Clock",
    "ClockJumpError",
    "Committer",
    "InternalFaultError",
    "NotComparedError",
    "RefusedError",
    "RefusedFault",
    "Sequencer",
    "SystemClock",
    "UncertainError",
    "Writer",
    "WriterClock",
]
