"""A bank with one school, and statements that are signed before the clock runs."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.bank import Bank
from api.founding import Founded, Founder, found_bank
from api.settings import CHECKPOINT_KEY_FILE, SERVICE_KEY_FILE, Settings
from bench.databases import Databases
from client.clock import system_now
from client.ids import statement_id
from client.statements import LIFETIME
from ledger.domain.types import instant_of
from ledger.intake import Submission, receive_batch, receive_single
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, seal_batch
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.sequencer import BankKeys, Committer, SystemClock, WriterClock

SCHOOL: Final = "north-college"
LINES_MAX: Final = 1_000
_CODE: Final = "WELD-1"
COURSE: Final = f"{SCHOOL}/{_CODE}"


@dataclass(slots=True)
class School:
    """A school that a bank admitted, with its learners' accounts."""

    settings: Settings
    ledger: str
    key: SigningKey
    learners: int = 0
    size_bytes_empty: int = 0
    """What the databases took up before the first award."""
    signed: int = 0
    """How many awards were signed so far."""
    awards: int = 0
    """How many of them a bank took."""

    @property
    def folder(self) -> Path:
        """Where the bank's keys are, and whatever a run leaves until its end."""
        return self.settings.keys.parent

    def environment(self) -> dict[str, str]:
        """Return what a server of this bank is told."""
        return {
            "SKILLBANK_DATABASE_URL": self.settings.database_url,
            "SKILLBANK_PROJECTIONS_URL": self.settings.projections_url,
            "SKILLBANK_VAULT_URL": self.settings.vault_url,
        }

    def single(self) -> bytes:
        """Return one signed award."""
        payload = canonical.dumps(self._award())
        return sign_jws(self.key, payload, typ=STATEMENT_TYP)

    def batch(self, lines: int) -> bytes:
        """Return awards under one signature."""
        made = [
            BatchLine(statement=canonical.dumps(self._award())) for _ in range(lines)
        ]
        return seal_lines(self.key, made, aud=self.ledger)

    def open_accounts(self, count: int) -> list[bytes]:
        """Return batches that open accounts for so many more learners."""
        first, self.learners = self.learners, self.learners + count
        bodies = [
            {"learner_id": learner(number), "mode": "collective"}
            for number in range(first, self.learners)
        ]
        named = [("account.opened", body) for body in bodies]
        return batches(self.key, named, aud=self.ledger, mandate=mandate())

    def _award(self) -> dict[str, object]:
        number, self.signed = self.signed, self.signed + 1
        body = award_body(learner(number % self.learners), b"%d" % number)
        return self._statement("credit.awarded", body)

    def _statement(self, name: str, body: Mapping[str, object]) -> dict[str, object]:
        return statement_of(name, body, iss=self.key.member_id, aud=self.ledger)


def learner(number: int) -> str:
    """Return the id of a learner."""
    return f"learner_{number:032x}"


def award_body(learner_id: str, reference: bytes) -> dict[str, object]:
    """Return the body of an award of the school's course."""
    return {
        "learner_id": learner_id,
        "achievement": f"{COURSE}@1",
        "basis": "issued",
        "credits": "3",
        "assessed_on": "2026-06-30",
        "passed": True,
        "reference_tag": tag_of(reference),
    }


def tag_of(reference: bytes) -> str:
    """Return the tag of the school's own number."""
    return b64encode(hashlib.sha256(reference).digest())


def course(code: str) -> dict[str, object]:
    """Return the body of a course of three credits."""
    named = {"code": code, "version": 1, "title": "焊接基础"}
    return {**named, "kind": "course", "credits": "3"}


def admission(key: SigningKey, *, audience: str) -> dict[str, object]:
    """Return the body that admits a school under its key."""
    return {
        "member_id": key.member_id,
        "kind": "school",
        "name": key.member_id,
        "key": declare(key, audience=audience),
    }


def mandate() -> dict[str, object]:
    """Return the mandate of learners who signed a list just now."""
    return {
        "by": "learner",
        "method": "paper",
        "proof": "o" * 43,
        "notice_version": "2026-1",
        "at": instant_of(system_now()),
    }


