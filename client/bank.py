"""The bank as a member's own system sees it: every answer typed, every receipt checked.

Only the ledger's name is trusted. It is compared with entry 0 before anything else
is believed, and the keys found there must have signed every receipt and checkpoint.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from client import receipts
from client.answers import EntryPage, InclusionAnswer, RegisteredKey
from client.documents import Documents
from client.errors import (
    AnotherLedgerError,
    BankAnswerError,
    BankFaultError,
    StatementFileError,
)
from client.exchange import Connection, Query, read_problem, refused
from client.graduation import Graduation
from client.outcomes import Outcome, read_outcome, statement_path
from client.oversight import Oversight
from client.patience import Patience
from client.pinning import Pin, pin, split_name
from client.proven import ProvenEntry, seal_proof
from client.questions import Questions
from client.receipts import Posted, PostedBatch
from client.recognition import Recognition
from client.reconciliation import Reconciliation
from client.witnessed import CheckpointsPage, newest_with_quorum, witnesses_of
from ledger.integrity.batch import read_batch
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.disclosures import split
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws
from ledger.integrity.quorum import Policy
from ledger.integrity.receipts import BatchReceipt, SingleReceipt

_SINGLE = "application/jose"
_BATCH = "application/x-ndjson"


class Bank(Questions, Recognition, Documents, Graduation, Oversight, Reconciliation):
    """One bank, by its address and its ledger's name.

    ``keep_receipts`` names a folder in which every receipt is kept. With ``witnesses``,
    a policy of the reader's own, receipts and proofs are held against cosignatures.
    """

    witnesses: Policy | None = None

    def __init__(
        self,
        url: str,
        *,
        ledger: str,
        patience: Patience | None = None,
        keep_receipts: Path | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Prepare to speak with a bank; nothing is sent yet.

        Raises:
            LedgerNameError: not a ledger's name.
        """
        split_name(ledger)
        self.ledger = ledger
        self._keep_receipts = keep_receipts
        self._pin: tuple[Pin, bytes] | None = None
        self._connection = Connection(
            url, patience=patience or Patience(), transport=transport
        )

    def __enter__(self) -> Self:
        """Use it in a ``with`` statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def pinned(self) -> Pin:
        """Return what the ledger's name proves about this bank, asking it once.

        Raises:
            BankFaultError: the bank keeps another ledger.
        """
        return self._founding()[0]

    def post(self, raw: bytes) -> Posted:
        """Post one signed statement, with its disclosures.

        Raises:
            StatementFileError: these are not the bytes of a statement.
            BankRefusedError: the rules refuse; nothing was recorded.
            BankUnavailableError: no answer; post the same bytes again.
            BankFaultError: the receipt does not prove it.
        """
        try:
            token, _ = split(raw)
            signed = read_jws(token, typ=STATEMENT_TYP)
        except IntegrityError as error:
            raise StatementFileError(
                wanted="a statement that `skillbank sign` wrote", found=error.code
            ) from error
        answer = self._send(raw, _SINGLE, payload=signed.payload)
        receipt = receipts.check_single(answer.content, token, pinned=self.pinned())
        self._keep(receipt.statement_id, receipt)
        name = (signed.kid.partition("#")[0], receipt.statement_id)
        witnesses = self._witnesses(answer, receipt.checkpoint, name=name)
        return Posted(
            receipt=receipt, replayed=_is_replayed(answer), witnesses=witnesses
        )

    def post_batch(self, raw: bytes) -> PostedBatch:
        """Post one signed batch: all of it or nothing.

        Raises:
            StatementFileError: these are not the bytes of a batch.
            BankRefusedError: ``lines`` names every faulty line.
            BankUnavailableError: no answer; post the same bytes again.
            BankFaultError: the receipt does not prove it.
        """
        try:
            batch = read_batch(raw)
        except IntegrityError as error:
            raise StatementFileError(
                wanted="a batch that `skillbank sign` wrote", found=error.code
            ) from error
        answer = self._send(raw, _BATCH, payload=batch.header.payload)
        receipt = receipts.check_batch(answer.content, batch, pinned=self.pinned())
        self._keep(batch.payload.id, receipt)
        name = (batch.payload.iss, batch.payload.id)
        witnesses = self._witnesses(answer, receipt.checkpoint, name=name)
        return PostedBatch(
            receipt=receipt, replayed=_is_replayed(answer), witnesses=witnesses
        )

    def statement(self, iss: str, identity: str, *, sent: bytes) -> Outcome:
        """Return what became of something sent whose answer was lost.

        ``sent`` are the very bytes that were posted, or a batch line's statement.

        Raises:
            BankRefusedError: the bank knows no such statement.
            BankFaultError: the receipt does not prove what it says, or does not fit to
                what witnesses cosigned.
        """
        content = self._connection.get(statement_path(iss, identity)).content
        pinned = self.pinned()
        found = read_outcome(content, sent, pinned=pinned, find_key=self._key)
        if self.witnesses is None or found.receipt is None:
            return found
        note, policy = found.receipt.checkpoint, self.witnesses
        signers = witnesses_of(note, content, pinned=pinned, policy=policy)
        return replace(found, witnesses=signers)

    def entries(self, *, after: int = -1, limit: int = 500) -> Iterator[bytes]:
        """Yield the bytes of entries in position order, from after a position on.

        They are as the bank gives them: an audit proves them.
        """
        while True:
            query: Query = {"after": after, "limit": limit}
            page = self._connection.read(EntryPage, "/v1/entries", query=query)
            for line in page.entries:
                if line.position != after + 1:
                    raise BankFaultError(found=f"entry {after + 1} is missing")
                after = line.position
                yield _decode(line.entry)
            if page.next_after is None or not page.entries:
                return

    def checkpoint(self, *, min_position: int = 0) -> tuple[str, Checkpoint]:
        """Return the newest published note and what it says, verified.

        It covers ``min_position``: a bank publishes once a second, and is waited for.

        Raises:
            BankFaultError: it is not signed with the ledger's key.
        """
        query: Query = {"min_position": min_position}
        note = self._connection.get("/log/checkpoint", query=query).text
        pinned = self.pinned()
        try:
            return note, read_checkpoint(
                note, origin=pinned.origin, key=pinned.checkpoint_key
            )
        except IntegrityError as error:
            raise receipts.unproven(error) from error

    def proof(self, position: int) -> ProvenEntry:
        """Return an entry with the proof that the ledger holds it, verified.

        With ``witnesses`` it is under the newest checkpoint that has their quorum, and
        under the newest of all only if none covers the entry.

        Raises:
            BankRefusedError: there is no such entry yet.
            BankFaultError: it is not proven.
        """
        path = f"/v1/proofs/inclusion/{position}"
        note, checkpoint = self._witnessed_over(position) or self.checkpoint()
        if checkpoint.size <= position:
            # Perhaps it is in the log and not published yet; if not, this is refused.
            self._connection.get(path)
            note, checkpoint = self.checkpoint(min_position=position)
        query: Query = {"size": checkpoint.size}
        answer = self._connection.read(InclusionAnswer, path, query=query)
        entry = next(self.entries(after=position - 1, limit=1), None)
        if entry is None:
            raise BankFaultError(found=f"entry {position} is missing")
        try:
            proven = seal_proof(
                entry,
                answer.path,
                checkpoint=note,
                founding=self._founding()[1],
                name=self.ledger,
            )
        except (IntegrityError, ValueError) as error:
            raise receipts.unproven(error) from error
        proven.verify(ledger=self.ledger)
        return proven

    def _witnessed_over(self, position: int) -> tuple[str, Checkpoint] | None:
        if self.witnesses is None:
            return None
        page = self._connection.read(CheckpointsPage, "/v1/checkpoints")
        return newest_with_quorum(
            page, position, pinned=self.pinned(), policy=self.witnesses
        )

    def _witnesses(
        self, answer: httpx2.Response, note: str, *, name: tuple[str, str]
    ) -> frozenset[str] | None:
        """Return who stands behind a receipt that was given before; at first nobody."""
        if self.witnesses is None or not _is_replayed(answer):
            return None
        content = self._connection.get(statement_path(*name)).content
        pinned = self.pinned()
        return witnesses_of(note, content, pinned=pinned, policy=self.witnesses)

    def _founding(self) -> tuple[Pin, bytes]:
        if self._pin is None:
            first = next(self.entries(limit=1), None)
            if first is None:
                raise AnotherLedgerError(ledger=self.ledger, found="it is empty")
            self._pin = pin(first, ledger=self.ledger), first
        return self._pin

    def _send(self, raw: bytes, media_type: str, *, payload: bytes) -> httpx2.Response:
        pinned = self.pinned()
        answer = self._connection.post("/v1/statements", raw, media_type=media_type)
        if answer.is_success:
            return answer
        problem = read_problem(answer)
        digest = b64encode(hashlib.sha256(payload).digest())
        evidence = receipts.check_evidence(problem, pinned=pinned, payload_hash=digest)
        raise refused(problem, evidence=evidence)

    def _keep(self, name: str, receipt: SingleReceipt | BatchReceipt) -> None:
        if self._keep_receipts is not None:
            receipts.keep(self._keep_receipts, name, receipt=receipt)

    def _key(self, kid: str) -> RegisteredKey | None:
        known = self.keys(kid.partition("#")[0])
        return next((key for key in known if key.kid == kid), None)


def _decode(text: str) -> bytes:
    try:
        return b64decode(text)
    except ValueError as error:
        raise BankAnswerError(found="an entry is not base64url") from error


def _is_replayed(answer: httpx2.Response) -> bool:
    return answer.headers.get("Idempotent-Replayed") == "true"
