"""Fills a ledger with signed batches, several times faster than a writer does.

Every piece is the bank's own: the school's signatures, the reading of each line, what
the rules say it changes, entries, tiles, heads and tables. Only whether the rules allow
a line is not asked, nor does a group wait for the disk: the lines are right by how they
are made, and an audit of the ledger says so (``tests/e2e/test_filling.py``).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, event

from api.settings import CHECKPOINT_KEY_FILE
from bench.school import (
    COURSE,
    LINES_MAX,
    School,
    award_body,
    learner,
    mandate,
    statement_of,
    tag_of,
)
from client.clock import system_now
from client.ids import statement_id
from ledger.database import open_engine
from ledger.domain import rules
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct, batch_stream, evolve_batch
from ledger.domain.rules.dates import date_in
from ledger.domain.state import AchievementRecord, LedgerRecord, Record, Slice
from ledger.domain.types import instant_of
from ledger.intake import read_recorded
from ledger.integrity import canonical
from ledger.integrity.batch import batch_root, read_header
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.entries import BankLine, line_of_batch, seal_entry
from ledger.integrity.jws import BATCH_TYP, sign_jws
from ledger.integrity.keys import SigningKey
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.tiles import TileEdge
from ledger.lists.drafts import hash_text
from ledger.store.application import LedgerStore, NewEntry
from ledger.store.heads import Head

AWARDS_PER_LEARNER: Final = 10
_BATCH_TOPIC: Final = "batch.v1"
_CACHE_KIB: Final = 262_144
_ID: Final = "00000000-0000-4000-8000-000000000000"
_TAG: Final = "A" * 43


class Filler:
    """Appends to a ledger that nobody else writes meanwhile."""

    def __init__(self, school: School) -> None:
        """Open the school's bank, as its writer would."""
        self._school = school
        key = school.settings.keys / CHECKPOINT_KEY_FILE
        self._checkpoint = SigningKey.from_json(key.read_bytes())
        self._store = LedgerStore(_hurried(open_engine(school.settings.database_url)))
        head = self._store.read_head()
        (ledger,) = self._store.load("ledger", [0]).values()
        if head is None or not isinstance(ledger, LedgerRecord):
            raise LookupError(school.ledger)
        self._head, self._ledger = head, ledger
        # Where nothing else is known there is nothing else: these are all new.
        self._state = Slice(complete=True)
        course = f"{COURSE}@1"
        known = self._store.load("achievements", [course])
        self._state.learn_all(AchievementRecord, [course], found=known)
        self._edge = TileEdge(size=head.size, read_tile=self._store.log.tree.read_tile)
        self._lines = _Lines(school)

    def fill(self, size: int) -> None:
        """Append until the log has so many entries."""
        while (room := size - self._head.size - 1) > 0:
            self._append(self._lines.next(min(room, LINES_MAX)))

    def close(self) -> None:
        """Close the database, which is whole then."""
        self._store.close()

    def _append(self, lines: Sequence[bytes]) -> None:
        first, at = self._head.size, instant_of(system_now())
        recorded_at = max(at, self._head.recorded_at)
        header, records = self._open(lines, recorded_at=recorded_at)
        entries = [header]
        on = date_in(self._ledger.time_zone, recorded_at)
        signed, _ = read_header(header.raw.partition(b"\n")[2])
        for index, payload in enumerate(lines):
            draft = read_recorded(signed, payload)
            # Any: each rule takes its own statement type.
            act: Act[Any] = Act(
                statement=draft.statement,
                kid=draft.kid,
                payload_hash=draft.payload_hash,
                body_hash=draft.body_hash,
                position=first + 1 + index,
                recorded_at=recorded_at,
                recorded_on=on,
            )
            records += rules.evolve(act, self._state)
            line = line_of_batch(first, index, recorded_at=recorded_at)
            entries.append(
                NewEntry(
                    position=act.position,
                    stream=rules.stream_of(draft.statement),
                    version=1,
                    topic=draft.statement.type,
                    raw=seal_entry(line, draft.member_bytes),
                )
            )
        self._keep(entries, records, recorded_at=recorded_at)

    def _open(
        self, lines: Sequence[bytes], *, recorded_at: str
    ) -> tuple[NewEntry, list[Record]]:
        key = self._school.key
        whole = statement_of("batch", {}, iss=key.member_id, aud=self._school.ledger)
        said = {name: whole[name] for name in ("id", "iss", "aud", "iat", "exp")}
        root, position = batch_root(lines), self._head.size
        payload = canonical.dumps(
            {**said, "type": _BATCH_TOPIC, "count": len(lines), "root": root}
        )
        raw = sign_jws(key, payload, typ=BATCH_TYP)
        _, read = read_header(raw)
        act = BatchAct(
            iss=read.iss,
            id=read.id,
            aud=read.aud,
            iat=read.iat,
            exp=read.exp,
            kid=key.kid,
            payload_hash=hash_text(payload),
            position=position,
            recorded_at=recorded_at,
        )
        line = BankLine(position=position, recorded_at=recorded_at)
        entry = NewEntry(
            position=position,
            stream=batch_stream(iss=read.iss, identity=read.id),
            version=1,
            topic=_BATCH_TOPIC,
            raw=seal_entry(line, raw),
        )
        return entry, list(evolve_batch(act))

    def _keep(
        self,
        entries: Sequence[NewEntry],
        records: Sequence[Record],
        *,
        recorded_at: str,
    ) -> None:
        before = self._head
        leaves = [leaf_hash(one.raw) for one in entries]
        frontier = before.frontier.extend(leaves)
        checkpoint = Checkpoint(
            origin=self._ledger.origin, size=frontier.size, root=frontier.root()
        )
        self._head = Head(
            version=before.version + 1,
            size=frontier.size,
            root=checkpoint.root,
            note=sign_checkpoint(checkpoint, self._checkpoint),
            frontier=frontier,
            recorded_at=recorded_at,
            first_position=before.size,
        )
        tiles = list(self._edge.extend(leaves))
        self._store.append(self._head, entries, changes=records, tiles=tiles)


