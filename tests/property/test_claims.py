"""For all histories of claims: a certificate lies in one award, and an end is final."""

from collections import Counter
from contextlib import suppress
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.errors.precedence import PRECEDENCE
from ledger.domain.rules.claimed import OPEN
from ledger.domain.state import CertificateRecord, ClaimRecord
from tests.builders import MANDATE, OTHER, SCHOOL, Ledger, award_of, revocation
from tests.scenario.agreements import number
from tests.scenario.claiming import (
    answer,
    filing,
    lacking,
    refusing,
    standing,
    taking_back,
)

EXAMPLES: Final = 60
CLAIMS: Final = tuple(number(90 + place) for place in range(3))
TAGS: Final = ("s" * 43, "t" * 43)
NAMES: Final = ("one", "two", "three")

claims = st.sampled_from(CLAIMS)
members = st.sampled_from([OTHER, OTHER, SCHOOL])
tags = st.sampled_from(TAGS)
revisions = st.integers(0, 2)
ACTS: Final = st.one_of(
    st.tuples(st.just("file"), claims, members, tags | st.none(), revisions),
    st.tuples(st.just("return"), claims, members, st.none(), revisions),
    st.tuples(st.just("refuse"), claims, members, st.none(), revisions),
    st.tuples(st.just("withdraw"), claims, st.just(SCHOOL), st.none(), revisions),
    st.tuples(st.just("award"), claims | st.none(), members, tags, revisions),
    st.tuples(st.just("revoke"), claims, members, st.none(), revisions),
)


def say(ledger: Ledger, act: tuple[str, str | None, str, str | None, int]) -> None:
    """Say one of these; what is refused is refused for a documented reason."""
    what, claim_id, member, tag, place = act
    named = {"claim_id": claim_id}
    said = {
        "file": ("claim.filed", filing(**named, attester=member, revision=place)),
        "return": ("claim.returned", lacking(place, **named)),
        "refuse": ("claim.refused", refusing(place, **named)),
        "withdraw": ("claim.withdrawn", taking_back(str(claim_id))),
        "award": ("credit.awarded", answer("", name=NAMES[place])),
        "revoke": ("credit.revoked", revocation()),
    }
    type_name, body = said[what]
    if what == "award":
        body = {name: value for name, value in body.items() if name != "claim"}
        body |= {} if claim_id is None else {"claim": claim_id}
    if what == "revoke":
        body = {**body, "award_id": award_of(NAMES[place], member=member)}
    iss = SCHOOL if what == "file" else member
    more = {"mandate": MANDATE, "tags": () if tag is None else (tag,)}
    with suppress(*PRECEDENCE):
        ledger.say(iss, f"{type_name}.v1", body=body, **more)


def certificates(ledger: Ledger) -> Counter[str]:
    """Return how many awards that are not wholly revoked hold each certificate."""
    return Counter(
        tag
        for tag in TAGS
        if (record := ledger.state.find(CertificateRecord, tag)) is not None
        and not ledger.lot(record.award_id).revoked
    )


@settings(max_examples=EXAMPLES)
@given(acts=st.lists(ACTS, max_size=30))
def test_no_history_of_claims_deposits_a_certificate_twice(
    acts: list[tuple[str, str | None, str, str | None, int]],
) -> None:
    """And each claim ends once, in at most one award of its attester."""
    ledger, before = standing(), dict[str, ClaimRecord]()
    for act in acts:
        lots = set(ledger.lots)
        held = certificates(ledger)
        say(ledger, act)

        made = ledger.lots - lots
        assert len(made) <= 1
        if made:
            assert act[3] not in held
        found = {
            claim_id: record
            for claim_id in CLAIMS
            if (record := ledger.state.find(ClaimRecord, claim_id)) is not None
        }
        for claim_id, record in before.items():
            assert record.status in OPEN or found[claim_id] == record
        before = found

    answered = [one for one in before.values() if one.award_id is not None]
    assert len({one.award_id for one in answered}) == len(answered)
    for one in answered:
        assert one.status == "awarded"
        assert ledger.lot(str(one.award_id)).issuer == one.attester
