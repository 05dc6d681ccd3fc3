"""A log as a plain list of what was said, read from its bytes."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.e2e.naive_cases import Json


@dataclass(frozen=True, kw_only=True)
class Said:
    """One entry: what was said, where and when."""

    position: int
    recorded_at: str
    recorded_on: str
    kid: str
    type: str
    iss: str
    body: Json
    payload: Json


def read_log(entries: Iterable[bytes]) -> list[Said]:
    """Read every entry's bytes; batch headers are left out."""
    said: list[Said] = []
    header_kid = ""
    for raw in entries:
        line, _, member = raw.partition(b"\n")
        bank = json.loads(line)
        if "batch" in bank:
            payload, kid = json.loads(member), header_kid
        else:
            head, body = (_part(one) for one in member.split(b".")[:2])
            payload, kid = body, head["kid"]
            if head["typ"] == "skillbank-batch+json":
                header_kid = kid
                continue
        local = datetime.fromisoformat(bank["recorded_at"]) + timedelta(hours=8)
        said.append(
            Said(
                position=bank["position"],
                recorded_at=bank["recorded_at"],
                recorded_on=f"{local:%Y-%m-%d}",
                kid=kid,
                type=payload["type"],
                iss=payload["iss"],
                body=payload["body"],
                payload=payload,
            )
        )
    return said


def _part(encoded: bytes) -> Json:
    padded = encoded + b"=" * (-len(encoded) % 4)
    value: Json = json.loads(base64.urlsafe_b64decode(padded))
    return value
