"""For every history: what a transcript lists adds up to what the balance says."""

import itertools
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.domain.types import credits_milli
from ledger.sequencer import RefusedError
from projections.balances.queries import balance, past_balance
from tests.bank import LEARNER
from tests.consortium_cases import (
    CONSUMING,
    RECOGNISING,
    accept,
    act,
    give,
    redeem,
    request,
)
from tests.consortium_names import OTHER
from tests.documents import TODAY, Json, Office, lay_ground, moment_at

PARTS: Final = (
    *("awarded", "available", "held", "exchanged", "redeemed", "expired", "revoked"),
)
STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("give", "give", "recognise", "convert", "convert", "accept"),
                *("accept", "decline", "reverse", "revoke", "redeem"),
            )
        ),
        st.integers(0, 9),
        st.sampled_from(["0.001", "1", "1.5", "2"]),
    ),
    min_size=8,
    max_size=25,
)


class History:
    """A bank at which a learner's history goes on, step by step."""

    def __init__(self, town: Office) -> None:
        """Begin with nothing."""
        self.town = town
        self.numbers = itertools.count(1)
        self.lots: list[str] = []
        self.cases: list[int] = []

    def step(self, name: str, place: int, *, amount: str) -> None:
        """Do one thing to one of the lots or cases; the rules may refuse it."""
        bank, lots, cases = self.town.bank, self.lots, self.cases
        if name == "give" or not lots:
            number = next(self.numbers)
            lots.append(give(bank, OTHER, reference=f"r-{number}", credits="2"))
            return
        lot = lots[place % len(lots)]
        if name in {"recognise", "convert"}:
            number = next(self.numbers)
            rule = RECOGNISING if name == "recognise" else CONSUMING
            request(bank, number, rule=rule, lots=[(lot, amount)])
            cases.append(number)
        elif name == "revoke":
            body = {"award_id": lot, "credits": amount, "class": "corrected"}
            body |= {"reason_code": "amount_corrected"}
            bank.post(OTHER, "credit.revoked.v1", body=body)
        elif name == "redeem":
            self._redeem(place, amount=amount)
        elif cases:
            self._end(name, cases[place % len(cases)])

    def _redeem(self, place: int, *, amount: str) -> None:
        made = [lot for lot in self.town.lots() if "exchange" in lot]
        if made:
            lot = made[place % len(made)]["award_id"]
            part = {"award_id": lot, "credits": amount}
            number = next(self.numbers)
            redeem(self.town.bank, number, code="FREE", lots=[part])

    def _end(self, name: str, number: int) -> None:
        bank, why = self.town.bank, "recorded_in_error"
        if name == "accept":
            accept(bank, number)
        elif name == "decline":
            act(bank, "declined", number=number, reason_code=why)
        else:
            act(bank, "reversed", number=number, reason_code=why)


Opening = Callable[[], AbstractContextManager[Office]]


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """Return what opens a new bank for every history."""
    ground = lay_ground(tmp_path_factory.mktemp("ground"))
    return lambda: ground.office(tmp_path_factory.mktemp("town"))


@given(steps=STEPS)
@settings(
    max_examples=5,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_the_lots_of_a_transcript_add_up_to_the_balance(
    opening: Opening, steps: list[tuple[str, int, str]]
) -> None:
    """By member and part; what was studied to what was earned; now and half-way."""
    with opening() as town:
        history = History(town)
        for name, place, amount in steps:
            try:
                history.step(name, place, amount=amount)
            except (RefusedError, RejectionError):
                continue

        newest = town.runner.catch_up()
        now = balance(town.bank.store, LEARNER, today=TODAY)
        check(town.lots(), now)
        half = moment_at(newest, position=newest // 2)
        with town.runner.engine.connect() as connection:
            then = past_balance(
                town.bank.store, connection, learner_id=LEARNER, moment=half
            )
        check(town.lots(position=newest // 2), then)


def check(lots: list[Json], shown: Json) -> None:
    """Require that lots and balance say the same."""
    sums: dict[str, Counter[str]] = {}
    earned = 0
    used: set[str] = set()
    for lot in lots:
        own = sums.setdefault(lot["issuer"]["member_id"], Counter())
        for part in PARTS:
            own[part] += credits_milli(lot[part])
        if "exchange" not in lot:
            earned += credits_milli(lot["awarded"]) - credits_milli(lot["revoked"])
        used |= {one["exchange_id"] for one in lot["recognised"]}
    standing = {
        case_id
        for member in shown["recognised_at"]
        for case_id in (one["exchange_id"] for one in member["exchanges"])
    }
    assert credits_milli(shown["earned"]) == earned
    assert {row["member"]: _parts(row) for row in shown["issued"]} == sums
    assert used == standing


def _parts(row: Json) -> Counter[str]:
    return Counter({part: credits_milli(row[part]) for part in PARTS})
