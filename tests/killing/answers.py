"""A client whose requests and answers get lost on the way, at random.

It is a school's own client, in front of a served bank. Whatever is not answered is sent
again, at once or much later, and some that was answered, too.

1. Each statement is acknowledged in the end, and each time with the first receipt.
2. The log holds each once, where its receipt says, and nothing else.
3. The audit finds nothing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2
from typing_extensions import override

from client.bank import Bank as Client
from client.errors import BankUnavailableError
from client.patience import Patience
from ledger.integrity.receipts import SingleReceipt
from tests.e2e.http_bank import HERE, HttpBank, serving

OPEN_MAX: Final = 40
"""So many statements wait for an answer at the same time, at most."""

LOST: Final = "lost on the way"
GROUND: Final = 4
"""Entries that the bank's founding leaves."""

_NEVER_COPIED: Final = frozenset({"content-encoding", "transfer-encoding"})


@dataclass
class LossyWay(httpx2.BaseTransport):
    """The way to a bank: requests get lost on it, answers do, and some come twice."""

    bank: HttpBank
    chance: random.Random
    lost: int = 0

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry a request and its answer, or lose one of them."""
        drawn = self.chance.random()
        if drawn < 0.15:
            self.lost += 1
            raise httpx2.ConnectError(LOST, request=request)
        if drawn > 0.9:
            self._carry(request)
        answer = self._carry(request)
        if drawn < 0.45:
            self.lost += 1
            raise httpx2.ReadError(LOST, request=request)
        return answer

    def _carry(self, request: httpx2.Request) -> httpx2.Response:
        # Time passes, or the bank would take this for far too much at once.
        self.bank.clock.step(0.02)
        kept = {"content-type": request.headers.get("content-type", "")}
        answer = self.bank.client.request(
            request.method, str(request.url), content=request.read(), headers=kept
        )
        named = {
            name: value
            for name, value in answer.headers.items()
            if name not in _NEVER_COPIED
        }
        return httpx2.Response(
            answer.status_code, headers=named, content=answer.content
        )


@dataclass(kw_only=True)
class Posting:
    """What was sent, and what was acknowledged of it."""

    client: Client
    chance: random.Random
    raws: list[bytes] = field(default_factory=list)
    receipts: dict[int, SingleReceipt] = field(default_factory=dict)

    @property
    def told(self) -> int:
        """Return how many statements were acknowledged."""
        return len(self.receipts)

    def post(self, number: int) -> None:
        """Post one; nobody needs to hear of it."""
        try:
            # It asks for the ledger's founding first, until it has that.
            posted = self.client.post(self.raws[number])
        except BankUnavailableError:
            return
        first = self.receipts.setdefault(number, posted.receipt)
        assert first == posted.receipt  # 1

    def post_all(self, statements: Sequence[bytes]) -> None:
        """Post these, each as often as it takes, and in no order."""
        waiting: list[int] = []
        for raw in statements:
            waiting.append(len(self.raws))
            self.raws.append(raw)
            while len(waiting) >= OPEN_MAX:
                self._some(waiting)
            self._some(waiting)
        while waiting:
            self._some(waiting)

    def _some(self, waiting: list[int]) -> None:
        number = self.chance.choice(waiting)
        self.post(number)
        if number in self.receipts:
            waiting.remove(number)
        if self.chance.random() < 0.1:
            self.post(self.chance.randrange(len(self.raws)))


def post_through_losses(folder: Path, count: int, *, seed: int = 0) -> Posting:
    """Post so many statements to a bank of its own, and require all of the above."""
    chance = random.Random(seed)  # noqa: S311  # what gets lost is no secret
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as bank:
        way = LossyWay(bank, chance)
        patience = Patience(attempts=2, sleep=lambda _seconds: None)
        with Client(
            HERE, ledger=bank.ledger, patience=patience, transport=way
        ) as client:
            posting = Posting(client=client, chance=chance)
            raws = (bank.sign(bank.award(str(number))) for number in range(count))
            posting.post_all(list(raws))
        assert way.lost > count / 4
        check(bank, posting)
    return posting


def check(bank: HttpBank, posting: Posting) -> None:
    """Require that the log holds what was acknowledged, and each once."""
    assert posting.told == len(posting.raws)  # 1
    found = [raw.partition(b"\n")[2] for raw in bank.raw_entries()][GROUND:]
    assert sorted(found) == sorted(posting.raws)  # 2
    for number, receipt in posting.receipts.items():
        assert found[receipt.position - GROUND] == posting.raws[number]
    assert bank.check_log().awards == len(posting.raws)  # 3
