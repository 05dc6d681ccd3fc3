"""What follows from accepted statements: members, keys, succession, accounts."""

import itertools

import pytest

from ledger.domain.errors import members as member_errors
from ledger.domain.errors import statements as errors
from ledger.domain.rules.envelope import answers_for, is_contested
from ledger.domain.state import (
    AccountRecord,
    AchievementRecord,
    KeyringRecord,
    MemberRecord,
    MergeRecord,
    RelationRecord,
)
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Ledger,
    admitted,
    award,
    award_of,
    kid,
    opened,
    revocation,
)
from tests.scenario.cases import (
    RELATED,
    RELATION,
    added_key,
    merge,
    relation,
    revoked_key,
    status,
    unmerge,
)

RECOVERED_AT = "2026-09-08T08:00:00.000Z"


def succession(predecessor: str, successor: str) -> dict[str, object]:
    """Return the body of a succession."""
    named = {"predecessor": predecessor, "successor": successor}
    return {**named, "reason_code": "merged"}


def member(ledger: Ledger, member_id: str = SCHOOL) -> MemberRecord:
    """Return a member that must be there."""
    found = ledger.state.find(MemberRecord, member_id)
    assert found is not None
    return found


def account(ledger: Ledger, learner_id: str = SECOND) -> AccountRecord:
    """Return an account that must be there."""
    found = ledger.state.find(AccountRecord, learner_id)
    assert found is not None
    return found


def test_a_members_status_follows_the_operator() -> None:
    """Suspended, reinstated, renamed, withdrawn."""
    ledger = opened()
    ledger.say(OPERATOR, "member.suspended.v1", body=status())
    assert member(ledger).status == "suspended"
    ledger.say(OPERATOR, "member.reinstated.v1", body=status())
    renamed = {"member_id": SCHOOL, "name": "北方大学"}
    ledger.say(OPERATOR, "member.renamed.v1", body=renamed)
    assert (member(ledger).status, member(ledger).name) == ("active", "北方大学")
    ledger.say(OPERATOR, "member.withdrawn.v1", body=status())
    assert member(ledger).status == "withdrawn"


def test_a_successor_answers_for_its_predecessor() -> None:
    """It corrects, closes and awards on what the other left."""
    ledger = opened()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    ledger.say(OPERATOR, "member.succeeded.v1", body=succession(SCHOOL, OTHER))

    ledger.say(OTHER, "credit.revoked.v1", body=revocation())
    replaced = award(revision=1, replaces=award_of(), credits="2")
    ledger.say(OTHER, "credit.awarded.v1", body=replaced)
    retired = {"achievement": f"{SCHOOL}/WELD-1@1"}
    ledger.say(OTHER, "achievement.retired.v1", body=retired)

    assert member(ledger).successor == OTHER
    with pytest.raises(errors.MemberWithdrawnError):
        ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))


def test_succession_has_no_circles() -> None:
    """Whoever was succeeded succeeds nobody, so the chain always ends."""
    ledger = opened()
    ledger.say(OPERATOR, "member.succeeded.v1", body=succession(SCHOOL, OTHER))

    with pytest.raises(member_errors.MemberStatusError):
        ledger.say(OPERATOR, "member.succeeded.v1", body=succession(OTHER, SCHOOL))

    assert answers_for(ledger.state, iss=OTHER, member_id=SCHOOL)
    assert not answers_for(ledger.state, iss=SCHOOL, member_id=OTHER)


def test_a_recovery_key_takes_effect_after_seven_days() -> None:
    """Half-open on the instant of recording."""
    ledger = opened()
    ledger.say(OPERATOR, "key.revoked.v1", body=revoked_key())
    ledger.say(OPERATOR, "key.added.v1", body=added_key())
    recovered = kid(SCHOOL, "b")
    with pytest.raises(errors.KeyNotYetValidError):
        ledger.say(
            SCHOOL,
            "credit.awarded.v1",
            body=award(),
            key=recovered,
            at="2026-09-08T07:59:59.999Z",
        )

    ledger.say(
        SCHOOL, "credit.awarded.v1", body=award(), key=recovered, at=RECOVERED_AT
    )

    ring = ledger.state.find(KeyringRecord, SCHOOL)
    assert ring is not None
    assert [key.recovery for key in ring.keys] == [False, True]


def test_the_operator_adds_keys_of_the_bank_for_itself() -> None:
    """Service and checkpoint keys are its own to add."""
    ledger = opened()

    ledger.say(OPERATOR, "key.added.v1", body=added_key(OPERATOR, "z", use="service"))

    ring = ledger.state.find(KeyringRecord, OPERATOR)
    assert ring is not None
    assert len(ring.keys) == 4


