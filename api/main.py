"""The composition root: a bank, its routes, and the server that carries them."""

import asyncio
import ipaddress
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import uvicorn
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
from api.settings import Settings
from api.statuses import STATUS
from ledger.sequencer import RefusedError
from projections.apart import Apart
from projections.runner import Elsewhere

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


def create_app(bank: Bank, *, following: Elsewhere | None = None) -> FastAPI:
    """Return the application over an open bank, which it closes at its end.

    ``following`` is another process that keeps the bank's projections.
    """
    checking, balances = Checking(bank), Balances(bank)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        bank.start(following)
        checking.start()
        balances.start()
        _hear_operator(bank)
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
    app.state.door = door = Door()
    app.state.posting = posting = Posting(checking, door)
    app.frame = Frame(app.inside, bank=bank, posting=posting, balances=balances)
    for module in ROUTES:
        app.include_router(module.router)
    for kind in (*STATUS, RefusedError):
        app.add_exception_handler(kind, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)
    _describe_problems(app)
    return app


def _hear_operator(bank: Bank) -> None:
    """Let the operator confirm the clock by SIGHUP, which comes from this machine."""
    # Signals reach the main thread only; a bank in another belongs to a demo or a test.
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, bank.confirm_clock)


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


def run_server(
    settings: Settings, *, processes: int, host: str, port: int, uds: str | None = None
) -> None:
    """Serve a bank until it is told to stop; SIGHUP confirms the machine's clock.

    With more than one of ``processes`` another one keeps the projections.

    Raises:
        PublicAddressError: ``host`` is not a loopback address.
        NotFoundedError: there is no ledger yet.
    """
    if uds is None:
        check_loopback(host)
    with ExitStack() as closing:
        following = None
        if processes > 1:
            following = Apart.fork(
                database_url=settings.database_url,
                projections_url=settings.projections_url,
            )
            closing.callback(following.close)
        uvicorn.run(
            create_app(Bank(settings), following=following),
            host=host,
            port=port,
            uds=uds,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Nobody stands between: what a header says of the caller is not believed.
            proxy_headers=False,
            timeout_graceful_shutdown=10,
        )
