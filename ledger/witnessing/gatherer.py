"""Gathers cosignatures for the newest published checkpoint, and never holds up writing.

Each witness is asked in a thread of its own: one that is slow or dead delays nobody,
the writer least of all, which never waits for any of this. What a witness answers is
verified before it is kept. An answer that speaks of a fork is an alarm: it is kept with
what was asked, and shown until a person has seen to it.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.integrity.checkpoints import parse_note, read_signatures
from ledger.integrity.cosignatures import Cosignature, read_answer
from ledger.integrity.errors import CheckpointError
from ledger.integrity.proofs import ReadNode, prove_consistency
from ledger.integrity.quorum import Policy, Witness
from ledger.integrity.witnessing import write_request
from ledger.store.asking import StoreUnavailableError
from ledger.witnessing.kept import Alarm, Kept

REST_SECONDS: Final = 1
BACK_OFF_SECONDS_MAX: Final = 60
ANSWER_CHARACTERS_MAX: Final = 16 * 1024
SIZE_TYPE: Final = "text/x.tlog.size"
_SIZE_DIGITS_MAX: Final = 16
_COSIGNED: Final = 200
_CONFLICT: Final = 409
_BAD_PROOF: Final = 422
_LOOKED_AT: Final = 100
_LOG: Final = logging.getLogger(__name__)


class UnreachableError(Exception):
    """A witness gave no answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answered; ``media_type`` without parameters."""

    status: int
    media_type: str
    text: str


class Asking(Protocol):
    """How a witness is reached."""

    def ask(self, url: str, body: bytes) -> Answer:
        """Post a request under a witness's address.

        Raises:
            UnreachableError: no answer in time.
        """
        ...


class Published(Protocol):
    """A checkpoint that was published."""

    @property
    def size(self) -> int:
        """How many entries it covers."""
        ...

    @property
    def note(self) -> str:
        """The signed note."""
        ...


class Log(Protocol):
    """What the gatherer needs of the log."""

    def node_reader(self) -> ReadNode:
        """Return a reader of the tree's nodes."""
        ...

    def closing(self, position: int) -> tuple[int, str]:
        """Return size and note of the checkpoint that closed an entry's group."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A checkpoint with the cosignatures that were gathered for it."""

    size: int
    note: str
    seconds: int
    witnesses: tuple[str, ...]
    quorum: bool


def _names_size(answer: Answer) -> bool:
    return answer.status == _CONFLICT and answer.media_type == SIZE_TYPE


def size_in(answer: Answer) -> int | None:
    """Return the size that a witness says it saw last, None if it names none."""
    digits = answer.text.removesuffix("\n")
    well_formed = digits.isascii() and digits.isdecimal()
    if not _names_size(answer) or not well_formed or len(digits) > _SIZE_DIGITS_MAX:
        return None
    return int(digits)


