"""Lines that follow a pattern are judged as each of them is by itself."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.history import HistoryReader
from ledger.audit.passing import LinesAtOnce, PassingState
from ledger.audit.replay import Replay
from ledger.audit.spilling import SpillingState
from ledger.audit.stretches import LinesInOrder, Stretch
from ledger.audit.witnessed import Witnesses
from ledger.audit.workers import Workers
from ledger.domain.errors import RejectionError
from ledger.domain.rules.envelope import check_times
from ledger.domain.state import AccountRecord
from ledger.domain.types import instant_of
from ledger.lists.cutting import allow, cut, form_of, joined, own_of
from tests.listing import AHEAD, ALONE, LINES, listings, report_of
from tests.resuming import audit_of, resumed
from tests.tampering.campaign import OPERATORS
from tests.tampering.copies import copy_of, draft_of
from tests.tampering.cosigned import POLICY
from tests.tampering.outcomes import Harm

BY_SPANS = Workers(
    processes=2,
    worth_starting=0,
    span=1,
    waiting=0,
    start=lambda _: ThreadPoolExecutor(1),
)
WORDS = [one.raw.partition(b"\n")[2] for one in listings()[0].entries[-3 * LINES - 3 :]]
LISTED = [one for one in WORDS if one.startswith(b"{")]


@pytest.mark.parametrize("name", tuple(OPERATORS)[3::10])
def test_harm_to_lists_is_found_the_same_ahead(name: str) -> None:
    """The whole report is what it is where each entry is read by itself."""
    ours, theirs = listings()
    chance = random.Random(3)  # noqa: S311  # the same in every run
    copy = OPERATORS[name](ours, theirs, chance=chance).copy

    alone = report_of(copy, ours, workers=ALONE)

    assert report_of(copy, ours, workers=AHEAD) == alone


def mutated(words: bytes, other: bytes, *, draw: st.DataObject) -> bytes:
    """Return a line with a value of another one's, or with one byte changed."""
    one, two = cut(words), cut(other)
    if one is not None and two is not None and draw.draw(st.booleans()):
        mine, theirs = own_of(one), own_of(two)
        assert mine is not None
        assert theirs is not None
        name = draw.draw(st.sampled_from(mine._fields))
        return joined(one.rest, mine._replace(**{name: getattr(theirs, name)}))
    at = draw.draw(st.integers(0, len(words) - 1))
    byte = draw.draw(st.sampled_from(b'"0a}{,\\:\x00\xff') | st.integers(0, 255))
    return words[:at] + bytes([byte]) + words[at + 1 :]


@settings(max_examples=10)
@given(st.data())
def test_a_line_that_was_altered_is_found_the_same_ahead(draw: st.DataObject) -> None:
    """Whatever was altered in it, and sealed again."""
    ours, _ = listings()
    draft = draft_of(ours)
    lines = [n for n, raw in enumerate(draft.raw) if raw.startswith(b'{"batch":')]
    position = draw.draw(st.sampled_from(lines[-3 * LINES :]))
    other = draft.member_bytes(draw.draw(st.sampled_from(lines[-3 * LINES :])))
    draft.say(position, mutated(draft.member_bytes(position), other, draw=draw))
    copy = draft.seal()

    alone = report_of(copy, ours, workers=ALONE)

    assert report_of(copy, ours, workers=AHEAD) == alone


INSTANTS = st.datetimes(
    min_value=datetime(2026, 8, 31, 23, 50),  # noqa: DTZ001  # as the calendar has it
    max_value=datetime(2026, 9, 8, 0, 11),  # noqa: DTZ001  # as the calendar has it
)
NEAR = st.sampled_from([0, 1, 59_999, 60_000, 60_001, 600_000, 604_800_000])


@settings(max_examples=300)
@given(INSTANTS, NEAR, NEAR, st.integers(-2, 2))
def test_times_of_two_minutes_are_allowed_at_once_only_if_each_is(
    iat: datetime, later: int, ahead: int, shift: int
) -> None:
    """Wherever they stand in their minutes: near the ends of what the rule allows."""
    exp = iat + timedelta(milliseconds=later + shift)
    at = iat + timedelta(milliseconds=shift - ahead)
    said = {"exp": exp, "iat": iat, "at": at}
    words = {name: instant_of(one.replace(tzinfo=UTC)) for name, one in said.items()}
    try:
        check_times(**words)
    except RejectionError:
        assert not allow(**words)
    else:
        assert allow(**words)


