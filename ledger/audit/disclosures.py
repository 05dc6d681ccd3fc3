"""Holds what a vault discloses against the digests in the log, and shows no value."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.audit.findings import DisclosureFigures, Finding
from ledger.audit.replay import AnyAct
from ledger.domain.rules.batches import BatchAct
from ledger.domain.statements.envelope import DisclosingBody

_Name = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of one statement, by digests; None where it cannot be opened.

    ``settled`` tells that the log is said to hold the statement; another may still be
    on its way into the log, or have expired.
    """

    iss: str
    statement_id: str
    payload_hash: str
    digests: frozenset[str] | None
    settled: bool


class DisclosureCheck:
    """Takes what is held first, so that the log read after it knows all of it."""

    def __init__(self, held: Iterable[Held]) -> None:
        """Stand before entry 0."""
        self._held: dict[_Name, list[Held]] = {}
        for one in held:
            name = (one.iss, one.statement_id, one.payload_hash)
            self._held.setdefault(name, []).append(one)
        self._disclosed = 0
        self._undisclosed = 0
        self.findings: list[Finding] = []

    @property
    def figures(self) -> DisclosureFigures:
        """How many digests have a disclosure, and how many have none."""
        return DisclosureFigures(
            disclosed=self._disclosed, undisclosed=self._undisclosed
        )

    def take(self, act: AnyAct) -> None:
        """Compare one statement's digests with what is held of it."""
        if isinstance(act, BatchAct):
            return
        statement, body = act.statement, act.statement.body
        said = frozenset(body.sd if isinstance(body, DisclosingBody) else ())
        name = (statement.iss, statement.id, act.payload_hash)
        found: set[str] = set()
        for held in self._held.pop(name, ()):
            if held.digests is None:
                self._report(act.position, "disclosure-unreadable")
            else:
                found |= held.digests
        if found - said:
            count = len(found - said)
            self._report(act.position, "disclosure-differs", detail=f"{count} of them")
        self._disclosed += len(found & said)
        self._undisclosed += len(said - found)

    def finish(self, size: int) -> None:
        """Report what is held as if the log had it, and the log has not."""
        for (iss, statement_id, _), held in sorted(self._held.items()):
            if any(one.settled for one in held):
                detail = f"{statement_id} of {iss}"
                self._report(size, "disclosure-without-entry", detail=detail)

    def _report(self, position: int, code: str, *, detail: str = "") -> None:
        self.findings.append(Finding(position=position, code=code, detail=detail))
