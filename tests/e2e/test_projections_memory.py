"""What pages remember for the next is no more than what was written."""

import pytest
from sqlalchemy import Connection

from ledger.database import open_engine
from projections.pages import Page
from projections.runner import PROJECTIONS, Runner
from projections.tables import metadata
from tests.bank import Bank
from tests.consortium import write_consortium
from tests.e2e.test_projections_runner import KilledError, dump, read_side


def test_what_a_failing_page_read_and_wrote_is_forgotten(sqlite_url: str) -> None:
    """The same runner goes on as one that starts anew would."""
    with Bank(sqlite_url) as bank:
        write_consortium(bank)
        runner = Runner(bank.store, open_engine(read_side(sqlite_url)))
        runner.catch_up()
        expected = dump(runner.engine)
        metadata.drop_all(runner.engine)
        metadata.create_all(runner.engine)

        def fail(page: Page, _: Connection) -> None:
            if page.facts[-1].position > 30:
                raise KilledError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("projections.runner.PAGE", 20)
            patch.setattr("projections.runner.PROJECTIONS", (*PROJECTIONS, fail))
            with pytest.raises(KilledError):
                runner.catch_up()
        assert runner.position() == 19

        runner.catch_up()

        assert dump(runner.engine) == expected
        runner.close()