@given(st.data(), st.sampled_from(LISTED), st.sampled_from(LISTED))
def test_what_is_cut_up_is_found_again_by_its_form_and_by_nothing_else(
    draw: st.DataObject, words: bytes, other: bytes
) -> None:
    """A text follows a form exactly if it has the same rest, and plainly its own."""
    found = cut(words)
    assert found is not None
    own = own_of(found)
    assert own is not None
    altered = mutated(other, words, draw=draw)
    again = cut(altered)

    matched = form_of(found.rest, own).fullmatch(altered.decode("latin-1"))

    assert joined(found.rest, own) == words
    said = None if again is None or again.rest != found.rest else own_of(again)
    if said is not None:
        assert joined(found.rest, said) == altered
        digests, learner, reference, exp, iat, identity = matched.groups()  # type: ignore[union-attr]  # it was found
        assert said == (learner, exp, iat, identity, reference, digests)
    elif matched is not None:
        # Only that each digest stands there once is asked besides.
        listed = matched[1].split('","')
        assert len(set(listed)) < len(listed)


def test_whatever_the_workers_a_list_is_found_well() -> None:
    """And most of its lines were passed as stretches."""
    ours, _ = listings()
    alone = report_of(copy_of(ours), ours, workers=ALONE)

    for workers in (AHEAD, BY_SPANS):
        assert report_of(copy_of(ours), ours, workers=workers) == alone
    assert alone.passed  # type: ignore[union-attr]  # it is the ledger it says


@pytest.mark.traced
def test_lists_are_held_against_witnesses_and_go_on_where_an_audit_stopped(
    tmp_path: Path,
) -> None:
    """Word by word what an unbroken audit says that reads each entry by itself."""
    ours, _ = listings()
    watched = Witnesses(policy=POLICY)
    harm = Harm(copy=copy_of(ours), expected=None, witnesses=watched)
    stops = [(ours.size - LINES * part, 1) for part in (3, 2, 1)]
    path = tmp_path / "progress"

    found = resumed(harm, ours, path=path, stops=stops, workers=AHEAD)

    assert found == audit_of(harm, ours, workers=ALONE)
    assert found.witnesses is not None  # type: ignore[union-attr]  # it is the ledger


def lines_in(state: SpillingState, replay: Replay) -> LinesInOrder | LinesAtOnce:
    """Return what applies lines to a state."""
    if isinstance(state, PassingState):
        return LinesAtOnce(replay, state)
    return LinesInOrder(replay, state)


@pytest.mark.traced
@pytest.mark.parametrize("in_memory_max", [0, 1_000])
@pytest.mark.parametrize("at_once", [False, True])
def test_what_lines_make_is_what_the_rules_make(
    *, in_memory_max: int, at_once: bool
) -> None:
    """Every record, word by word, whether it was written down before or not."""
    ours, _ = listings()
    state = SpillingState(in_memory_max)
    if at_once:
        state = PassingState(in_memory_max, lines_in_memory_max=in_memory_max)
    replay, plain, reader = Replay(state), Replay(), HistoryReader()
    lines, passed, position = lines_in(state, replay), 0, 0

    pieces = AHEAD.take_pieces(ours.entries, size=None, news=replay.take_news)
    for entries, found in pieces:
        if isinstance(found, Stretch):
            end = len(entries)
            assert lines.take(found, entries, start=0, end=end) == end
            assert lines.take(found, entries, start=0, end=end) == 0
            passed += end
        for stored in entries:
            recorded = reader.read(stored.raw, position=position)
            assert recorded is not None
            assert list(plain.apply(recorded.act)) == []
            if not isinstance(found, Stretch):
                assert list(replay.apply(recorded.act)) == []
            position += 1

    # Of accounts and of two courses two each are read one by one.
    # Of plain awards, whose like came in a list before, it is one.
    assert passed == 3 * LINES - 2 * 3 - 1
    for kind, key in plain.state.known:
        assert state.find(kind, key) == plain.state.find(kind, key)
    accounts = sum(kind is AccountRecord for kind, _ in plain.state.known)
    assert state.count(AccountRecord) == accounts
    assert replay.books.awarded_milli == plain.books.awarded_milli
    assert replay.books.awards == plain.books.awards
    state.close()
