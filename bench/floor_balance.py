"""The floor under reading a balance: one sum in SQL through the same framework."""

import argparse

import orjson
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text
from starlette.responses import Response

from ledger.database import open_engine
from ledger.store.short_ids import short_id

_QUERY = text(
    "SELECT issuer, COUNT(*), SUM(awarded_milli), SUM(available_milli),"
    " COALESCE(SUM(held_milli), 0), COALESCE(SUM(exchanged_milli), 0),"
    " COALESCE(SUM(redeemed_milli), 0), COALESCE(SUM(expired_milli), 0),"
    " COALESCE(SUM(revoked_milli), 0)"
    " FROM state_lots WHERE learner_id = :learner_id GROUP BY issuer"
)


def create_app(url: str) -> FastAPI:
    """Return the application over a bank's database."""
    engine = open_engine(url)
    app = FastAPI()

    @app.get("/v1/learners/{learner_id}/balance")
    def read(learner_id: str) -> Response:
        with engine.connect() as connection:
            found = connection.execute(_QUERY, {"learner_id": short_id(learner_id)})
            rows = [[row[0], *map(int, row[1:])] for row in found]
        body = orjson.dumps({"learner_id": learner_id, "issued": rows})
        return Response(body, media_type="application/json")

    return app


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    uvicorn.run(
        create_app(asked.url),
        host="127.0.0.1",
        port=asked.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