def statement_of(
    name: str, body: Mapping[str, object], *, iss: str, aud: str
) -> dict[str, object]:
    """Return a statement of now."""
    now = system_now()
    return {
        "type": f"{name}.v1",
        "id": statement_id(),
        "iss": iss,
        "aud": aud,
        "iat": instant_of(now),
        "exp": instant_of(now + LIFETIME),
        "actor": {"staff": "r7", "role": "registrar"},
        "body": body,
    }


def settings_in(databases: Databases, folder: Path) -> Settings:
    """Return the settings of a bank on new databases."""
    return Settings(
        database_url=databases.url("ledger"),
        projections_url=databases.url("projections"),
        vault_url=databases.url("vault"),
        keys=folder / "keys",
        log=folder / "log",
    )


def admitted(
    databases: Databases,
    folder: Path,
    *,
    learners: int,
    then: Callable[["Office", School], None] | None = None,
) -> School:
    """Found a bank and admit a school with one course and its learners' accounts.

    ``then`` says whatever else has to be said before the bank is closed.
    """
    settings = settings_in(databases, folder)
    founder = Founder(origin="bank.example/bench", operator="operator", name="运营机构")
    founded = found_bank(settings, founder)
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    school = School(settings=settings, ledger=founded.ledger, key=key)
    bank = Bank(settings)
    try:
        office = Office(bank, founded, keys=settings.keys)
        office.say(
            founded.operator_key,
            "member.admitted",
            body=admission(key, audience=founded.ledger),
        )
        office.say(key, "achievement.published", body=course(_CODE))
        for raw in school.open_accounts(learners):
            office.take(raw)
        if then is not None:
            then(office, school)
    finally:
        bank.close()
    urls = (settings.database_url, settings.projections_url)
    school.size_bytes_empty = sum(map(databases.size_bytes, urls))
    return school


class Office:
    """A bank that takes statements in without HTTP."""

    def __init__(self, bank: Bank, founded: Founded, *, keys: Path) -> None:
        """Serve an open bank; its own keys lie in a folder."""
        self.bank = bank
        self.founded = founded
        self._keys = keys

    def say(self, key: SigningKey, name: str, *, body: Mapping[str, object]) -> None:
        """Sign one statement and have it written."""
        said = statement_of(name, body, iss=key.member_id, aud=self.founded.ledger)
        raw = sign_jws(key, canonical.dumps(said), typ=STATEMENT_TYP)
        self.bank.sequencer.submit(self.receive(raw)).result()

    def receive(self, raw: bytes) -> Submission:
        """Check one statement."""
        tagger = self.bank.vault.keys.certificate_tag
        return receive_single(raw, find_key=self.bank.find_key, tagger=tagger)

    def committer(self) -> Committer:
        """Return another writer of the bank, without a thread of its own."""
        service, checkpoint = (
            SigningKey.from_json((self._keys / name).read_bytes())
            for name in (SERVICE_KEY_FILE, CHECKPOINT_KEY_FILE)
        )
        bank, clock = self.bank, WriterClock(SystemClock())
        keys = BankKeys(origin=bank.origin, service=service, checkpoint=checkpoint)
        return Committer(bank.store, keys, vault=bank.vault, clock=clock)

    def take(self, raw: bytes) -> None:
        """Have a batch written."""
        tagger = self.bank.vault.keys.certificate_tag
        batch = receive_batch(raw, find_key=self.bank.find_key, tagger=tagger)
        self.bank.sequencer.submit(batch).result()


def batches(
    key: SigningKey,
    named: Iterable[tuple[str, Mapping[str, object]]],
    *,
    aud: str,
    **more: object,
) -> list[bytes]:
    """Return batches of statements of these types and bodies, sealed by one key.

    ``more`` is what their envelopes hold besides, such as a mandate.
    """
    iss = key.member_id
    lines = [
        BatchLine(
            statement=canonical.dumps(statement_of(name, body, iss=iss, aud=aud) | more)
        )
        for name, body in named
    ]
    starts = range(0, len(lines), LINES_MAX)
    return [
        seal_lines(key, lines[start : start + LINES_MAX], aud=aud) for start in starts
    ]


def seal_lines(key: SigningKey, lines: Sequence[BatchLine], *, aud: str) -> bytes:
    """Return lines under one signature."""
    whole = statement_of("batch", {}, iss=key.member_id, aud=aud)
    header = {name: whole[name] for name in ("id", "iss", "aud", "iat", "exp")}
    return seal_batch(key, header, lines=lines)
