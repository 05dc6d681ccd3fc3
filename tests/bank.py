"""A bank to test with: real keys, real bytes, a real store, no HTTP.

``check_log`` runs the whole audit; tests call it after every step that matters.
"""

import hashlib
import hmac
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from ledger.audit.database import DatabaseSource
from ledger.audit.findings import AuditReport
from ledger.audit.verify import verify
from ledger.domain.state import KeyringRecord
from ledger.domain.types import instant_of
from ledger.intake import (
    BatchSubmission,
    Submission,
    receive_batch,
    receive_founding,
    receive_single,
)
from ledger.integrity import canonical
from ledger.integrity.batch import BatchLine, seal_batch
from ledger.integrity.declarations import declare
from ledger.integrity.disclosures import Disclosure, join
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, PublicKey, SigningKey, read_public_key
from ledger.lists.drafts import Draft, hash_text
from ledger.sequencer import Accepted, BankKeys, Committer, Sequencer, WriterClock
from ledger.store.application import LedgerStore
from ledger.vault.vault import Disclosed
from tests.databases import open_store

ORIGIN = "bank.example/test"
OPERATOR = "operator"
SCHOOL = "north-college"
LEARNER = "learner_" + "0" * 31 + "1"
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class SteppedClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        """Stand at the start of a term."""
        self.wall = START
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.wall

    def elapsed_seconds(self) -> float:
        """Return the monotonic clock."""
        return self.seconds

    def step(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class ListVault:
    """A vault that keeps what it is given in a list."""

    kept: list[Disclosed] = field(default_factory=list)

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep it."""
        self.kept.extend(disclosed)


def tag(certificate: Mapping[str, object]) -> str:
    """Return the keyed hash of an outside certificate."""
    raw = canonical.dumps(dict(certificate))
    return b64encode(hmac.digest(b"test", raw, "sha256"))


def reference_tag(reference: str) -> str:
    """Return the tag of a member's own number."""
    return b64encode(hashlib.sha256(reference.encode()).digest())


class Bank:
    """One ledger with its operator and one school, and everybody's keys."""

    def __init__(self, url: str, *, store: LedgerStore | None = None) -> None:
        """Open the database; ``found`` makes entry 0 and the school."""
        self.url = url
        self.store = store or open_store(url)
        self.clock = SteppedClock()
        self.vault = ListVault()
        self.ledger = ""
        self.keys = {name: self.make_key(name) for name in (OPERATOR, SCHOOL)}
        self.service = self.make_key(OPERATOR, KeyUse.SERVICE)
        self.checkpoint = self.make_key(OPERATOR, KeyUse.CHECKPOINT)
        self._numbers = itertools.count(1)
        self.sequencer = self.open_sequencer()

    def make_key(self, member_id: str, use: KeyUse = KeyUse.MEMBER) -> SigningKey:
        """Return a new key."""
        return SigningKey.generate(member_id, use)

    def open_sequencer(self, store: LedgerStore | None = None) -> Sequencer:
        """Start a writer on the bank's store, or on another."""
        keys = BankKeys(origin=ORIGIN, service=self.service, checkpoint=self.checkpoint)
        clock = WriterClock(self.clock)
        committer = Committer(store or self.store, keys, vault=self.vault, clock=clock)
        return Sequencer(committer)

    def __enter__(self) -> Self:
        """Found the ledger and admit the school with one achievement and account."""
        self.found()
        self.admit(SCHOOL, kind="school")
        self.post(SCHOOL, "achievement.published.v1", body=achievement())
        opened = {"learner_id": LEARNER, "mode": "collective"}
        agreed = {"by": "collective", "method": "paper", "proof": "o" * 43}
        agreed |= {"notice_version": "2026-1", "at": instant_of(self.clock.now())}
        self.post(SCHOOL, "account.opened.v1", body=opened, mandate=agreed)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the writer and close the database."""
        self.sequencer.close()
        self.store.close()

    def found(self) -> None:
        """Write entry 0."""
        body = {
            "member_id": OPERATOR,
            "kind": "operator",
            "name": "运营机构",
            "key": declare(self.keys[OPERATOR], audience=ORIGIN),
            "founding": {
                "origin": ORIGIN,
                "nonce": "n" * 22,
                "service_key": declare(self.service, audience=ORIGIN),
                "checkpoint_key": declare(self.checkpoint, audience=ORIGIN),
                "time_zone": "Asia/Shanghai",
            },
        }
        statement = self.statement(
            OPERATOR, "member.admitted.v1", body=body, aud=ORIGIN
        )
        payload = canonical.dumps(statement)
        raw = sign_jws(self.keys[OPERATOR], payload, typ=STATEMENT_TYP)
        self.sequencer.submit(receive_founding(raw)).result()
        self.ledger = f"{ORIGIN}#{hash_text(payload)}"

    def admit(self, member_id: str, *, kind: str) -> Accepted:
        """Admit a member under a key of its own."""
        key = self.keys.setdefault(member_id, self.make_key(member_id))
        body = {
            "member_id": member_id,
            "kind": kind,
            "name": member_id,
            "key": declare(key, audience=self.ledger),
        }
        return self.post(OPERATOR, "member.admitted.v1", body=body)

    def recover(self, member_id: str) -> None:
        """Have the operator add a key for a member that has none left."""
        key = self.make_key(member_id)
        body = {"member_id": member_id, "key": declare(key, audience=self.ledger)}
        self.post(OPERATOR, "key.added.v1", body=body)
        self.keys[member_id] = key

    def statement(
        self,
        iss: str,
        type_name: str,
        *,
        body: Mapping[str, object],
        **changes: object,
    ) -> dict[str, object]:
        """Return a statement that is right, but for the changes."""
        now = self.clock.now()
        identity = uuid.UUID(int=next(self._numbers), version=4)
        return {
            "type": type_name,
            "id": str(identity),
            "iss": iss,
            "aud": self.ledger,
            "iat": instant_of(now),
            "exp": instant_of(now + timedelta(days=1)),
            "actor": {"staff": "r7", "role": "registrar"},
            "body": body,
            **changes,
        }

    def sign(
        self,
        statement: Mapping[str, object],
        *,
        key: SigningKey | None = None,
        disclosures: Sequence[Disclosure] = (),
    ) -> bytes:
        """Return the bytes a member would send."""
        signer = key or self.keys[str(statement["iss"])]
        raw = sign_jws(signer, canonical.dumps(statement), typ=STATEMENT_TYP)
        return join(raw, [one.encoded for one in disclosures])

    def receive(self, raw: bytes) -> Draft:
        """Check a statement's bytes."""
        return receive_single(raw, find_key=self.find_key, tagger=tag)

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Hand a checked submission to the writer."""
        return self.sequencer.submit(submission)

    def post(
        self,
        iss: str,
        type_name: str,
        *,
        body: Mapping[str, object],
        **changes: object,
    ) -> Accepted:
        """Sign, check and write one statement."""
        raw = self.sign(self.statement(iss, type_name, body=body, **changes))
        return self.submit(self.receive(raw)).result()

    def batch_bytes(
        self, iss: str, statements: Sequence[Mapping[str, object]], **changes: object
    ) -> bytes:
        """Return the bytes of a batch a member would send."""
        lines = [BatchLine(statement=canonical.dumps(one)) for one in statements]
        header = self.statement(iss, "", body={})
        kept = {name: header[name] for name in ("id", "iss", "aud", "iat", "exp")}
        return seal_batch(self.keys[iss], {**kept, **changes}, lines=lines)

    def receive_batch(self, raw: bytes) -> BatchSubmission:
        """Check a batch's bytes."""
        return receive_batch(raw, find_key=self.find_key, tagger=tag)

    def award(self, reference: str, **changes: object) -> dict[str, object]:
        """Return a statement that awards the learner three credits."""
        return self.statement(
            SCHOOL, "credit.awarded.v1", body=award(reference, **changes)
        )

    def find_key(self, kid: str) -> PublicKey | None:
        """Look a key up as the API does."""
        member_id = kid.partition("#")[0]
        ring = self.store.load("keyrings", [member_id]).get(member_id)
        key = ring.find(kid) if isinstance(ring, KeyringRecord) else None
        if key is None:
            return None
        jwk = key.jwk.model_dump(exclude_none=True)
        return read_public_key(jwk, algorithm=key.alg)

    def audit(self) -> AuditReport:
        """Audit the database as a stranger would."""
        source = DatabaseSource(self.url)
        try:
            return verify(source, ledger=self.ledger)
        finally:
            source.close()

    def check_log(self) -> AuditReport:
        """Require that an audit finds nothing."""
        report = self.audit()
        assert report.findings == ()
        return report

    def raw_entries(self) -> Iterator[bytes]:
        """Return all entries' bytes."""
        return (entry.raw for entry in self.store.read_entries(after=-1, limit=100_000))


def achievement(**changes: object) -> dict[str, object]:
    """Return the body of a course of three credits."""
    named = {"code": "WELD-1", "version": 1, "title": "焊接基础"}
    return {**named, "kind": "course", "credits": "3", **changes}


def award(reference: str, **changes: object) -> dict[str, object]:
    """Return the body of an award of three credits."""
    body = {
        "learner_id": LEARNER,
        "achievement": f"{SCHOOL}/WELD-1@1",
        "basis": "issued",
        "credits": "3",
        "assessed_on": "2026-06-30",
        "passed": True,
        "reference_tag": reference_tag(reference),
    }
    return {**body, **changes}
