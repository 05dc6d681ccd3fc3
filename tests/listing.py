"""A ledger that ends with lists: lines that differ in little, as schools post them.

Before them stand singles that differ in as little, and were recorded at one instant.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

from ledger.audit.findings import AuditReport
from ledger.audit.ports import EntryRow, SourceEntry
from ledger.audit.verify import Audit, WrongLedgerError
from ledger.audit.workers import Workers
from ledger.domain.types import instant_of
from ledger.integrity.entries import LINE_BEGINS
from tests.bank import SCHOOL
from tests.tampering.copies import Copy
from tests.tampering.grounds import Ground, SmallBank, write_ground

BY_RANGES = Workers(
    processes=2,
    worth_starting=0,
    first=1,
    range=16,
    waiting=0,
    start=lambda _: ThreadPoolExecutor(1),
)
"""Whoever looks at entries reads them, too; in this process, where that is seen."""
ALONE = Workers(at_once=0)
"""Each entry is read and decided by itself."""
AHEAD = Workers(at_once=1)
"""Each batch is looked at when all before it was applied."""
LINES = 6
FILED_ELSEWHERE: Sequence[dict[str, object]] = (
    {"position": 7},
    {"stream": "award:another"},
    {"version": 2},
    {"topic": "credit.awarded.v1"},
)
"""What a store may say of a line that is not where it belongs."""

_HASHES = tuple(f"{letter * 42}A" for letter in "abcdefghijklmnopqrstuvwxyz")


class ListingBank(SmallBank):
    """What the small one has, then accounts, and awards to them on two courses."""

    def write(self) -> None:
        """Open accounts, and award to each on its own terms."""
        super().write()
        mandate = _mandate(instant_of(self.clock.now()))
        self._post_singles(mandate)
        opened = [
            self.statement(
                SCHOOL,
                "account.opened.v1",
                body={"learner_id": learner(number), "mode": "collective"},
            )
            | mandate
            for number in range(LINES)
        ]
        self._post_list(opened)
        plain = [self.award(f"plain-{n}", learner_id=learner(n)) for n in range(LINES)]
        self._post_list(plain)
        disclosing = [
            self.award(
                f"closed-{n}",
                learner_id=learner(n),
                credits="3" if n % 2 else "2",
                _sd=[_HASHES[2 * n], _HASHES[2 * n + 1]],
            )
            for n in range(LINES)
        ]
        self._post_list(disclosing)

    def _post_singles(self, mandate: dict[str, object]) -> None:
        for turn in range(2):
            said = []
            for number in range(LINES):
                one = learner(number + LINES)
                opened = {"learner_id": one, "mode": "collective"}
                if not turn:
                    new = self.statement(SCHOOL, "account.opened.v1", body=opened)
                    said.append(new | mandate)
                said.append(self.award(f"{turn}-{number}", learner_id=one))
            received = [self.receive(self.sign(statement)) for statement in said]
            # Recorded later than said, and all at once.
            self.clock.step(60)
            for statement in received:
                self.submit(statement).result()

    def _post_list(self, statements: list[dict[str, object]]) -> None:
        self.clock.step(60)
        batch = self.receive_batch(self.batch_bytes(SCHOOL, statements))
        self.submit(batch).result()


def learner(number: int) -> str:
    """Return the id of a learner of these lists."""
    return f"learner_{number + 256:032x}"


def _mandate(at: str) -> dict[str, object]:
    given = {
        "by": "learner",
        "method": "paper",
        "proof": "o" * 42 + "A",
        "notice_version": "2026-1",
        "at": at,
    }
    return {"mandate": given}


@cache
def listings() -> tuple[Ground, Ground]:
    """Return such a ledger, and another of the same words. Written once."""
    ours = write_ground(lambda url: ListingBank(url, name="ours"))
    theirs = write_ground(lambda url: ListingBank(url, name="theirs"))
    return ours, theirs


@dataclass(frozen=True)
class HeldRange:
    """Entries that lie in memory."""

    held: Sequence[SourceEntry]

    def read(self) -> list[EntryRow]:
        """Return them as a database would."""
        return [_row_of(one) for one in self.held]


def _row_of(one: SourceEntry) -> EntryRow:
    number = 0 if one.position is None else one.position + 1
    return number, one.stream or "", one.version or 0, one.topic or "", one.raw


class RangedCopy(Copy):
    """A copy that several may read at once."""

    def ranges(self, counts: Iterator[int]) -> Iterator[HeldRange]:
        """Return all entries as ranges that end before what is no line."""
        held, start = self.entries_kept, 0
        for count in counts:
            end = start + count
            while end < len(held) and held[end].raw.startswith(LINE_BEGINS):
                end += 1
            yield HeldRange(held[start:end])
            start = end
            if start >= len(held):
                return

    def size(self) -> int:
        """Return how many entries there are."""
        return len(self.entries_kept)


def ranged(copy: Copy, like: Ground | None = None) -> RangedCopy:
    """Return the same copy, filed as in a database, to be read by several at once.

    What is filed nowhere is filed as what stands there in a ground.
    """
    entries = list(copy.entries_kept)
    if like is not None and entries and entries[0].position is None:
        pairs = zip(like.entries, entries, strict=True)
        entries = [replace(filed, raw=one.raw) for filed, one in pairs]
    filed = [SourceEntry.of(_row_of(one)) for one in entries]
    return RangedCopy(filed, copy.heads_kept, copy.note, copy.cosigned_kept)


def report_of(copy: Copy, ground: Ground, *, workers: Workers) -> AuditReport | str:
    """Return what an audit says."""
    try:
        return Audit(copy, ledger=ground.bank.ledger).run(workers=workers)
    except WrongLedgerError as error:
        return error.found
