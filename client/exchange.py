"""One request to the bank and its answer, read or turned into a typed error."""

import os
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import httpx2
import orjson
from pydantic import ValidationError

from client.answers import Answer, Problem
from client.certificates import believed
from client.errors import (
    BankAnswerError,
    BankFailedError,
    BankRefusedError,
    Evidence,
    Fault,
)
from client.patience import Patience

A = TypeVar("A", bound=Answer)
Query = Mapping[str, str | int | None]

TIMEOUT_SECONDS: Final = 60.0
PAGE: Final = 500
_PROBLEM: Final = "application/problem+json"


class Connection:
    """Speaks HTTP with one bank."""

    def __init__(
        self,
        url: str,
        *,
        patience: Patience,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Prepare to speak; nothing is sent yet."""
        self._http = httpx2.Client(
            base_url=url,
            transport=transport,
            verify=believed(url),
            timeout=TIMEOUT_SECONDS,
            headers={"Accept-Language": preferred_language()},
        )
        self._patience = patience

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def post(self, path: str, content: bytes, *, media_type: str) -> httpx2.Response:
        """Post bytes, the same ones as often as it takes.

        Raises:
            BankUnavailableError: no answer.
        """
        headers = {"Content-Type": media_type}
        request = self._http.build_request(
            "POST", path, content=content, headers=headers
        )
        return self._patience.send(self._http, request)

    def get(self, path: str, query: Query | None = None) -> httpx2.Response:
        """Ask for something.

        Raises:
            BankUnavailableError: no answer.
            BankRefusedError: there is none of it.
            BankAnswerError: an answer in no known form.
        """
        given = {k: v for k, v in (query or {}).items() if v is not None}
        request = self._http.build_request("GET", path, params=given)
        response = self._patience.send(self._http, request)
        if not response.is_success:
            raise refused(read_problem(response))
        return response

    def read(self, model: type[A], path: str, *, query: Query | None = None) -> A:
        """Ask for something and read the answer.

        Raises:
            BankUnavailableError, BankRefusedError: as ``get``.
            BankAnswerError: the answer is not of this form.
        """
        return parse(model, self.get(path, query).content)

    def pages(
        self, model: type[A], path: str, *, member: str, query: Query | None = None
    ) -> Iterator[A]:
        """Yield every item of a list, page after page.

        Raises:
            BankUnavailableError, BankRefusedError: as ``get``.
            BankAnswerError: an answer is not of this form.
        """
        asked: dict[str, str | int | None] = {"limit": PAGE, **(query or {})}
        while True:
            page = _load(self.get(path, asked).content)
            items = page.get(member)
            if not isinstance(items, list):
                raise BankAnswerError(found=f"no {member} in {path}")
            for item in items:
                yield parse(model, orjson.dumps(item))
            cursor = page.get("next")
            if not isinstance(cursor, str):
                return
            asked["cursor"] = cursor


def preferred_language() -> str:
    """Return the language in which the bank should explain: the machine's own."""
    named = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next(filter(None, named), "")
    return "zh-CN" if chosen.startswith("zh") else "en"


def parse(model: type[A], content: bytes) -> A:
    """Read an answer.

    Raises:
        BankAnswerError: it is not of this form.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        raise BankAnswerError(found=f"no {model.__name__}: /{where}") from error


def read_problem(response: httpx2.Response) -> Problem:
    """Read the problem document of a response that is no success.

    Raises:
        BankAnswerError: it has none, or it is the bank's own fault.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind != _PROBLEM:
        raise BankAnswerError(found=f"HTTP {response.status_code}")
    problem = parse(Problem, response.content)
    if response.is_server_error:
        raise BankFailedError(found=problem.code, request=problem.request_id)
    return problem


def refused(problem: Problem, *, evidence: Evidence | None = None) -> BankRefusedError:
    """Return a problem as the error to raise."""
    faults = tuple(
        Fault(code=one.code, pointer=one.pointer, detail=one.detail, line=one.line)
        for one in problem.errors
    )
    return BankRefusedError(
        problem.code,
        problem.detail or problem.title,
        faults=faults,
        evidence=evidence,
    )


def _load(content: bytes) -> dict[str, object]:
    try:
        page = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BankAnswerError(found="not JSON") from error
    if not isinstance(page, dict):
        raise BankAnswerError(found="not a JSON object")
    return page
