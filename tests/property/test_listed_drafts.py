"""Lists are taken in and decided as their lines would be, one by one.

What is cut up says what it says when it is read, and what comes of it, to the last byte
of an entry and the last value of a row, is what its rule makes of it.
"""

import socket
from collections.abc import Iterator, Sequence
from typing import Final

import pytest
from hypothesis import example, given, settings

from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements.awards import CreditAwarded
from ledger.intake import BatchSubmission
from ledger.integrity import canonical
from ledger.lists.drafts import Draft
from ledger.lists.listed import Listed
from ledger.sequencer.channel import Channel, framed
from ledger.sequencer.needing import first_needs, listed_needs
from ledger.store.short_ids import short_id
from tests.bank import SCHOOL, award
from tests.builders import Body
from tests.property.listed_bank import (
    OPENED,
    SCORE,
    ListedBank,
    Refused,
    as_by_themselves,
    read,
)
from tests.property.listed_cases import (
    AROUND,
    AT,
    LISTS,
    MET,
    ODD_LISTS,
    USUAL,
    Changes,
)

pytestmark = pytest.mark.traced

EXAMPLES: Final = 250

Own = tuple[str, str, str, str, str, tuple[str, ...]]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListedBank]:
    """A bank that is prepared once: no list is written."""
    url = f"sqlite:///{tmp_path_factory.mktemp('listed') / 'bank.db'}"
    with ListedBank(url) as found:
        found.prepare()
        yield found


def lines_of(bank: ListedBank, changes: Sequence[Changes]) -> list[bytes]:
    """Return lines, the first of which is an example for some of the others."""
    return [
        canonical.dumps(_statement(bank, change, number=number))
        for number, change in enumerate([{"body": {}}, *changes])
    ]


def _statement(bank: ListedBank, change: Changes, *, number: int) -> Body:
    changes = dict(change)
    body, type_name = changes.pop("body"), changes.get("type", "credit.awarded.v1")
    if type_name.startswith("credit.awarded"):
        body = {**award(f"r{number}"), **body}
    if type_name == "account.opened.v1":
        changes |= bank.opening(OPENED)
    said = bank.statement(SCHOOL, type_name, body=body)
    return {**said, "exp": "2026-09-02T08:00:00.000Z", **changes}


@given(ODD_LISTS)
@example([{"body": {}, "iss": "operator"}] * 2)
@settings(max_examples=EXAMPLES)
def test_lines_are_taken_in_as_by_themselves(
    bank: ListedBank, changes: Sequence[Changes]
) -> None:
    """And go to another process as they are."""
    lines = lines_of(bank, changes)
    found = bank.taken_in(lines)
    expected = as_by_themselves(bank, lines)
    if isinstance(found, Refused):
        assert found == expected
        return
    assert list(found.drafts) == expected
    for line in found.drafts.lines:
        assert isinstance(line, Draft) or own_of(line) == said_by(line, found)
    (handed,) = handed_on(found)
    assert handed == found
    for one in (found, handed):
        assert [*zip(*one.drafts.row_ids, strict=True)] == [
            spelled(line) for line in found.drafts.lines
        ]


def spelled(line: Draft | Listed) -> tuple[str, ...]:
    """Return the ids of a line as the tables spell them, if it was cut up."""
    if isinstance(line, Draft):
        return "", "", ""
    return short_id(line.learner_id), short_id(line.id), short_id(line.award_id)


def own_of(line: Listed) -> Own:
    """Return what was cut out of a line."""
    return (line.learner_id, line.exp, line.iat, line.id, line.award_id, line.sd())


def said_by(line: Listed, found: BatchSubmission) -> Own:
    """Return the same of the line as it reads."""
    said = found.drafts.read(line).statement
    assert isinstance(said, CreditAwarded)
    body = said.body
    return (body.learner_id, said.exp, said.iat, said.id, id_of_award(said), body.sd)


def handed_on(found: BatchSubmission) -> list[BatchSubmission]:
    """Return what another process gets."""
    ours, theirs = socket.socketpair()
    other = Channel(theirs)
    with ours:
        ours.sendall(framed([found]))
        items = other.read()
    other.drop()
    return [one for one in items if isinstance(one, BatchSubmission)]


@given(LISTS | USUAL)
@settings(max_examples=EXAMPLES)
def test_lists_are_decided_as_their_lines(
    bank: ListedBank, changes: Sequence[Changes]
) -> None:
    """Refused for the same, or accepted with the same entries, records and rows."""
    found = bank.taken_in(lines_of(bank, changes))
    if isinstance(found, BatchSubmission):
        assert bank.group(found, at=AT) == bank.group(read(found), at=AT)
        named = {*first_needs([found]), *listed_needs(found.drafts)}
        assert named == set(first_needs([read(found)]))


@given(LISTS | USUAL, AROUND)
@settings(max_examples=EXAMPLES)
def test_lists_are_decided_as_their_lines_among_others(
    bank: ListedBank, changes: Sequence[Changes], around: Sequence[Changes]
) -> None:
    """Before them accounts and awards change, and behind them their own awards."""
    found = bank.taken_in(lines_of(bank, changes))
    if not isinstance(found, BatchSubmission):
        return
    others = [
        bank.receive(bank.sign(_statement(bank, change, number=number)))
        for number, change in enumerate(around, 100)
    ]
    decided = bank.group(found, at=AT, around=others)
    assert decided == bank.group(read(found), at=AT, around=others)


@pytest.mark.parametrize("met", MET)
def test_whatever_a_line_meets_is_met_as_before(bank: ListedBank, met: str) -> None:
    """What is refused, and what comes of the rest."""
    changes, refused = MET[met]
    found = bank.taken_in(lines_of(bank, changes))
    assert isinstance(found, BatchSubmission)
    decided = bank.group(found, at=AT)
    assert decided == bank.group(read(found), at=AT)
    (faults,) = decided.told
    assert (len(faults) if isinstance(faults, list) else 0) == refused


def test_most_lines_of_a_list_are_cut_up(bank: ListedBank) -> None:
    """All but those that are like none before them, and those that disclose."""
    changes: list[Changes] = [
        {"body": {}},
        {"body": {"credits": "2"}},
        {"body": {"credits": "2"}, "iat": "2026-09-01T08:01:00.000Z"},
        {"body": {"_sd": ["A" * 43]}},
        {"body": {"_sd": ["A" * 43, "b" * 42 + "A"]}},
        {"body": {"_sd": ["A" * 43, SCORE.digest]}},
    ]
    found = bank.taken_in(lines_of(bank, changes))
    assert isinstance(found, BatchSubmission)
    cut_up = [isinstance(one, Listed) for one in found.drafts.lines]
    assert cut_up == [False, True, False, True, False, True, False]
    assert len(found.drafts.examples) == 3
    decided = bank.group(found, at=AT)
    (placed,) = decided.told
    assert [one.disclosures for one in decided.shown] == [(SCORE,)]
    assert placed.count == len(cut_up) + 1
