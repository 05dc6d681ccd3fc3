"""Lines of lists are projected as if each of them had been read by itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.database import open_engine
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements.awards import CreditAwarded
from ledger.integrity.errors import IntegrityError
from ledger.making import altered
from ledger.store.reader import StoredEntry
from projections.follower import Fact, Follower, Item
from projections.listed import FORMS_MAX, Forms, Listed
from projections.runner import Runner
from projections.tables import award_named
from tests.bank import OPERATOR, SCHOOL
from tests.e2e.test_projections_runner import Rows, dump
from tests.listing import LINES, ListingBank, learner

ZONE = "Asia/Shanghai"
ALIKE = "projections.listed._ALIKE_MAX"
LISTS = 3 * (LINES + 1)
"""So many entries, headers among them, stand at the end of the log."""
Told = tuple[object, ...]


@dataclass
class Kept:
    """A log that is a list."""

    entries: Sequence[StoredEntry]

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        return list(self.entries[after + 1 : after + 1 + limit])

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position."""
        return self.entries[position].raw


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[StoredEntry]:
    """Return a log that ends with lists: accounts, then two courses' awards."""
    folder = tmp_path_factory.mktemp("lists")
    with ListingBank(f"sqlite:///{folder / 'ledger.db'}", name="ours") as bank:
        bank.write()
        return bank.store.read_entries(after=-1, limit=1_000)


def of_fact(fact: Fact) -> Told:
    """Return what projections take of a fact, if it is a list's."""
    statement = fact.statement
    return (
        *(fact.position, fact.recorded_on, fact.award),
        *(statement.iss, statement.type, statement.model_dump_json(include={"actor"})),
        *(statement.body.model_dump_json(exclude={"reference_tag", "sd"}),),
    )


def of_list(listed: Listed) -> Iterator[Told]:
    """Return the same of each line of a list."""
    award, body = listed.award, listed.statement.body
    lines = zip(listed.positions, listed.learner_ids, listed.keys, strict=True)
    for position, learner_id, key in lines:
        own = altered(body, learner_id=learner_id)
        statement = altered(listed.statement, body=own)
        award_id = None if award is None else award_named(key)
        yield of_fact(
            Fact(position, "", listed.recorded_on, "", statement, award_id, "")
        )


def told(items: Sequence[Item]) -> list[Told]:
    """Return what was said, whichever way it was read."""
    return [
        one
        for item in items
        for one in (of_list(item) if isinstance(item, Listed) else [of_fact(item)])
    ]


def outcome(read: Callable[..., tuple[int, Sequence[Item]]]) -> object:
    """Return what is read of a whole log, or what is said against it."""
    try:
        last, items = read(after=-1, limit=1_000)
    except (IntegrityError, RejectionError, LookupError) as error:
        return type(error)
    return last, told(items)


def both(entries: Sequence[StoredEntry]) -> tuple[object, object]:
    """Return what is read line by line, and as lists."""
    one_by_one = Follower(Kept(entries), time_zone=ZONE)
    at_once = Follower(Kept(entries), time_zone=ZONE)
    return outcome(one_by_one.read), outcome(at_once.read_items)


def test_lists_are_read_at_once_and_say_the_same(entries: list[StoredEntry]) -> None:
    """All but the first line of each form that nothing before them had."""
    expected, found = both(entries)
    items = Follower(Kept(entries), time_zone=ZONE).read_items(after=-1, limit=1_000)[1]
    newest = len(entries) - LISTS
    lists = [one for one in items if isinstance(one, Listed) and one.first > newest]

    assert found == expected
    assert sum(len(one.learner_ids) for one in lists) == 3 * LINES - 2


def test_statements_that_are_in_no_list_are_read_the_same(
    entries: list[StoredEntry],
) -> None:
    """All of each, with its key and the instant at which it was recorded."""
    facts = Follower(Kept(entries), time_zone=ZONE).read(after=-1, limit=1_000)[1]
    items = Follower(Kept(entries), time_zone=ZONE).read_items(after=-1, limit=1_000)[1]
    alone = [one for one in items if isinstance(one, Fact)]
    at = {one.position for one in alone}

    assert len(alone) > 2
    assert alone == [one for one in facts if one.position in at]


