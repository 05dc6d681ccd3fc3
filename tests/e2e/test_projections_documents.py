"""Transcripts of a consortium's history, at many positions, on either database."""

from collections import Counter

import pytest

from ledger.domain.types import credits_milli
from projections.balances.queries import past_balance
from projections.documents.standpoint import Standpoint
from projections.documents.transcript import catalogue_of, lots_shown
from projections.moments import Moment, Window
from tests.bank import LEARNER
from tests.consortium import LEARNERS
from tests.e2e import naive
from tests.e2e.naive import PARTS
from tests.e2e.projected import Read

ALL = Window(limit=1_000)


def lots_at(read: Read, learner_id: str, *, moment: Moment) -> list[naive.Json]:
    """Return the lots of a transcript of then."""
    standpoint = Standpoint(
        state=read.bank.store,
        connection=read.connection,
        moment=moment,
        standing=moment.position,
    )
    placed = lots_shown(standpoint, learner_id=learner_id, window=ALL)
    return [lot for _, lot in placed]


@pytest.mark.parametrize("learner_id", LEARNERS)
def test_a_transcript_adds_up_to_the_balance_of_every_moment(
    read: Read, learner_id: str
) -> None:
    """By member and part, merged accounts included, whatever was recorded later."""
    for position, on in list(read.moments())[::20]:
        moment = Moment(position=position, effective_on=on)
        sums: dict[str, Counter[str]] = {}
        for lot in lots_at(read, learner_id, moment=moment):
            own = sums.setdefault(lot["issuer"]["member_id"], Counter())
            own.update({part: credits_milli(lot[part]) for part in PARTS})
        shown = past_balance(
            read.bank.store, read.connection, learner_id=learner_id, moment=moment
        )
        issued = shown["issued"]
        assert isinstance(issued, list)
        assert {
            row["member"]: Counter({part: credits_milli(row[part]) for part in PARTS})
            for row in issued
        } == sums, (position, on)


def test_every_lot_names_the_statement_that_made_it(read: Read) -> None:
    """Its issuer and id, and the entries that amended it, as the log has them."""
    log = {said.position: said for said in read.log}
    lots = lots_at(read, LEARNER, moment=Moment(position=read.last))

    assert any(lot["amended_at"] for lot in lots)
    for lot in lots:
        said = log[lot["position"]]
        assert lot["statement"] == {"iss": said.iss, "id": said.payload["id"]}
        assert lot["amended_at"] == [
            one.position
            for one in read.log
            if one.type == "credit.amended.v1"
            and one.body["award_id"] == lot["award_id"]
        ]


def test_every_catalogue_item_names_the_entry_that_published_it(read: Read) -> None:
    """Each once, however many results it has."""
    moment = Moment(position=read.last)
    lots = lots_at(read, LEARNER, moment=moment)
    standpoint = Standpoint(
        state=read.bank.store,
        connection=read.connection,
        moment=moment,
        standing=moment.position,
    )

    items = catalogue_of(standpoint, lots)

    log = {said.position: said for said in read.log}
    named = {one["achievement"]["achievement"] for one in lots if one["achievement"]}
    assert {one["achievement"] for one in items} == named
    for one in items:
        said = log[one["position"]]
        name = f"{said.iss}/{said.body['code']}@{said.body['version']}"
        assert (said.type, name) == ("achievement.published.v1", one["achievement"])
