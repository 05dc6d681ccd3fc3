"""What a running bank answers, held against the answers of one made anew.

The same questions are put to both, page by page, and the answers compared value by
value. The bank is asked about the position that was verified; while it stands there,
about the present, too, on the day that it says it is.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import httpx2

from api.cli.replaying.workplace import RebuiltBank
from api.main import create_app
from client.certificates import believed
from ledger.audit.compare.difference import Difference
from ledger.audit.errors import SourceUnreachableError

Json = Any  # Any: whatever JSON holds.

LIMIT: Final = 500
TIMEOUT_SECONDS: Final = 60
_HOST: Final = "http://127.0.0.1"
_OF_PAST: Final = (
    "/v1/programmes",
    "/v1/policies",
    "/v1/rules",
    "/v1/reconciliation",
)
_OF_PRESENT: Final = (
    "/v1/members",
    "/v1/achievements",
    "/v1/frameworks",
    "/v1/calendars",
)
_OVERVIEW: Final = "/v1/overview"
"""Asked first: it says which day it is at the bank."""
_OF_LEARNER: Final = ("balance", "awards", "enrolments", "exchanges", "claims")
_UNLISTED: Final = frozenset({"balance"})
"""Answers that are one object, and take no limit."""
_OWN: Final = frozenset({"position", "checkpoint", "next"})
"""What an answer says of the bank itself, not of what is asked."""


@dataclass(slots=True, kw_only=True)
class Compared:
    """What was asked, as of ``position`` and, at ``newest``, of the present.

    ``moved`` if the bank went on meanwhile, so that its present was not compared.
    """

    position: int
    newest: int
    answers: int = 0
    learners: int = 0
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of both. ``present`` if only the newest position answers it."""

    path: str
    query: Mapping[str, str | int]
    present: bool


class Served:
    """A running bank and the one made anew, asked side by side."""

    def __init__(
        self,
        url: str,
        bank: RebuiltBank,
        *,
        done: Compared,
        on_difference: Callable[[Difference], None],
    ) -> None:
        """Take what to ask, and where to note it; nothing was asked yet."""
        self._url = url
        self._bank = bank
        self._on_difference = on_difference
        self.done = done

    def compare(self, learners: Iterable[str]) -> Compared:
        """Ask everything of all, and of these learners.

        Raises:
            SourceUnreachableError: the bank does not answer.
        """
        asyncio.run(self._compare(learners))
        return self.done

    async def _compare(self, learners: Iterable[str]) -> None:
        # From within its frame: here is no server, and so no crew to answer in a hurry.
        made = httpx2.ASGITransport(app=create_app(self._bank).inside)
        async with (
            httpx2.AsyncClient(
                base_url=self._url,
                verify=believed(self._url),
                timeout=TIMEOUT_SECONDS,
            ) as bank,
            httpx2.AsyncClient(base_url=_HOST, transport=made) as own,
        ):
            for question in self._questions(learners):
                async for difference in self._ask(question, bank=bank, own=own):
                    self._on_difference(difference)

    def _of_learners(self, learners: Iterable[str]) -> Iterator[str]:
        for one in learners:
            self.done.learners += 1
            yield from (f"/v1/learners/{one}/{what}" for what in _OF_LEARNER)

    def _questions(self, learners: Iterable[str]) -> Iterator[Question]:
        then = {"as_of_position": self.done.position}
        yield Question(path=_OVERVIEW, query={}, present=True)
        for path in chain(_OF_PAST, self._of_learners(learners)):
            listed = path.rpartition("/")[2] not in _UNLISTED
            limit = {"limit": LIMIT} if listed else {}
            yield Question(path=path, query={**limit, **then}, present=False)
            yield Question(path=path, query=limit, present=True)
        for path in _OF_PRESENT:
            yield Question(path=path, query={"limit": LIMIT}, present=True)

    async def _ask(
        self, question: Question, *, bank: httpx2.AsyncClient, own: httpx2.AsyncClient
    ) -> AsyncIterator[Difference]:
        query: dict[str, str | int] | None = dict(question.query)
        while query is not None:
            answer = await _get(bank, question.path, query=query)
            at = int(answer.headers.get("x-ledger-position", "-1"))
            if question.present and at != self.done.newest:
                self.done.moved = True
                return
            shown = _content(answer)
            if question.path == _OVERVIEW:
                self._bank.stopped.show(shown.get("today"))
            recomputed = _content(await own.get(question.path, params=query))
            self.done.answers += 1
            for difference in _differences(
                question, shown=shown, recomputed=recomputed
            ):
                yield difference
            following = shown.get("next")
            query = None
            if isinstance(following, str) and following == recomputed.get("next"):
                query = {**question.query, "cursor": following}


async def _get(
    bank: httpx2.AsyncClient, path: str, *, query: Mapping[str, str | int]
) -> httpx2.Response:
    try:
        return await bank.get(path, params=dict(query))
    except httpx2.HTTPError as error:
        text = f"{error}; is the bank running, and is this its address?"
        raise SourceUnreachableError(text) from error


def _content(answer: httpx2.Response) -> dict[str, Json]:
    """Return what an answer says; one that is no object says only its status."""
    try:
        content = answer.json()
    except ValueError:
        content = None
    if answer.status_code == httpx2.codes.OK and isinstance(content, dict):
        return content
    return {"status": answer.status_code}


def _differences(
    question: Question, *, shown: dict[str, Json], recomputed: dict[str, Json]
) -> Iterator[Difference]:
    when = (
        ""
        if question.present
        else f"?as_of_position={question.query['as_of_position']}"
    )
    left, right = _bare(shown), _bare(recomputed)
    for pointer, value, other in differing(left, right):
        yield Difference(
            table=f"{question.path}{when}",
            key=_named(left, right, pointer=pointer),
            column=pointer,
            shown=value,
            recomputed=other,
        )


def _bare(content: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in content.items() if name not in _OWN}


def _named(*contents: dict[str, Json], pointer: str) -> str:
    """Return the id of the row that a pointer leads into, if it has one."""
    name, _, rest = pointer.removeprefix("/").partition("/")
    number = rest.partition("/")[0]
    for content in contents:
        rows = content.get(name)
        if isinstance(rows, list) and number.isdecimal() and int(number) < len(rows):
            row = rows[int(number)]
            names = [key for key in row if key.endswith("_id") or key in _KEYS]
            return f"{names[0]}={row[names[0]]}" if names else ""
    return ""


_KEYS: Final = frozenset(
    {"rule", "programme", "policy", "achievement", "calendar", "code", "member"}
)


def differing(
    shown: Json, recomputed: Json, *, pointer: str = ""
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield where two JSON values differ, with what stands there; None if nothing."""
    if isinstance(shown, dict) and isinstance(recomputed, dict):
        names: Sequence[Any] = [*shown, *(n for n in recomputed if n not in shown)]
        pairs = [(name, shown.get(name), recomputed.get(name)) for name in names]
    elif isinstance(shown, list) and isinstance(recomputed, list):
        count = max(len(shown), len(recomputed))
        padded = [one + [None] * (count - len(one)) for one in (shown, recomputed)]
        pairs = [(at, padded[0][at], padded[1][at]) for at in range(count)]
    elif type(shown) is type(recomputed) and shown == recomputed:
        return
    else:
        yield pointer, _told(shown), _told(recomputed)
        return
    for name, left, right in pairs:
        yield from differing(left, right, pointer=f"{pointer}/{name}")


def _told(value: Json) -> str | None:
    if value is None:
        return None
    text = "an object" if isinstance(value, dict | list) else str(value)
    return text[:LIMIT]
