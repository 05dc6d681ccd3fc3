"""Whatever is tried under whatever rules, no root gives more than it is."""

import uuid
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.domain.state import ExchangeRecord, ExchangeStatus, LotRecord
from ledger.domain.types import credits_text
from tests.banks.bank import Step, StoryBank, read_bank
from tests.banks.story import Player
from tests.builders import LEARNER, OPERATOR, SECOND

EXAMPLES: Final = 80
ATTACKS: Final = read_bank("attacks")
RESULTS: Final = (
    {"award": "a", "of": "origin-school/COURSE", "credits": "0.003"},
    {"award": "z", "of": "origin-school/OTHER", "credits": "0"},
)
WAYS: Final = (
    # The shortest ways to the same root twice are tried most.
    *(("MID", code) for code in ("SAME", "SAME", "SAME", "DOUBLE", "DOUBLE")),
    *(("MID", code) for code in ("NOTHING", "HALF", "FIXED")),
    *(("END", code) for code in ("SAME", "SAME", "SAME", "SAME", "NOTHING", "EAT")),
    ("ORIGIN", "BACK"),
)
Move = tuple[str, tuple[str, str], Sequence[tuple[int, int]]]
"""A verb, where to by which rule, and lots with their thousandths (0 for all)."""
MOVES = st.tuples(
    st.sampled_from([*["exchange"] * 8, "reverse", "revoke"]),
    st.sampled_from(WAYS),
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from([0, 0, 0, 1, 1, 2])),
        min_size=1,
        max_size=3,
    ),
)


class Robber(Player):
    """Tries moves, and knows for itself how much of every root a lot is."""

    def attempt(self, move: Move, number: int) -> None:
        """Try one move; a refusal is an answer."""
        verb, (into, rule), picks = move
        names = list(self.lots)
        chosen = {names[index % len(names)]: amount for index, amount in picks}
        first = next(iter(chosen))
        lots = [
            {"award": name, "credits": credits_text(amount)} if amount else name
            for name, amount in chosen.items()
        ]
        step: Step = {verb: first}
        if verb == "exchange":
            name = f"lot {number}"
            step = {verb: rule, "into": into, "lots": lots, "as": name, "gives": None}
        if verb == "reverse" and first not in self.cases:
            return
        try:
            self.play([step])
        except RejectionError:
            return

    def check_roots(self) -> None:
        """Require that in no enrolment a root counts for more than the whole of it."""
        counted: dict[tuple[str, str], Fraction] = {}
        for identity in self.lots.values():
            lot = self.ledger.lot(identity)
            if lot.enrolment_id is None or self._is_undone(lot):
                continue
            for root, part in self._shares(lot).items():
                key = (lot.enrolment_id, root)
                counted[key] = counted.get(key, Fraction(0)) + part
        for (_, root), part in counted.items():
            assert part <= 1, root

    def _is_undone(self, lot: LotRecord) -> bool:
        case = self.ledger.state.find(ExchangeRecord, str(lot.exchange_id))
        assert case is not None
        return case.status is not ExchangeStatus.ACCEPTED

    def _shares(self, lot: LotRecord) -> dict[str, Fraction]:
        """Return which part of every root a lot is, exactly."""
        if lot.exchange_id is None:
            return {lot.award_id: Fraction(1)}
        shares: dict[str, Fraction] = {}
        for source in lot.derived_from:
            before = self.ledger.lot(source.award_id)
            part = Fraction(1)
            if before.awarded_milli:
                part = Fraction(source.amount_milli, before.awarded_milli)
            for root, share in self._shares(before).items():
                shares[root] = shares.get(root, Fraction(0)) + share * part
        return shares


@settings(max_examples=EXAMPLES)
@given(st.lists(MOVES, min_size=8, max_size=16))
def test_no_chain_of_exchanges_counts_a_root_twice(moves: list[Move]) -> None:
    """Whole or in thousandths, alone or together, with reversals and revocations."""
    robber = Robber(StoryBank(ATTACKS))
    robber.play(RESULTS)

    for number, move in enumerate(moves):
        robber.attempt(move, number)
        robber.check_roots()


def merge(bank: StoryBank) -> None:
    """Make the first account answer for the second one."""
    body = {
        "merge_id": str(uuid.UUID(int=77, version=4)),
        "survivor": LEARNER,
        "absorbed": SECOND,
        "reason_code": "duplicate",
    }
    for member in (bank.home, OPERATOR):
        bank.say(member, "accounts.merged", body=body)


def twice_enrolled() -> Player:
    """Return the Korean bank with a second account, enrolled as well."""
    bank = StoryBank(read_bank("korea"))
    bank.enrolments["AGAIN"] = bank.new_id()
    bank.schools["AGAIN"] = bank.home
    body = {
        "enrolment_id": bank.enrolments["AGAIN"],
        "learner_id": SECOND,
        "programme": f"{bank.home}/BACHELOR@1",
        "cohort": "2023",
        "started_on": "2023-03-01",
    }
    bank.say(bank.home, "enrolment.opened", body=body)
    player = Player(bank)
    course = {"of": "class-centre/MAJOR", "score": "70", "attendance": "90"}
    spring, autumn = {"learned_to": "2023-06-30"}, {"learned_to": "2023-12-20"}
    player.play(
        [
            {"award": "full", **course, **spring, "credits": "24", "who": "second"},
            {"award": "own", **course, **spring, "credits": "24"},
            {"award": "late", **course, **autumn, "credits": "3", "who": "second"},
        ]
    )
    taken = {"lots": ["full"], "into": "AGAIN", "who": "second", "gives": ["24"]}
    player.play([{"exchange": "MAJOR", **taken}])
    return player


def test_two_accounts_of_one_learner_share_a_cap_once_they_are_merged() -> None:
    """What the absorbed account has used binds the survivor."""
    player = twice_enrolled()
    merge(player.bank)

    refused = {"refused": "cap-exceeded", "limit": "semester"}
    more = [{"award": "own", "credits": "0.001"}]
    player.play([{"exchange": "MAJOR", "lots": more, **refused}])


def test_an_excess_that_a_merge_made_binds_nothing_else() -> None:
    """Both were full before: another term is still open, the full one is not."""
    player = twice_enrolled()
    player.play([{"exchange": "MAJOR", "lots": ["own"], "gives": ["24"]}])
    merge(player.bank)

    year = {"refused": "cap-exceeded", "limit": "year"}
    next_year = {"award": "next", "of": "class-centre/MAJOR", "credits": "3"}
    good = {"learned_to": "2024-06-30", "score": "70", "attendance": "90"}
    player.play(
        [
            {"exchange": "MAJOR", "lots": ["late"], **year},
            {**next_year, **good},
            {"exchange": "MAJOR", "lots": ["next"], "gives": ["3"]},
        ]
    )


def test_a_root_of_the_absorbed_account_counts_once_for_the_survivor() -> None:
    """It was recognised in one enrolment, and the rule says once for ever."""
    player = twice_enrolled()
    merge(player.bank)

    player.play(
        [
            {"exchange": "MAJOR", "lots": ["full"], "refused": "root-used"},
            {"exchange": "MAJOR", "lots": ["late"], "gives": ["3"]},
            {"exchange": "MAJOR", "lots": ["late"], "refused": "root-used"},
        ]
    )
