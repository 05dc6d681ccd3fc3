"""Only what the rules pass on, and never look at, can have a pattern."""

from collections.abc import Callable
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.foreseeing import Shared, foresee
from ledger.audit.glancing import Glance
from ledger.audit.history import HistoryReader
from ledger.audit.parsing import LINE_HEADER, Foreseen, Taken, take_apart
from ledger.audit.patterns import Example, Pattern, learn, moved
from ledger.audit.replay import Replay
from ledger.audit.spilling import SpillingState, Written
from ledger.domain.errors.statements import UnknownTypeError
from ledger.domain.state import StatementRecord
from ledger.intake import read_recorded
from ledger.lists.cutting import Own, Rest, are_each_once, cut, own_of
from ledger.lists.drafts import Draft
from tests.listing import LINES, listings

AT = "2026-09-01T08:00:00.000Z"
FIRST = -2 * (LINES + 1)
"""Where the header of the plain awards stands."""


@cache
def shared() -> Shared:
    """Return the shared records before that."""
    ours, _ = listings()
    replay, reader, found = Replay(SpillingState()), HistoryReader(), Shared()
    for position, stored in enumerate(ours.entries[:FIRST]):
        recorded = reader.read(stored.raw, position=position)
        assert recorded is not None
        list(replay.apply(recorded.act))
    found.learn(replay.take_news().records)
    return found


def looked_ahead(taken: Taken) -> Foreseen | None:
    """Return what an award of the list does."""
    ours, _ = listings()
    header = take_apart(ours.entries[FIRST].raw)
    return foresee(taken, shared(), as_of=1, header=header).foreseen


@cache
def example() -> tuple[Example, Rest, Own]:
    """Return a plain award that was foreseen by itself, cut up."""
    ours, _ = listings()
    raw = ours.entries[FIRST + 2].raw
    words, taken = raw.partition(b"\n")[2], take_apart(raw)
    found, foreseen = cut(words), looked_ahead(taken)
    assert found is not None
    assert foreseen is not None
    assert taken.said is not None
    assert taken.bank is not None
    own = own_of(found)
    assert own is not None
    end = found.body_end
    return Example(words, end, taken.said, taken.bank, taken, foreseen), found.rest, own


READ: Callable[[bytes], Draft] = partial(read_recorded, LINE_HEADER)


def pattern_of(
    decide: Callable[[Taken], Foreseen | None] = looked_ahead,
    read: Callable[[bytes], Draft] = READ,
    **changes: object,
) -> Pattern | None:
    """Return the pattern of the example, with something of it changed."""
    one, rest, own = example()
    changed = one._replace(**changes)  # type: ignore[arg-type]  # its own fields
    return learn(changed, rest, own=own, read=read, decide=decide)


def test_a_plain_award_has_a_pattern() -> None:
    """It names the award of a reference, and what comes before the stream's name."""
    one, _, own = example()
    found = pattern_of()

    assert found is not None
    assert found.prefix + found.award(own.reference) == one.foreseen.stream
    assert found._replace(revision=None).award(own.reference) == ""


@given(st.lists(st.text(max_size=43), max_size=5), st.integers(0, 3))
def test_many_awards_are_named_as_each_of_them(
    references: list[str], revision: int
) -> None:
    """By the issuer's reference and the revision; nothing names what is no award."""
    pattern = pattern_of()
    assert pattern is not None
    revised = pattern._replace(revision=revision)

    assert revised.awards(references) == list(map(revised.award, references))
    assert pattern._replace(revision=None).awards(references) == [""] * len(references)


def test_a_pattern_moves_to_another_instant_only_if_it_says_the_same() -> None:
    """Letter by letter what the rules said of a statement there."""
    one, _, own = example()
    found, at = pattern_of(), one.bank.recorded_at
    assert found is not None
    before = "2026-08-01T00:00:00.000Z"
    earlier = moved(
        found,
        one._replace(
            bank=one.bank._replace(recorded_at=before),
            foreseen=_worded(one.foreseen, at, new=before),
        ),
        own=own,
        before=at,
    )

    assert earlier is not None
    assert before in earlier.own.text
    assert moved(earlier, one, own=own, before=before) == found
    assert moved(earlier, one, own=own, before=at) is None
    other = one._replace(foreseen=one.foreseen._replace(recorded_on="2026-08-01"))
    assert moved(earlier, other, own=own, before=before) is None


def _altered(change: Callable[[Foreseen], Foreseen]) -> Callable[[Taken], Foreseen]:
    def decide(taken: Taken) -> Foreseen:
        found = looked_ahead(taken)
        assert found is not None
        return change(found)

    return decide


def _worded(found: Foreseen, old: str, *, new: str) -> Foreseen:
    made = tuple(one._replace(text=one.text.replace(old, new)) for one in found.made)
    return found._replace(made=made)


