"""Honest ledgers to do harm to: the same bytes in every run, so that a seed repeats."""

import hashlib
import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.audit.database import DatabaseSource
from ledger.audit.ports import SourceEntry
from ledger.integrity import canonical
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.keys import KeyUse, SigningKey, key_id, thumbprint
from ledger.store.heads import Head, StoredHead, read_head_state
from tests.bank import LEARNER, SCHOOL, Bank, achievement
from tests.consortium_ends import write_long_history
from tests.exchanging import OTHER, Earned, ExchangeBank, calendar, programme, terms
from tests.histories import award_of

CAP = "4"
"""Credits that the rule of the small ground converts: one award of three, not two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries that one checkpoint closed: positions ``first`` to ``last``."""

    first: int
    last: int
    recorded_at: str


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An honest ledger, and the keys of everybody in it."""

    bank: Bank
    entries: tuple[SourceEntry, ...]
    heads: tuple[StoredHead, ...]
    read_heads: tuple[Head, ...]
    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        """How many entries it has."""
        return len(self.entries)

    def group_of(self, position: int) -> Group:
        """Return the group that an entry belongs to."""
        return next(one for one in self.groups if position <= one.last)


def seeded_key(name: str, member_id: str, *, use: KeyUse) -> SigningKey:
    """Return the key that a name always gives."""
    secret = hashlib.sha256(f"{name}/{member_id}/{use.value}".encode()).digest()
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64encode(public.public_bytes_raw())}
    document = {
        "member": member_id,
        "use": use.value,
        "kid": key_id(member_id, thumbprint(jwk)),
        "jwk": {**jwk, "d": b64encode(secret)},
    }
    return SigningKey.from_json(canonical.dumps(document))


class SmallBank(ExchangeBank):
    """Little of everything: what thousands of audits can go through."""

    def __init__(self, url: str, *, name: str) -> None:
        """Open the database; all keys follow from the name."""
        self._name = name
        self._made = itertools.count()
        self.earned: dict[str, Earned] = {}
        super().__init__(url)

    def make_key(self, member_id: str, use: KeyUse = KeyUse.MEMBER) -> SigningKey:
        """Return the next key of this bank."""
        return seeded_key(f"{self._name}-{next(self._made)}", member_id, use=use)

    def __enter__(self) -> Self:
        """Found the ledger, and agree on two rules, of which one is not in force."""
        self.digests = {}
        self.found()
        for member_id in (SCHOOL, OTHER):
            self.admit(member_id, kind="school")
        self.post(SCHOOL, "achievement.published.v1", body=achievement())
        self.post(OTHER, "programme.published.v1", body=programme())
        self.post(OTHER, "calendar.published.v1", body=calendar())
        limits = [{"code": "many", "at_most": CAP}]
        self.agree("AUTOMATIC", terms(limits=limits))
        self.agree("LATER", terms(valid_from="2027-01-01"))
        for one in self.enrolling(LEARNER):
            self.submit(self.receive(self.sign(one))).result()
        return self

    def write(self) -> None:
        """Earn, convert, take back, lose a key, and end with a batch."""
        for reference in ("one", "two"):
            self.earned[reference] = self.earn(reference)
        self.clock.step(60)
        earned = self.earned["one"]
        self.request(self.application(earned), shown=[earned.shown])
        self.clock.step(60)
        taken = {"award_id": award_of("two"), "credits": "1"}
        reason = {"class": "corrected", "reason_code": "amount_corrected"}
        self.post(SCHOOL, "credit.revoked.v1", body={**taken, **reason})
        self._lose_a_key()
        self.clock.step(60)
        lines = [self.award(f"line-{number}") for number in range(4)]
        self.submit(self.receive_batch(self.batch_bytes(SCHOOL, lines))).result()

    def _lose_a_key(self) -> None:
        stolen = self.make_key(SCHOOL)
        added = {"member_id": SCHOOL, "key": declare(stolen, audience=self.ledger)}
        self.post(SCHOOL, "key.added.v1", body=added)
        position = len(list(self.raw_entries()))
        statement = self.award("stolen")
        self.submit(self.receive(self.sign(statement, key=stolen))).result()
        self.keys["stolen"] = stolen
        revoked = {
            "member_id": SCHOOL,
            "kid": stolen.kid,
            "reason_code": "compromised",
            "since_position": position,
        }
        self.post(SCHOOL, "key.revoked.v1", body=revoked)


class RichBank(SmallBank):
    """Every type of statement, in a history of a hundred and fifty entries."""

    def __enter__(self) -> Self:
        """Found the ledger as every bank of the tests does."""
        Bank.__enter__(self)
        return self

    def write(self) -> None:
        """Write the consortium's history, and how it goes on."""
        write_long_history(self)


class WideBank(SmallBank):
    """More entries than there are under one tile, and little else."""

    def write(self) -> None:
        """Write a batch of as many lines as pass the end of a tile."""
        lines = [self.award(f"wide-{number}") for number in range(250)]
        self.submit(self.receive_batch(self.batch_bytes(SCHOOL, lines))).result()


def small(name: str = "ours") -> Ground:
    """Write the small ledger; another name makes another ledger of the same words."""
    return write_ground(lambda url: SmallBank(url, name=name))


def rich(name: str = "ours") -> Ground:
    """Write the rich ledger."""
    return write_ground(lambda url: RichBank(url, name=name))


def wide(name: str = "ours") -> Ground:
    """Write the wide ledger."""
    return write_ground(lambda url: WideBank(url, name=name))


def write_ground(make: Callable[[str], SmallBank]) -> Ground:
    """Write a ledger with a bank of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.db'}"
        with make(url) as bank:
            bank.write()
        source = DatabaseSource(url)
        entries, heads = tuple(source.entries()), tuple(source.heads())
        source.close()
    read_heads = tuple(read_head_state(one.state, version=one.version) for one in heads)
    groups = tuple(
        Group(first=one.first_position, last=one.size - 1, recorded_at=one.recorded_at)
        for one in read_heads
    )
    return Ground(
        bank=bank, entries=entries, heads=heads, read_heads=read_heads, groups=groups
    )
