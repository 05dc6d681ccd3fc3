"""For every history: the pages of a list, put together, are the list."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.sequencer import RefusedError
from projections.awards.queries import awards_held, awards_of
from projections.holders import find_holder
from projections.moments import Moment, Place, Window
from projections.reconciliation.queries import Asked, Period, lines_of
from tests.bank import LEARNER
from tests.consortium_cases import PROGRAMME, give, propose, ratify, request
from tests.consortium_names import OTHER
from tests.documents import Json, Office, lay_ground

Opening = Callable[[], AbstractContextManager[Office]]
Page = Callable[[Window], list[tuple[Place, Json]]]

LOTS_MOST: Final = 4
"""How many lots one exchange of these histories makes at most."""
LIGHT: Final = settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
STEPS: Final = st.lists(st.integers(0, LOTS_MOST), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """Return what opens a new bank for every history."""
    ground = lay_ground(tmp_path_factory.mktemp("ground"))
    return lambda: ground.office(tmp_path_factory.mktemp("town"))


def live(town: Office, steps: list[int]) -> None:
    """Give an award in every step, and exchange it for so many lots; 0 leaves it."""
    aim = {"programme": PROGRAMME.partition("@")[0], "code": "FREE"}
    target = {"outcome": "elective_credit", "requirement": aim}
    rules = {}
    for count in sorted({*steps} - {0}):
        given_ = [{**target, "credits": "0.1"} for _ in range(count - 1)]
        rules[count] = propose(town.bank, f"N-{count}", targets=[*given_, target])
        ratify(town.bank, rules[count])
    for number, count in enumerate(steps):
        lot = give(town.bank, OTHER, reference=f"r-{number}", credits="1")
        if count:
            try:
                request(town.bank, number, rule=rules[count], lots=[(lot, "1")])
            except (RefusedError, RejectionError):
                continue


@contextmanager
def read(town: Office, *, present: bool) -> Iterator[dict[str, Any]]:
    """Yield what awards are asked for with: the present, or the past it will be."""
    newest = town.runner.catch_up()
    moment = Moment(position=newest, is_present=present)
    with town.runner.engine.connect() as connection:
        yield {"state": town.bank.store, "connection": connection, "moment": moment}


def awards_in(asking: dict[str, Any]) -> Page:
    """Return how pages of the learner's awards are read."""
    return lambda window: awards_of(**asking, learner_id=LEARNER, window=window)


def lines_in(asking: dict[str, Any]) -> Page:
    """Return how pages of reconciliation are read."""
    asked = Asked(position=asking["moment"].position)
    rest = {"periods": (Period(code="open"),)}
    return lambda window: [
        ((line["position"], line["number"]), line)
        for line in lines_of(asking["connection"], asked, window=window, **rest)
    ]


def paged(page: Page, size: int) -> list[Json]:
    """Return a list as a reader sees it who takes so many rows at a time."""
    found: list[Json] = []
    window = Window(limit=size)
    while rows := page(window):
        assert len(rows) <= size
        found += [row for _, row in rows]
        (after, number), _ = rows[-1]
        window = Window(after=after, number=number, limit=size)
    return found


@given(steps=STEPS, present=st.booleans())
@LIGHT
def test_the_pages_of_a_list_are_the_list(
    opening: Opening, steps: list[int], *, present: bool
) -> None:
    """Of every size: nothing is left out, nothing comes twice, and the order stays."""
    with opening() as town:
        live(town, [*steps, LOTS_MOST])
        with read(town, present=present) as asking:
            check_every_size(awards_in(asking))
            check_every_size(lines_in(asking))


def check_every_size(page: Page) -> None:
    """Require that pages of every size, put together, are the list."""
    whole = [row for _, row in page(Window(limit=1_000))]
    assert len(whole) >= LOTS_MOST
    for size in range(1, len(whole) + 1):
        assert paged(page, size) == whole


@given(steps=STEPS, size=st.integers(1, 3))
@LIGHT
def test_all_awards_are_read_whatever_is_read_at_a_time(
    opening: Opening, steps: list[int], size: int
) -> None:
    """A balance of the past reads on by itself, and so goes on within a position."""
    with opening() as town:
        live(town, [*steps, LOTS_MOST])
        with read(town, present=False) as asking:
            holder = find_holder(town.bank.store, LEARNER)
            once, bit_by_bit = (
                list(awards_held(**asking, holder=holder, window=Window(limit=limit)))
                for limit in (1_000, size)
            )
            assert bit_by_bit == once
