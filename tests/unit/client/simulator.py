"""A bank's HTTP face over a real writer: what the wire promises, and every failure.

Behind it works the house's own intake and sequencer on a real store; only HTTP is
played, so that answers can be lost on the way and the server can be busy.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson

from client.clock import system_now
from ledger.domain.errors import RejectionError
from ledger.domain.state import AchievementRecord, KeyringRecord, MemberRecord
from ledger.domain.types import credits_text
from ledger.intake import LinesRefusedError, Submission
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.proofs import prove_inclusion
from ledger.sequencer import RefusedError
from ledger.sequencer.receipts import OldReceipts
from ledger.store.heads import Head
from tests.bank import START, Bank

Query = dict[str, str]
PAGE_MAX: Final = 2


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One HTTP answer."""

    status: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)


def reply(value: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON answer."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    kind = {"Content-Type": "application/json"}
    return Reply(status=status, content=orjson.dumps(value), headers=kind | named)


def problem(code: str, status: int, **members: object) -> Reply:
    """Return a problem document."""
    document = {"code": code, "title": code, "status": status, **members}
    made = reply(document, status)
    made.headers["Content-Type"] = "application/problem+json"
    return made


Mishap = Callable[[httpx2.Request], Reply | None]
"""Happens instead of an answer: a reply, an exception, or nothing (None)."""


@dataclass
class Face(httpx2.BaseTransport):
    """Answers requests; ``mishaps`` happen to coming posts, one each.

    ``before`` mishaps keep the request from arriving; ``after`` ones happen when the
    bank has decided, so that only the answer is lost.
    """

    bank: Bank
    before: list[Mishap | None] = field(default_factory=list)
    after: list[Mishap | None] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    answers: dict[str, Reply] = field(default_factory=dict)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request, or fail to."""
        found = self.answer(request)
        return httpx2.Response(
            found.status, headers=found.headers, content=found.content
        )

    def answer(self, request: httpx2.Request) -> Reply:
        """Answer one request, with the mishaps that are due."""
        if request.method != "POST":
            return self.get(str(request.url))
        mishap = self.before.pop(0) if self.before else None
        early = mishap(request) if mishap else None
        if early is not None:
            return early
        answer = self.post(request.read())
        mishap = self.after.pop(0) if self.after else None
        late = mishap(request) if mishap else None
        return answer if late is None else late

    def post(self, raw: bytes) -> Reply:
        """Take a statement or a batch in."""
        self.posted.append(raw)
        try:
            accepted = self.bank.submit(self._receive(raw)).result()
        except LinesRefusedError as error:
            errors = [
                {"pointer": f.error.pointer, "code": f.error.code, "line": f.line}
                for f in error.faults
            ]
            return problem(error.code, 422, errors=errors)
        except (RejectionError, IntegrityError) as error:
            return problem(error.code, 400)
        except RefusedError as error:
            return _refusal(error)
        replayed = {"Idempotent_Replayed": "true"} if accepted.replayed else {}
        receipt = accepted.receipt.model_dump(mode="json", exclude_none=True)
        return reply(receipt, 201, **replayed)

    def get(self, url: str) -> Reply:
        """Answer a question."""
        parts = urlsplit(url)
        query = {name: given[0] for name, given in parse_qs(parts.query).items()}
        return self.answers.get(parts.path) or self._route(parts.path, query)

    def _route(self, path: str, query: Query) -> Reply:
        match path.strip("/").split("/"):
            case ["v1", "entries"]:
                return self._entries(query)
            case ["log", "checkpoint"]:
                return Reply(status=200, content=self._head().note.encode())
            case ["v1", "proofs", "inclusion", position]:
                return self._proof(int(position), query)
            case ["v1", "statements", _, identity]:
                return self._outcome(self.outcomes[identity])
            case ["v1", "members", member_id, "keys"]:
                return self._keys(member_id)
            case _:
                return self._list(path, query)

    def _outcome(self, position: int) -> Reply:
        if position < 0:
            return reply({"outcome": "refused", "code": "not-permitted"})
        receipt = OldReceipts(self.bank.store).receipt(position, identity="x")
        made = receipt.model_dump(mode="json", exclude_none=True)
        return reply({"outcome": "accepted", "position": position, "receipt": made})

    def _list(self, path: str, query: Query) -> Reply:
        if path == "/v1/achievements":
            return _page("achievements", self._achievements(query), query=query)
        if path == "/v1/members":
            return _page("members", self._members(), query=query)
        return problem("not-found", 404)

    def _receive(self, raw: bytes) -> Submission:
        if b"\n" in raw:
            return self.bank.receive_batch(raw)
        return self.bank.receive(raw)

    def _entries(self, query: Query) -> Reply:
        after, limit = int(query["after"]), int(query["limit"])
        entries = self.bank.store.read_entries(after=after, limit=limit)
        lines = [{"position": e.position, "entry": b64encode(e.raw)} for e in entries]
        last = entries[-1].position if entries else after
        more = {} if last + 1 == self._head().size else {"next_after": last}
        return reply({"entries": lines, "checkpoint": self._head().note, **more})

    def _proof(self, position: int, query: Query) -> Reply:
        size = int(query.get("size", self._head().size))
        if position >= size:
            return problem("unknown-position", 404)
        proof = prove_inclusion(position, size, read_node=self.bank.store.node_reader())
        return reply(
            {
                "position": position,
                "size": size,
                "leaf_hash": b64encode(leaf_hash(self.bank.store.read_raw(position))),
                "path": [b64encode(one) for one in proof.path],
            }
        )

    def _achievements(self, query: Query) -> Iterator[dict[str, object]]:
        for one in self.bank.store.scan("achievements"):
            assert isinstance(one, AchievementRecord)
            if one.owner == query.get("member", one.owner):
                yield {
                    "achievement": one.achievement,
                    "owner": one.owner,
                    "title": "",
                    "kind": "course",
                    "credits": credits_text(one.amount_milli or 0),
                    "retired": one.retired,
                    "position": 0,
                }

    def _members(self) -> Iterator[dict[str, object]]:
        for one in self.bank.store.scan("members"):
            assert isinstance(one, MemberRecord)
            yield {
                "member_id": one.member_id,
                "kind": one.member_kind.value,
                "name": one.member_id,
                "status": one.status,
                "admitted_position": 0,
            }

    def _keys(self, member_id: str) -> Reply:
        ring = self.bank.store.load("keyrings", [member_id]).get(member_id)
        assert isinstance(ring, KeyringRecord)
        keys = [
            {
                **key.model_dump(mode="json", exclude_none=True),
                "valid_from": key.valid_from,
                "added_position": 0,
            }
            for key in ring.keys
        ]
        return reply({"member_id": member_id, "keys": keys})

    def _head(self) -> Head:
        head = self.bank.store.read_head()
        assert head is not None
        return head


def lose(_: httpx2.Request) -> Reply | None:
    """Break the connection."""
    raise httpx2.ReadError("connection reset")  # noqa: EM101, TRY003  # as httpx2 does


def be_busy(seconds: str) -> Mishap:
    """Return a mishap: the server is too busy for as long as that."""
    return lambda _: problem_busy(seconds)


def problem_busy(seconds: str) -> Reply:
    """Return the answer of a server that is too busy."""
    made = problem("busy", 503)
    made.headers["Retry-After"] = seconds
    return made


def set_to_now(bank: Bank) -> None:
    """Let the bank's clock show the machine's time."""
    bank.clock.step((system_now() - START).total_seconds())


def _refusal(error: RefusedError) -> Reply:
    first = error.faults[0]
    errors = [
        {
            "pointer": fault.error.pointer,
            "code": fault.error.code,
            **({} if fault.line is None else {"line": fault.line}),
        }
        for fault in error.faults
    ]
    code = first.error.code if first.line is None else "lines-refused"
    return problem(
        code,
        409,
        errors=errors,
        decided_at_position=error.decided_at_position,
        refusal=error.evidence,
    )


def _page(member: str, items: Iterator[dict[str, object]], *, query: Query) -> Reply:
    """Return one short page, so that every list has several."""
    start = int(query.get("cursor", "0"))
    shown = list(itertools.islice(items, start, start + PAGE_MAX + 1))
    more = {"next": str(start + PAGE_MAX)} if len(shown) > PAGE_MAX else {}
    return reply({member: shown[:PAGE_MAX], **more})