class Gatherer:
    """Asks every witness of a policy, and tells what they signed."""

    def __init__(
        self,
        policy: Policy,
        kept: Kept,
        *,
        log: Log,
        published: Callable[[], Published | None],
        asking: Asking,
    ) -> None:
        """Prepare to ask; ``start`` begins."""
        self.policy, self.kept = policy, kept
        self._log, self._published, self._asking = log, published, asking
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, *, seconds: Callable[[], int]) -> None:
        """Ask in the background until ``close``; ``seconds`` is POSIX time."""
        for witness in self.policy.witnesses.values():
            asker = Asker(self, witness, seconds=seconds)
            thread = threading.Thread(
                target=self._run,
                args=(asker,),
                name=f"witness {witness.name}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def close(self, *, timeout_seconds: int = 1) -> None:
        """Ask no more. A witness that is just being asked is not waited for long."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _run(self, asker: "Asker") -> None:
        wait = REST_SECONDS
        while not self._stop.is_set():
            try:
                well = asker.ask_once()
            except (UnreachableError, StoreUnavailableError, LookupError) as error:
                _LOG.warning("witness %s: %s", asker.name, type(error).__name__)
                well = False
            wait = REST_SECONDS if well else min(2 * wait, BACK_OFF_SECONDS_MAX)
            self._stop.wait(wait)

    def published(self) -> Published | None:
        """Return the newest checkpoint that was published."""
        return self._published()

    def request(self, old: int, head: Published) -> bytes:
        """Return what asks a witness that has seen ``old`` entries."""
        path: tuple[bytes, ...] = ()
        if old:
            read_node = self._log.node_reader()
            path = prove_consistency(old, head.size, read_node=read_node).path
        return write_request(old, path, note=head.note)

    def ask(self, witness: Witness, body: bytes) -> Answer:
        """Ask one witness."""
        return self._asking.ask(witness.url, body)

    def cosigned(self, size: int) -> str:
        """Return the signature lines of witnesses for a checkpoint, '' if none."""
        return "".join(one.line for one in self._known(size))

    def witnessed(self, size: int) -> Witnessed | None:
        """Return what was gathered for a checkpoint, None if nothing was."""
        found = self._known(size)
        if not found:
            return None
        signers = self.policy.signers(found)
        try:
            closed, note = self._log.closing(size - 1)
        except LookupError:
            return None
        # A bank that was restored may hold cosignatures of groups that it lost.
        if closed != size:
            return None
        return Witnessed(
            size=size,
            note=note + "".join(one.line for one in found),
            seconds=min(one.seconds for one in found),
            witnesses=tuple(sorted(signers)),
            quorum=self.policy.has_quorum(signers),
        )

    def first_with_quorum(self, size: int) -> Witnessed | None:
        """Return the first checkpoint of at least this size that has quorum."""
        for one in self.kept.sizes_from(size, limit=_LOOKED_AT):
            found = self.witnessed(one)
            if found is not None and found.quorum:
                return found
        return None

    def _known(self, size: int) -> list[Cosignature]:
        # A witness that left the policy is passed over, and one that has another key
        # now, whatever either signed before.
        keys = self.policy.keys()
        return [
            one
            for one in self.kept.at(size)
            if any(key.signed(read_signatures(one.line)) for key in keys)
        ]


class Asker:
    """Asks one witness, and knows how far it has seen."""

    def __init__(
        self, gatherer: Gatherer, witness: Witness, *, seconds: Callable[[], int]
    ) -> None:
        """Ask nothing yet."""
        self.name = witness.name
        self._gatherer, self._witness, self._seconds = gatherer, witness, seconds
        self._old: int | None = None
        self._done = 0

    def ask_once(self, *, again: bool = True) -> bool:
        """Ask for the newest checkpoint; tell whether all is well with the witness.

        Raises:
            UnreachableError: no answer in time.
            StoreUnavailableError: the bank's own database did not answer.
        """
        if self._old is None:
            kept = self._gatherer.kept
            self._old = self._done = kept.largest(self._witness.key.name)
        head = self._gatherer.published()
        if head is None or head.size <= self._done:
            return True
        return self._ask(head, again=again)

    def _ask(self, head: Published, *, again: bool) -> bool:
        body = self._gatherer.request(min(self._old or 0, head.size), head)
        answer = self._gatherer.ask(self._witness, body)
        if _names_size(answer):
            well = self._learn(answer, head, body=body)
            # Once: a witness whose answers change all the time must not keep us busy.
            return well and again and self.ask_once(again=False)
        if answer.status in {_CONFLICT, _BAD_PROOF}:
            return self._alarm(answer, head, body=body)
        if answer.status != _COSIGNED:
            _LOG.warning("witness %s answered %d", self.name, answer.status)
            return False
        return self._keep(answer, head)

    def _learn(self, answer: Answer, head: Published, *, body: bytes) -> bool:
        """Take the witness's word for what it saw; what we never had is an alarm.

        Returns whether to ask again from there.
        """
        seen = size_in(answer)
        if seen is None:
            return False
        newest = self._gatherer.published() or head
        if seen > newest.size:
            return self._alarm(answer, head, body=body)
        if seen == self._old:
            return False
        self._old = seen
        return True

    def _alarm(self, answer: Answer, head: Published, *, body: bytes) -> bool:
        _LOG.error("FORK? witness %s refuses size %d", self.name, head.size)
        self._gatherer.kept.sound(
            Alarm(
                witness=self.name,
                found_at=self._seconds(),
                size=head.size,
                request=body.decode(),
                answer=f"{answer.status} {answer.text[:ANSWER_CHARACTERS_MAX]}",
            )
        )
        return False

    def _keep(self, answer: Answer, head: Published) -> bool:
        checkpoint, _ = parse_note(head.note)
        try:
            found = read_answer(answer.text, checkpoint, witness=self._witness.key)
        except CheckpointError:
            found = None
        if found is None:
            _LOG.warning("witness %s answered no cosignature of its own", self.name)
            return False
        self._gatherer.kept.keep(head.size, found)
        self._old = self._done = head.size
        return True
