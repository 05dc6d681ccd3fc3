"""Whether the bank is alive and ready, and its documentation, served from here."""

from importlib.resources import files
from typing import Final

import orjson
from fastapi import APIRouter, Request
from sqlalchemy.exc import DBAPIError
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from api.bank import Bank, NotCaughtUpError
from api.door import door_lines
from api.errors import UnknownPathError
from api.problems import responses
from api.reading import bank_of
from api.witness_asking import witness_lines
from ledger.store.reader import StoreUnavailableError

LAG_READY_MAX: Final = 10_000
"""Entries that projections may be behind while the bank still calls itself ready."""

router = APIRouter(tags=["operations"])

_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_START: Final = """\
window.onload = () => SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui",
  validatorUrl: null});
"""
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Skillbank API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""


@router.get("/healthz", responses=responses(200))
def read_health() -> Response:
    """Tell that the process is alive."""
    return Response(orjson.dumps({"status": "ok"}), media_type="application/json")


@router.get("/readyz", responses=responses(200, 503))
def read_readiness(request: Request) -> Response:
    """Tell whether the store answers, writes, and has the projections near it."""
    request.app.state.door.pulse.check()
    position, projected = _positions(bank_of(request))
    lag = position - projected
    if lag > LAG_READY_MAX:
        raise NotCaughtUpError
    content: dict[str, object] = {"status": "ready", "position": position, "lag": lag}
    gatherer = bank_of(request).gatherer
    if gatherer is not None:
        # An alarm stops no posting: whoever watches the bank must see it, and act.
        content["witness_alarms"] = len(gatherer.kept.alarms())
    headers = {"X-Ledger-Position": str(position)}
    return Response(
        orjson.dumps(content), headers=headers, media_type="application/json"
    )


@router.get("/metrics", response_class=PlainTextResponse, responses=responses(200, 503))
def read_metrics(request: Request) -> Response:
    """Return how far log and projections are (Prometheus text format 0.0.4)."""
    bank = bank_of(request)
    position, projected = _positions(bank)
    published = bank.publisher.published()
    size, is_stopped = published.size if published else 0, bank.publisher.fault
    lines = [
        *door_lines(request.app.state.door),
        "# HELP skillbank_log_entries Entries in the log.",
        "# TYPE skillbank_log_entries gauge",
        f"skillbank_log_entries {position + 1}",
        "# HELP skillbank_published_entries Entries under the published checkpoint.",
        "# TYPE skillbank_published_entries gauge",
        f"skillbank_published_entries {size}",
        "# HELP skillbank_publishing_stopped 1 when the log's folder is at fault.",
        "# TYPE skillbank_publishing_stopped gauge",
        f"skillbank_publishing_stopped {int(is_stopped is not None)}",
        "# HELP skillbank_projected_entries Entries that the projections have seen.",
        "# TYPE skillbank_projected_entries gauge",
        f"skillbank_projected_entries {projected + 1}",
        *witness_lines(bank_of(request).gatherer),
        "",
    ]
    headers = {"X-Ledger-Position": str(position)}
    media_type = "text/plain; version=0.0.4"
    return Response("\n".join(lines), headers=headers, media_type=media_type)


def _positions(bank: Bank) -> tuple[int, int]:
    """Return the newest position of the log, and of the projections.

    Raises:
        StoreUnavailableError: a database does not answer.
    """
    head = bank.head()
    try:
        projected = bank.runner.position()
    except DBAPIError as error:
        raise StoreUnavailableError(type(error).__name__) from error
    return -1 if head is None else head.size - 1, projected


@router.get("/docs", include_in_schema=False)
def read_docs() -> Response:
    """Return the interactive documentation."""
    return HTMLResponse(_PAGE)


@router.get("/docs/assets/{name}", include_in_schema=False)
def read_asset(name: str) -> Response:
    """Return a part of the documentation's page, from this machine."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _ASSETS:
        raise UnknownPathError
    folder = files("fastapi_swagger") / "resources"
    return Response((folder / name).read_bytes(), media_type=_ASSETS[name])
