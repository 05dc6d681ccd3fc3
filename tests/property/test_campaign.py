"""Whatever is done to a ledger on purpose, its audit names it, and where it was done.

``make soak`` runs ten thousand seeds of the same campaign (``tests/tampering``).
"""

import pytest

from ledger.domain.statements import BY_NAME
from ledger.store.mapper import BATCH_TOPIC
from tests.tampering.campaign import (
    ANYWHERE,
    GIVEN_OUT,
    OPERATORS,
    failures,
    operator_of,
    rich_grounds,
    small_grounds,
)
from tests.tampering.copies import copy_of, draft_of
from tests.tampering.folders import FOLDERS

NAMES = tuple(OPERATORS)
SEEDS = 3 * len(NAMES)
CHUNKS = 10


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_harm_is_found_where_it_was_done(chunk: int) -> None:
    """As what it is, and nothing is found before it; a failing seed can be repeated."""
    seeds = range(chunk, SEEDS, CHUNKS)

    assert failures(seeds, small_grounds(), names=NAMES) == []


@pytest.mark.parametrize("name", GIVEN_OUT)
def test_every_harm_to_what_was_given_out_is_found(name: str) -> None:
    """Receipts, bundles and a log's files, by whoever holds them."""
    seeds = range(1 if name in FOLDERS else 3)

    assert failures(seeds, small_grounds(), names=(name,)) == []


def test_harm_is_found_among_every_type_of_statement() -> None:
    """The same harm in a ledger of a hundred entries; ``make soak`` does all of it."""
    names = tuple(ANYWHERE)

    assert failures(range(0, len(names), 3), rich_grounds(), names=names) == []


def test_the_rich_ledger_has_every_type_of_statement() -> None:
    """A new one is harmed by the campaign, too, or its history must be written."""
    for ground in rich_grounds():
        filed = {str(entry.topic) for entry in ground.entries}

        assert filed - {BATCH_TOPIC} == BY_NAME.keys()


def test_every_operator_has_its_turn() -> None:
    """The seeds of the suite do every harm of the table, several times."""
    done = [operator_of(seed, NAMES) for seed in range(SEEDS)]

    assert {name for name in OPERATORS if done.count(name) >= 3} == set(OPERATORS)


def test_honest_ledgers_raise_no_alarm() -> None:
    """Neither as they were written, nor sealed again by whoever holds the keys."""
    for ground in (*small_grounds(), rich_grounds()[0]):
        assert copy_of(ground).audit(ground).findings == ()
        assert draft_of(ground).seal().audit(ground).findings == ()


def test_a_ground_is_the_same_in_every_run() -> None:
    """Or a seed that failed could not be looked at again."""
    first, again = small_grounds.__wrapped__(), small_grounds()

    assert first[0].entries == again[0].entries
    assert first[0].heads == again[0].heads
    assert first[0].entries[0] != first[1].entries[0]
