"""The application over a bank: its routes, and how they fail."""

import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import errors
from api.balances import Balances
from api.bank import Bank
from api.checking import Checking
from api.door import Door
from api.frame import Frame, Framed
from api.pointers import faults_in
from api.posting import Posting
from api.problem_schema import PROBLEM_SCHEMA
from api.problems import respond
from api.routes import (
    agreements,
    cases,
    checkpoints,
    documents,
    graduation,
    learners,
    log,
    operations,
    options,
    oversight,
    plans,
    reconciliation,
    register,
    statements,
    tiles,
    trials,
)
from api.statuses import STATUS
from ledger.sequencer import RefusedError

LOOPBACK_NAMES: Final = frozenset({"localhost"})
METHOD_NOT_ALLOWED: Final = HTTPStatus.METHOD_NOT_ALLOWED
ROUTES: Final = (
    statements,
    learners,
    cases,
    options,
    graduation,
    documents,
    plans,
    register,
    trials,
    agreements,
    reconciliation,
    log,
    tiles,
    checkpoints,
    oversight,
    operations,
)
"""Every module of routes; the first that knows a path answers it."""


class PublicAddressError(Exception):
    """Access control does not exist yet: the server binds to loopback only."""


def create_app(
    bank: Bank, *, start: Callable[[], None] | None = None, door: Door | None = None
) -> Framed:
    """Return the application over an open bank, which it closes at its end.

    ``start`` starts it otherwise than one process does; ``door`` is one of several.
    """
    checking, balances = Checking(bank), Balances(bank)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        (start or bank.start)()
        checking.start()
        balances.start()
        yield
        balances.close()
        checking.close()
        bank.close()

    app = Framed(
        title="Skillbank",
        version="1",
        description="A bank for skill credits (技能学分“数字银行”).",
        docs_url=None,
        redoc_url=None,
        # A redirect would be an answer outside of the contract.
        redirect_slashes=False,
        lifespan=lifespan,
        # Learners' ids stand in addresses: nobody else is told of a request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.bank = bank
    app.state.door = door = door or Door()
    app.state.posting = posting = Posting(checking, door)
    app.frame = Frame(app.inside, bank=bank, posting=posting, balances=balances)
    for module in ROUTES:
        app.include_router(module.router)
    _answer_problems(app)
    _describe_problems(app)
    return app


def _answer_problems(app: FastAPI) -> None:
    for kind in (*STATUS, RefusedError):
        app.add_exception_handler(kind, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)


async def _failed(request: Request, error: Exception) -> Response:
    return respond(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return respond(request, errors.InvalidRequestError(faults_in(found)))


async def _unrouted(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == METHOD_NOT_ALLOWED:
        allow = (error.headers or {}).get("Allow", "")
        return respond(request, errors.MethodError(allow.replace("GET", "GET, HEAD")))
    return respond(request, errors.UnknownPathError())


def _describe_problems(app: FastAPI) -> None:
    original = app.openapi

    def openapi() -> dict[str, Any]:  # Any: plain JSON.
        document = original()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = dict(PROBLEM_SCHEMA)
        return document

    # The framework's own hook for changing the document.
    app.openapi = openapi  # type: ignore[method-assign]


def check_loopback(host: str) -> None:
    """Refuse to be reachable from elsewhere.

    Raises:
        PublicAddressError: not a loopback address.
    """
    if host in LOOPBACK_NAMES:
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise PublicAddressError(host)
