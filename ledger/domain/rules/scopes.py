"""Who may act on a learner's account: its home, and members with an open relation."""

from ledger.domain.errors.accounts import AccountProvisionalError
from ledger.domain.errors.exchanges import ScopeMissingError
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.state import AccountRecord, GrantRecord, RelationRecord, Slice
from ledger.domain.statements.accounts import AccountMode, Scope


def accounts_of(state: Slice, learner_id: str) -> tuple[AccountRecord, ...]:
    """Return all accounts of one learner, the one that answers for them first."""
    account = present(state, AccountRecord, key=learner_id)
    while account.merged_into is not None:
        account = present(state, AccountRecord, key=account.merged_into)
    found, pending = [account], list(account.absorbed)
    while pending:
        absorbed = present(state, AccountRecord, key=pending.pop(0))
        found.append(absorbed)
        pending.extend(absorbed.absorbed)
    return tuple(found)


def check_scope(
    state: Slice, *, learner_id: str, iss: str, scope: Scope, on: str
) -> None:
    """Check that a member may use the learner's accounts in this way on a date.

    Raises:
        ScopeMissingError: it is no home, and no open relation gives it the scope.
    """
    for account in accounts_of(state, learner_id):
        if answers_for(state, iss=iss, member_id=account.home):
            return
        grant = state.find(GrantRecord, (account.learner_id, iss))
        for relation_id in () if grant is None else grant.relations:
            relation = present(state, RelationRecord, key=relation_id)
            open_on = relation.until is None or on <= relation.until
            if scope in relation.scopes and open_on and not relation.ended:
                return
    raise ScopeMissingError(pointer="/iss", scope=scope.value)


def check_identified(
    state: Slice, learner_id: str, *, pointer: str = "/body/learner_id"
) -> None:
    """Check that a learner stands behind the accounts that are one.

    One of them suffices: a provisional account that was merged into a learner's own is
    that learner's.

    Raises:
        AccountProvisionalError: all of them are provisional, and none was claimed.
    """
    if not any(
        one.claimed or one.mode is not AccountMode.PROVISIONAL
        for one in accounts_of(state, learner_id)
    ):
        raise AccountProvisionalError(pointer=pointer)
