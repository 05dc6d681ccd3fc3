"""What surrounds every answer: request id, ledger position, safe headers, own host.

What is posted, and the question for a balance, do not go through the framework: they
are what a bank is asked most, and are answered from here.
"""

import logging
import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import SAFE, Answer, Headers, headers_of
from api.balances import Balances, asked_learner
from api.bank import Bank
from api.busy import busy_answer, busy_bytes
from api.errand import Begin, Errand
from api.errors import ForeignHostError
from api.plain import Plain
from api.posting import PATH, Posting
from api.problems import answer_to, is_problem
from api.request_ids import RequestIds
from api.wording import wordings
from ledger.sequencer import InternalFaultError, UncertainError
from ledger.store.reader import StoreUnavailableError

_LOG = logging.getLogger(__name__)
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HOSTS: Final = re.compile(rb"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?")


class Framed(FastAPI):
    """The framework's application; whoever calls it meets the frame first."""

    frame: "Frame"

    @property
    def inside(self) -> ASGIApp:
        """What the frame surrounds."""
        return super().__call__

    def build_middleware_stack(self) -> ASGIApp:
        """Leave out the outermost layer: what fails is answered by the frame."""
        stack = super().build_middleware_stack()
        return stack.app if isinstance(stack, ServerErrorMiddleware) else stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live until the server's end."""
        await self.frame(scope, receive, send)


class Frame:
    """Around a whole application."""

    def __init__(
        self, inside: ASGIApp, *, bank: Bank, posting: Posting, balances: Balances
    ) -> None:
        """Surround the application of a bank; two things are answered without it."""
        self._inside = inside
        self._bank = bank
        self._posting = posting
        self.door = posting.door
        self._balances = balances
        self._ids = RequestIds()
        # Nothing that is said of a failure may itself need a file to be opened.
        wordings()
        self._position = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        headers = headers_of(scope)
        scope["request_id"] = known = self._name(headers)
        # Names that lead here from a page elsewhere must not be served (DNS rebinding).
        if scope.get("server") and not _HOSTS.fullmatch(headers.get(b"host", b"")):
            answer = answer_to(scope, headers, error=ForeignHostError())
            await self._send(answer, known, send=send)
        elif scope["method"] == "POST" and scope["path"] == PATH:
            await self._post(scope, headers, receive=receive, send=send)
        elif (learner_id := asked_learner(scope)) is not None:
            answered = self._balances.answer(learner_id)
            await self._answer(scope, headers, answered=answered, send=send)
        else:
            await self._ask(scope, receive, send=send)

    def turn_away(
        self, headers: Mapping[bytes, bytes], *, before: Headers
    ) -> bytes | None:
        """Return what a full bank tells a post with these headers, and count it.

        ``before`` is what the server itself says in every answer. Nothing where a post
        is to be told something else.
        """
        if not _HOSTS.fullmatch(headers.get(b"host", b"")):
            return None
        self.door.note_refusal()
        self._posting.give_way()
        known = self._name(headers)
        return busy_bytes(headers, known, position=self._position, before=before)

    def errand(
        self, asked: Plain, *, send: Callable[[Errand, Answer], None]
    ) -> Errand | None:
        """Return how a plain request is answered, once it runs.

        Nothing where it is to be looked at in the usual way.
        """
        headers, begin = asked.headers, self._beginning(asked)
        if begin is None or not _HOSTS.fullmatch(headers.get(b"host", b"")):
            return None
        known = self._name(headers)

        def finish(outcome: Answer | Exception) -> Answer:
            if isinstance(outcome, Exception):
                scope = {"path": asked.path, "request_id": known}
                outcome = _failed(scope, headers, error=outcome)
            return self._complete(outcome, known)

        return Errand(begin=begin, finish=finish, send=send)

    def _beginning(self, asked: Plain) -> Begin | None:
        if (learner_id := asked.learner_id) is not None:
            return lambda _, take: self._balances.begin(learner_id, take)
        check = self._posting.check_of(asked.headers, asked.end - asked.begin)
        if check is None:
            return None
        return lambda body, take: self._posting.begin(body, check, take=take)

    def _name(self, headers: Mapping[bytes, bytes]) -> str:
        asked = headers.get(b"x-request-id", b"")
        return asked.decode() if _REQUEST_ID.fullmatch(asked) else self._ids.next()

    async def _post(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        *,
        receive: Receive,
        send: Send,
    ) -> None:
        known = scope["request_id"]
        if not self.door.let_in():
            # To ask the store for its head would cost more than the refusal itself.
            answer = busy_answer(headers, known, position=self._position)
            await self._send(answer, known, send=send)
            return
        if scope["query_string"]:
            # To name what is wrong with it is the framework's.
            await self._ask(scope, receive, send=send)
            return
        answered = self._posting.accept(headers, receive)
        await self._answer(scope, headers, answered=answered, send=send)

    async def _answer(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        *,
        answered: Awaitable[Answer],
        send: Send,
    ) -> None:
        """Send what comes of a request that the framework does not see."""
        known = scope["request_id"]
        try:
            answer = await answered
        except ClientDisconnect:
            _note_unfinished(known)
            return
        except CancelledError:
            # The bank stops, and does not wait for this any longer.
            answer = _failed(scope, headers, error=UncertainError())
        except Exception as error:  # noqa: BLE001  # whoever asks is always answered
            answer = _failed(scope, headers, error=error)
        await self._send(answer, known, send=send)

    async def _send(self, answer: Answer, request_id: str, *, send: Send) -> None:
        """Send an answer that was made here: no other header can be in the way."""
        await self._complete(answer, request_id).send(send)

    def _complete(self, answer: Answer, request_id: str) -> Answer:
        answer.headers.extend(SAFE)
        self._tell_position(answer.headers)
        answer.headers.append((b"x-request-id", request_id.encode()))
        return answer

    async def _ask(self, scope: Scope, receive: Receive, *, send: Send) -> None:
        started = False

        async def send_framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = self._framed(scope, message.get("headers", ()))
            await send(message)

        # HEAD: the same answer; the server leaves its body out.
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self._inside(asked, receive, send_framed)
        except ClientDisconnect:
            _note_unfinished(scope["request_id"])
        except Exception as error:
            if started:
                _LOG.exception("request %s failed", scope["request_id"])
                raise
            answer = _failed(scope, headers_of(scope), error=error)
            await self._send(answer, scope["request_id"], send=send)

    def _framed(self, scope: Scope, given: Iterable[tuple[bytes, bytes]]) -> Headers:
        headers = list(given)
        names = {name for name, _ in headers}
        headers += [one for one in SAFE if one[0] not in names]
        self._tell_position(headers)
        headers.append((b"x-request-id", scope["request_id"].encode()))
        return headers

    def _tell_position(self, headers: Headers) -> None:
        """Say which position an answer is true for, unless it says so already."""
        for name, value in headers:
            if name == b"x-ledger-position":
                self._position = max(self._position, int(value))
                return
        try:
            head = self._bank.store.read_head()
        except StoreUnavailableError:
            return
        position = -1 if head is None else head.size - 1
        self._position = max(self._position, position)
        headers.append((b"x-ledger-position", b"%d" % position))


def _note_unfinished(request_id: str) -> None:
    _LOG.info("request %s was left unfinished by its sender", request_id)


def _failed(
    scope: Scope, headers: Mapping[bytes, bytes], *, error: Exception
) -> Answer:
    if is_problem(error):
        return answer_to(scope, headers, error=error)
    _LOG.error("request %s failed", scope["request_id"], exc_info=error)
    return answer_to(scope, headers, error=InternalFaultError())
