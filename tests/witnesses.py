"""Logs and witnesses to test with: trees of any history, honest and forked."""

from dataclasses import dataclass, field
from typing import Final

from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import NewNodes, prove_consistency
from ledger.integrity.witnessing import Request, read_request, write_request

ORIGIN: Final = "bank.example/test"
LOG_KEY: Final = SigningKey.generate("operator", KeyUse.CHECKPOINT)
LOGS: Final = {ORIGIN: LOG_KEY.public}


@dataclass(frozen=True, kw_only=True)
class Log:
    """A log whose entries from ``forked_at`` on are another history's."""

    forked_at: int = 1_000
    origin: str = ORIGIN
    key: SigningKey = field(default=LOG_KEY)

    def leaves(self, size: int) -> list[bytes]:
        """Return the leaf hashes of the first entries."""
        return [
            leaf_hash(b"%d%s" % (number, b"!" * (number >= self.forked_at)))
            for number in range(size)
        ]

    def note(self, size: int) -> str:
        """Return the signed checkpoint of the first entries."""
        root = EMPTY.extend(self.leaves(size)).root()
        return sign_checkpoint(
            Checkpoint(origin=self.origin, size=size, root=root), self.key
        )

    def path(self, old: int, size: int) -> tuple[bytes, ...]:
        """Return the proof from one size to another."""
        if not 0 < old <= size:
            return ()
        read_node = NewNodes(EMPTY, self.leaves(size)).read
        return prove_consistency(old, size, read_node=read_node).path

    def body(self, old: int, size: int) -> bytes:
        """Return what is sent to a witness."""
        return write_request(old, self.path(old, size), note=self.note(size))

    def request(self, old: int, size: int) -> Request:
        """Return the same as the witness reads it."""
        return read_request(self.body(old, size))


HONEST: Final = Log()
