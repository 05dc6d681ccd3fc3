"""Whoever reads a source's entries by themselves, all is found as it is one by one."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.findings import AuditReport
from ledger.audit.history import HistoryReader
from ledger.audit.replay import Replay
from ledger.audit.stretches import Stretch
from ledger.audit.verify import IN_PROCESS
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws
from tests.bank import SCHOOL
from tests.listing import (
    ALONE,
    BY_RANGES,
    LINES,
    listings,
    ranged,
    report_of,
)
from tests.property.test_listing import mutated
from tests.tampering.campaign import OPERATORS
from tests.tampering.copies import copy_of, draft_of

LISTED = 3 * (LINES + 1)
SINGLES = range(-LISTED - 3 * LINES, -LISTED)
"""Where singles stand, counted from the end: three of each learner."""


@pytest.mark.traced
@pytest.mark.parametrize("name", tuple(OPERATORS)[1::6])
def test_harm_is_found_the_same_by_ranges(name: str) -> None:
    """The whole report is what it is where each entry is read by itself."""
    ours, theirs = listings()
    chance = random.Random(5)  # noqa: S311  # the same in every run
    copy = ranged(OPERATORS[name](ours, theirs, chance=chance).copy)

    alone = report_of(copy, ours, workers=ALONE)

    assert report_of(copy, ours, workers=BY_RANGES) == alone


@settings(max_examples=12)
@given(st.data())
def test_a_single_that_was_altered_is_found_the_same_by_ranges(
    draw: st.DataObject,
) -> None:
    """Signed again by its member or not."""
    ours, _ = listings()
    draft = draft_of(ours)
    places = [ours.size + at for at in SINGLES]
    position = draw.draw(st.sampled_from(places))
    words = draft.member_bytes(position)
    if draw.draw(st.booleans()):
        other = draft.member_bytes(draw.draw(st.sampled_from(places)))
        payloads = [read_jws(one, typ=STATEMENT_TYP).payload for one in (words, other)]
        payload = mutated(*payloads, draw=draw)
        words = sign_jws(ours.bank.keys[SCHOOL], payload, typ=STATEMENT_TYP)
    else:
        words = mutated(words, words, draw=draw)
    draft.say(position, words)
    copy = ranged(draft.seal(), ours)

    alone = report_of(copy, ours, workers=ALONE)

    assert report_of(copy, ours, workers=BY_RANGES) == alone


@pytest.mark.parametrize("back", [1, 2, LINES + 2])
def test_a_signature_of_another_single_is_found(
    monkeypatch: pytest.MonkeyPatch, back: int
) -> None:
    """Though all that it says is like those before it, and sealed as they are."""
    ours, _ = listings()
    draft = draft_of(ours)
    position = ours.size - LISTED - back
    words, other = (draft.member_bytes(at) for at in (position, position - 2))
    said, signature = words.rpartition(b".")[0], other.rpartition(b".")[2]
    draft.say(position, said + b"." + signature)
    copy = ranged(draft.seal(), ours)
    before = ours.size - LISTED - 3 * LINES
    monkeypatch.setattr("ledger.audit.workers._ONE_BY_ONE", before)
    whole = replace(BY_RANGES, first=before, range=2 * LISTED)

    alone = report_of(copy, ours, workers=ALONE)

    assert isinstance(alone, AuditReport)
    assert [one.code for one in alone.findings] == ["signature-invalid"]
    assert report_of(copy, ours, workers=IN_PROCESS) == alone
    assert report_of(copy, ours, workers=whole) == alone


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"stream": "award:x"}, {"topic": "x"}, {"position": 7}],
    ids=str,
)
@pytest.mark.parametrize("back", [LISTED + 1, 2, 1])
def test_an_entry_that_is_filed_elsewhere_is_found_by_ranges(
    change: dict[str, object], back: int
) -> None:
    """Though whoever looked at it was not who goes through history in order."""
    ours, _ = listings()
    copy = ranged(copy_of(ours))
    stored = copy.entries_kept[-back]
    copy.entries_kept[-back] = replace(stored, **change)  # type: ignore[arg-type]  # its own fields

    alone = report_of(copy, ours, workers=ALONE)

    assert not alone.passed  # type: ignore[union-attr]  # it is the ledger it says
    assert report_of(copy, ours, workers=BY_RANGES) == alone


@pytest.mark.traced
@pytest.mark.parametrize("signers_max", [1_000, -1])
def test_singles_follow_those_of_their_instant(
    monkeypatch: pytest.MonkeyPatch, signers_max: int
) -> None:
    """All but the first two of a kind; one at a later instant, if they are kept."""
    monkeypatch.setattr("ledger.audit.glancing._SIGNERS_MAX", signers_max)
    ours, _ = listings()
    replay, reader, found = Replay(), HistoryReader(), dict[bool, int]()
    few = replace(BY_RANGES, first=ours.size - LISTED - 3 * LINES, range=2 * LISTED)
    pieces = few.take_source(ranged(copy_of(ours)), news=replay.take_news)
    position = 0

    for entries, one in pieces:
        if isinstance(one, Stretch):
            is_single = one.batch is None
            found[is_single] = found.get(is_single, 0) + len(one.which)
        for stored in entries:
            assert stored == ours.entries[position]
            recorded = reader.read(stored.raw, position=position)
            assert recorded is not None
            assert list(replay.apply(recorded.act)) == []
            position += 1

    assert position == ours.size
    first, later = 2 * (LINES - 2), LINES - (1 if signers_max > 0 else 2)
    assert found[True] == first + later
    assert found[False] >= LINES
