"""A bank gathers from witnesses that are well, dead, slow, false or see a fork."""

import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from api.witness_app import Cosigner
from ledger.database import open_engine
from ledger.integrity.cosignatures import NamedKey, name_key, witness_vkey
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.quorum import Policy, verify_quorum
from ledger.witnessing.gatherer import (
    SIZE_TYPE,
    Answer,
    Asker,
    Gatherer,
    UnreachableError,
)
from ledger.witnessing.kept import ALARMS_MAX, Kept
from ledger.witnessing.memory import Memory
from tests.bank import ORIGIN, SCHOOL, Bank
from tests.witnesses import Log

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


def policy_of(keys: dict[str, NamedKey], *, needed: int) -> Policy:
    """Return the policy: any so many of the witnesses."""
    parts = [
        f'[[witnesses]]\nname = "{name}"\nvkey = "{witness_vkey(key)}"\n'
        f'url = "http://127.0.0.1/{name}"\n'
        for name, key in keys.items()
    ]
    names = ", ".join(f'"{name}"' for name in keys)
    quorum = f"[quorum]\nneeded = {needed}\nof = [{names}]\n"
    return Policy.read(("".join(parts) + quorum).encode())


@pytest.fixture
def gathering(tmp_path: Path) -> Iterator[Gathering]:
    """Open a bank with three witnesses, of which two suffice."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as bank:
        keys = {one: SigningKey.generate(one, KeyUse.WITNESS) for one in NAMES}
        witnesses = {
            name: Cosigner(
                name=f"{name}.example",
                key=key,
                memory=Memory(
                    open_engine(f"sqlite:///{tmp_path / name}.db"),
                    {ORIGIN: bank.checkpoint.public},
                ),
                seconds=lambda: NOW,
            )
            for name, key in keys.items()
        }
        named = {
            name: name_key(f"{name}.example", key.public) for name, key in keys.items()
        }
        network = Network(witnesses)
        gatherer = Gatherer(
            policy_of(named, needed=2),
            Kept(bank.store.engine),
            log=bank.store,
            published=bank.store.read_head,
            asking=network,
        )
        yield Gathering(bank, network, gatherer)
        network.released.set()
        gatherer.close()
        for one in witnesses.values():
            one.memory.close()


def test_a_checkpoint_has_quorum_when_enough_cosigned(gathering: Gathering) -> None:
    """Not before; and the note carries what its readers verify."""
    size = gathering.size()

    assert gathering.gatherer.witnessed(size) is None
    assert gathering.asker("north").ask_once()
    assert gathering.gatherer.first_with_quorum(1) is None
    assert gathering.asker("west").ask_once()

    found = gathering.gatherer.first_with_quorum(1)
    assert found is not None
    assert (found.size, found.witnesses) == (size, ("north", "west"))
    assert found.note.endswith(gathering.gatherer.cosigned(size))
    assert verify_quorum(found.note, gathering.gatherer.policy) == {"north", "west"}
    assert gathering.gatherer.kept.sizes(below=size + 1, limit=5) == [size]


def test_a_grown_log_is_proven_from_what_the_witness_saw(gathering: Gathering) -> None:
    """Also by a bank that was restarted, or that lost what it had gathered."""
    asker = gathering.asker("north")
    assert asker.ask_once()
    assert asker.ask_once()
    for number in range(3):
        gathering.award(f"r{number}")
        assert (asker if number else gathering.asker("north")).ask_once()

    with gathering.bank.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM cosignatures")
    gathering.award("after")
    assert gathering.asker("north").ask_once()

    assert gathering.gatherer.kept.largest("north.example") == gathering.size()
    assert gathering.gatherer.kept.alarms() == []
    assert len(gathering.network.asked) == 7


def test_slow_and_dead_witnesses_delay_nobody(gathering: Gathering) -> None:
    """Posting goes on, and the others cosign."""
    gathering.network.slow.add("south")
    gathering.network.dead.add("west")
    gathering.gatherer.start(seconds=lambda: NOW)

    for number in range(5):
        gathering.award(f"r{number}")
    deadline = threading.Event()
    for _ in range(500):
        if gathering.gatherer.kept.largest("north.example"):
            break
        deadline.wait(0.01)

    assert gathering.gatherer.kept.largest("north.example")
    assert gathering.gatherer.kept.largest("south.example") == 0
    assert gathering.gatherer.kept.largest("west.example") == 0


def test_a_witness_that_saw_a_fork_sounds_an_alarm(gathering: Gathering) -> None:
    """What was asked and answered is kept, and nothing of it counts."""
    size = gathering.size()
    other = Log(forked_at=0, key=gathering.bank.checkpoint)
    gathering.network.witnesses["south"].memory.consider(
        other.request(0, size), seconds=NOW
    )

    assert not gathering.asker("south").ask_once()

    (alarm,) = gathering.gatherer.kept.alarms()
    assert (alarm.witness, alarm.size, alarm.found_at) == ("south", size, NOW)
    assert alarm.answer.startswith("409 fork")
    assert gathering.gatherer.cosigned(size) == ""


def test_a_witness_that_saw_more_than_we_have_sounds_an_alarm(
    gathering: Gathering,
) -> None:
    """A bank that lost its newest entries must not go on unnoticed."""
    says = Answer(status=409, media_type=SIZE_TYPE, text="9000\n")
    gathering.network.says["south"] = says

    for _ in range(ALARMS_MAX + 2):
        assert not gathering.asker("south").ask_once()

    assert len(gathering.gatherer.kept.alarms("south")) == ALARMS_MAX
    assert gathering.gatherer.kept.alarms("north") == []


ODD: Final = {
    "no-size": Answer(status=409, media_type=SIZE_TYPE, text="many\n"),
    "endless": Answer(status=409, media_type=SIZE_TYPE, text="9" * 4000),
    "same-size": Answer(status=409, media_type=SIZE_TYPE, text="0\n"),
    "another-size": Answer(status=409, media_type=SIZE_TYPE, text="1\n"),
    "error": Answer(status=503, media_type="text/plain", text="later\n"),
    "no-line": Answer(status=200, media_type="text/plain", text="cosigned\n"),
    "strange-line": Answer(
        status=200, media_type="text/plain", text="\u2014 south.example AAAAAAA=\n"
    ),
}


def test_odd_answers_are_neither_kept_nor_alarms(gathering: Gathering) -> None:
    """The witness is asked again later, and no more than twice at once."""
    for says in ODD.values():
        gathering.network.says["south"] = says
        before = len(gathering.network.asked)

        assert not gathering.asker("south").ask_once()

        assert gathering.gatherer.kept.alarms() == []
        assert gathering.gatherer.cosigned(gathering.size()) == ""
        assert len(gathering.network.asked) <= before + 2


def test_a_cosignature_of_another_checkpoint_is_not_kept(gathering: Gathering) -> None:
    """Nor one under another witness's key."""
    assert gathering.asker("north").ask_once()
    line = gathering.gatherer.cosigned(gathering.size())
    assert len(b64decode(line.split()[2])) == 76
    says = Answer(status=200, media_type="text/plain", text=line)
    gathering.award("more")

    for name in ("north", "south"):
        gathering.network.says[name] = says
        assert not gathering.asker(name).ask_once()

    assert gathering.gatherer.cosigned(gathering.size()) == ""


def test_a_witness_that_left_the_policy_does_not_count(gathering: Gathering) -> None:
    """Its lines stay in the store and out of the notes."""
    for name in NAMES:
        assert gathering.asker(name).ask_once()
    policy = gathering.gatherer.policy
    kept = {name: one for name, one in policy.witnesses.items() if name == "west"}

    gathering.gatherer.policy = replace(policy, witnesses=kept)

    found = gathering.gatherer.witnessed(gathering.size())
    assert found is not None
    assert (found.witnesses, found.quorum) == (("west",), False)


def test_cosignatures_of_lost_groups_are_passed_over(gathering: Gathering) -> None:
    """A restored bank may hold some of sizes that it does not have, or not close."""
    assert gathering.asker("north").ask_once()
    bank, gatherer, size = gathering.bank, gathering.gatherer, gathering.size()
    (own,) = gatherer.kept.at(size)
    raw = bank.batch_bytes(SCHOOL, [bank.award("b1"), bank.award("b2")])
    bank.submit(bank.receive_batch(raw)).result()

    for lost in (size + 1, size + 50):
        gatherer.kept.keep(lost, own)
        assert gatherer.witnessed(lost) is None
