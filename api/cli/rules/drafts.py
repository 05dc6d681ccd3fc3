"""Drafts of rules, policies and programmes: JSON files, read before they are sent."""

from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel, ValidationError

from client.errors import StatementFileError
from ledger.domain.statements.agreements import RuleProposedBody
from ledger.integrity import canonical
from ledger.integrity.errors import IntegrityError


def read_body(
    path: Path, shape: type[BaseModel], *, wanted: str
) -> Mapping[str, object]:
    """Read the body of a statement from a file, as it stands there.

    Raises:
        StatementFileError: it is not of that shape; the field is named.
    """
    raw = path.read_bytes()
    try:
        value = canonical.loads(raw)
        shape.model_validate_json(raw)
    except (IntegrityError, orjson.JSONDecodeError):
        raise StatementFileError(wanted=wanted, found="no plain JSON") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"]))
        found = f"/{place}: {first['msg']}"
        raise StatementFileError(wanted=wanted, found=found) from None
    if not isinstance(value, dict):
        raise StatementFileError(wanted=wanted, found="no JSON object")
    return value


def read_draft(path: Path) -> Mapping[str, object]:
    """Read a rule version that is to be proposed.

    Raises:
        StatementFileError: the file holds none.
    """
    return read_body(
        path, RuleProposedBody, wanted='a rule {"code", "version", "terms"}'
    )


def recogniser_of(draft: Mapping[str, object]) -> str:
    """Return who would recognise under a draft that was read."""
    terms = draft["terms"]
    return str(terms["recogniser"]) if isinstance(terms, dict) else ""
