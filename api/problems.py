"""From errors to problem+json (RFC 9457), under the status that ``statuses`` gives."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api import errors as requests
from api.answers import Answer, Headers, headers_of, json_answer
from api.problem_schema import TOLD
from api.statuses import STATUS
from api.wording import choose_language, say
from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import InvalidStatementError
from ledger.intake import LinesRefusedError
from ledger.integrity import errors as i
from ledger.sequencer import ClockJumpError, RefusedError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 1
ERRORS_MAX: Final = 1000
_LOG = logging.getLogger(__name__)

Problem = dict[str, object]


def problem_of(error: Exception, *, language: str) -> tuple[HTTPStatus, Problem]:
    """Return the status of an error, and what it says to a caller."""
    if isinstance(error, RefusedError):
        status, problem = _of_refusal(error, language)
        problem["decided_at_position"] = error.decided_at_position
        problem["refusal"] = error.evidence
        return status, problem
    code = str(getattr(error, "code", "store-unavailable"))
    status = STATUS[type(error)]
    details: Mapping[str, str | int] = getattr(error, "details", {})
    return status, {
        "type": f"urn:skillbank:problem:{code}",
        "title": code,
        "status": status.value,
        "code": code,
        "detail": say(code, language, details=details),
        "errors": _at_most(list(errors_of(error, language))),
    }


def _of_refusal(error: RefusedError, language: str) -> tuple[HTTPStatus, Problem]:
    first = error.faults[0]
    if first.line is None:
        return problem_of(first.error, language=language)
    code = LinesRefusedError.code
    errors = [
        {**found, "line": fault.line}
        for fault in error.faults
        for found in errors_of(fault.error, language)
    ]
    return HTTPStatus.UNPROCESSABLE_ENTITY, {
        "type": f"urn:skillbank:problem:{code}",
        "title": code,
        "status": HTTPStatus.UNPROCESSABLE_ENTITY.value,
        "code": code,
        "detail": say(code, language, details={}),
        "errors": _at_most(errors),
    }


def errors_of(error: Exception, language: str) -> Iterable[dict[str, object]]:
    """Return what an error says of each place that is at fault."""
    match error:
        case LinesRefusedError():
            yield from _line_errors(error, language)
        case InvalidStatementError():
            for field in error.errors:
                yield _one(field.code, field.pointer, language=language)
        case i.BatchLineError():
            for line, code, pointer in error.errors:
                yield {**_one(code, pointer, language=language), "line": line}
        case requests.InvalidRequestError():
            for pointer, code in error.errors:
                yield _one(code, pointer, language=language)
        case RejectionError() | i.IntegrityError() | requests.RequestError():
            facts = {k: v for k, v in error.details.items() if k in TOLD}
            one = _one(
                error.code, error.pointer, language=language, details=error.details
            )
            yield {**one, **facts}
        case _:
            return


def _at_most(errors: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return what fits, and if not all does, the first fault of every line."""
    if len(errors) <= ERRORS_MAX:
        return errors
    first: dict[object, dict[str, object]] = {}
    for number, one in enumerate(errors):
        first.setdefault(one.get("line", -1 - number), one)
    return list(first.values())[:ERRORS_MAX]


def _line_errors(
    error: LinesRefusedError, language: str
) -> Iterable[dict[str, object]]:
    for fault in error.faults:
        for found in errors_of(fault.error, language):
            yield {**found, "line": fault.line}


def _one(
    code: str,
    pointer: str,
    *,
    language: str,
    details: Mapping[str, str | int] = MappingProxyType({}),
) -> dict[str, object]:
    return {
        "pointer": pointer,
        "code": code,
        "detail": say(code, language, details=details),
    }


def respond(request: Request, error: Exception) -> Response:
    """Return the answer to a request that failed."""
    headers = headers_of(request.scope)
    return answer_to(request.scope, headers, error=error).as_response()


def answer_to(
    scope: Scope, headers: Mapping[bytes, bytes], *, error: Exception
) -> Answer:
    """Return the answer to a request, with these headers, that failed."""
    if isinstance(error, ClockJumpError):
        _LOG.warning("the clock jumped: nothing is written until SIGHUP confirms it")
    language = language_of(headers)
    status, problem = problem_of(error, language=language)
    problem["instance"] = scope["path"]
    problem["request_id"] = scope.get("request_id", "")
    told: Headers = [
        (b"content-language", language.encode()),
        (b"vary", b"Accept-Language"),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        told.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    if isinstance(error, requests.MethodError):
        told.append((b"allow", error.allow.encode("latin-1")))
    position = problem.get("decided_at_position")
    if isinstance(position, int):
        told.append((b"x-ledger-position", b"%d" % position))
    body = orjson.dumps(problem)
    media_type = MEDIA_TYPE.encode()
    return json_answer(status.value, body, headers=told, media_type=media_type)


def is_problem(error: Exception) -> bool:
    """Tell whether an error has an answer of its own, other than that we failed."""
    return isinstance(error, RefusedError) or type(error) in STATUS


def language_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the language that a request's headers prefer among ours."""
    return choose_language(headers.get(b"accept-language", b"").decode("latin-1"))


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return what a route may answer, for its OpenAPI document."""
    described: dict[int | str, dict[str, object]] = {}
    for number in statuses:
        status = HTTPStatus(number)
        codes = sorted(
            {
                str(getattr(kind, "code", "store-unavailable"))
                for kind, found in STATUS.items()
                if found is status
            }
        )
        described[number] = {"description": status.phrase}
        if codes:
            schema = {"$ref": "#/components/schemas/Problem"}
            described[number]["content"] = {MEDIA_TYPE: {"schema": schema}}
            described[number]["description"] = f"{status.phrase}: {', '.join(codes)}"
    return described