OTHER_MADE = (
    Written.of(StatementRecord(iss="a", id="b", payload_hash="c", position=1)),
)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one._replace(made=one.made + OTHER_MADE),
        lambda one: one._replace(stream="elsewhere"),
        lambda one: one._replace(looked_at=frozenset()),
        lambda one: one._replace(awarded_milli=1),
        lambda one: one._replace(learner_id=None),
        lambda one: _worded(one, '"passed":true', new='"passed":false'),
        lambda one: _worded(one, "learner_", new="pupil_"),
        lambda one: _worded(one, "3000", new="8617935024617935"),
    ],
    ids=["more", "stream", "look", "amount", "account", "value", "learner", "number"],
)
def test_what_the_rules_say_otherwise_of_another_has_none(
    change: Callable[[Foreseen], Foreseen],
) -> None:
    """Then they have looked at what is a statement's own."""
    if change(example()[0].foreseen).learner_id is None:
        assert pattern_of(foreseen=change(example()[0].foreseen)) is None
        return
    assert pattern_of(_altered(change)) is None


def test_what_is_refused_of_another_has_none() -> None:
    """Or is not foreseen, or not read."""

    def refuse(_: Taken) -> Foreseen:
        raise UnknownTypeError(pointer="/type")

    def unread(_: bytes) -> Draft:
        raise UnknownTypeError(pointer="/type")

    assert pattern_of(refuse) is None
    assert pattern_of(lambda _: None) is None
    assert pattern_of(looked_ahead, unread) is None


def test_a_value_that_stands_for_others_has_no_pattern() -> None:
    """Whoever writes the stand-ins themselves is read by itself."""
    found = example()[0].foreseen
    planted = _worded(found, '"passed":true', new='"passed":8617935024617935')

    assert (
        pattern_of(
            _altered(
                lambda one: _worded(
                    one, '"passed":true', new='"passed":8617935024617935'
                )
            ),
            foreseen=planted,
        )
        is None
    )


def test_what_has_not_its_fields_form_is_nobodys_own() -> None:
    """An id with a letter too many, or a digest that stands there twice."""
    one, _, _ = example()
    found = cut(one.words.replace(b'"id":"', b'"id":"Z'))
    twice = f'{"a" * 42}A","{"a" * 42}A'

    assert found is not None
    assert own_of(found) is None
    assert not are_each_once(twice)
    assert are_each_once(twice.replace("a", "b", 1))


def glance_at(index: int = 0) -> tuple[Glance, list[bytes]]:
    """Return a glance behind the header of the plain awards, and their entries.

    ``index`` is where it begins, and so many lines were passed over.
    """
    ours, _ = listings()
    header = take_apart(ours.entries[FIRST].raw)
    assert header.bank is not None
    glance = Glance(shared(), as_of=1, header=header, bank=header.bank, seen={})
    raws = [one.raw for one in ours.entries[FIRST + 1 : FIRST + 1 + LINES]]
    for _ in range(index):
        glance.read(take_apart(b""), b"")
    return glance, raws


def test_only_so_many_rests_of_a_batch_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others are read one by one."""
    monkeypatch.setattr("ledger.audit.following.PATTERNS_MAX", 0)
    glance, raws = glance_at()

    for raw in raws:
        assert glance.follow([raw]) is None
        assert glance.read(take_apart(raw), raw).foreseen is not None


def test_a_rest_that_shows_ever_new_patterns_is_read_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its lines are of a known rest, and follow none."""
    monkeypatch.setattr("ledger.audit.following.PATTERNS_MAX", 1)
    glance, raws = glance_at()

    for raw in raws:
        glance.read(take_apart(raw), raw)

    assert len(glance._following._forms) == 1  # noqa: SLF001


def test_whoever_stands_elsewhere_teaches_nothing() -> None:
    """Nor does what was not read, or has no form."""
    glance, raws = glance_at(1)
    for raw in raws[:2]:
        assert glance.read(take_apart(raw), raw).foreseen is not None
    start = raws[3].partition(b"\n")[0] + b"\n"
    glance.read(take_apart(raws[3]), start + b"{}")
    glance.read(take_apart(raws[4])._replace(said=None), raws[4])

    assert glance.follow(raws[5:]) is None


def test_a_line_follows_only_what_its_own_batch_has_shown() -> None:
    """With times that the rule allows, and at its own place."""
    glance, raws = glance_at()
    assert glance.follow(raws) is None
    for raw in raws[:2]:
        glance.read(take_apart(raw), raw)

    late = raws[2].replace(b'"exp":"2', b'"exp":"1')
    other = raws[2].replace(b'"passed":true', b'"passed":null')

    assert glance.follow([late]) is None
    assert glance.follow([other]) is None
    assert glance.follow(raws[3:]) is None
    stretch = glance.follow([raws[2], late])
    assert stretch is not None
    assert len(stretch.which) == 1


def test_few_conclusions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are worked out anew where there are too many."""
    monkeypatch.setattr("ledger.audit.foreseeing.CONCLUSIONS_MAX", 1)
    known = shared()
    known.conclusions.clear()

    assert looked_ahead(example()[0].taken) == example()[0].foreseen
    assert len(known.conclusions) == 1