@settings(max_examples=60)
@given(st.data())
def test_a_line_that_was_altered_is_read_the_same(
    entries: list[StoredEntry], draw: st.DataObject
) -> None:
    """Whatever byte is another, too much or gone, or stands in another line's place."""
    at = draw.draw(st.integers(len(entries) - LISTS, len(entries) - 1))
    one, others = entries[at], list(entries)
    other = draw.draw(st.sampled_from(entries[-LISTS:]))
    start = draw.draw(st.integers(0, len(one.raw) - 1))
    end = draw.draw(st.sampled_from([start, start + 1, start + 2, start + 40]))
    put = draw.draw(
        st.sampled_from([b"", b'"', b"0", b"a", b"A", b"\\", b"\xff", b"\x00", b"}"])
        | st.binary(min_size=1, max_size=2)
        | st.just(other.raw[start:end])
    )
    others[at] = replace(one, raw=one.raw[:start] + put + one.raw[end:])

    expected, found = both(others)

    assert found == expected


@pytest.mark.parametrize("topic", ["account.opened.v1", "credit.amended.v1", "x"])
def test_a_line_that_is_filed_as_another_is_read_by_itself(
    entries: list[StoredEntry], topic: str
) -> None:
    """What its topic says is held against what it says."""
    expected, found = both([*entries[:-1], replace(entries[-1], topic=topic)])

    assert found == expected


def test_an_instant_that_is_none_is_read_by_itself(entries: list[StoredEntry]) -> None:
    """A pattern knows no calendar."""
    raw = entries[-1].raw.replace(b'"exp":"2026-', b'"exp":"2026-02-30T')
    raw = raw[: raw.index(b"T", raw.index(b"02-30T")) + 1] + raw[-1:]
    iat = entries[-1].raw.index(b'"iat":"') + len(b'"iat":"')
    whole = entries[-1].raw
    wrong = whole[:iat] + b"2026-02-30" + whole[iat + 10 :]

    for other in (raw, wrong):
        expected, found = both([*entries[:-1], replace(entries[-1], raw=other)])
        assert found == expected


def test_no_more_forms_are_kept_than_may_be(entries: list[StoredEntry]) -> None:
    """All are forgotten when there are too many, and learned anew."""
    facts = Follower(Kept(entries), time_zone=ZONE).read(after=-1, limit=1_000)[1]
    award = facts[-1].statement
    assert isinstance(award, CreditAwarded)
    words = entries[-1].raw.partition(b"\n")[2]
    forms = Forms()
    for size in range(FORMS_MAX + 1):
        said = words.replace(b'"role":"', b'"role":"' + b"x" * size)
        forms.learn(said, award)
        found = forms.find(said, topic=award.type)
        assert found is not None
        statement, own = found
        assert (statement, award_named(own.key)) == (award, id_of_award(award))

    assert forms.find(words, topic=award.type) is None


def rows_of(bank: ListingBank, *, page: int, alike: int) -> Rows:
    """Return all rows that following makes in pages of a size."""
    url = bank.url.replace("ledger.db", "projections.db")
    runner = Runner(bank.store, open_engine(url))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.runner.PAGE", page)
        patch.setattr(ALIKE, alike)
        runner.rebuild()
    rows = dump(runner.engine)
    runner.close()
    return rows


def test_rows_are_the_same_however_lines_are_read(database_url: str) -> None:
    """At once or one by one, in pages of any size, and changed on the same page."""
    with ListingBank(database_url, name="ours") as bank:
        bank.write()
        award_id = id_of_award(last_award(bank))
        taken = {"award_id": award_id, "credits": "1"}
        reason = {"class": "corrected", "reason_code": "amount_corrected"}
        bank.post(SCHOOL, "credit.revoked.v1", body={**taken, **reason})
        expected = rows_of(bank, page=1_000, alike=0)

        for page in (1_000, 7):
            assert rows_of(bank, page=page, alike=16) == expected

    assert {row[2] for row in expected["award_entries"]} == {"credit.revoked.v1"}
    assert len(expected["awards"]) > 2 * LINES


def last_award(bank: ListingBank) -> CreditAwarded:
    """Return the newest award of a list."""
    stored = bank.store.read_entries(after=-1, limit=1_000)
    facts = Follower(Kept(stored), time_zone=ZONE).read(after=-1, limit=1_000)[1]
    statement = facts[-1].statement
    assert isinstance(statement, CreditAwarded)
    assert statement.body.learner_id == learner(LINES - 1)
    assert statement.iss != OPERATOR
    return statement
