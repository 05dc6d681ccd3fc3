"""Which checkpoints witnesses cosigned, and whether that is a quorum."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.problems import responses
from api.reading import LIMIT_DEFAULT, LIMIT_MAX, Asked, answer, bank_of
from api.witnessed import as_line

router = APIRouter(tags=["log"])


class AskedOfCheckpoints(Asked):
    """A run of checkpoints, newest first: those of fewer than ``before`` entries."""

    before: Annotated[int, Field(ge=1, lt=2**53)] = 2**53 - 1
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT


@router.get("/v1/checkpoints", responses=responses(200, 422, 503))
def read_checkpoints(
    request: Request, asked: Annotated[AskedOfCheckpoints, Query()]
) -> Response:
    """List the cosigned checkpoints: size, root, instant, witnesses, quorum or not."""
    bank = bank_of(request)
    head = bank.head(min_position=asked.min_position or -1)
    position = -1 if head is None else head.size - 1
    content: dict[str, Any] = {"checkpoints": []}  # Any: plain JSON.
    if bank.gatherer is None:
        return answer(content, position=position)
    kept = bank.gatherer.kept
    sizes = kept.sizes(below=asked.before, limit=asked.limit + 1)
    shown = sizes[: asked.limit]
    found = [bank.gatherer.witnessed(size) for size in shown]
    content["checkpoints"] = [as_line(one) for one in found if one is not None]
    next_url = None
    if len(sizes) > len(shown):
        content["next_before"] = shown[-1]
        next_url = f"/v1/checkpoints?before={shown[-1]}&limit={asked.limit}"
    return answer(content, position=position, next_url=next_url)
