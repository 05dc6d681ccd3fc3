"""Claims as answers show them: what is asked of whom, and what came of it."""

from sqlalchemy import Connection

from ledger.domain.rules.claimed import OPEN
from ledger.domain.state import ClaimRecord, ClaimStatus
from projections.cases.queries import Answer, entries_at
from projections.cases.versions import record_at, versions_of
from projections.holders import Ledger


def claim_shown(record: ClaimRecord) -> Answer:
    """Return a claim, and whom it waits for; keyed hashes stay where they are."""
    shown: Answer = record.model_dump(mode="json", exclude={"tags"})
    return {**shown, "desk": _desk(record)}


def _desk(record: ClaimRecord) -> Answer | None:
    """Return whom a claim waits for: the attester, or whoever filed it."""
    if record.status not in OPEN:
        return None
    if record.status is ClaimStatus.RETURNED:
        return {"member": record.filed_by, "due_on": None}
    return {"member": record.attester, "due_on": record.due_on}


def claim(
    state: Ledger, connection: Connection, *, claim_id: str, position: int
) -> Answer | None:
    """Return one claim with everything that was said in it; None if there is none."""
    record = record_at(connection, ClaimRecord, key=claim_id, position=position)
    if record is None:
        return None
    versions = versions_of(connection, ClaimRecord, key=claim_id, position=position)
    said = [where for where, _ in versions]
    return {
        **claim_shown(record),
        "entries": entries_at(state, connection, positions=said),
    }