class _Lines:
    """Statements in turns: accounts of new learners, then awards to each of them."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._left: list[bytes] = []
        self._opening = False
        self._rounds = self._in_turns()

    def next(self, count: int) -> list[bytes]:
        """Return so many lines at most, and at least one."""
        if not self._left:
            self._left = next(self._rounds)
        taken, self._left = self._left[:count], self._left[count:]
        if self._opening:
            self._school.learners += len(taken)
        else:
            self._school.awards += len(taken)
        return taken

    def _in_turns(self) -> Iterator[list[bytes]]:
        while True:
            first, self._opening = self._school.learners, True
            yield self._spelled(first, name="account.opened", mandate=mandate())
            self._opening = False
            for _ in range(AWARDS_PER_LEARNER):
                yield self._spelled(first, name="credit.awarded")

    def _spelled(self, first: int, *, name: str, **more: object) -> list[bytes]:
        """Return statements that differ in id, learner and reference only."""
        body: dict[str, object] = {"learner_id": learner(0), "mode": "collective"}
        if name == "credit.awarded":
            body = award_body(learner(0), b"") | {"reference_tag": _TAG}
        key = self._school.key
        said = statement_of(name, body, iss=key.member_id, aud=self._school.ledger)
        form = canonical.dumps({**said, "id": _ID, **more}).decode()
        made = []
        for number in range(first, first + LINES_MAX):
            identity = statement_id()
            text = form.replace(_ID, identity).replace(learner(0), learner(number))
            made.append(text.replace(_TAG, tag_of(identity.encode())).encode())
        return made


@contextmanager
def filling(school: School) -> Iterator[Filler]:
    """Open a filler until the end of the block."""
    filler = Filler(school)
    try:
        yield filler
    finally:
        filler.close()


def _hurried(engine: Engine) -> Engine:
    """Have a database not wait for the disk: whoever fills it can begin anew."""
    is_file = engine.dialect.name == "sqlite"

    # Any: the driver's own connection.
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
        cursor = connection.cursor()
        if is_file:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        else:
            cursor.execute("SET synchronous_commit = off")
            connection.commit()
        cursor.close()

    event.listen(engine, "connect", prepare)
    return engine
