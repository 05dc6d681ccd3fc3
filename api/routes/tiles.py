"""The published log (C2SP tlog-tiles): checkpoint, hash tiles, entry bundles.

Nothing here goes beyond the published checkpoint. Tiles and bundles are made from the
store, which holds the same bytes as the published files and spares a second copy of all
entries.
"""

import gzip
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from api.errors import UnknownPathError
from api.problems import responses
from api.reading import Simple, bank_of
from ledger.integrity.tile_names import TileName, read_tile_path
from ledger.publishing.layout import Resources

router = APIRouter(tags=["log"])

_FOR_EVER: Final = "max-age=31536000, immutable"
_BYTES: Final = "application/octet-stream"


@router.get(
    "/log/checkpoint",
    response_class=PlainTextResponse,
    responses=responses(200, 422, 503),
)
def read_checkpoint(request: Request, asked: Simple) -> Response:
    """Return the newest published checkpoint, with the cosignatures known for it."""
    bank = bank_of(request)
    head = bank.published(min_position=_least(asked))
    headers = {"X-Ledger-Position": str(head.size - 1)}
    return PlainTextResponse(bank.cosigned(head), headers=headers)


@router.get(
    "/log/tile/{path:path}",
    response_class=Response,
    responses={
        **responses(404, 422, 503),
        200: {"description": "OK", "content": {_BYTES: {}}},
    },
)
def read_tile(request: Request, path: str, asked: Simple) -> Response:
    """Return a hash tile, or under ``entries`` the entries of one, in one spelling."""
    name = _named(request, path)
    bank = bank_of(request)
    head = bank.published(min_position=_least(asked))
    if name is None or not name.is_within(head.size):
        raise UnknownPathError
    store = bank.store
    content = Resources(store, store.log.tree.read_tile).read(name)
    headers = {"X-Ledger-Position": str(head.size - 1)}
    if not name.is_entries:
        headers["Cache-Control"] = f"public, {_FOR_EVER}"
        return Response(content, headers=headers, media_type=_BYTES)
    # Not for caches that others share: who may read entries will be asked.
    headers |= {"Cache-Control": f"private, {_FOR_EVER}", "Vary": "Accept-Encoding"}
    if _takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, 1, mtime=0)
    return Response(content, headers=headers, media_type=_BYTES)


def _least(asked: Simple) -> int:
    return -1 if asked.min_position is None else asked.min_position


def _named(request: Request, path: str) -> TileName | None:
    """Return what is asked for, if it is asked for byte by byte as it is spelt."""
    spelt = request.scope.get("raw_path", b"").partition(b"?")[0]
    name = read_tile_path(f"tile/{path}")
    if name is None or spelt != f"/log/{name.path()}".encode():
        return None
    return name


def _takes_gzip(request: Request) -> bool:
    for one in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = one.replace(" ", "").partition(";")
        if coding == "gzip":
            return weight not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
