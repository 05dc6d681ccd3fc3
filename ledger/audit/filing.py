"""Holds where a store filed each entry against where its act belongs."""

from collections.abc import Iterator

from ledger.audit.findings import Finding
from ledger.audit.replay import AnyAct, place_of
from ledger.audit.spilling import StreamRecord
from ledger.domain.state import Slice

Filed = tuple[str | None, int | None, str | None]
"""Stream, version and topic as a source tells them; all None if it tells none."""


class FilingCheck:
    """Counts the versions of every stream, in a state that others use, too."""

    def __init__(self, state: Slice) -> None:
        """Stand before entry 0."""
        self._state = state

    def take(self, act: AnyAct, filed: Filed) -> Iterator[Finding]:
        """Count an entry; yield what is wrong with its place."""
        yield from self.take_at(place_of(act), filed, position=act.position)

    def take_at(
        self, place: tuple[str, str], filed: Filed, *, position: int
    ) -> Iterator[Finding]:
        """Count an entry of this stream and topic; yield what is wrong with it."""
        if filed[0] is None:
            return
        stream, topic = place
        before = self._state.find(StreamRecord, stream)
        version = 1 if before is None else before.version + 1
        self._state.put([StreamRecord(stream=stream, version=version)])
        if filed != (stream, version, topic):
            detail = f"under {filed[0]}"
            yield Finding(position=position, code="filed-wrong", detail=detail)
