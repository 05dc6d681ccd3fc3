"""What is held of a statement fits the digests that it signed, or is found."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.disclosures import DisclosureCheck, Held
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.statements.envelope import Statement
from tests.builders import SCHOOL, award, founded

DIGESTS = [letter * 42 + "A" for letter in "abcdef"]
sets = st.frozensets(st.sampled_from(DIGESTS))


def act(said: frozenset[str]) -> Act[Statement]:
    """Return an award that signs digests."""
    body = award(_sd=sorted(said)) if said else award()
    return founded().act(SCHOOL, "credit.awarded.v1", body=body)


def held(one: Act[Statement], digests: frozenset[str] | None) -> Held:
    """Return what a vault holds of a statement."""
    return Held(
        iss=one.statement.iss,
        statement_id=one.statement.id,
        payload_hash=one.payload_hash,
        digests=digests,
        settled=True,
    )


@given(said=sets, kept=st.lists(sets | st.none(), max_size=3))
def test_every_digest_is_counted_once_and_every_stranger_is_found(
    said: frozenset[str], kept: list[frozenset[str] | None]
) -> None:
    """However many rows hold parts of it, and whether they can be opened or not."""
    statement = act(said)
    check = DisclosureCheck(held(statement, one) for one in kept)

    check.take(statement)
    check.finish(7)

    readable = frozenset[str]().union(*(one for one in kept if one is not None))
    codes = ["disclosure-unreadable"] * kept.count(None)
    codes += ["disclosure-differs"] * bool(readable - said)
    assert [one.code for one in check.findings] == codes
    assert {one.position for one in check.findings} <= {statement.position}
    assert check.figures.disclosed == len(said & readable)
    assert check.figures.disclosed + check.figures.undisclosed == len(said)


def test_a_batch_header_discloses_nothing() -> None:
    """What only it would claim is found at the end, with the statement's name."""
    statement = act(frozenset())
    said = statement.statement
    header = BatchAct(
        iss=said.iss,
        id=said.id,
        aud=said.aud,
        iat=said.iat,
        exp=said.exp,
        kid=statement.kid,
        payload_hash=statement.payload_hash,
        position=1,
        recorded_at=statement.recorded_at,
    )
    check = DisclosureCheck([held(statement, frozenset(DIGESTS[:1]))])

    check.take(header)
    check.finish(2)

    assert [(one.code, one.position) for one in check.findings] == [
        ("disclosure-without-entry", 2)
    ]
