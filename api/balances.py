"""What a learner has now: asked most of all, so it has a short way to its answer."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import orjson
from starlette.types import Scope

from api.answers import Answer, json_answer
from api.bank import Bank
from api.crew import Crew
from api.errors import NoSuchLearnerError
from api.mailbox import Mailbox, Take
from ledger.database import open_connection
from ledger.store.asking import asking
from projections.balances.glance import Glance, Row, glance, seen_in
from projections.balances.lookout import lookout
from projections.balances.queries import balance
from projections.holders import UnknownLearnerError

THREADS: Final = 4
_PATH: Final = re.compile(r"/v1/learners/([!-.0-~]{1,64})/balance", re.ASCII)


Present = Callable[[], Answer]
"""Reads a balance, and raises what there is to be said against it."""


class Balances:
    """Answers one event loop; by threads of its own where more is to be read."""

    def __init__(self, bank: Bank) -> None:
        """Read from a bank."""
        self._bank = bank
        self._lookout = lookout(bank.store.engine)
        self._answers: Mailbox[Answer] = Mailbox()
        self._crew = Crew("balances", size=THREADS)

    def start(self) -> None:
        """Begin; whoever waits does so in the loop that runs now."""
        self._answers.open(asyncio.get_running_loop())
        self._crew.start()

    async def answer(self, learner_id: str) -> Answer:
        """Return the balance of a learner.

        Raises:
            NoSuchLearnerError: no account under this id.
            StoreUnavailableError: the database does not answer.
        """
        slot, take = self._answers.slot()
        self.begin(learner_id, take)
        return await slot

    def begin(self, learner_id: str, take: Take[Answer]) -> None:
        """Have the same taken, at once where nobody need be waited for."""

        def tell(row: Row | None) -> None:
            try:
                found = self._found(row, learner_id)
            except Exception as error:  # noqa: BLE001  # whoever asks is told
                take(error)
                return
            if isinstance(found, Answer):
                take(found)
            else:
                self._crew.put(partial(self._read, found, take))

        self._lookout.look(learner_id, tell)

    def _found(self, row: Row | None, learner_id: str) -> Answer | Present:
        """Return the answer that a row holds, or else what looks further."""
        if row is None:
            return partial(present_balance, self._bank, learner_id)
        with _known():
            seen = seen_in(row, learner_id, today=self._bank.today())
        if seen is None:
            return partial(_present_whole, self._bank, learner_id)
        return _told(seen)

    def close(self) -> None:
        """Answer what waits, and stop."""
        self._crew.close()
        self._lookout.close()

    def _read(self, present: Present, take: Take[Answer]) -> None:
        try:
            outcome: Answer | Exception = present()
        except Exception as error:  # noqa: BLE001  # whoever waits is told
            outcome = error
        self._answers.put(take, outcome)


def asked_learner(scope: Scope) -> str | None:
    """Return whose balance is asked for, without anything else being asked."""
    if scope["query_string"] or scope["method"] not in {"GET", "HEAD"}:
        return None
    found = _PATH.fullmatch(scope["path"])
    return None if found is None else found[1]


def present_balance(bank: Bank, learner_id: str) -> Answer:
    """Return what a learner has now.

    Raises:
        NoSuchLearnerError: no account under this id.
        StoreUnavailableError: the database does not answer.
    """
    today = bank.today()

    def look() -> Glance | None:
        with open_connection(bank.store.engine) as connection:
            return glance(connection, learner_id, today=today)

    with _known():
        seen = asking(look)
    return _present_whole(bank, learner_id) if seen is None else _told(seen)


def _present_whole(bank: Bank, learner_id: str) -> Answer:
    """Return the same where a glance is not enough."""
    with _known(), bank.store.snapshot() as state:
        found = balance(state, learner_id, today=bank.today())
        return _told(Glance(state.size() - 1, found))


@contextmanager
def _known() -> Iterator[None]:
    """Tell whoever asks for nobody's account so."""
    try:
        yield
    except UnknownLearnerError as error:
        raise NoSuchLearnerError(pointer="/path/learner_id") from error


def _told(seen: Glance) -> Answer:
    position = b"%d" % seen.position
    return json_answer(
        200,
        orjson.dumps({"position": seen.position, **seen.answer}),
        headers=[(b"x-ledger-position", position)],
        media_type=b"application/json",
    )
