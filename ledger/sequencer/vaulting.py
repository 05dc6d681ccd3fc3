"""What goes to the vault before a group commits, and about whom it is."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from ledger.domain.state import LotRecord, Slice
from ledger.domain.statements.accounts import AccountOpened
from ledger.domain.statements.awards import CreditAmended, CreditAwarded
from ledger.domain.statements.envelope import Statement
from ledger.intake import Draft
from ledger.vault.vault import Disclosed


class DisclosureVault(Protocol):
    """Where disclosures are kept."""

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep all of them, in one transaction; repeatable."""
        ...


def disclosed(drafts: Sequence[Draft], state: Slice) -> Iterator[Disclosed]:
    """Return what the accepted drafts of a group disclose."""
    for draft in drafts:
        if not draft.disclosures:
            continue
        learner_id = _learner_of(draft.statement, state)
        if learner_id is not None:
            yield Disclosed(
                iss=draft.statement.iss,
                statement_id=draft.statement.id,
                payload_hash=draft.payload_hash,
                learner_id=learner_id,
                disclosures=draft.disclosures,
                expires_at=draft.statement.exp,
            )


def _learner_of(statement: Statement, state: Slice) -> str | None:
    match statement:
        case AccountOpened(body=opened):
            return opened.learner_id
        case CreditAwarded(body=awarded):
            return awarded.learner_id
        case CreditAmended(body=amended):
            lot = state.find(LotRecord, amended.award_id)
            return None if lot is None else lot.learner_id
        case _:
            return None
