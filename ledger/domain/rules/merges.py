"""Rules of merges: in effect once both homes and the operator have signed.

Nothing moves in the log. The survivor answers for the absorbed account until the same
parties sign that the merge is undone.
"""

from collections.abc import Iterable
from typing import Final

from ledger.domain.errors import accounts as errors
from ledger.domain.rules.accounts import known_account, open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.state import (
    AccountRecord,
    LedgerRecord,
    MergeRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.accounts import AccountsMerged, AccountsUnmerged

MERGING: Final = "merging"
MERGED: Final = "merged"
UNMERGING: Final = "unmerging"
UNMERGED: Final = "unmerged"


def merge_stream(statement: AccountsMerged | AccountsUnmerged) -> str:
    """Return the stream of a merge."""
    return f"merge:{statement.body.merge_id}"


def _parties(survivor: str, absorbed: str, *, state: Slice) -> tuple[str, ...]:
    homes = (
        present(state, AccountRecord, key=survivor).home,
        present(state, AccountRecord, key=absorbed).home,
    )
    return (*homes, present(state, LedgerRecord, key=0).operator)


def _speaks_for(iss: str, *, parties: Iterable[str], state: Slice) -> frozenset[str]:
    return frozenset(
        party for party in parties if answers_for(state, iss=iss, member_id=party)
    )


def _merge_needs(statement: AccountsMerged) -> Iterable[Ref]:
    body = statement.body
    return (
        Ref(MergeRecord, body.merge_id),
        Ref(AccountRecord, body.survivor),
        Ref(AccountRecord, body.absorbed),
    )


def _decide_merge(act: Act[AccountsMerged], state: Slice) -> None:
    body = act.statement.body
    survivor = known_account(state, body.survivor, pointer="/body/survivor")
    absorbed = known_account(state, body.absorbed, pointer="/body/absorbed")
    open_account(state, body.survivor, pointer="/body/survivor")
    open_account(state, body.absorbed, pointer="/body/absorbed")
    parties = _parties(body.survivor, body.absorbed, state=state)
    speaks_for = _speaks_for(act.statement.iss, parties=parties, state=state)
    if not speaks_for:
        raise errors.MergePartyError(pointer="/iss")
    merge = state.find(MergeRecord, body.merge_id)
    if merge is not None:
        if (merge.survivor, merge.absorbed) != (body.survivor, body.absorbed):
            raise errors.MergeDiffersError(pointer="/body/merge_id")
        if merge.status != MERGING or speaks_for <= set(merge.signed_by):
            raise errors.MergeStateError(pointer="/body/merge_id")
    if body.survivor == body.absorbed or survivor.merged_into or absorbed.merged_into:
        raise errors.AccountMergedError(pointer="/body/absorbed")


def _evolve_merge(act: Act[AccountsMerged], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    merge = state.find(MergeRecord, body.merge_id)
    parties = _parties(body.survivor, body.absorbed, state=state)
    before = () if merge is None else merge.signed_by
    signed_by = _signed(before, act.statement.iss, parties=parties, state=state)
    complete = set(parties) <= set(signed_by)
    yield MergeRecord(
        merge_id=body.merge_id,
        survivor=body.survivor,
        absorbed=body.absorbed,
        status=MERGED if complete else MERGING,
        signed_by=signed_by,
        merged_position=act.position if complete else None,
        unmerged_position=None,
    )
    if complete:
        absorbed = present(state, AccountRecord, key=body.absorbed)
        yield AccountRecord(**{**dict(absorbed), "merged_into": body.survivor})
        survivor = present(state, AccountRecord, key=body.survivor)
        both = (*survivor.absorbed, body.absorbed)
        yield AccountRecord(**{**dict(survivor), "absorbed": both})


def _signed(
    before: tuple[str, ...], iss: str, *, parties: tuple[str, ...], state: Slice
) -> tuple[str, ...]:
    added = _speaks_for(iss, parties=parties, state=state) - set(before)
    return (*before, *sorted(added))


def _decide_unmerge(act: Act[AccountsUnmerged], state: Slice) -> None:
    merge = state.find(MergeRecord, act.statement.body.merge_id)
    if merge is None or merge.status not in {MERGED, UNMERGING}:
        raise errors.MergeStateError(pointer="/body/merge_id")
    parties = _parties(merge.survivor, merge.absorbed, state=state)
    speaks_for = _speaks_for(act.statement.iss, parties=parties, state=state)
    if not speaks_for:
        raise errors.MergePartyError(pointer="/iss")
    if merge.status == UNMERGING and speaks_for <= set(merge.signed_by):
        raise errors.MergeStateError(pointer="/body/merge_id")


def _evolve_unmerge(act: Act[AccountsUnmerged], state: Slice) -> Iterable[Record]:
    merge = present(state, MergeRecord, key=act.statement.body.merge_id)
    parties = _parties(merge.survivor, merge.absorbed, state=state)
    before = merge.signed_by if merge.status == UNMERGING else ()
    signed_by = _signed(before, act.statement.iss, parties=parties, state=state)
    complete = set(parties) <= set(signed_by)
    status = UNMERGED if complete else UNMERGING
    yield MergeRecord(
        **{
            **dict(merge),
            "status": status,
            "signed_by": signed_by,
            "unmerged_position": act.position if complete else None,
        }
    )
    if complete:
        absorbed = present(state, AccountRecord, key=merge.absorbed)
        yield AccountRecord(**{**dict(absorbed), "merged_into": None})
        survivor = present(state, AccountRecord, key=merge.survivor)
        rest = tuple(one for one in survivor.absorbed if one != merge.absorbed)
        yield AccountRecord(**{**dict(survivor), "absorbed": rest})


MERGED_RULE: Rule[AccountsMerged] = Rule(
    stream=merge_stream,
    needs=_merge_needs,
    decide=_decide_merge,
    evolve=_evolve_merge,
)
UNMERGED_RULE: Rule[AccountsUnmerged] = Rule(
    stream=merge_stream,
    needs=lambda statement: (Ref(MergeRecord, statement.body.merge_id),),
    decide=_decide_unmerge,
    evolve=_evolve_unmerge,
)
