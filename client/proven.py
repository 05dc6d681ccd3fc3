"""An entry with the proof that a ledger holds it, for keeping and showing on."""

from typing import Annotated, Self

from pydantic import Field

from client.errors import StatementFileError
from client.pinning import Pin, pin
from client.receipts import unproven
from ledger.domain.types import Position, Wire
from ledger.integrity import canonical
from ledger.integrity.checkpoints import Checkpoint, parse_note, read_checkpoint
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.entries import Entry, read_entry
from ledger.integrity.errors import IntegrityError, ProofError
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.notes_proof import FIRST_LINE, NoteProof, read_note_proof
from ledger.integrity.proofs import InclusionProof, verify_inclusion

_Hash = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class _Extra(Wire):
    """What a text carries along, for whoever has nothing but the ledger's name."""

    entry: str
    founding: str
    ledger: str


class ProvenEntry(Wire):
    """Entry bytes, path and checkpoint: all that anyone with the name needs.

    ``entry`` and ``founding`` are base64url; the latter is entry 0, which holds the
    keys that the name vouches for.
    """

    ledger: str
    position: Position
    entry: str
    path: Annotated[tuple[_Hash, ...], Field(max_length=64)]
    checkpoint: str
    founding: str

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Read a proof file: JSON, or text as ``as_text`` writes it.

        Raises:
            StatementFileError: it is none, or a text without its entry.
        """
        try:
            if raw.startswith(FIRST_LINE.encode()):
                return cls._from_text(raw.decode())
            return cls.model_validate_json(raw)
        except (ValueError, ProofError) as error:
            raise StatementFileError(wanted="a proof file", found="its form") from error

    @classmethod
    def _from_text(cls, text: str) -> Self:
        proof = read_note_proof(text)
        extra = _Extra.model_validate_json(proof.extra or b"")
        return cls(
            ledger=extra.ledger,
            position=proof.index,
            entry=extra.entry,
            path=tuple(map(b64encode, proof.path)),
            checkpoint=proof.note,
            founding=extra.founding,
        )

    def as_text(self) -> str:
        """Return the proof as C2SP tlog-proof; name, entry and entry 0 are its extra.

        Others read it too, who get the entry from elsewhere.
        """
        extra = {"entry": self.entry, "founding": self.founding, "ledger": self.ledger}
        return NoteProof(
            index=self.position,
            path=tuple(map(b64decode, self.path)),
            note=self.checkpoint,
            extra=canonical.dumps(extra),
        ).text()

    def verify(self, *, ledger: str) -> tuple[Entry, Checkpoint]:
        """Check the proof from the ledger's name alone; return what it proves.

        Raises:
            LedgerNameError: not a ledger's name.
            BankFaultError: it does not prove that this ledger holds the entry.
        """
        try:
            pinned = pin(b64decode(self.founding), ledger=ledger)
            return self._verify(pinned)
        except (IntegrityError, ValueError) as error:
            raise unproven(error) from error

    def signed_by(self) -> tuple[str, ...]:
        """Return the names on the checkpoint beside the log's own; nobody vouches."""
        checkpoint, signatures = parse_note(self.checkpoint)
        return tuple(name for name, _ in signatures if name != checkpoint.origin)

    def _verify(self, pinned: Pin) -> tuple[Entry, Checkpoint]:
        raw = b64decode(self.entry)
        entry = read_entry(raw)
        if self.ledger != pinned.ledger or entry.line.position != self.position:
            raise ProofError(pointer="/position")
        checkpoint = read_checkpoint(
            self.checkpoint, origin=pinned.origin, key=pinned.checkpoint_key
        )
        proof = InclusionProof(
            position=self.position,
            size=checkpoint.size,
            path=tuple(map(b64decode, self.path)),
        )
        verify_inclusion(leaf_hash(raw), proof, root=checkpoint.root)
        return entry, checkpoint


def seal_proof(
    entry: bytes, path: tuple[str, ...], *, checkpoint: str, founding: bytes, name: str
) -> ProvenEntry:
    """Put a proof together; ``name`` is the ledger's.

    Raises:
        IntegrityError: these are no entry's bytes.
    """
    return ProvenEntry(
        ledger=name,
        position=read_entry(entry).line.position,
        entry=b64encode(entry),
        path=path,
        checkpoint=checkpoint,
        founding=b64encode(founding),
    )
