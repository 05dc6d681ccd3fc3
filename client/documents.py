"""The part of a bank that is about documents as data, and about progress."""

from collections.abc import Iterator
from urllib.parse import quote as quoted

from client.answers import When
from client.document_answers import (
    Forms,
    ProgressCase,
    Transcript,
    TranscriptHead,
    TranscriptPage,
)
from client.exchange import Connection, Query, parse

NOW = When()


class Documents:
    """Questions of a bank, each with a typed answer."""

    _connection: Connection

    def transcript(self, learner_id: str, *, when: When = NOW) -> Transcript:
        """Return a learner's whole transcript (学习成果与学分证明).

        Its proofs are as the bank gives them: ``client.transcripts`` checks them.
        """
        path = f"/v1/learners/{_part(learner_id)}/transcript"
        asked: dict[str, str | int | None] = {**when.model_dump()}
        first = self._connection.get(path, asked).content
        head = parse(TranscriptHead, first)
        pages = [parse(TranscriptPage, first)]
        while pages[-1].next is not None:
            asked["cursor"] = pages[-1].next
            pages.append(self._connection.read(TranscriptPage, path, query=asked))
        proofs = {page.proof.size: page.proof for page in pages}
        items = {one.achievement: one for page in pages for one in page.catalogue}
        return Transcript(
            **dict(head),
            position=pages[0].position,
            studied=tuple(lot for page in pages for lot in page.studied),
            recognised=tuple(lot for page in pages for lot in page.recognised),
            catalogue=tuple(items[ref] for ref in sorted(items)),
            proofs=tuple(proofs.values()),
            language=pages[0].language,
            labels=pages[0].labels,
            words=pages[0].words,
        )

    def forms(self, exchange_id: str, *, notice_workdays: int | None = None) -> Forms:
        """Return the forms of a case (审批表、公示表)."""
        path = f"/v1/exchanges/{_part(exchange_id)}/forms"
        query: Query = {"notice_workdays": notice_workdays}
        return self._connection.read(Forms, path, query=query)

    def progress(
        self, learner_id: str, *, closed_days: int = 0
    ) -> Iterator[ProgressCase]:
        """Yield a learner's open cases, and those closed in so many days (办理进度)."""
        path = f"/v1/learners/{_part(learner_id)}/progress"
        query: Query = {"closed_days": closed_days, "limit": 100}
        return self._connection.pages(ProgressCase, path, member="cases", query=query)


def _part(text: str) -> str:
    return quoted(text, safe="")
