"""A bank with one school, and statements that are signed before the clock runs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.bank import Bank
from api.founding import Founded, Founder, found_bank
from api.settings import Settings
from bench.databases import Databases
from client.clock import system_now
from client.ids import statement_id
from client.statements import LIFETIME
from ledger.domain.types import instant_of
from ledger.intake import receive_batch, receive_single
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, seal_batch
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey

SCHOOL: Final = "north-college"
LINES_MAX: Final = 1_000
_CODE: Final = "WELD-1"


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
        return self._seal(made)

    def open_accounts(self, count: int) -> list[bytes]:
        """Return batches that open accounts for so many more learners."""
        first, self.learners = self.learners, self.learners + count
        bodies = [
            {"learner_id": learner(number), "mode": "provisional"}
            for number in range(first, self.learners)
        ]
        lines = [
            BatchLine(
                statement=canonical.dumps(self._statement("account.opened", body))
            )
            for body in bodies
        ]
        starts = range(0, len(lines), LINES_MAX)
        return [self._seal(lines[start : start + LINES_MAX]) for start in starts]

    def _seal(self, lines: list[BatchLine]) -> bytes:
        whole = self._statement("batch", {})
        header = {name: whole[name] for name in ("id", "iss", "aud", "iat", "exp")}
        return seal_batch(self.key, header, lines=lines)

    def _award(self) -> dict[str, object]:
        number, self.signed = self.signed, self.signed + 1
        tag = hashlib.sha256(b"%d" % number).digest()
        body = {
            "learner_id": learner(number % self.learners),
            "achievement": f"{SCHOOL}/{_CODE}@1",
            "basis": "issued",
            "credits": "3",
            "assessed_on": "2026-06-30",
            "passed": True,
            "reference_tag": b64encode(tag),
        }
        return self._statement("credit.awarded", body)

    def _statement(self, name: str, body: Mapping[str, object]) -> dict[str, object]:
        return _statement(name, body, iss=self.key.member_id, aud=self.ledger)


def learner(number: int) -> str:
    """Return the id of a learner."""
    return f"learner_{number:032x}"


def _statement(
    name: str, body: Mapping[str, object], *, iss: str, aud: str
) -> dict[str, object]:
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
    )


def admitted(databases: Databases, folder: Path, *, learners: int) -> School:
    """Found a bank and admit a school with one course and its learners' accounts."""
    settings = settings_in(databases, folder)
    founder = Founder(origin="bank.example/bench", operator="operator", name="运营机构")
    founded = found_bank(settings, founder)
    key = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    school = School(settings=settings, ledger=founded.ledger, key=key)
    bank = Bank(settings)
    try:
        _post(bank, _admission(founded, key))
        _post(bank, _course(school))
        for raw in school.open_accounts(learners):
            receive = receive_batch(
                raw, find_key=bank.find_key, tagger=bank.vault.keys.certificate_tag
            )
            bank.sequencer.submit(receive).result()
    finally:
        bank.close()
    urls = (settings.database_url, settings.projections_url)
    school.size_bytes_empty = sum(map(databases.size_bytes, urls))
    return school


def _post(bank: Bank, raw: bytes) -> None:
    tagger = bank.vault.keys.certificate_tag
    draft = receive_single(raw, find_key=bank.find_key, tagger=tagger)
    bank.sequencer.submit(draft).result()


def _admission(founded: Founded, key: SigningKey) -> bytes:
    body = {
        "member_id": key.member_id,
        "kind": "school",
        "name": "北方学院",
        "key": declare(key, audience=founded.ledger),
    }
    operator = founded.operator_key
    statement = _statement(
        "member.admitted", body, iss=operator.member_id, aud=founded.ledger
    )
    return sign_jws(operator, canonical.dumps(statement), typ=STATEMENT_TYP)


def _course(school: School) -> bytes:
    body = {"code": _CODE, "version": 1, "title": "焊接基础", "kind": "course"}
    statement = _statement(
        "achievement.published",
        {**body, "credits": "3"},
        iss=school.key.member_id,
        aud=school.ledger,
    )
    return sign_jws(school.key, canonical.dumps(statement), typ=STATEMENT_TYP)
