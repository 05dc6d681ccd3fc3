"""A bank with live witnesses and no sockets between them: some are out of order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from api.witness_app import Cosigner
from ledger.database import open_engine
from ledger.integrity.cosignatures import NamedKey, name_key, witness_vkey
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.quorum import Policy
from ledger.witnessing.gatherer import Answer, Asker, Gatherer, UnreachableError
from ledger.witnessing.kept import Kept
from ledger.witnessing.memory import Memory
from tests.bank import ORIGIN, Bank

NOW: Final = 1_790_000_000
NAMES: Final = ("north", "south", "west")


@dataclass
class Network:
    """Real witnesses without sockets; some are out of order."""

    witnesses: dict[str, Cosigner]
    dead: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    says: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def ask(self, url: str, body: bytes) -> Answer:
        """Hand the request to the witness."""
        name = url.rpartition("/")[2]
        self.asked.append(name)
        if name in self.slow:
            self.released.wait()
        if name in self.dead:
            raise UnreachableError
        if name in self.says:
            return self.says[name]
        answer = self.witnesses[name].answer(body)
        media_type = answer.headers["content-type"].partition(";")[0]
        return Answer(
            status=answer.status_code,
            media_type=media_type,
            text=bytes(answer.body).decode(),
        )


@dataclass
class Gathering:
    """A bank, its witnesses and its gatherer."""

    bank: Bank
    network: Network
    gatherer: Gatherer
    policy: str

    def asker(self, name: str) -> Asker:
        """Return a new asker of one witness."""
        witness = self.gatherer.policy.witnesses[name]
        return Asker(self.gatherer, witness, seconds=lambda: NOW)

    def size(self) -> int:
        """Return how many entries the bank has."""
        head = self.bank.store.read_head()
        assert head is not None
        return head.size

    def award(self, reference: str) -> None:
        """Post an award."""
        raw = self.bank.sign(self.bank.award(reference))
        self.bank.submit(self.bank.receive(raw)).result()


def policy_text(keys: dict[str, NamedKey], *, needed: int) -> str:
    """Return the policy's file: any so many of the witnesses."""
    parts = [
        f'[[witnesses]]\nname = "{name}"\nvkey = "{witness_vkey(key)}"\n'
        f'url = "http://127.0.0.1/{name}"\n'
        for name, key in keys.items()
    ]
    names = ", ".join(f'"{name}"' for name in keys)
    quorum = f"[quorum]\nneeded = {needed}\nof = [{names}]\n"
    return "".join(parts) + quorum


@contextmanager
def gathering_from(
    bank: Bank, *, urls: dict[str, str], seconds: int = NOW
) -> Iterator[Gathering]:
    """Open witnesses with their memories at these addresses; two of them suffice."""
    keys = {one: SigningKey.generate(one, KeyUse.WITNESS) for one in urls}
    logs = {ORIGIN: bank.checkpoint.public}
    witnesses = {
        name: Cosigner(
            name=f"{name}.example",
            key=key,
            memory=Memory(open_engine(urls[name]), logs),
            seconds=lambda: seconds,
        )
        for name, key in keys.items()
    }
    named = {
        name: name_key(f"{name}.example", key.public) for name, key in keys.items()
    }
    network = Network(witnesses)
    policy = policy_text(named, needed=2)
    gatherer = Gatherer(
        Policy.read(policy.encode()),
        Kept(bank.store.engine),
        log=bank.store,
        published=bank.store.read_head,
        asking=network,
    )
    yield Gathering(bank, network, gatherer, policy)
    network.released.set()
    gatherer.close()
    for one in witnesses.values():
        one.memory.close()
