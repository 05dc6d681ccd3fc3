"""One group: what waits is decided in order, and framed as entries of the log.

A submission is decided over a layer of its own, which is merged only if all of it is
accepted: a refused one leaves nothing behind, and its neighbours never notice it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, ParamSpec, TypeVar

from ledger.domain import rules
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import (
    BatchAct,
    batch_stream,
    decide_batch,
    evolve_batch,
)
from ledger.domain.rules.counting import Judged
from ledger.domain.rules.dates import date_in
from ledger.domain.rules.requests_alike import JudgedAlike
from ledger.domain.state import (
    Key,
    LedgerRecord,
    NotLoadedError,
    Record,
    Ref,
    Slice,
    StatementRecord,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import MemberAdmitted
from ledger.intake import BatchSubmission, LinesRefusedError, Submission
from ledger.integrity.entries import BankLine, seal_entry
from ledger.lists.drafts import Draft, hash_text
from ledger.sequencer.batching import BatchLines
from ledger.sequencer.framing import (
    BATCH_TOPIC,
    FramedEntry,
    Placed,
    Repeated,
    framed_entry,
    unsigned_entry,
)
from ledger.sequencer.needing import (
    Loader,
    answer_needs,
    first_needs,
    further_needs,
)
from ledger.sequencer.speaking import evolve_asked, evolve_spoken, spoken
from ledger.sequencer.stretches import Stretch
from ledger.store.state_lists import NewRows

P = ParamSpec("P")
T = TypeVar("T")

_NOTHING: Final[Mapping[str, tuple[str, object]]] = MappingProxyType({})


@dataclass(slots=True, kw_only=True)
class Group:
    """Decides submissions one after another at the end of the log.

    ``service`` is the id of the key that signs what the bank itself says.
    """

    loader: Loader
    service: str
    next_position: int
    recorded_at: str
    base: Slice = field(default_factory=lambda: Slice(concluding=True))
    layer: Slice = field(init=False)
    entries: list[FramedEntry] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    """Streams whose first entry is of this group, as the state says."""
    _unsigned: list[int] = field(default_factory=list)
    _recorded_on: str | None = None

    def __post_init__(self) -> None:
        """Start with nothing changed."""
        self.layer = Slice(self.base)

    def preload(self, submissions: Iterable[Submission]) -> None:
        """Look up all that these are known to need, one query per kind.

        Then all that turns out to be needed next, again with one.
        """
        waiting = list(submissions)
        # Who answers is known but to a writer that has just begun.
        early = not self.base.unknown(LedgerRecord, (0,))
        answers = answer_needs(waiting, self.base)
        self.learn(chain(first_needs(waiting), answers if early else ()))
        self.learn(chain(further_needs(waiting, self.base), answers))

    def learn(self, refs: Iterable[Ref]) -> None:
        """Look up those that are not known yet, with one query per kind."""
        wanted: dict[type[Record], set[Key]] = {}
        for record, key in refs:
            keys = wanted.get(record)
            if keys is None:
                wanted[record] = {key}
            else:
                keys.add(key)
        for record, keys in wanted.items():
            if unknown := self.base.unknown(record, keys):
                self._load(record, unknown)

    def find_repeated(self, submission: Submission) -> Repeated | None:
        """Return where the very bytes stand, in the log or in this group."""
        if isinstance(submission, BatchSubmission):
            iss, identity = submission.payload.iss, submission.payload.id
        else:
            iss, identity = submission.statement.iss, submission.statement.id
        known = self._find(Ref(StatementRecord, (iss, identity)))
        if not isinstance(known, StatementRecord):
            return None
        same = known.payload_hash == submission.payload_hash
        return Repeated(position=known.position) if same else None

    def add(self, submission: Submission) -> Placed:
        """Decide one submission; take its entries up if it is accepted.

        Raises:
            RejectionError: the statement, or the batch's header, is refused.
            LinesRefusedError: lines of the batch are refused; all are named.
        """
        trial = Slice(self.layer)
        if isinstance(submission, BatchSubmission):
            framed = self._decide_batch(submission, trial)
            self.drafts.extend(submission.drafts.drafts())
        else:
            line = BankLine(
                position=self.next_position,
                recorded_at=self.recorded_at,
                tags=submission.tags or None,
            )
            framed = self._decide_single(submission, line, trial=trial)
            self.drafts.append(submission)
            self._unsigned.extend(
                range(len(self.entries) + 1, len(self.entries) + len(framed))
            )
        self.layer.take(trial)
        self.entries.extend(framed)
        count = len(framed) if isinstance(submission, BatchSubmission) else 1
        placed = Placed(position=self.next_position, count=count)
        self.next_position += len(framed)
        return placed

    def sign(self, sign: Callable[[bytes], bytes]) -> None:
        """Sign what the bank itself says; until then such an entry is a payload.

        All of a group together: the first signature costs as much as the next three.
        """
        for index in self._unsigned:
            entry = self.entries[index]
            line = BankLine(position=entry.position, recorded_at=self.recorded_at)
            raw = seal_entry(line, sign(entry.raw))
            self.entries[index] = entry._replace(raw=raw)
        self._unsigned.clear()

    def _decide_single(
        self, draft: Draft, line: BankLine, *, trial: Slice
    ) -> list[FramedEntry]:
        act = self.act(draft, line.position)
        judged = self.loading(rules.decide, act, trial)
        trial.put(self.loading(evolve_asked, act, judged, state=trial))
        framed = [framed_entry(draft, line)]
        if isinstance(judged, JudgedAlike):
            self.begun.add(framed[0].stream)
        if isinstance(judged, Judged | JudgedAlike):
            framed.extend(self._answer(judged, act, trial=trial))
        return framed

    def _answer(
        self, judged: Judged | JudgedAlike, request: Act[Statement], *, trial: Slice
    ) -> list[FramedEntry]:
        """Return what the bank itself has to say to a request, at once."""
        at, on = request.recorded_at, request.recorded_on
        said = self.loading(lambda: spoken(judged, trial, at=at, on=on))
        if said is None:
            return []
        hashed = hash_text(said.payload)
        draft = Draft(said.payload, said.statement, self.service, hashed, body_hash="")
        act = self.act(draft, request.position + 1)
        self.loading(rules.check_said, act, trial)
        trial.put(self.loading(lambda: evolve_spoken(act, judged, state=trial)))
        return [unsigned_entry(draft, act.position)]

    def changes(self) -> list[Record | NewRows]:
        """Return every record the group changed, in its last form.

        Of what was not made since, the rows.
        """
        known, unmade = self.layer.known, self.layer.unmade
        changed = known.keys() & unmade.keys()
        stretches = dict.fromkeys(unmade.values())
        rows = [one.rows(changed) for one in stretches if isinstance(one, Stretch)]
        return [*filter(None, known.values()), *chain.from_iterable(rows)]

    # Any: each rule takes its own statement type.
    def act(self, draft: Draft, position: int) -> Act[Any]:
        """Return a statement at its place, as the rules are asked about it."""
        return Act(
            statement=draft.statement,
            kid=draft.kid,
            payload_hash=draft.payload_hash,
            body_hash=draft.body_hash,
            position=position,
            recorded_at=self.recorded_at,
            recorded_on=self._date(draft.statement),
            tags=draft.tags,
            shown=_shown(draft) if draft.shown else _NOTHING,
        )

    def _open_batch(self, batch: BatchSubmission, trial: Slice) -> FramedEntry:
        payload = batch.payload
        act = BatchAct(
            iss=payload.iss,
            id=payload.id,
            aud=payload.aud,
            iat=payload.iat,
            exp=payload.exp,
            kid=batch.header.kid,
            payload_hash=batch.payload_hash,
            position=self.next_position,
            recorded_at=self.recorded_at,
        )
        self.loading(lambda: decide_batch(act, trial))
        trial.put(evolve_batch(act))
        own = BankLine(position=act.position, recorded_at=self.recorded_at)
        return FramedEntry(
            position=act.position,
            stream=batch_stream(iss=payload.iss, identity=payload.id),
            topic=BATCH_TOPIC,
            raw=seal_entry(own, batch.header.raw),
        )

    def _decide_batch(self, batch: BatchSubmission, trial: Slice) -> list[FramedEntry]:
        header, opened = self.next_position, self._open_batch(batch, trial)
        lines = BatchLines(batch.drafts, self, header=header, trial=trial)
        framed, faults = lines.decide()
        if faults:
            raise LinesRefusedError(faults)
        return [opened, *framed]

    def loading(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask; look up what turns out to be missing, and ask again."""
        while True:
            try:
                return ask(*args, **kwargs)
            except NotLoadedError as missing:
                self._load(missing.ref.record, [missing.ref.key])

    def _find(self, ref: Ref) -> Record | None:
        return self.loading(lambda: self.layer.find(ref.record, ref.key))

    def _load(self, record: type[Record], keys: Iterable[Key]) -> None:
        wanted = list(keys)
        found = self.loader.load(record.kind, wanted)
        self.base.learn_all(record, wanted, found=found)

    def _date(self, statement: Statement) -> str:
        # All of a group is recorded at one instant, so on one date.
        if self._recorded_on is None:
            zone = self._zone_name(statement)
            self._recorded_on = date_in(zone, self.recorded_at)
        return self._recorded_on

    def _zone_name(self, statement: Statement) -> str:
        if isinstance(statement, MemberAdmitted) and statement.body.founding:
            return statement.body.founding.time_zone
        ledger = self._find(Ref(LedgerRecord, 0))
        return ledger.time_zone if isinstance(ledger, LedgerRecord) else "UTC"


def _shown(draft: Draft) -> Mapping[str, tuple[str, object]]:
    return {one.digest: (one.name, one.value) for one in draft.shown}
