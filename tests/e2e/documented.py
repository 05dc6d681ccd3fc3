"""A served bank with something of everything that documents tell, for reading only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from client.bank import Bank as RemoteBank
from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import CONSUMING, RECOGNISING, case
from tests.consortium_names import OTHER
from tests.e2e.http_bank import HERE, HttpBank
from tests.e2e.http_cases import (
    DESK,
    about_case,
    apply,
    exchanging,
    send,
    sewing,
)
from tests.unit.client.simulator import Face, Reply

TAKEN = {"credits": "0.5", "class": "corrected", "reason_code": "amount_corrected"}


def write_documents(bank: HttpBank) -> int:
    """Write every kind of lot and case; return the newest position.

    Case 1 recognised at once, 2 was accepted by the dean, 3 was sent back, 4 waits.
    """
    lots = [sewing(bank, f"lot-{number}") for number in range(5)]
    apply(bank, 1, rule=RECOGNISING, lots=[(lots[1], "2")])
    apply(bank, 2, rule=CONSUMING, lots=[(lots[2], "2")])
    body = bank.client.get(f"/v1/exchanges/{case(2)}/quote").json()["body"]
    said = {**body, "opinion": "同意"}
    send(bank, "exchange.accepted.v1", body=said, actor=DESK)
    apply(bank, 3, rule=CONSUMING, lots=[(lots[3], "2")])
    why = {"reason_code": "wrong_lot", "missing": "应为全部。"}
    about_case(bank, "returned", number=3, step=0, **why)
    apply(bank, 4, rule=CONSUMING, lots=[(lots[4], "2")])
    lines = [bank.award(f"line-{number}") for number in range(3)]
    bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, lines))).result()
    amended = {"award_id": lots[0], "assessed_on": "2026-06-29"}
    amended |= {"reason_code": "clerical_error"}
    bank.post(OTHER, "credit.amended.v1", body=amended)
    taken = {"award_id": lots[1], **TAKEN}
    bank.post(OTHER, "credit.revoked.v1", body=taken)
    return bank.size() - 1


@contextmanager
def documented(folder: Path) -> Iterator[HttpBank]:
    """Serve it, everything read by then."""
    with exchanging(folder, f"sqlite:///{folder / 'ledger.db'}") as bank:
        position = write_documents(bank)
        path = f"/v1/learners/{LEARNER}/transcript"
        bank.read(path, min_position=position)
        yield bank


@dataclass
class ServedFace(Face):
    """The served application, as a transport and on a real port.

    ``page`` keeps the pages of a transcript short.
    """

    page: int = 100

    def answer(self, request: httpx2.Request) -> Reply:
        """Hand a request on to the application."""
        bank = self.bank
        assert isinstance(bank, HttpBank)
        language = request.headers.get("accept-language", "en")
        found = bank.client.request(
            request.method,
            self._path(request),
            headers={"Accept-Language": language},
        )
        kind = {"Content-Type": found.headers["content-type"]}
        return Reply(status=found.status_code, content=found.content, headers=kind)

    def _path(self, request: httpx2.Request) -> str:
        if request.url.path.endswith("/transcript"):
            shorter = request.url.copy_set_param("limit", self.page)
            return shorter.raw_path.decode()
        return request.url.raw_path.decode()


@contextmanager
def remote(bank: HttpBank, *, page: int = 100) -> Iterator[RemoteBank]:
    """Open the bank as a school's own system does."""
    face = ServedFace(bank, page=page)
    with RemoteBank(HERE, ledger=bank.ledger, transport=face) as opened:
        yield opened
