"""Rules of learners' accounts and of what other members may do with them."""

from collections.abc import Iterable

from ledger.domain.errors import accounts as errors
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import answers_for, check_mandate, present
from ledger.domain.state import (
    AccountRecord,
    GrantRecord,
    MemberRecord,
    Record,
    Ref,
    RelationRecord,
    Slice,
)
from ledger.domain.statements.accounts import (
    AccountClaimed,
    AccountClosed,
    AccountMode,
    AccountOpened,
    RelationEnded,
    RelationOpened,
)


def account_stream(learner_id: str) -> str:
    """Return the stream of a learner's account."""
    return f"account:{learner_id}"


def known_account(state: Slice, learner_id: str, *, pointer: str) -> AccountRecord:
    """Return an account, open or closed.

    Raises:
        UnknownAccountError: never opened.
    """
    account = state.find(AccountRecord, learner_id)
    if account is None:
        raise errors.UnknownAccountError(pointer=pointer)
    return account


def open_account(state: Slice, learner_id: str, *, pointer: str) -> AccountRecord:
    """Return an account that is open.

    Raises:
        UnknownAccountError: never opened.
        AccountClosedError: closed since, or the account that answers for it is.
    """
    account = known_account(state, learner_id, pointer=pointer)
    current = account
    while current.merged_into is not None and not current.closed:
        current = present(state, AccountRecord, key=current.merged_into)
    if current.closed:
        raise errors.AccountClosedError(pointer=pointer)
    return account


def check_home(state: Slice, account: AccountRecord, *, iss: str, pointer: str) -> None:
    """Check that the issuer is the account's home member or its successor.

    Raises:
        NotTheHomeError: it is not.
    """
    if not answers_for(state, iss=iss, member_id=account.home):
        raise errors.NotTheHomeError(pointer=pointer)


def _decide_opening(act: Act[AccountOpened], state: Slice) -> None:
    body = act.statement.body
    if body.mode is not AccountMode.PROVISIONAL:
        check_mandate(act.statement)
    if state.find(AccountRecord, body.learner_id) is not None:
        raise errors.AccountExistsError(pointer="/body/learner_id")


def _evolve_opening(act: Act[AccountOpened], state: Slice) -> Iterable[Record]:
    del state
    body = act.statement.body
    yield AccountRecord(
        learner_id=body.learner_id,
        home=act.statement.iss,
        mode=body.mode,
        claimed=body.mode is AccountMode.SELF,
        closed=False,
        merged_into=None,
        opened_position=act.position,
    )


def _at_home(
    act: Act[AccountClaimed] | Act[AccountClosed], state: Slice
) -> AccountRecord:
    statement = act.statement
    pointer = "/body/learner_id"
    account = open_account(state, statement.body.learner_id, pointer=pointer)
    check_home(state, account, iss=statement.iss, pointer=pointer)
    return account


def _decide_claim(act: Act[AccountClaimed], state: Slice) -> None:
    check_mandate(act.statement)
    if _at_home(act, state).claimed:
        raise errors.AccountModeError(pointer="/body/learner_id")


def _evolve_claim(act: Act[AccountClaimed], state: Slice) -> Iterable[Record]:
    account = present(state, AccountRecord, key=act.statement.body.learner_id)
    yield AccountRecord(**{**dict(account), "claimed": True})


def _decide_closing(act: Act[AccountClosed], state: Slice) -> None:
    _at_home(act, state)


def _evolve_closing(act: Act[AccountClosed], state: Slice) -> Iterable[Record]:
    account = present(state, AccountRecord, key=act.statement.body.learner_id)
    yield AccountRecord(**{**dict(account), "closed": True})


def _relation_needs(statement: RelationOpened) -> Iterable[Ref]:
    body = statement.body
    return (
        Ref(RelationRecord, body.relation_id),
        Ref(AccountRecord, body.learner_id),
        Ref(MemberRecord, body.member_id),
        Ref(GrantRecord, (body.learner_id, body.member_id)),
    )


def _decide_relation(act: Act[RelationOpened], state: Slice) -> None:
    body = act.statement.body
    check_mandate(act.statement)
    account = open_account(state, body.learner_id, pointer="/body/learner_id")
    check_home(state, account, iss=act.statement.iss, pointer="/body/learner_id")
    if state.find(MemberRecord, body.member_id) is None:
        raise errors.RelationMemberError(pointer="/body/member_id")
    if body.until is not None and body.until < act.recorded_on:
        raise errors.RelationUntilError(pointer="/body/until")
    if state.find(RelationRecord, body.relation_id) is not None:
        raise errors.RelationExistsError(pointer="/body/relation_id")


def _evolve_relation(act: Act[RelationOpened], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    account = present(state, AccountRecord, key=body.learner_id)
    yield RelationRecord(
        relation_id=body.relation_id,
        learner_id=body.learner_id,
        home=account.home,
        member_id=body.member_id,
        scopes=body.scopes,
        until=body.until,
        ended=False,
    )
    grant = state.find(GrantRecord, (body.learner_id, body.member_id))
    before = () if grant is None else grant.relations
    yield GrantRecord(
        learner_id=body.learner_id,
        member_id=body.member_id,
        relations=(*before, body.relation_id),
    )


def _decide_end(act: Act[RelationEnded], state: Slice) -> None:
    check_mandate(act.statement)
    relation = state.find(RelationRecord, act.statement.body.relation_id)
    if relation is None or relation.ended:
        raise errors.UnknownRelationError(pointer="/body/relation_id")
    if not answers_for(state, iss=act.statement.iss, member_id=relation.home):
        raise errors.UnknownRelationError(pointer="/body/relation_id")


def _evolve_end(act: Act[RelationEnded], state: Slice) -> Iterable[Record]:
    relation = present(state, RelationRecord, key=act.statement.body.relation_id)
    yield RelationRecord(**{**dict(relation), "ended": True})


def _account_needs(
    statement: AccountOpened | AccountClaimed | AccountClosed,
) -> Iterable[Ref]:
    return (Ref(AccountRecord, statement.body.learner_id),)


OPENED: Rule[AccountOpened] = Rule(
    stream=lambda statement: account_stream(statement.body.learner_id),
    needs=_account_needs,
    decide=_decide_opening,
    evolve=_evolve_opening,
)
CLAIMED: Rule[AccountClaimed] = Rule(
    stream=lambda statement: account_stream(statement.body.learner_id),
    needs=_account_needs,
    decide=_decide_claim,
    evolve=_evolve_claim,
)
CLOSED: Rule[AccountClosed] = Rule(
    stream=lambda statement: account_stream(statement.body.learner_id),
    needs=_account_needs,
    decide=_decide_closing,
    evolve=_evolve_closing,
)
RELATION_OPENED: Rule[RelationOpened] = Rule(
    stream=lambda statement: f"relation:{statement.body.relation_id}",
    needs=_relation_needs,
    decide=_decide_relation,
    evolve=_evolve_relation,
)
RELATION_ENDED: Rule[RelationEnded] = Rule(
    stream=lambda statement: f"relation:{statement.body.relation_id}",
    needs=lambda statement: (Ref(RelationRecord, statement.body.relation_id),),
    decide=_decide_end,
    evolve=_evolve_end,
)
