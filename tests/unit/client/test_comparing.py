"""A member's own records are held against the lines of the bank."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.comparing import Kind, compare
from client.imports.faults import FileFaultsError
from client.own_records import ComparedFileError, Own, read_own
from client.reconciliation import LineView
from ledger.domain.rules.shares import taken_back


def line(exchange: str, root: str, *, amount: str, **changes: object) -> LineView:
    """Return a line of the bank."""
    values: dict[str, object] = {
        "position": 1,
        "number": 0,
        "period": "2026-09",
        "recorded_at": "2026-09-01T08:00:00.000Z",
        "recorded_on": "2026-09-01",
        "type": "exchange.accepted.v1",
        "issuer": "east",
        "statement_id": "s",
        "recogniser": "east",
        "root_member": "west",
        "category": "course",
        "credits": amount,
        "learner_id": "learner",
        "exchange_id": exchange,
        "rule": "east/R@1",
        "lot": "lot",
        "root": root,
    }
    return LineView.model_validate({**values, **changes})


def own(row: int, exchange: str, *, root: str, **changes: object) -> Own:
    """Return a row of the file, of two credits."""
    values: dict[str, object] = {"amount_milli": 2000, **changes}
    return Own(row=row, exchange_id=exchange, root=root, **values)  # type: ignore[arg-type]


BANK = (
    line("e1", "a", amount="1"),
    line("e1", "a", amount="1"),
    line("e2", "a", amount="2"),
    line("e2", "a", amount="-2", type="exchange.reversed.v1"),
    line("e3", "b", amount="2"),
    line("e4", "c", amount="0"),
    line("e5", "d", amount="2"),
)


def test_every_difference_is_named() -> None:
    """In the order of the file, then what the file lacks in the order of the bank."""
    rows = (
        own(2, "e1", root="a", category="course"),
        own(3, "e1", root="a"),
        own(4, "e3", root="b", amount_milli=2500, category="training"),
        own(5, "e9", root="z"),
        own(6, "e8", root="y"),
    )

    def elsewhere(exchange: str) -> Iterator[LineView]:
        if exchange == "e8":
            yield line("e8", "y", amount="2", period="open")

    found = compare(rows, BANK, elsewhere=elsewhere)

    told = [(one.kind, one.row, one.in_bank) for one in found.differences]
    assert told == [
        (Kind.DUPLICATE, 3, None),
        (Kind.OTHER_AMOUNT, 4, "2"),
        (Kind.OTHER_CATEGORY, 4, "course"),
        (Kind.MISSING_IN_BANK, 5, None),
        (Kind.OTHER_PERIOD, 6, "open"),
        (Kind.MISSING_IN_FILE, None, "0"),
        (Kind.MISSING_IN_FILE, None, "2"),
    ]
    assert [one.entries for one in found.differences[-2:]] == [(1,), (1,)]
    sums = (found.rows, found.lines, found.in_file, found.in_bank)
    assert sums == (5, 7, "10.5", "6")


def test_what_was_recognised_and_undone_in_the_period_may_be_left_out() -> None:
    """It may stand in the file as nothing, too."""
    rows = [own(2, "e1", root="a"), own(3, "e3", root="b"), own(4, "e5", root="d")]
    rows.append(own(5, "e4", root="c", amount_milli=0))

    assert kinds(rows) == []
    assert kinds([*rows, own(6, "e2", root="a", amount_milli=0)]) == []
    taken = [own(6, "e2", root="a"), own(7, "e2", root="a", amount_milli=-2000)]
    assert kinds([*rows, *taken]) == []
    assert kinds([*rows, *taken, taken[1]]) == [Kind.DUPLICATE]
    revoked = [
        line("e6", "f", amount="2"),
        line("e6", "f", amount="-2", type="credit.revoked.v1"),
    ]
    assert kinds(rows, lines=(*BANK, *revoked)) == []


def test_what_no_bank_could_be_asked_for_is_missing_in_it() -> None:
    """A number of one's own is no reason to stop."""
    rows = [own(2, "业务 7", root="a"), own(3, "e" * 65, root="a")]

    def elsewhere(exchange: str) -> Iterable[LineView]:
        pytest.fail(exchange)

    found = compare(rows, (), elsewhere=elsewhere)

    assert [one.kind for one in found.differences] == [Kind.MISSING_IN_BANK] * 2


def kinds(rows: list[Own], *, lines: Iterable[LineView] = BANK) -> list[Kind]:
    """Return how records differ from the bank's."""
    found = compare(rows, lines, elsewhere=lambda _: ())
    return [one.kind for one in found.differences]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_either_language(tmp_path: Path, encoding: str) -> None:
    """Columns in any order; others are passed over, empty rows too."""
    path = tmp_path / "own.csv"
    text = (
        "学分,备注,业务编号,原始成果编号,类别\n2.5,甲,E1,'a,课程\n,,,,\n-1,乙,e2,b,\n"
    )
    path.write_text(text, encoding=encoding)

    assert read_own(path) == [
        own(2, "e1", root="a", amount_milli=2500, category="course"),
        own(4, "e2", root="b", amount_milli=-1000),
    ]


def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that is missing or twice, and every cell that is no amount."""
    path = tmp_path / "own.csv"
    for text, reason in (
        ("exchange_id,root\n", "credits"),
        ("exchange_id,root,credits,学分\n", "twice"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ComparedFileError, match=reason):
            read_own(path)
    path.write_text("exchange_id,root,credits\ne1,a,two\ne2,,1\n", encoding="utf-8")
    with pytest.raises(FileFaultsError) as refused:
        read_own(path)
    told = [(one.row, one.column) for one in refused.value.faults.kept]
    assert told == [(2, "credits"), (3, "root")]
    monkeypatch.setattr("client.own_records.ROWS_MAX", 2)
    path.write_text("exchange_id,root,credits\n" + "e,a,1\n" * 3)
    with pytest.raises(ComparedFileError, match="more than"):
        read_own(path)


@given(
    st.lists(st.integers(0, 9_000), min_size=1, max_size=6).filter(any),
    st.data(),
)
def test_taking_back_in_parts_ends_where_taking_all_back_does(
    shares: list[int], data: st.DataObject
) -> None:
    """Each step takes exactly what it says, and nothing goes below zero."""
    left = list(shares)
    steps = data.draw(st.lists(st.integers(1, 9_000), max_size=6))
    for step in (*steps, sum(left)):
        amount = min(step, sum(left))
        off = taken_back(left, amount=amount)
        left = [now + less for now, less in zip(left, off, strict=True)]

        assert sum(off) == -amount
        assert max(off) <= 0
        assert min(left) >= 0

    assert left == [0] * len(shares)
