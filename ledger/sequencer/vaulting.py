"""What goes to the vault before a group commits, and about whom it is."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from ledger.domain.rules.envelope import present
from ledger.domain.state import LotRecord, Slice
from ledger.domain.statements.accounts import AccountOpened
from ledger.domain.statements.appeals import AppealFiled
from ledger.domain.statements.awards import CreditAmended, CreditAwarded
from ledger.domain.statements.claims import ClaimFiled
from ledger.domain.statements.envelope import Statement
from ledger.lists.drafts import Draft
from ledger.vault.vault import Disclosed


class DisclosureVault(Protocol):
    """Where disclosures are kept."""

    def put(self, disclosed: Sequence[Disclosed]) -> None:
        """Keep all of them, in one transaction; repeatable.

        Raises:
            VaultUnavailableError: nothing is known to be kept.
        """
        ...


def disclosed(drafts: Sequence[Draft], state: Slice) -> Iterator[Disclosed]:
    """Return what the accepted drafts of a group disclose."""
    return (
        Disclosed(
            iss=draft.statement.iss,
            statement_id=draft.statement.id,
            payload_hash=draft.payload_hash,
            learner_id=_learner_of(draft.statement, state),
            disclosures=draft.disclosures,
            expires_at=draft.statement.exp,
        )
        for draft in drafts
        if draft.disclosures
    )


def _learner_of(statement: Statement, state: Slice) -> str:
    match statement:
        case AccountOpened(body=opened):
            return opened.learner_id
        case AppealFiled(body=filed):
            return filed.learner_id
        case CreditAwarded(body=awarded):
            return awarded.learner_id
        case ClaimFiled(body=filed):
            return filed.learner_id
        case CreditAmended(body=amended):
            return present(state, LotRecord, key=amended.award_id).learner_id
        case _:
            # Rather not accepted than its disclosures lost.
            raise LookupError(statement.type)
