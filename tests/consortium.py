"""A history with every kind of statement, on a real bank: what projections are fed."""

from collections.abc import Mapping

from ledger.integrity.declarations import declare
from tests.bank import LEARNER, OPERATOR, SCHOOL, Bank, achievement, award
from tests.consortium_cases import write_cases
from tests.consortium_names import (
    COMMITTEE,
    LEARNERS,
    OLD_SCHOOL,
    OTHER,
    SECOND,
    THIRD,
    award_of,
    mandate,
)

__all__ = ["LEARNERS", "OTHER", "SECOND", "award_of", "write_consortium"]

NIGHT_HOURS = 9
"""From a day's start to past midnight in Shanghai: in UTC it is still that day."""

_MERGES = (
    "8f14e45f-ceea-4679-8f14-e45fceea4671",
    "8f14e45f-ceea-4679-8f14-e45fceea4672",
)
_RELATION = "8f14e45f-ceea-4679-8f14-e45fceea4673"


def write_consortium(bank: Bank) -> None:
    """Write it: members, catalogue, accounts, awards, corrections, merges, doubts."""
    _admit(bank)
    _publish(bank)
    _open_accounts(bank)
    _award(bank)
    bank.clock.step(NIGHT_HOURS * 3600)
    _award_at_night(bank)
    _amend(bank)
    bank.clock.step(24 * 3600)
    _revoke(bank)
    write_cases(bank)
    _merge(bank)
    bank.clock.step(24 * 3600)
    _lose_a_key(bank)
    _change_members(bank)


def _admit(bank: Bank) -> None:
    for member_id, kind in (
        (OTHER, "school"),
        (OLD_SCHOOL, "school"),
        (COMMITTEE, "committee"),
    ):
        bank.admit(member_id, kind=kind)


def _publish(bank: Bank) -> None:
    level = {"code": "5", "rank": 1, "name": "初级工"}
    framework = {
        "code": "skill-level",
        "version": 1,
        "title": "等级",
        "levels": [level],
    }
    bank.post(OPERATOR, "framework.published.v1", body=framework)
    term = {"code": "T1", "starts_on": "2025-09-01", "ends_on": "2026-01-31"}
    year = {**term, "code": "Y1", "ends_on": "2026-08-31", "terms": [term]}
    for version in (1, 2):
        body = {"code": "cal", "version": version, "title": "校历", "years": [year]}
        bank.post(SCHOOL, "calendar.published.v1", body=body)
    for iss, code, version in ((OTHER, "SEW-1", 1), (SCHOOL, "WELD-1", 2)):
        offered = achievement(code=code, version=version, level={**_LEVEL})
        bank.post(iss, "achievement.published.v1", body=offered)
    endorsed = {"achievement": f"{SCHOOL}/WELD-1@1"}
    bank.post(COMMITTEE, "achievement.endorsed.v1", body=endorsed)


_LEVEL: Mapping[str, object] = {"framework": "skill-level", "code": "5"}


def _open_accounts(bank: Bank) -> None:
    for home, learner_id in ((OTHER, SECOND), (SCHOOL, THIRD)):
        body = {"learner_id": learner_id, "mode": "self"}
        bank.post(home, "account.opened.v1", body=body, mandate=mandate(bank))
    body = {"learner_id": LEARNER}
    bank.post(SCHOOL, "account.claimed.v1", body=body, mandate=mandate(bank))
    related = {
        "relation_id": _RELATION,
        "learner_id": LEARNER,
        "member_id": OTHER,
        "scopes": ["read"],
        "purpose": "转学",
        "basis": "书面授权",
    }
    bank.post(SCHOOL, "relation.opened.v1", body=related, mandate=mandate(bank))
    ended = {"relation_id": _RELATION}
    bank.post(SCHOOL, "relation.ended.v1", body=ended, mandate=mandate(bank))


def _give(bank: Bank, iss: str, *, reference: str, **changes: object) -> None:
    body = award(reference, **changes)
    if iss == OTHER:
        body = {**body, "achievement": f"{OTHER}/SEW-1@1", **changes}
    bank.post(iss, "credit.awarded.v1", body=body)


def _award(bank: Bank) -> None:
    _give(bank, SCHOOL, reference="dated", learned_from="2026-03-01")
    _give(bank, SCHOOL, reference="learned", assessed_on=None, learned_to="2026-05-31")
    _give(bank, SCHOOL, reference="zero", credits="0")
    _give(bank, SCHOOL, reference="failed", credits="0", passed=False)
    _give(bank, OTHER, reference="theirs", credits="1.5")
    _give(bank, OTHER, reference="second", learner_id=SECOND, credits="2.25")
    _give(bank, SCHOOL, reference="third", learner_id=THIRD)
    lines = [bank.award(f"b-{number}", credits="0.5") for number in range(4)]
    lines += [bank.award("b-second", learner_id=SECOND, assessed_on="2026-07-31")]
    bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, lines))).result()


def _award_at_night(bank: Bank) -> None:
    """Post results without dates: they hold from the day it is in Shanghai."""
    for reference in ("undated", "redated"):
        _give(bank, SCHOOL, reference=reference, assessed_on=None)


