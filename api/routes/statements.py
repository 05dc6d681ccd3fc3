"""Posting statements and batches, and finding out what became of them."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.answers import headers_of
from api.errors import NoSuchStatementError
from api.posting import BATCH, PATH, SINGLE, Posting, as_object, last_position
from api.problems import problem_of, responses
from api.reading import PRINTABLE, Simple, bank_of
from api.witnessed import witnessed_since
from api.wording import choose_language
from ledger.domain.state import StatementRecord

router = APIRouter(tags=["statements"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            SINGLE: {"schema": {"type": "string", "description": "A JWS (RFC 7515)"}},
            BATCH: {"schema": {"type": "string", "description": "A signed batch"}},
        },
    }
}


NamePart = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


@router.post(
    PATH,
    status_code=201,
    openapi_extra=_BODY,
    responses=responses(201, 400, 403, 408, 409, 413, 415, 422, 503),
)
async def post_statements(
    request: Request, asked: Annotated[Nothing, Query()]
) -> Response:
    """Accept one signed statement, or one batch; the answer is its receipt."""
    del asked
    # A post without a query is answered by the frame and does not come here.
    posting: Posting = request.app.state.posting
    answer = await posting.accept(headers_of(request.scope), request.receive)
    return answer.as_response()


@router.get("/v1/statements/{iss}/{identity}", responses=responses(200, 404, 422, 503))
def read_statement(
    request: Request, iss: NamePart, identity: NamePart, asked: Simple
) -> Response:
    """Tell what became of a statement or batch, for a caller that lost the answer."""
    bank = bank_of(request)
    bank.head(min_position=asked.min_position or -1)
    headers = {}
    record = bank.store.load("statements", [(iss, identity)]).get((iss, identity))
    if isinstance(record, StatementRecord):
        receipt = bank.receipts.receipt(record.position, identity=identity)
        content: dict[str, object] = {
            "outcome": "accepted",
            "position": record.position,
            "receipt": as_object(receipt),
        }
        position = last_position(receipt)
        witnessed = witnessed_since(bank, position)
        if witnessed is not None:
            content["witnessed"] = witnessed
    else:
        refusal = bank.sequencer.find_refusal(iss=iss, identity=identity)
        if refusal is None:
            raise NoSuchStatementError(pointer="/path/identity")
        language = choose_language(request.headers.get("accept-language", ""))
        _, problem = problem_of(refusal, language=language)
        content = {"outcome": "refused", **problem}
        position = refusal.decided_at_position
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
    headers["X-Ledger-Position"] = str(position)
    return Response(
        orjson.dumps(content), headers=headers, media_type="application/json"
    )
