"""Memory is bounded, and awards' keys are their ids."""

from hypothesis import given
from hypothesis import strategies as st

from projections.memory import AWARDS_MAX, Memory
from projections.tables import award_key, award_named


@given(st.uuids())
def test_a_key_is_as_good_as_the_id(identity: object) -> None:
    """Sixteen bytes, and the id again."""
    award_id = f"award_{identity}"

    assert len(award_key(award_id)) == 16
    assert award_named(award_key(award_id)) == award_id


def test_what_there_is_too_much_of_is_forgotten() -> None:
    """As a whole, and nothing else."""
    memory = Memory()
    memory.numbers.update({str(number): number for number in range(AWARDS_MAX + 1)})
    memory.kinds.update({str(number): "course" for number in range(AWARDS_MAX + 1)})

    memory.bound()

    assert (len(memory.numbers), len(memory.kinds)) == (AWARDS_MAX + 1, 0)
