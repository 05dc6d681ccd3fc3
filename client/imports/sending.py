"""Sends lines in batches until each is in the ledger or refused by name."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from client.bank import Bank
from client.errors import BankRefusedError, Fault
from client.imports.journal import Journal, Written
from client.statements import BatchRoom, StatementFactory
from ledger.integrity.batch import BatchLine

K = TypeVar("K")

KNOWN_CODES: Final = frozenset({"award-exists", "account-exists", "statement-exists"})
"""Refusals which say that the bank holds this very content already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Generic[K]):
    """One line to send, and what it is about."""

    about: K
    line: BatchLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Generic[K]):
    """What became of one item; ``fault`` is the bank's reason against it."""

    about: K
    known: bool = False
    fault: Fault | None = None


@dataclass(slots=True, kw_only=True)
class Courier:
    """Signs, keeps and sends batches, and counts them."""

    bank: Bank
    factory: StatementFactory
    journal: Journal
    batches: int = field(default=0)
    replayed: int = field(default=0)

    def resend(self) -> None:
        """Send again what an earlier run left without an outcome, byte for byte.

        A batch that the bank does not take now, for instance as expired, is noted as
        refused: its rows are signed again like those that were never sent.

        Raises:
            ClientError: the bank cannot be asked, or is not to be believed.
        """
        for written in self.journal.pending():
            with contextlib.suppress(BankRefusedError):
                self._send(written)

    def send(self, items: Sequence[Item[K]]) -> Iterator[Sent[K]]:
        """Send items, in as many rounds as the bank names faulty lines.

        Raises:
            ClientError: the bank cannot be asked, refuses the whole batch, or is not
                to be believed.
        """
        left = list(items)
        while left:
            raw = self.factory.batch([item.line for item in left])
            refusal = self._send(self.journal.write(raw))
            if refusal is None:
                yield from (Sent(about=item.about) for item in left)
                return
            known = _known(refusal)
            for index, fault in refusal.lines.items():
                about, again = left[index].about, index in known
                yield Sent(about=about, known=again, fault=None if again else fault)
            left = [left[i] for i in range(len(left)) if i not in refusal.lines]

    def _send(self, written: Written) -> BankRefusedError | None:
        """Send one batch; return its refusal if that names lines, raise it if not."""
        try:
            posted = self.bank.post_batch(written.raw)
        except BankRefusedError as error:
            evidence = error.evidence.refusal if error.evidence else None
            self.journal.refuse(
                written, error.bank_code, known=_known(error), evidence=evidence
            )
            count = len(written.lines())
            if error.lines and all(0 <= line < count for line in error.lines):
                return error
            raise
        self.journal.accept(written, posted.receipt)
        self.batches += 1
        self.replayed += posted.replayed
        return None


def fill(items: Iterable[Item[K]]) -> Iterator[list[Item[K]]]:
    """Yield items in lists that fit into one batch each."""
    room, full = BatchRoom(), list[Item[K]]()
    for item in items:
        if not room.take(item.line):
            yield full
            room, full = BatchRoom(), []
            room.take(item.line)
        full.append(item)
    if full:
        yield full


def _known(refusal: BankRefusedError) -> tuple[int, ...]:
    found = refusal.lines.items()
    return tuple(index for index, fault in found if fault.code in KNOWN_CODES)
