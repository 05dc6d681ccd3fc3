"""The ground in the words of the model."""

from collections.abc import Iterable
from functools import cache

from ledger.domain.state import LotRecord, Record
from tests.simulation.ground import LEARNERS, ground
from tests.simulation.model import Lot, Model
from tests.simulation.said import made_award


@cache
def model_of_ground() -> Model:
    """Return what the model knows where every seed begins."""
    start = ground()
    model = Model(accounts=set(LEARNERS))
    model.revoked_keys = {key.kid: False for key in start.bank.keys.values()}
    model.achievements = {
        str(one.achievement)
        for one in start.replay.state.known.values()
        if isinstance(one, LotRecord)
    }
    model.lots = lots_of(start.replay.state.known.values())
    assert made_award("old-0") in model.lots
    return model


def lots_of(records: Iterable[Record | None]) -> dict[str, Lot]:
    """Return the lots among records as the model knows them."""
    return {
        one.award_id: Lot(
            learner=one.learner_id,
            issuer=one.issuer,
            available=one.available_milli,
            held=one.held_milli,
            exchanged=one.exchanged_milli,
            redeemed=one.redeemed_milli,
            revoked=one.revoked_milli,
        )
        for one in records
        if isinstance(one, LotRecord)
    }
