"""Nothing that a bank does costs more because its ledger is longer.

SQLite counts its own steps, so that no clock is needed: a question without an index, or
a start that replays, takes more steps the longer the history is.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from api.bank import Bank
from api.duties import perform_duties
from api.main import create_app
from api.upkeep import sweep_vault
from bench.databases import SqliteFiles
from bench.filling import filling
from bench.school import SCHOOL, School, admitted, learner
from ledger.intake import receive_batch

SIZES = (1_100, 2_900)
"""What goes through the history takes more than twice as long at the second."""
LARGER = 1.4
SLACK = 150
"""Pages of a tree that is one level higher, and what falls between two counts."""
EVERY = 10
QUESTIONS = (
    *(
        f"/v1/learners/{learner(1)}/{name}"
        for name in ("awards", "balance", "enrolments", "progress", "trail")
    ),
    f"/v1/learners/{learner(1)}/balance?as_of_position=1000",
    f"/v1/learners/{learner(1)}/transcript",
    "/v1/achievements",
    "/v1/members",
    "/v1/overview",
    "/v1/entries?after=500&limit=5",
    "/v1/proofs/inclusion/500",
    "/v1/proofs/consistency?from=350&to=1000",
    "/v1/audit/trail?limit=5",
    f"/v1/audit/trail?limit=5&member={SCHOOL}",
    "/v1/audit/trail?type=member.admitted.v1",
    "/v1/audit/trail?from=2020-01-01&to=2020-02-01",
    "/readyz",
)

Steps = Mapping[str, int]


class Counter:
    """Counts the steps of the databases that it watches."""

    def __init__(self) -> None:
        """Begin at none."""
        self._steps = 0

    def watch(self, engine: Engine) -> None:
        """Count on every connection from now on."""
        event.listen(engine, "connect", self._prepare)
        engine.dispose()

    def of(self, work: Callable[[], object]) -> int:
        """Return the steps of some work."""
        before = self._steps
        work()
        return self._steps - before

    # Any: the driver's own connection.
    def _prepare(self, connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.set_progress_handler(self._step, EVERY)

    def _step(self) -> int:
        self._steps += EVERY
        return 0


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[Steps]:
    """Grow one ledger, and count at each size."""
    folder = tmp_path_factory.mktemp("growth")
    school = admitted(SqliteFiles(folder), folder, learners=3)
    found: list[Steps] = []
    for size in SIZES:
        with filling(school) as filler:
            filler.fill(size)
        bank = Bank(school.settings)
        try:
            bank.runner.catch_up()
            bank.publisher.publish()
            found.append(dict(steps_of(bank, school)))
        finally:
            bank.close()
    return found


def steps_of(bank: Bank, school: School) -> Iterator[tuple[str, int]]:
    """Write, follow, do what is due, and ask; each once before it is counted."""
    counter = Counter()
    for engine in (bank.store.engine, bank.runner.engine):
        counter.watch(engine)
    work: dict[str, Callable[[], object]] = {
        "write a batch": lambda: write(bank, school),
        "project": bank.runner.catch_up,
        "publish": bank.publisher.publish,
        "do what is due": lambda: perform_duties(bank),
        "sweep": lambda: sweep_vault(bank),
    }
    for one in work.values():
        one()
    yield from ((name, counter.of(one)) for name, one in work.items())
    with TestClient(create_app(bank), base_url="http://127.0.0.1") as client:
        for path in QUESTIONS:
            assert client.get(path).status_code == 200, path
            yield path, counter.of(partial(client.get, path))


def write(bank: Bank, school: School) -> None:
    """Have the writer take a small batch."""
    tagger = bank.vault.keys.certificate_tag
    batch = receive_batch(school.batch(5), find_key=bank.find_key, tagger=tagger)
    bank.sequencer.submit(batch).result()


def test_nothing_takes_more_steps_in_a_longer_ledger(measured: list[Steps]) -> None:
    """Writing, following, what is due by the clock, and what members ask."""
    short, long = measured

    grown = {
        name: (short[name], steps)
        for name, steps in long.items()
        if steps > short[name] * LARGER + SLACK
    }

    assert grown == {}
