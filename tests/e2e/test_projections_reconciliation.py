"""What lines add up to is what the writer's own lots say, share by share."""

from collections import Counter

from sqlalchemy import select

from ledger.domain.language.arithmetic import apportion
from ledger.domain.state import LotRecord
from projections.moments import Window
from projections.reconciliation.queries import Asked, Period, lines_of, totals_of
from projections.reconciliation.tables import recognised_shares as shares
from projections.reconciliation.tables import reconciliation_lines as lines
from tests.e2e.projected import Read

EVERYTHING = (Period(code="open"),)


def made(read: Read) -> dict[str, LotRecord]:
    """Return every lot that an exchange made."""
    names = {
        lot["lot_id"]
        for one in read.log
        if one.type == "exchange.accepted.v1"
        for lot in one.body["created"]
    }
    found = read.bank.store.load("lots", sorted(names))
    return {str(key): lot for key, lot in found.items() if isinstance(lot, LotRecord)}


def test_lines_add_up_to_what_is_left_of_every_recognised_lot(read: Read) -> None:
    """Whatever was reversed, replaced or revoked since."""
    sums: Counter[str] = Counter()
    for row in read.connection.execute(select(lines.c.lot, lines.c.amount_milli)):
        sums[row.lot] += row.amount_milli

    lots = made(read)
    assert lots
    assert dict(sums) == {
        name: lot.awarded_milli - lot.revoked_milli for name, lot in lots.items()
    }


def test_a_lot_is_shared_by_the_roots_that_the_writer_knows(read: Read) -> None:
    """The same roots, the same amounts, and shares that add up."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for row in read.connection.execute(select(shares).order_by(shares.c.number)):
        one = (row.root, row.root_milli, row.share_milli)
        found.setdefault(row.lot, []).append(one)

    expected = {}
    for name, lot in made(read).items():
        weights = [root.amount_milli for root in lot.roots]
        parts = apportion(lot.awarded_milli, weights)
        expected[name] = [
            (root.award_id, root.amount_milli, part)
            for root, part in zip(lot.roots, parts, strict=True)
        ]
    assert found == expected


def test_a_page_of_lines_goes_on_where_the_last_ended(read: Read) -> None:
    """One by one or all at once, and each names a statement of the log."""
    asked = Asked(position=read.last)
    rest = {"periods": EVERYTHING}
    whole = lines_of(read.connection, asked, window=Window(limit=500), **rest)
    singly, window = [], Window(limit=1)
    while one := lines_of(read.connection, asked, window=window, **rest):
        singly.extend(one)
        place = {"after": one[0]["position"], "number": one[0]["number"]}
        window = Window(**place, limit=1)

    assert singly == whole
    said = {one.position: one for one in read.log}
    for line in whole:
        assert said[line["position"]].type == line["type"]
    for total in totals_of(read.connection, asked):
        assert total["category"] in {"course", "skill_certificate"}
