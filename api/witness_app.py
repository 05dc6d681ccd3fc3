"""A witness over HTTP (C2SP tlog-witness): translates, decides nothing.

The only place that knows which status a verdict has.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import orjson
from anyio import to_thread
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.bodies import read_body
from api.errors import BodyTimeoutError, BodyTooLargeError
from ledger.integrity import witnessing
from ledger.integrity.cosignatures import cosign
from ledger.integrity.keys import SigningKey
from ledger.integrity.witnessing import REQUEST_BYTES_MAX, AddCheckpointError, Verdict
from ledger.witnessing.memory import Judged, Memory

SIZE_TYPE: Final = "text/x.tlog.size"
STATUS: Final[Mapping[Verdict, HTTPStatus]] = MappingProxyType(
    {
        Verdict.COSIGN: HTTPStatus.OK,
        Verdict.MALFORMED: HTTPStatus.BAD_REQUEST,
        Verdict.UNKNOWN_ORIGIN: HTTPStatus.NOT_FOUND,
        Verdict.UNTRUSTED: HTTPStatus.FORBIDDEN,
        Verdict.STALE: HTTPStatus.CONFLICT,
        Verdict.FORK: HTTPStatus.CONFLICT,
        Verdict.STOPPED: HTTPStatus.CONFLICT,
        Verdict.BAD_PROOF: HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_TEXTS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.MALFORMED: "not a request as C2SP tlog-witness has it",
        Verdict.UNKNOWN_ORIGIN: "this witness does not know the log",
        Verdict.UNTRUSTED: "not signed by the key that this witness trusts",
        Verdict.FORK: "fork: another root was cosigned; both notes are kept",
        Verdict.STOPPED: "fork: this witness stopped and waits for a person",
        Verdict.BAD_PROOF: "the proof does not lead from the last root to this one",
    }
)
_LOG: Final = logging.getLogger(__name__)

Seconds = Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """A witness: its name, its key, what it remembers and its clock (POSIX time)."""

    name: str
    key: SigningKey
    memory: Memory
    seconds: Seconds = lambda: int(time.time())

    def answer(self, raw: bytes) -> Response:
        """Answer one request."""
        try:
            request = witnessing.read_request(raw)
        except AddCheckpointError:
            return _refuse(Judged(verdict=Verdict.MALFORMED, size=0))
        seconds = self.seconds()
        judged = self.memory.consider(request, seconds=seconds)
        if judged.verdict is Verdict.COSIGN:
            # Only now, after the checkpoint is on disk, is there a cosignature.
            line = cosign(request.checkpoint, self.key, name=self.name, seconds=seconds)
            return PlainTextResponse(line)
        if judged.verdict is Verdict.FORK:
            _LOG.error("FORK of %r: no more cosignatures", request.checkpoint.origin)
        return _refuse(judged)


def _refuse(judged: Judged) -> Response:
    status = STATUS[judged.verdict]
    if judged.verdict is Verdict.STALE:
        # The framework would add a charset, which the protocol does not have.
        headers = {"Content-Type": SIZE_TYPE}
        return Response(f"{judged.size}\n", status, headers=headers)
    return PlainTextResponse(_TEXTS[judged.verdict] + "\n", status)


def create_witness(cosigner: Cosigner) -> Starlette:
    """Return the application of a witness; whoever made the memory closes it."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            raw = await read_body(request.receive, limit=REQUEST_BYTES_MAX)
            return await to_thread.run_sync(cosigner.answer, raw)
        except BodyTooLargeError:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return PlainTextResponse("too large\n", status)
        except BodyTimeoutError:
            return PlainTextResponse("too slow\n", HTTPStatus.REQUEST_TIMEOUT)
        except DBAPIError:
            _LOG.exception("the witness's memory does not answer")
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return PlainTextResponse("try again later\n", status)

    def read_evidence(_: Request) -> Response:
        return Response(
            orjson.dumps({"evidence": cosigner.memory.evidence()}),
            media_type="application/json",
        )

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/evidence", read_evidence, methods=["GET"]),
        ]
    )
