"""Lists are taken in and decided as their lines would be, one by one.

What is cut up says what it says when it is read, and what comes of it, to the last byte
of an entry and the last value of a row, is what its rule makes of it.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.types import instant_of
from ledger.intake import BatchSubmission
from ledger.integrity import canonical
from ledger.lists.drafts import Draft
from ledger.lists.listed import Listed
from ledger.sequencer.channel import Channel, framed
from tests.bank import LEARNER, SCHOOL, START, award, reference_tag
from tests.builders import MANDATE, Body
from tests.property.listed_bank import (
    ABSORBED,
    ABSORBING,
    CLOSED,
    ID,
    LOST,
    OPENED,
    SCORE,
    UNKNOWN,
    ListedBank,
    Refused,
    as_by_themselves,
    read,
)

pytestmark = pytest.mark.traced

EXAMPLES: Final = 250
LINES: Final = 8
AT: Final = instant_of(START + timedelta(minutes=5))
DIGESTS: Final[Sequence[str]] = ["A" * 43, "b" * 42 + "A", "_" * 42 + "8", SCORE.digest]

Changes = Mapping[str, Any]
"""What a line has otherwise than an award that is right. Any: JSON."""

Own = tuple[str, str, str, str, str, tuple[str, ...]]

BODIES: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {},
        {"credits": "2"},
        {"credits": "3.001"},
        {"credits": "0", "passed": False},
        {"assessed_on": "2026-09-02"},
        {"basis": "attested"},
        {"achievement": f"{SCHOOL}/OLD-1@1"},
        {"achievement": f"{SCHOOL}/WELD-1@9"},
        {"achievement": f"{SCHOOL}/WELD-1@9", "revision": 1},
        {"revision": 1},
        {"claim": ID},
        {"learned_from": "2026-07-01"},
        {"workload": {"amount": "48", "unit": "hours"}},
    ]
)
LEARNERS: Final = st.sampled_from(
    [LEARNER, LEARNER, LEARNER, CLOSED, ABSORBED, ABSORBING, LOST, OPENED, UNKNOWN]
)
OWN: Final[st.SearchStrategy[Changes]] = st.fixed_dictionaries(
    {"learner_id": LEARNERS},
    optional={
        "reference_tag": st.sampled_from(["there", "one", "two"]).map(reference_tag),
        "_sd": st.lists(st.sampled_from(DIGESTS), max_size=3),
    },
)
ODD_OWN: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {"learner_id": "learner_" + "G" * 32},
        {"reference_tag": "*" * 43},
        {"reference_tag": "A" * 42},
        {"_sd": ["A" * 42]},
        {"_sd": ["A" * 43] * 33},
        {"learner_id": 'learner_","id":"' + "0" * 24},
        {"passed": 1},
        {"note": "x"},
    ]
)
ENVELOPES: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {},
        {},
        {"id": ID},
        {"id": "00000000-0000-4000-8000-00000000bbbb"},
        {"aud": "another.example/ledger"},
        {"exp": "2026-09-01T08:05:00.000Z"},
        {"exp": "2026-09-01T08:05:00.001Z"},
        {"exp": "2026-09-08T08:00:00.000Z"},
        {"exp": "2026-09-08T08:00:00.001Z"},
        {"iat": "2026-09-01T08:15:00.000Z"},
        {"iat": "2026-09-01T08:15:00.001Z"},
        {"mandate": MANDATE},
    ]
)
ODD_ENVELOPES: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {"id": "00000000-0000-4000-8000-00000000BBBB"},
        {"iss": "operator"},
        {"exp": "2026-09-31T08:00:00.000Z"},
        {"iat": "2026-02-30T08:00:00.000Z"},
        {"type": "credit.awarded.v9"},
    ]
)
OPENS: Final[Changes] = {
    "type": "account.opened.v1",
    "body": {"learner_id": OPENED, "mode": "collective"},
}
CLOSES: Final[Changes] = {
    "type": "account.closed.v1",
    "body": {"learner_id": LEARNER, "reason_code": "other"},
}
RETIRES: Final[Changes] = {
    "type": "achievement.retired.v1",
    "body": {"achievement": f"{SCHOOL}/WELD-1@1"},
}
OTHERS: Final[st.SearchStrategy[Changes]] = st.sampled_from([OPENS, CLOSES, RETIRES])
AWARD: Final[Changes] = {"body": {}}
ONCE: Final[Changes] = {"body": {}, "id": "00000000-0000-4000-8000-00000000bbbb"}
THERE: Final[Changes] = {"body": {"reference_tag": reference_tag("there")}}
MET: Final[Mapping[str, tuple[Sequence[Changes], int]]] = {
    "nothing odd": ([AWARD] * 3, 0),
    "an account that is opened before": ([OPENS, {"body": {"learner_id": OPENED}}], 0),
    "an account that is closed before": ([AWARD, CLOSES, AWARD], 1),
    "a version that is retired before": ([AWARD, RETIRES, AWARD], 1),
    "an id that is used": ([AWARD, {"body": {}, "id": ID}], 1),
    "an id that is used before": ([AWARD, ONCE, ONCE], 1),
    "no account": ([{"body": {"learner_id": UNKNOWN}}], 1),
    "an account that is closed": ([{"body": {"learner_id": CLOSED}}], 1),
    "an account that another answers for": ([{"body": {"learner_id": ABSORBED}}], 0),
    "an award that is there": (
        [{"body": {"reference_tag": reference_tag("there")}}],
        1,
    ),
    "a reference twice": ([{"body": {"reference_tag": "A" * 43}}] * 2, 1),
    "a learner twice": ([{"body": {"learner_id": ABSORBING}}] * 2, 0),
    "its end": ([AWARD, {"body": {}, "exp": AT}], 1),
    "another ledger": ([{"body": {}, "aud": "another.example/ledger"}] * 2, 2),
    "a revision of nothing": ([{"body": {"revision": 1}}] * 2, 2),
    "a claim that is none": ([{"body": {"claim": ID}}] * 2, 2),
    "a basis without evidence": ([{"body": {"basis": "attested"}}] * 2, 2),
}
"""What lines meet, and how many of them are refused for it."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListedBank]:
    """A bank that is prepared once: no list is written."""
    url = f"sqlite:///{tmp_path_factory.mktemp('listed') / 'bank.db'}"
    with ListedBank(url) as found:
        found.prepare()
        yield found


