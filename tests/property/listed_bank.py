"""A bank whose lists are taken in and decided in two ways: cut up, and read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from ledger.domain.errors import RejectionError
from ledger.domain.state import Place, Record
from ledger.domain.types import instant_of
from ledger.intake import BatchSubmission, LinesRefusedError, Submission
from ledger.integrity import canonical
from ledger.integrity.batch import batch_root
from ledger.integrity.disclosures import make_disclosure
from ledger.integrity.errors import BatchLineError
from ledger.integrity.jws import BATCH_TYP, sign_jws
from ledger.lists.drafts import Draft
from ledger.lists.listed import Drafts
from ledger.sequencer.framing import FramedEntry
from ledger.sequencer.group import Group
from ledger.sequencer.vaulting import disclosed
from ledger.store.state_lists import NewRows, columns_of
from ledger.store.state_tables import state_tables
from ledger.vault.vault import Disclosed
from tests.bank import OPERATOR, SCHOOL, Bank, achievement
from tests.scenario.cases import OUTSIDE

CLOSED: Final = "learner_" + "c" * 32
ABSORBED: Final = "learner_" + "d" * 32
ABSORBING: Final = "learner_" + "e" * 32
LOST: Final = "learner_" + "b" * 32
"""Absorbed by an account that is closed since."""
OPENED: Final = "learner_" + "f" * 32
UNKNOWN: Final = "learner_" + "9" * 32
SCORE: Final = make_disclosure("score", "87", salt="s" * 22)
ID: Final = "00000000-0000-4000-8000-00000000aaaa"

Faults = Sequence[tuple[int, object]]
"""A line, and all that is told of it."""


class Refused(NamedTuple):
    """What is wrong with lines: their form, or what they say."""

    is_form: bool
    faults: Faults


class Decided(NamedTuple):
    """What came of a group, to the last row and to what the vault gets."""

    told: Sequence[Any]  # Any: where each submission stands, or why it does not.
    entries: Sequence[FramedEntry]
    records: Mapping[Place, Record | None]
    rows: Sequence[Sequence[str]]
    shown: Sequence[Disclosed]


class ListedBank(Bank):
    """A bank with accounts and awards of every kind that a line may meet."""

    def prepare(self) -> None:
        """Write what is there before any list."""
        for learner in (CLOSED, ABSORBED, ABSORBING, LOST):
            self.post(SCHOOL, "account.opened.v1", **self.opening(learner))
        self.post(SCHOOL, "achievement.published.v1", body=OUTSIDE)
        self.merge(ABSORBED, ABSORBING, number=1)
        self.merge(LOST, CLOSED, number=2)
        body: dict[str, object] = {"learner_id": CLOSED, "reason_code": "other"}
        self.post(SCHOOL, "account.closed.v1", body=body)
        self.post(SCHOOL, "achievement.published.v1", body=achievement(code="OLD-1"))
        body = {"achievement": f"{SCHOOL}/OLD-1@1"}
        self.post(SCHOOL, "achievement.retired.v1", body=body)
        self.submit(self.receive(self.sign({**self.award("there"), "id": ID}))).result()

    def merge(self, absorbed: str, survivor: str, *, number: int) -> None:
        """Have an account answer for another."""
        merge = {"merge_id": ID[:-1] + str(number), "survivor": survivor}
        full = {**merge, "absorbed": absorbed, "reason_code": "other"}
        for party in (SCHOOL, OPERATOR):
            self.post(party, "accounts.merged.v1", body=full)

    def opening(self, learner: str) -> dict[str, Any]:  # Any: keywords.
        """Return what opens an account."""
        agreed = {"by": "collective", "method": "paper", "proof": "o" * 43}
        agreed |= {"notice_version": "2026-1", "at": instant_of(self.clock.now())}
        body = {"learner_id": learner, "mode": "collective"}
        return {"body": body, "mandate": agreed}

    def list_of(self, lines: Sequence[bytes]) -> bytes:
        """Return a signed list of these lines, whatever they are."""
        header = self.statement(SCHOOL, "batch.v1", body={})
        kept = ("type", "id", "iss", "aud", "iat", "exp")
        payload = {name: header[name] for name in kept}
        payload |= {"count": len(lines), "root": batch_root(lines)}
        signed = sign_jws(self.keys[SCHOOL], canonical.dumps(payload), typ=BATCH_TYP)
        texts = [
            b'{"disclosures":%b,"statement":%b}' % (_disclosed_in(one), one)
            for one in lines
        ]
        return b"\n".join((signed, *texts, b""))

    def taken_in(self, lines: Sequence[bytes]) -> "BatchSubmission | Refused":
        """Take a list in, or return what is wrong with its lines."""
        try:
            return self.receive_batch(self.list_of(lines))
        except LinesRefusedError as error:
            return Refused(is_form=False, faults=faults_of(error))
        except BatchLineError as error:
            return Refused(
                is_form=True, faults=[(one[0], one[1:]) for one in error.errors]
            )

    def group(
        self, submission: BatchSubmission, *, at: str, around: Sequence[Draft] = ()
    ) -> Decided:
        """Return what comes of a list, which is not written.

        Statements ``around`` it are decided before it, and again behind it.
        """
        with self.store.snapshot() as snapshot:
            group = Group(
                loader=snapshot,
                service=self.service.kid,
                next_position=snapshot.size(),
                recorded_at=at,
            )
            group.preload([*around, submission])
            said: Sequence[Submission] = (*around, submission, *around)
            told = [added(group, one) for one in said]
        rows = [
            sorted(map(repr, rows_of(group.changes(), is_sqlite=is_sqlite)))
            for is_sqlite in (True, False)
        ]
        shown = list(disclosed(group.drafts, group.layer))
        return Decided(told, group.entries, records_of(group), rows, shown)


def added(group: Group, submission: Submission) -> object:
    """Return where a submission stands in a group, or why it does not."""
    try:
        return group.add(submission)
    except LinesRefusedError as error:
        return faults_of(error)
    except RejectionError as error:
        return error.code, error.pointer


def records_of(group: Group) -> Mapping[Place, Record | None]:
    """Return every record that a group changed, those included that are not made."""
    layer = group.layer
    return {one: layer.find(*one) for one in (*layer.known, *layer.unmade)}


def rows_of(
    changes: Sequence[Record | NewRows], *, is_sqlite: bool
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Return the rows of changes, each with its table; nothing stands for nothing."""
    for one in changes:
        if isinstance(one, NewRows):
            table = state_tables()[one.pattern.kind]
            columns = columns_of(table, one, is_sqlite=is_sqlite)
            names = (*columns.own, *columns.common)
            found = [*columns.rows()]
        else:
            table = state_tables()[one.kind]
            names = tuple(field.column_name for field in table.fields)
            found = [table.form.row(one, is_sqlite=is_sqlite)]
        for row in found:
            held = sorted(zip(names, row, strict=True))
            yield table.name, {name: value for name, value in held if value is not None}


