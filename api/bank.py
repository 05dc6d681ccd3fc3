"""A bank that is running: its databases, its keys, its writer and its followers."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from api.settings import (
    CHECKPOINT_KEY_FILE,
    SERVICE_KEY_FILE,
    Settings,
    read_policy,
    read_vault_key,
)
from api.upkeep import Upkeep
from api.witness_asking import HttpAsking
from ledger.database import open_connection, open_engine
from ledger.domain.rules.dates import date_in
from ledger.domain.state import KeyringRecord, LedgerRecord
from ledger.domain.types import instant_of
from ledger.integrity.keys import PublicKey, SigningKey, read_public_key
from ledger.integrity.quorum import Policy
from ledger.publishing.folder import LogFolder
from ledger.publishing.publisher import Publisher
from ledger.sequencer import (
    BankKeys,
    Clock,
    Committer,
    Sequencer,
    SystemClock,
    Writer,
    WriterClock,
)
from ledger.sequencer.receipts import OldReceipts
from ledger.store.application import LedgerStore
from ledger.store.heads import Head
from ledger.store.snapshot import Snapshot
from ledger.vault.vault import Vault
from ledger.witnessing.gatherer import Gatherer
from ledger.witnessing.kept import Kept
from projections.options.index import RuleIndex
from projections.options.versions import Versions
from projections.runner import Elsewhere, Runner, Waking

WAIT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.01
_LOG = logging.getLogger(__name__)


class NotFoundedError(Exception):
    """There is no ledger in this database yet."""


class NotCaughtUpError(Exception):
    """The position asked for is not there yet; ask again soon."""

    code = "not-caught-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """State and projections, both true for ``position``."""

    state: Snapshot
    projections: Connection
    position: int


class Bank:
    """One ledger, opened for writing and reading."""

    service: SigningKey
    """The bank itself signs with it; only the process that writes has it."""
    sequencer: Writer
    _ledger: LedgerRecord | None = None

    def __init__(
        self,
        settings: Settings,
        *,
        origin: str | None = None,
        clock: Clock | None = None,
        sequencer: Writer | None = None,
    ) -> None:
        """Open the databases and start the writer. A new ledger needs its origin.

        With a ``sequencer`` this process only answers: another one has the writer, the
        bank's own keys, and all that a bank does by itself.

        Raises:
            NotFoundedError: there is no ledger, and no origin to found one under.
            FileNotFoundError: the bank's keys are not where they should be.
            MasterKeyError: the vault was made with another key.
            VaultUnavailableError: the vault's database does not answer.
            KeyMaterialError: a key file is damaged.
            PolicyError: the witnesses' policy is not there, or is none.
        """
        master_key, policy = read_vault_key(settings), read_policy(settings)
        self.clock = clock or SystemClock()
        self._writers_clock = WriterClock(self.clock)
        # What is open already is closed again if the next does not open.
        with ExitStack() as opening:
            self.store = LedgerStore(open_engine(settings.database_url))
            opening.callback(self.store.close)
            self.origin = origin or self.ledger_record().origin
            self.vault = Vault(open_engine(settings.vault_url), master_key)
            opening.callback(self.vault.close)
            self.sequencer = sequencer or self._open_sequencer(settings)
            opening.callback(self.sequencer.close)
            self.runner = Runner(self.store, open_engine(settings.projections_url))
            opening.pop_all()
        self.publisher = Publisher(self.store, LogFolder(settings.log))
        self.rule_index, self.versions = RuleIndex(), Versions()
        self.receipts, self.gatherer = OldReceipts(self.store), self._gather(policy)
        self._known_keys: dict[str, PublicKey] = {}
        self._upkeep = Upkeep(self) if sequencer is None else None

    def start(self, following: Elsewhere | None = None) -> None:
        """Follow the log, and begin what a bank does by itself.

        ``following`` is another process that keeps the projections.
        """
        if self.store.awaiting_comparison() is not None:
            _LOG.warning(
                "restored and not compared yet: nothing is signed until `skillbank "
                "confirm`"
            )
        self.runner.start(following)
        self.publisher.start()
        if self._upkeep is not None:
            self._upkeep.start()
        if self.gatherer is not None:
            self.gatherer.start(seconds=self._seconds)

    def start_answering(self, projecting: Waking) -> None:
        """Follow the log only; ``projecting`` is the process that keeps projections."""
        self.runner.rely_on(projecting)
        self.publisher.start()

    def close(self) -> None:
        """Write what waits, stop, and close the databases."""
        if self._upkeep is not None:
            self._upkeep.stop()
        if self.gatherer is not None:
            self.gatherer.close()
        self.sequencer.close()
        self.runner.close()
        self.publisher.close()
        if self._upkeep is not None:
            self._upkeep.close()
        self.vault.close()
        self.store.close()

    def confirm_clock(self) -> None:
        """Take the machine's clock as right, on the operator's word, and note it."""
        self._writers_clock.confirm()
        now = instant_of(self.clock.now())
        _LOG.warning("the operator confirmed the clock: it is %s", now)

    def cosigned(self, head: Head) -> str:
        """Return a head's note with the cosignatures that are known for it."""
        lines = "" if self.gatherer is None else self.gatherer.cosigned(head.size)
        return head.note + lines

    def _open_sequencer(self, settings: Settings) -> Sequencer:
        self.service = _read_key(settings.keys / SERVICE_KEY_FILE)
        checkpoint = _read_key(settings.keys / CHECKPOINT_KEY_FILE)
        keys = BankKeys(origin=self.origin, service=self.service, checkpoint=checkpoint)
        clock = self._writers_clock
        return Sequencer(Committer(self.store, keys, vault=self.vault, clock=clock))

    def _gather(self, policy: Policy | None) -> Gatherer | None:
        if policy is None:
            return None
        return Gatherer(
            policy,
            Kept(self.store.engine),
            log=self.store,
            published=self.publisher.published,
            asking=HttpAsking(),
        )

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())

    def ledger_record(self) -> LedgerRecord:
        """Return what entry 0 declared. It never changes: it is kept.

        Raises:
            NotFoundedError: there is no entry 0.
        """
        if self._ledger is None:
            record = self.store.load("ledger", [0]).get(0)
            if not isinstance(record, LedgerRecord):
                raise NotFoundedError
            self._ledger = record
        return self._ledger

    def today(self) -> str:
        """Return the date in the ledger's time zone."""
        zone = self.ledger_record().time_zone
        return date_in(zone, instant_of(self.clock.now()))

    def find_key(self, kid: str) -> PublicKey | None:
        """Return a registered key. What a key id names never changes: it is kept."""
        known = self._known_keys.get(kid)
        if known is not None:
            return known
        member_id = kid.partition("#")[0]
        ring = self.store.load("keyrings", [member_id]).get(member_id)
        key = ring.find(kid) if isinstance(ring, KeyringRecord) else None
        if key is None:
            return None
        jwk = key.jwk.model_dump(exclude_none=True)
        public = read_public_key(jwk, algorithm=key.alg)
        self._known_keys[kid] = public
        return public

    @contextmanager
    def view(self, *, min_position: int = -1, projected: bool = True) -> Iterator[View]:
        """Open state and projections at one position, waiting for it if need be.

        Without ``projected`` the projections may be behind: for the present, which the
        state alone knows.

        Raises:
            NotCaughtUpError: it did not come in time.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        if min_position >= 0:
            self._wait_for(min_position, deadline=deadline)
        with self.store.snapshot() as state:
            position = state.size() - 1
            left = max(0.0, deadline - time.monotonic())
            if projected and not self.runner.wait_for(position, timeout_seconds=left):
                raise NotCaughtUpError
            with open_connection(self.runner.engine) as projections:
                yield View(state=state, projections=projections, position=position)

    def head(self, *, min_position: int = -1) -> Head | None:
        """Return the newest head, waiting for a position if need be.

        Raises:
            NotCaughtUpError: it did not come in time.
        """
        return self._wait_for(min_position, deadline=time.monotonic() + WAIT_SECONDS)

    def published(self, *, min_position: int = -1) -> Head:
        """Return the newest published head, waiting for a position if need be.

        Raises:
            NotCaughtUpError: it did not come in time.
        """
        # A log that was never published shows something as soon as it can.
        wanted = max(0, min_position)
        head = self.publisher.wait_for(wanted, timeout_seconds=WAIT_SECONDS)
        if head is None:
            raise NotCaughtUpError
        return head

    def _wait_for(self, position: int, *, deadline: float) -> Head | None:
        while True:
            head = self.store.read_head()
            if position < 0 or (head is not None and head.size > position):
                return head
            if time.monotonic() >= deadline:
                raise NotCaughtUpError
            time.sleep(POLL_SECONDS)


def _read_key(path: Path) -> SigningKey:
    return SigningKey.from_json(path.read_bytes())