@st.composite
def awards(draw: st.DrawFn, *, odd: bool) -> Changes:
    """Draw an award that is like others, or like none."""
    body, said = {**draw(BODIES), **draw(OWN)}, draw(ENVELOPES)
    if odd:
        return {"body": {**body, **draw(ODD_OWN)}, **draw(ODD_ENVELOPES)}
    return {"body": body, **said}


LIKE: Final = st.builds(lambda own, said: {"body": own, **said}, OWN, ENVELOPES)
PLAIN: Final = awards(odd=False)
LISTS: Final = st.lists(
    st.one_of(LIKE, LIKE, LIKE, LIKE, PLAIN, OTHERS), max_size=LINES
)
ODD_LISTS: Final = st.lists(
    st.one_of(LIKE, PLAIN, awards(odd=True), OTHERS), max_size=LINES
)


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
    assert handed_on(found) == [found]


def own_of(line: Listed) -> Own:
    """Return what was cut out of a line."""
    return (line.learner_id, line.exp, line.iat, line.id, line.award_id, line.sd())


def said_by(line: Listed, found: BatchSubmission) -> Own:
    """Return the same of the line as it reads."""
    said = found.drafts.read(line).statement
    assert isinstance(said, CreditAwarded)
    body = said.body
    return (body.learner_id, said.exp, said.iat, said.id, id_of_award(said), body.sd)


def handed_on(found: BatchSubmission) -> list[object]:
    """Return what another process gets."""
    ours, theirs = socket.socketpair()
    other = Channel(theirs)
    with ours:
        ours.sendall(framed([found]))
        items = other.read()
    other.drop()
    return items


@given(LISTS)
@settings(max_examples=EXAMPLES)
def test_lists_are_decided_as_their_lines(
    bank: ListedBank, changes: Sequence[Changes]
) -> None:
    """Refused for the same, or accepted with the same entries, records and rows."""
    found = bank.taken_in(lines_of(bank, changes))
    if isinstance(found, BatchSubmission):
        assert bank.group(found, at=AT) == bank.group(read(found), at=AT)


@pytest.mark.parametrize("met", MET)
def test_whatever_a_line_meets_is_met_as_before(bank: ListedBank, met: str) -> None:
    """What is refused, and what comes of the rest."""
    changes, refused = MET[met]
    found = bank.taken_in(lines_of(bank, changes))
    assert isinstance(found, BatchSubmission)
    decided = bank.group(found, at=AT)
    assert decided == bank.group(read(found), at=AT)
    faults = decided[0]
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
    placed, *_ = bank.group(found, at=AT)
    assert placed.count == len(cut_up) + 1  # type: ignore[attr-defined]  # a place
