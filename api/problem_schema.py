"""What a problem looks like in the OpenAPI document."""

from collections.abc import Mapping
from typing import Final

TOLD: Final = frozenset(
    {"position", "award", "expected", "left_milli", "limit_milli", "reason", "digest"}
    | {"limit", "origin", "allowed_milli", "reached_milli", "room_milli", "last_milli"}
    | {"status", "revision", "member", "role", "scope", "root", "lot", "expired_on"}
    | {"component", "name", "at_least"}
)
"""Facts that a program acts on; the rest is in the text."""

PROBLEM_SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "line": {"type": "integer"},
                },
            },
        },
        "decided_at_position": {"type": "integer"},
        "refusal": {"type": "string", "description": "JWS by the service key"},
    },
}
