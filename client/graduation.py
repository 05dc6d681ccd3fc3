"""The part of a bank that is about graduation and appeals."""

from collections.abc import Iterator
from urllib.parse import quote as quoted

from client.answers import When
from client.exchange import Connection, Query
from client.graduation_answers import AppealView, GraduationView

_NOW = When()


class Graduation:
    """Questions of a bank, each with a typed answer."""

    _connection: Connection

    def graduation(
        self, learner_id: str, *, enrolment: str, when: When = _NOW
    ) -> GraduationView:
        """Return what an enrolment has and lacks, and the body to sign.

        Raises:
            BankRefusedError: no such learner or enrolment.
        """
        asked = when.model_dump(exclude={"effective_on"})
        query: Query = {**asked, "enrolment": enrolment}
        path = f"/v1/learners/{quoted(learner_id, safe='')}/graduation"
        return self._connection.read(GraduationView, path, query=query)

    def appeals(self, learner_id: str, *, when: When = _NOW) -> Iterator[AppealView]:
        """Yield a learner's appeals (申诉)."""
        path = f"/v1/learners/{quoted(learner_id, safe='')}/appeals"
        query: Query = when.model_dump()
        return self._connection.pages(AppealView, path, member="appeals", query=query)
