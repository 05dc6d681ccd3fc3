"""Ids, shares and rounding of exchanges are those that anybody computes."""

import uuid
from fractions import Fraction

from ledger.domain.language.arithmetic import apportion, round_to
from ledger.domain.language.shapes import Rounding
from ledger.domain.rules.settlement import LOT_NAMESPACE, lot_id
from tests.conformance.vectors_of import read_vectors

VECTORS = read_vectors("exchanges.json")


def test_created_lots_have_the_ids_that_follow_from_their_case() -> None:
    """UUIDv5 of the case and the number; so has the bank's own acceptance."""
    for one in VECTORS["lot_ids"]:
        assert lot_id(one["exchange_id"], one["number"]) == one["lot_id"]
    for one in VECTORS["automatic_ids"]:
        name = f"accepted/{one['exchange_id']}/{one['revision']}"
        assert str(uuid.uuid5(LOT_NAMESPACE, name)) == one["id"]


def test_totals_are_split_by_their_weights() -> None:
    """Into parts that add up, each where the running sum puts it."""
    for one in VECTORS["apportion"]:
        parts = apportion(one["total"], one["weights"])

        assert list(parts) == one["parts"]
        assert sum(parts) == one["total"]


def test_results_are_rounded_to_whole_steps() -> None:
    """Down, or half and more up."""
    for one in VECTORS["round"]:
        found = round_to(
            Fraction(one["numerator"], one["denominator"]),
            step_milli=one["step_milli"],
            rounding=Rounding(one["rounding"]),
        )

        assert found == one["milli"]
