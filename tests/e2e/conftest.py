"""One consortium's history on either database, written and projected once."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ledger.database import open_engine
from projections.runner import Runner
from tests.bank import Bank
from tests.consortium import write_consortium
from tests.e2e import naive
from tests.e2e.documented import documented
from tests.e2e.http_bank import HttpBank, serving
from tests.e2e.lost_bank import Lost, lose_bank
from tests.e2e.projected import Read


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve one bank with something of every document; nothing may change it."""
    with documented(tmp_path_factory.mktemp("archive")) as served:
        yield served


@pytest.fixture(scope="session")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """Save a bank by command, post once more, and lose it; nothing may change it."""
    return lose_bank(tmp_path_factory.mktemp("lost"))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def read(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Read]:
    """Write a consortium's history and project it, seven entries at a time."""
    url = f"sqlite:///{tmp_path_factory.mktemp('read') / 'ledger.db'}"
    target = url.replace("ledger.db", "projections.db")
    with ExitStack() as opened:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_server")
            lent = server.lent("projected", template=server.with_tables)
            url = target = opened.enter_context(lent)
        bank = opened.enter_context(Bank(url))
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        write_consortium(bank)
        patch.setattr("projections.runner.PAGE", 7)
        runner = Runner(bank.store, open_engine(target))
        log = naive.read_log(bank.raw_entries())
        assert runner.catch_up() == log[-1].position
        with runner.engine.connect() as connection:
            yield Read(
                bank=bank,
                log=log,
                connection=connection,
                url=target,
                stride=3 if request.param == "sqlite" else 7,
            )
        runner.close()


@pytest.fixture(params=["sqlite_url", "postgres_url", "apart"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HttpBank]:
    """Serve a bank on either database, and by a process that only answers."""
    apart = request.param == "apart"
    url = request.getfixturevalue("sqlite_url" if apart else request.param)
    with serving(tmp_path, url, apart=apart) as served:
        yield served
