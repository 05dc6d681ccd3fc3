"""Refusals about accounts, merges and relations."""

from ledger.domain.errors import accounts
from ledger.domain.errors import statements as s
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    STRANGER,
    admitted,
    award,
)
from tests.scenario.cases import (
    AWARDED,
    CLAIMED,
    CLOSED,
    MERGED,
    MERGING,
    RELATED,
    RELATION,
    SECOND_ID,
    case,
    merge,
    relation,
    say,
    unmerge,
)

ACCOUNTS = [
    case(
        accounts.AccountExistsError,
        "/body/learner_id",
        when=say(
            SCHOOL,
            "account.opened",
            body={"learner_id": LEARNER, "mode": "provisional"},
        ),
    ),
    case(
        accounts.UnknownAccountError,
        "/body/learner_id",
        when=say(SCHOOL, "credit.awarded", body=award(learner_id=STRANGER)),
    ),
    case(
        accounts.AccountClosedError,
        "/body/learner_id",
        given=(CLOSED,),
        when=AWARDED,
    ),
    case(
        accounts.AccountModeError,
        "/body/learner_id",
        given=(CLAIMED,),
        when=CLAIMED,
        mandate=MANDATE,
    ),
    case(
        accounts.NotTheHomeError,
        "/body/learner_id",
        when=say(
            OTHER,
            "account.closed",
            body={"learner_id": LEARNER, "reason_code": "other"},
        ),
    ),
    case(
        accounts.MergePartyError,
        "/iss",
        given=(say(OPERATOR, "member.admitted", body=admitted("third")),),
        when=say("third", "accounts.merged", body=merge()),
    ),
    case(
        accounts.MergePartyError,
        "/iss",
        given=(*MERGED, say(OPERATOR, "member.admitted", body=admitted("third"))),
        when=say("third", "accounts.unmerged", body=unmerge()),
    ),
    case(
        accounts.MergeDiffersError,
        "/body/merge_id",
        given=(MERGING,),
        when=say(
            OTHER, "accounts.merged", body=merge(survivor=SECOND, absorbed=LEARNER)
        ),
    ),
    case(accounts.MergeStateError, "/body/merge_id", given=(MERGING,), when=MERGING),
    case(
        accounts.MergeStateError,
        "/body/merge_id",
        when=say(SCHOOL, "accounts.unmerged", body=unmerge()),
    ),
    case(
        accounts.MergeStateError,
        "/body/merge_id",
        given=(*MERGED, say(SCHOOL, "accounts.unmerged", body=unmerge())),
        when=say(SCHOOL, "accounts.unmerged", body=unmerge()),
    ),
    case(
        accounts.AccountMergedError,
        "/body/absorbed",
        when=say(SCHOOL, "accounts.merged", body=merge(absorbed=LEARNER)),
    ),
    case(
        accounts.AccountMergedError,
        "/body/absorbed",
        given=MERGED,
        when=say(SCHOOL, "accounts.merged", body=merge(merge_id=SECOND_ID)),
    ),
    case(
        accounts.RelationMemberError,
        "/body/member_id",
        when=say(SCHOOL, "relation.opened", body=relation(member_id="nobody")),
        mandate=MANDATE,
    ),
    case(
        accounts.RelationUntilError,
        "/body/until",
        when=say(SCHOOL, "relation.opened", body=relation(until="2026-08-31")),
        mandate=MANDATE,
    ),
    case(
        accounts.RelationExistsError,
        "/body/relation_id",
        given=(RELATED,),
        when=RELATED,
        mandate=MANDATE,
    ),
    case(
        s.MandateMissingError,
        "/mandate",
        given=(RELATED,),
        when=say(SCHOOL, "relation.ended", body={"relation_id": RELATION}),
    ),
    case(
        accounts.UnknownRelationError,
        "/body/relation_id",
        when=say(SCHOOL, "relation.ended", body={"relation_id": RELATION}),
        mandate=MANDATE,
    ),
    case(
        accounts.UnknownRelationError,
        "/body/relation_id",
        given=(RELATED,),
        when=say(OTHER, "relation.ended", body={"relation_id": RELATION}),
        mandate=MANDATE,
    ),
]
