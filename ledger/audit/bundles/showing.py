"""Puts values that a learner chose to show beside the entries that hold their digests.

They come from the learner's own hands: a bundle takes nothing from a vault.
"""

from collections.abc import Iterable

import orjson

from ledger.audit.bundles.form import Line
from ledger.integrity.disclosures import digest_of
from ledger.integrity.entries import read_entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws


class UnknownDisclosureError(Exception):
    """No entry of the part holds the digest of a disclosure."""


class Showing:
    """Disclosures that wait for their entries."""

    def __init__(self, disclosures: Iterable[str]) -> None:
        """Take disclosures as they were handed over, base64url."""
        self._waiting = {digest_of(one): one for one in disclosures}

    @property
    def left(self) -> int:
        """How many found no entry yet."""
        return len(self._waiting)

    def add_to(self, line: Line) -> Line:
        """Return the line with the disclosures whose digests its body holds."""
        if not self._waiting:
            return line
        found = [one for one in _digests(line.raw()) if one in self._waiting]
        if not found:
            return line
        return line.replacing(disclosures=tuple(map(self._waiting.pop, found)))


def _digests(raw: bytes) -> list[str]:
    """Return the digests in an entry's body; none where it has no such body."""
    try:
        payload = read_entry(raw).member_bytes
        if not payload.startswith(b"{"):
            payload = read_jws(payload, typ=STATEMENT_TYP).payload
        return list(orjson.loads(payload)["body"].get("_sd", ()))
    except (IntegrityError, ValueError, LookupError):
        return []
