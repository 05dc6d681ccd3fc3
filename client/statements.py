"""Statements and batches, filled in, checked against the wire and signed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from client import ids
from client.clock import Now, system_now
from client.results import Content
from ledger.domain.statements import read_statement
from ledger.domain.statements.envelope import Actor, Mandate, Statement
from ledger.domain.types import instant_of
from ledger.integrity import canonical
from ledger.integrity.batch import (
    BATCH_BYTES_MAX,
    BATCH_LINES_MAX,
    BatchLine,
    seal_batch,
)
from ledger.integrity.disclosures import join
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import SigningKey

LIFETIME: Final = timedelta(days=1)
_HEADER_BYTES_MAX: Final = 4096
_LINE_FRAME_BYTES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFactory:
    """Fills in id, issuer, ledger, times and actor, and signs with one key.

    ``ledger`` is the ledger's full name; ``lifetime`` is how long the bank may take to
    accept, at most seven days.
    """

    key: SigningKey
    ledger: str
    actor: Actor
    lifetime: timedelta = LIFETIME
    now: Now = system_now
    new_id: ids.NewId = field(default=ids.statement_id)

    def sign(self, content: Content, *, mandate: Mandate | None = None) -> bytes:
        """Return one statement to post: the JWS and its disclosures.

        Raises:
            RejectionError: the content does not have the form of its type.
            IntegrityError: it is not plain JSON.
        """
        payload = self.payload(content, mandate=mandate)
        token = sign_jws(self.key, payload, typ=STATEMENT_TYP)
        return join(token, (one.encoded for one in content.disclosures))

    def line(self, content: Content, *, mandate: Mandate | None = None) -> BatchLine:
        """Return one line for a batch.

        Raises:
            RejectionError: the content does not have the form of its type.
            IntegrityError: it is not plain JSON.
        """
        return BatchLine(
            statement=self.payload(content, mandate=mandate),
            disclosures=tuple(one.encoded for one in content.disclosures),
        )

    def batch(self, lines: Sequence[BatchLine]) -> bytes:
        """Return one batch to post, signed once for all its lines.

        Raises:
            ValueError: no line, too many, or too many bytes.
        """
        if not 0 < len(lines) <= BATCH_LINES_MAX:
            raise ValueError(len(lines))
        issued = self.now()
        header: dict[str, object] = {
            "id": self.new_id(),
            "iss": self.key.member_id,
            "aud": self.ledger,
            "iat": instant_of(issued),
            "exp": instant_of(issued + self.lifetime),
        }
        raw = seal_batch(self.key, header, lines=lines)
        if len(raw) > BATCH_BYTES_MAX:
            raise ValueError(len(raw))
        return raw

    def payload(self, content: Content, *, mandate: Mandate | None = None) -> bytes:
        """Return the canonical bytes to sign, after reading them back.

        Raises:
            RejectionError: the content does not have the form of its type.
            IntegrityError: it is not plain JSON.
        """
        issued = self.now()
        payload: dict[str, object] = {
            "type": content.type,
            "id": self.new_id(),
            "iss": self.key.member_id,
            "aud": self.ledger,
            "iat": instant_of(issued),
            "exp": instant_of(issued + self.lifetime),
            "actor": self.actor.model_dump(mode="json", exclude_none=True),
            "body": dict(content.body),
        }
        if mandate is not None:
            payload["mandate"] = mandate.model_dump(mode="json", exclude_none=True)
        raw = canonical.dumps(payload)
        _read_back(raw, content)
        return raw


def _read_back(raw: bytes, content: Content) -> Statement:
    canonical.loads(raw)
    return read_statement(raw, type_name=content.type)


def line_bytes(line: BatchLine) -> int:
    """Return an upper bound of the bytes that a line takes up in a batch."""
    disclosed = sum(len(one) + 3 for one in line.disclosures)
    return _LINE_FRAME_BYTES + disclosed + len(line.statement)


@dataclass(slots=True)
class BatchRoom:
    """Says when a batch is full: 1,000 lines or 8 MiB."""

    lines: int = 0
    size_bytes: int = _HEADER_BYTES_MAX

    def take(self, line: BatchLine) -> bool:
        """Count a line in; False, and not counted, if it has no room."""
        size = self.size_bytes + line_bytes(line)
        if self.lines == BATCH_LINES_MAX or size > BATCH_BYTES_MAX:
            return False
        self.lines, self.size_bytes = self.lines + 1, size
        return True