def test_what_a_stolen_key_signed_since_is_in_doubt_until_confirmed() -> None:
    """Keys that it added as well, and what those signed."""
    ledger = opened()
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="b"))
    before = ledger.position
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("one"), key=kid(SCHOOL, "b"))
    stolen_adds = ledger.position
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="c"), key=kid(SCHOOL, "b"))
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"), key=kid(SCHOOL, "c"))
    lost = revoked_key(name="b", since_position=before)
    ledger.say(SCHOOL, "key.revoked.v1", body=lost)

    def contested(name: str) -> bool:
        lot = ledger.lot(award_of(name))
        return is_contested(ledger.state, kid=lot.kid, position=lot.position)

    assert (contested("one"), contested("two")) == (True, True)
    positions = [before, stolen_adds]
    ledger.say(SCHOOL, "entries.confirmed.v1", body={"positions": positions})
    assert not contested("one")
    assert not contested("two")
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("three"), key=kid(SCHOOL, "c"))
    with pytest.raises(member_errors.PositionNotContestedError):
        ledger.say(SCHOOL, "entries.confirmed.v1", body={"positions": [before]})


def test_a_later_doubt_never_shortens_an_earlier_one() -> None:
    """A key added in doubt stays so from its own beginning."""
    ledger = opened()
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="b"))
    added = ledger.position
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="c"), key=kid(SCHOOL, "b"))
    lost = revoked_key(name="b", since_position=added)
    ledger.say(SCHOOL, "key.revoked.v1", body=lost)
    again = revoked_key(name="c", since_position=added + 1)
    ledger.say(SCHOOL, "key.revoked.v1", body=again)

    ring = ledger.state.find(KeyringRecord, SCHOOL)
    assert ring is not None
    assert [key.contested_since for key in ring.keys] == [None, added, added]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_merge_needs_all_three_in_any_order(order: tuple[int, ...]) -> None:
    """The last signature makes it; three more undo it."""
    ledger = opened()
    parties = [(SCHOOL, OTHER, OPERATOR)[place] for place in order]
    for party in parties[:2]:
        ledger.say(party, "accounts.merged.v1", body=merge())
        assert account(ledger).merged_into is None
    ledger.say(parties[2], "accounts.merged.v1", body=merge())
    assert account(ledger).merged_into == LEARNER

    for party in parties:
        assert account(ledger).merged_into == LEARNER
        ledger.say(party, "accounts.unmerged.v1", body=unmerge())

    assert account(ledger).merged_into is None
    record = ledger.state.find(MergeRecord, RELATION)
    assert record is not None
    assert record.status == "unmerged"


def test_one_home_of_both_accounts_signs_once() -> None:
    """With the operator that makes two."""
    ledger = opened()
    third = "learner_" + "3" * 32
    body = {"learner_id": third, "mode": "self"}
    ledger.say(SCHOOL, "account.opened.v1", body=body, mandate=MANDATE)

    for party in (SCHOOL, OPERATOR):
        ledger.say(party, "accounts.merged.v1", body=merge(absorbed=third))

    assert account(ledger, third).merged_into == LEARNER
    assert account(ledger, third).claimed


def test_accounts_are_claimed_and_closed() -> None:
    """By their home, the first on the learner's mandate."""
    ledger = opened()
    body = {"learner_id": LEARNER}
    ledger.say(SCHOOL, "account.claimed.v1", body=body, mandate=MANDATE)
    closed = {**body, "reason_code": "at_own_request"}
    ledger.say(SCHOOL, "account.closed.v1", body=closed)

    assert account(ledger, LEARNER).claimed
    assert account(ledger, LEARNER).closed


def test_a_relation_ends() -> None:
    """What it allowed, it allows no more."""
    ledger = opened()
    iss, type_name, _ = RELATED
    body = relation(until="2027-01-01")
    ledger.say(iss, type_name, body=body, mandate=MANDATE)
    ended = {"relation_id": RELATION}
    ledger.say(SCHOOL, "relation.ended.v1", body=ended, mandate=MANDATE)

    found = ledger.state.find(RelationRecord, RELATION)
    assert found is not None
    assert found.ended


def test_two_committees_endorse_one_version() -> None:
    """Each once; the version keeps both."""
    ledger = opened()
    ledger.say(OPERATOR, "member.admitted.v1", body=admitted("experts", COMMITTEE))
    body = {"achievement": f"{SCHOOL}/WELD-1@1"}
    for committee in (COMMITTEE, "experts"):
        ledger.say(committee, "achievement.endorsed.v1", body=body)

    found = ledger.state.find(AchievementRecord, f"{SCHOOL}/WELD-1@1")
    assert found is not None
    assert found.endorsed_by == (COMMITTEE, "experts")
