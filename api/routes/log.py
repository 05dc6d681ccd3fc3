"""The log itself: proofs, raw entries, schemas. Tiles stand in ``tiles``."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import PlainTextResponse, Response

from api.errors import NoSuchPositionError, NoSuchSchemaError
from api.problems import responses
from api.reading import LIMIT_DEFAULT, LIMIT_MAX, Asked, Simple, answer, bank_of
from ledger.domain.statements import BY_NAME
from ledger.integrity.encoding import b64encode
from ledger.integrity.merkle import Frontier
from ledger.integrity.notes_proof import NoteProof
from ledger.integrity.proofs import frontier_at, prove_consistency, prove_inclusion
from ledger.store.heads import Head

router = APIRouter(tags=["log"])

_Size = Annotated[int, Field(ge=1, lt=2**53)]
Position = Annotated[int, Path(ge=0, lt=2**53)]


class AskedOfEntries(Asked):
    """A run of entries."""

    after: Annotated[int, Field(ge=-1, lt=2**53)] = -1
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT


class AskedOfInclusion(Asked):
    """The tree to prove in; by default the newest."""

    size: _Size | None = None
    format: Literal["json", "tlog-proof"] = "json"


class AskedOfConsistency(Asked):
    """The two trees to compare."""

    from_: Annotated[int, Field(ge=1, lt=2**53, alias="from")]
    to: _Size


@router.get("/v1/proofs/inclusion/{position}", responses=responses(200, 404, 422, 503))
def read_inclusion(
    request: Request, position: Position, asked: Annotated[AskedOfInclusion, Query()]
) -> Response:
    """Prove that an entry is in the log at its position, in JSON or as C2SP text."""
    head = _head(request, asked)
    if asked.format == "tlog-proof":
        return _text_of(request, position, head=head, size=asked.size)
    size = asked.size or head.size
    if position >= size or size > head.size:
        raise NoSuchPositionError(pointer="/path/position")
    read_node = bank_of(request).store.node_reader()
    proof = prove_inclusion(position, size, read_node=read_node)
    content: dict[str, Any] = {  # Any: plain JSON.
        "size": size,
        "leaf_hash": b64encode(read_node(0, position)),
        "path": [b64encode(one) for one in proof.path],
        "root": b64encode(_frontier(head, size, request=request).root()),
    }
    if size == head.size:
        content["checkpoint"] = head.note
    body = orjson.dumps({"position": position, **content})
    headers = {"X-Ledger-Position": str(head.size - 1)}
    return Response(body, headers=headers, media_type="application/json")


def _text_of(
    request: Request, position: int, *, head: Head, size: int | None
) -> Response:
    """Return a proof under a checkpoint: the newest published one, or of a size.

    Raises:
        NoSuchPositionError: the log is not that long, or no checkpoint has this size.
        NotCaughtUpError: the entry is not published yet.
    """
    bank = bank_of(request)
    if position >= (size or head.size):
        raise NoSuchPositionError(pointer="/path/position")
    under = (
        bank.published(min_position=position)
        if size is None
        else bank.store.log.head_of(size)
    )
    if under is None:
        raise NoSuchPositionError(pointer="/query/size")
    read_node = bank.store.node_reader()
    proof = prove_inclusion(position, under.size, read_node=read_node)
    note = bank.cosigned(under)
    text = NoteProof(index=position, path=proof.path, note=note).text()
    headers = {"X-Ledger-Position": str(head.size - 1)}
    return PlainTextResponse(text, headers=headers)


@router.get("/v1/proofs/consistency", responses=responses(200, 404, 422, 503))
def read_consistency(
    request: Request, asked: Annotated[AskedOfConsistency, Query()]
) -> Response:
    """Prove that a later tree only appended to an earlier one."""
    head = _head(request, asked)
    if not asked.from_ <= asked.to <= head.size:
        raise NoSuchPositionError(pointer="/query/to")
    read_node = bank_of(request).store.node_reader()
    proof = prove_consistency(asked.from_, asked.to, read_node=read_node)
    content = {
        "from": asked.from_,
        "to": asked.to,
        "first_root": b64encode(_frontier(head, asked.from_, request=request).root()),
        "second_root": b64encode(_frontier(head, asked.to, request=request).root()),
        "path": [b64encode(one) for one in proof.path],
    }
    return answer(content, position=head.size - 1)


@router.get("/v1/entries", responses=responses(200, 422, 503))
def read_entries(
    request: Request, asked: Annotated[AskedOfEntries, Query()]
) -> Response:
    """Return raw history: entry bytes in base64url, and the newest checkpoint."""
    head = _head(request, asked)
    store = bank_of(request).store
    found = store.read_entries(after=asked.after, limit=asked.limit)
    entries = [one for one in found if one.position < head.size]
    content: dict[str, Any] = {  # Any: plain JSON.
        "entries": [
            {"position": one.position, "entry": b64encode(one.raw)} for one in entries
        ],
        "checkpoint": head.note,
    }
    next_url = None
    if entries and entries[-1].position < head.size - 1:
        content["next_after"] = entries[-1].position
        next_url = f"/v1/entries?after={entries[-1].position}&limit={asked.limit}"
    return answer(content, position=head.size - 1, next_url=next_url)


@router.get("/v1/schemas", responses=responses(200, 422, 503))
def read_schemas(request: Request, asked: Simple) -> Response:
    """Return the names of all statement types."""
    head = _head(request, asked)
    return answer({"types": sorted(BY_NAME)}, position=head.size - 1)


@router.get("/v1/schemas/{type_name}", responses=responses(200, 404, 422, 503))
def read_schema(
    request: Request,
    type_name: Annotated[str, Path(max_length=100)],
    asked: Simple,
) -> Response:
    """Return the JSON Schema of one statement type."""
    statement = BY_NAME.get(type_name)
    if statement is None:
        raise NoSuchSchemaError(pointer="/path/type_name")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:skillbank:statement:{type_name}",
        **statement.model_json_schema(by_alias=True),
    }
    headers = {"X-Ledger-Position": str(_head(request, asked).size - 1)}
    return Response(
        orjson.dumps(schema), headers=headers, media_type="application/schema+json"
    )


def _head(request: Request, asked: Asked) -> Head:
    head = bank_of(request).head(min_position=asked.min_position or -1)
    if head is None:
        raise NoSuchPositionError
    return head


def _frontier(head: Head, size: int, *, request: Request) -> Frontier:
    if size == head.size:
        return head.frontier
    return frontier_at(size, bank_of(request).store.node_reader())