def _amend(bank: Bank) -> None:
    for reference, changes in (
        ("dated", {"assessed_on": "2026-04-30"}),
        ("dated", {"assessed_on": "2026-07-15", "valid_until": "2030-01-01"}),
        ("dated", {"learned_to": "2026-04-01", "attempt": "resit"}),
        ("learned", {"learned_to": "2026-06-15"}),
        ("redated", {"assessed_on": "2026-08-01"}),
        ("zero", {"assessed_on": "2026-05-01"}),
        ("b-0", {"achievement": f"{SCHOOL}/WELD-1@2", "level": {**_LEVEL}}),
    ):
        body = {"award_id": award_of(reference), "reason_code": "clerical_error"}
        bank.post(SCHOOL, "credit.amended.v1", body={**body, **changes})


def _take_back(
    bank: Bank, reference: str, *, amount: str, iss: str = SCHOOL, **more: object
) -> None:
    body = {
        "award_id": award_of(reference, member=iss),
        "credits": amount,
        "class": "corrected",
        "reason_code": "amount_corrected",
        "reason": "核对后更正",
    }
    bank.post(iss, "credit.revoked.v1", body={**body, **more})


def _revoke(bank: Bank) -> None:
    _take_back(bank, "dated", amount="1", effective_on="2026-08-15")
    _take_back(bank, "dated", amount="0.001", effective_on="2026-08-10")
    _take_back(bank, "theirs", amount="1.5", iss=OTHER, **{"class": "annulled"})
    _take_back(bank, "zero", amount="0")
    _take_back(bank, "undated", amount="0.75")
    bank.clock.step(8 * 3600)
    _take_back(bank, "b-1", amount="0.25", effective_on="2026-06-30")
    _take_back(bank, "b-1", amount="0.25")
    replaced: dict[str, object] = {
        "revision": 1,
        "replaces": award_of("b-1"),
        "credits": "0.125",
    }
    _give(bank, SCHOOL, reference="b-1", **replaced)


def _merge(bank: Bank) -> None:
    chain = ((LEARNER, SECOND), (THIRD, LEARNER))
    for merge_id, (survivor, absorbed) in zip(_MERGES, chain, strict=True):
        body = {"merge_id": merge_id, "survivor": survivor, "absorbed": absorbed}
        parties = [SCHOOL, OPERATOR] if merge_id == _MERGES[1] else _PARTIES
        for party in parties:
            full = {**body, "reason_code": "duplicate"}
            bank.post(party, "accounts.merged.v1", body=full)
        _give(bank, SCHOOL, reference=f"while-{absorbed[-1]}", learner_id=absorbed)
    for party in _PARTIES:
        body = {"merge_id": _MERGES[0], "reason_code": "merged_in_error"}
        bank.post(party, "accounts.unmerged.v1", body=body)


_PARTIES = [SCHOOL, OTHER, OPERATOR]


def _lose_a_key(bank: Bank) -> None:
    first = bank.keys[SCHOOL]
    stolen = bank.make_key(SCHOOL)
    body = {"member_id": SCHOOL, "key": declare(stolen, audience=bank.ledger)}
    bank.post(SCHOOL, "key.added.v1", body=body)
    bank.keys[SCHOOL] = stolen
    forged = list(bank.raw_entries())
    for reference in ("stolen-1", "stolen-2"):
        _give(bank, SCHOOL, reference=reference)
    bank.keys[SCHOOL] = first
    _take_back(bank, "stolen-2", amount="1")
    revoked = {
        "member_id": SCHOOL,
        "kid": stolen.kid,
        "reason_code": "compromised",
        "since_position": len(forged),
    }
    bank.post(SCHOOL, "key.revoked.v1", body=revoked)
    confirmed = {"positions": [len(forged)]}
    bank.post(SCHOOL, "entries.confirmed.v1", body=confirmed)


def _change_members(bank: Bank) -> None:
    retired = {"achievement": f"{SCHOOL}/WELD-1@1", "reason": "改版"}
    bank.post(SCHOOL, "achievement.retired.v1", body=retired)
    renamed = {"member_id": OTHER, "name": "南方学院", "name_en": "Southern College"}
    bank.post(OPERATOR, "member.renamed.v1", body=renamed)
    status = {"member_id": OTHER, "reason_code": "investigation"}
    for change in ("suspended", "reinstated"):
        bank.post(OPERATOR, f"member.{change}.v1", body=status)
    gone = {"member_id": OLD_SCHOOL, "reason_code": "dissolved"}
    bank.post(OPERATOR, "member.withdrawn.v1", body=gone)
    succeeded = {"predecessor": OLD_SCHOOL, "successor": OTHER}
    succeeded |= {"reason_code": "merged"}
    bank.post(OPERATOR, "member.succeeded.v1", body=succeeded)
    closed = {"learner_id": THIRD, "reason_code": "at_own_request"}
    bank.post(SCHOOL, "account.closed.v1", body=closed)