def _disclosed_in(line: bytes) -> bytes:
    """Return what comes along: a line with this digest discloses its value."""
    told = [SCORE.encoded] if SCORE.digest.encode() in line else []
    return canonical.dumps(told)


def read(submission: BatchSubmission) -> BatchSubmission:
    """Return the same list with every line read."""
    drafts = submission.drafts
    return replace(submission, drafts=Drafts(drafts.kid, (), tuple(drafts)))


def alone(bank: ListedBank, line: bytes) -> "Draft | Refused":
    """Return what a line is by itself, or what is wrong with it."""
    found = bank.taken_in([line])
    if isinstance(found, Refused):
        return found
    (draft,) = found.drafts
    return draft


def as_by_themselves(
    bank: ListedBank, lines: Sequence[bytes]
) -> "list[Draft] | Refused":
    """Return what a list of these lines is, from what each is by itself."""
    found = [alone(bank, line) for line in lines]
    for is_form in (True, False):
        faults = [
            (at, one.faults[0][1])
            for at, one in enumerate(found)
            if isinstance(one, Refused) and one.is_form is is_form
        ]
        if faults:
            return Refused(is_form, faults)
    return [one for one in found if isinstance(one, Draft)]


def faults_of(error: LinesRefusedError) -> Faults:
    """Return all that is told of a refused list."""
    return [
        (one.line, (one.error.code, one.error.pointer, told_of(one.error)))
        for one in error.faults
    ]


def told_of(error: Exception) -> str:
    """Return whatever an error keeps."""
    return repr(sorted(error.__dict__.items()))
