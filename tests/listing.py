"""A ledger that ends with lists: lines that differ in little, as schools post them."""

from functools import cache

from ledger.audit.findings import AuditReport
from ledger.audit.verify import Audit, WrongLedgerError
from ledger.audit.workers import Workers
from ledger.domain.types import instant_of
from tests.bank import SCHOOL
from tests.tampering.copies import Copy
from tests.tampering.grounds import Ground, SmallBank, write_ground

ALONE = Workers(at_once=0)
"""Each entry is read and decided by itself."""
AHEAD = Workers(at_once=1)
"""Each batch is looked at when all before it was applied."""
LINES = 6

_HASHES = tuple(f"{letter * 42}A" for letter in "abcdefghijklmnopqrstuvwxyz")


class ListingBank(SmallBank):
    """What the small one has, then accounts, and awards to them on two courses."""

    def write(self) -> None:
        """Open accounts, and award to each on its own terms."""
        super().write()
        mandate = _mandate(instant_of(self.clock.now()))
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


def report_of(copy: Copy, ground: Ground, *, workers: Workers) -> AuditReport | str:
    """Return what an audit says."""
    try:
        return Audit(copy, ledger=ground.bank.ledger).run(workers=workers)
    except WrongLedgerError as error:
        return error.found
