"""A bank behind its real application: what a caller sends and reads, and no more."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from socket import socketpair
from tempfile import gettempdir

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.bank import Bank as Served
from api.main import create_app
from api.settings import CHECKPOINT_KEY_FILE, SERVICE_KEY_FILE, Settings
from ledger.integrity.batch import BatchLine, seal_batch
from ledger.integrity.encoding import b64encode
from ledger.sequencer.channel import Channel
from ledger.sequencer.elsewhere import Attendant, SequencerElsewhere
from tests.bank import SCHOOL, Bank
from tests.databases import MASTER, lay

HERE = "http://127.0.0.1"
SINGLE = "application/jose"
BATCH = "application/x-ndjson"
PROBLEM = "application/problem+json"
SECOND = "learner_" + "0" * 31 + "2"


class HttpBank(Bank):
    """A founded bank that is also served; history may be written behind its back.

    ``client`` speaks to the application. What the test writes with ``post`` goes in
    through a second writer on the same store, as another process would.
    """

    client: TestClient
    served: Served

    def send(self, raw: bytes, media_type: str = SINGLE, **headers: str) -> Response:
        """Post bytes as they are."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            "/v1/statements",
            content=raw,
            headers={"Content-Type": media_type, **named},
        )

    def send_statement(
        self, iss: str, type_name: str, *, body: Mapping[str, object]
    ) -> Response:
        """Sign and post one statement."""
        return self.send(self.sign(self.statement(iss, type_name, body=body)))

    def seal_lines(
        self, lines: Sequence[BatchLine], *, iss: str = SCHOOL, **changes: object
    ) -> bytes:
        """Return the bytes of a batch of these lines, disclosures included."""
        header = self.statement(iss, "", body={})
        kept = {name: header[name] for name in ("id", "iss", "aud", "iat", "exp")}
        return seal_batch(self.keys[iss], {**kept, **changes}, lines=lines)

    def get(self, path: str, **query: str | int) -> Response:
        """Ask, and require that the answer is one a caller may build on."""
        answer = self.client.get(path, params=query)
        assert answer.headers["x-request-id"]
        assert int(answer.headers["x-ledger-position"]) >= 0
        return answer

    def read(self, path: str, **query: str | int) -> dict[str, object]:
        """Ask for JSON that must be there."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        content = answer.json()
        assert isinstance(content, dict)
        return content

    def size(self) -> int:
        """Return how many entries the log has."""
        head = self.store.read_head()
        assert head is not None
        return head.size

    def award_now(self, reference: str, **changes: object) -> int:
        """Post an award over HTTP and return its position."""
        answer = self.send(self.sign(self.award(reference, **changes)))
        assert answer.status_code == 201, answer.text
        position = answer.json()["position"]
        assert isinstance(position, int)
        return position

    def pages(
        self, path: str, member: str, **query: str | int
    ) -> Iterator[list[dict[str, object]]]:
        """Follow a list from page to page by its Link header."""
        url: str | None = str(self.client.build_request("GET", path, params=query).url)
        for _ in itertools.count():
            if url is None:
                return
            answer = self.client.get(url)
            assert answer.status_code == 200, answer.text
            yield answer.json()[member]
            url = next_of(answer)


def next_of(answer: Response) -> str | None:
    """Return where a page says that the list goes on."""
    link = answer.headers.get("link")
    if link is None:
        assert "next" not in answer.json()
        return None
    assert link.startswith("</v1/")
    assert link.endswith('>; rel="next"')
    return str(link[1:].partition(">")[0])


@contextmanager
def serving(folder: Path, url: str, *, apart: bool = False) -> Iterator[HttpBank]:
    """Found a bank and serve it, with its school, achievement and account.

    With ``apart`` who answers asks the writer over a channel, as another process does.
    """
    keys = folder / "keys"
    keys.mkdir()
    for name in ("projections.db", "vault.db"):
        lay(folder / name, name)
    bank = HttpBank(url)
    (keys / SERVICE_KEY_FILE).write_bytes(bank.service.to_json())
    (keys / CHECKPOINT_KEY_FILE).write_bytes(bank.checkpoint.to_json())
    settings = Settings(
        database_url=url,
        projections_url=f"sqlite:///{folder / 'projections.db'}",
        vault_url=f"sqlite:///{folder / 'vault.db'}",
        keys=keys,
        log=folder / "log",
        vault_key=b64encode(MASTER),
    )
    with bank, ExitStack() as closing:
        bank.served = Served(settings, clock=bank.clock)
        app: FastAPI = create_app(bank.served)
        if apart:
            bank.served.start()
            closing.callback(bank.served.close)
            app = answering_apart(bank, settings, closing=closing)
        bank.client = closing.enter_context(TestClient(app, base_url=HERE))
        yield bank


def answering_apart(
    bank: HttpBank, settings: Settings, *, closing: ExitStack
) -> FastAPI:
    """Return the application of a process that only answers, living in this one."""
    ours, theirs = map(Channel, socketpair())
    stand_in = SequencerElsewhere(theirs, stopped=lambda: None)
    attendant = Attendant(ours, bank.served.sequencer, lost=lambda: None)
    closing.callback(attendant.close)
    answering = Served(settings, clock=bank.clock, sequencer=stand_in)
    start = partial(answering.start_answering, bank.served.runner)
    return create_app(answering, start=start)


def check_problem(
    answer: Response, expected: tuple[int, str], *, pointer: str | None = None
) -> dict[str, object]:
    """Require a problem with this status and code, and return it."""
    status, code = expected
    problem = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["vary"] == "Accept-Language"
    assert answer.headers["x-request-id"] == problem["request_id"]
    assert problem["type"] == f"urn:skillbank:problem:{code}"
    assert (problem["title"], problem["status"]) == (code, status)
    assert problem["instance"]
    assert problem["detail"]
    assert problem["detail"] != code
    # A signature may begin with any letters, "py" among them.
    words = answer.text.replace(str(problem.get("refusal", "")), "")
    for secret in ("Traceback", "SELECT", "sqlalchemy", "/home", gettempdir(), ".py"):
        assert secret not in words
    if pointer is not None:
        assert pointer in [one["pointer"] for one in problem["errors"]], problem
    assert isinstance(problem, dict)
    return problem
