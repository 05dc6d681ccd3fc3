"""For all harm done to a stored history: the auditor finds it, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ledger.audit.database import DatabaseSource
from ledger.audit.findings import AuditReport
from ledger.audit.ports import SourceEntry
from ledger.audit.verify import WrongLedgerError, verify
from ledger.store.heads import StoredHead
from tests.bank import Bank
from tests.histories import write_history

EXAMPLES: Final = 60


@dataclass
class Held:
    """A source that lies in memory, and says of its entries what a store does."""

    stored: list[SourceEntry]
    all_heads: list[StoredHead]

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries."""
        return iter(self.stored)

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads."""
        return iter(self.all_heads)

    def checkpoint(self) -> str | None:
        """Return nothing: the heads say it all."""
        return None


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """An honest ledger, as read from its database."""

    name: str
    entries: tuple[SourceEntry, ...]
    heads: tuple[StoredHead, ...]

    def audit(
        self, entries: list[SourceEntry], heads: list[StoredHead] | None = None
    ) -> AuditReport:
        """Audit what has been done to it."""
        return verify(
            Held(entries, list(self.heads) if heads is None else heads),
            ledger=self.name,
        )


def read(bank: Bank) -> Ledger:
    """Read a bank's database into memory."""
    source = DatabaseSource(bank.url)
    held = Ledger(
        name=bank.ledger,
        entries=tuple(source.entries()),
        heads=tuple(source.heads()),
    )
    source.close()
    return held


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Ledger]:
    """Write two ledgers with the same history, under other keys and names."""
    written = []
    for name in ("ours", "theirs"):
        folder = tmp_path_factory.mktemp(name)
        with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
            write_history(bank)
            written.append(read(bank))
    return written[0], written[1]


FEW = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def flipped(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit flipped."""
    changed = bytearray(raw)
    changed[bit // 8 % len(raw)] ^= 1 << bit % 8
    return bytes(changed)


@FEW
@given(data=st.data())
def test_a_flipped_bit_of_an_entry_is_found_in_its_group(
    ledgers: tuple[Ledger, Ledger], data: st.DataObject
) -> None:
    """And where the bytes can be read no more, or say less, at the entry itself."""
    ours = ledgers[0]
    place = data.draw(st.integers(1, len(ours.entries) - 1))
    entry = ours.entries[place]
    bit = data.draw(st.integers(0, len(entry.raw) * 8 - 1))
    entries = list(ours.entries)
    entries[place] = replace(entry, raw=flipped(entry.raw, bit))

    report = ours.audit(entries)

    assert any(
        finding.position <= place <= (finding.last or finding.position)
        for finding in report.findings
    ), report.findings


@FEW
@given(data=st.data())
def test_a_flipped_bit_of_a_head_is_found_in_its_group(
    ledgers: tuple[Ledger, Ledger], data: st.DataObject
) -> None:
    """Whatever part of it: the note, the root, the frontier, the times."""
    ours = ledgers[0]
    place = data.draw(st.integers(0, len(ours.heads) - 1))
    head = ours.heads[place]
    bit = data.draw(st.integers(0, len(head.state) * 8 - 1))
    heads = list(ours.heads)
    heads[place] = replace(head, state=flipped(head.state, bit))

    report = ours.audit(list(ours.entries), heads)

    assert report.findings
    assert report.findings[0].position <= place + len(ours.entries)


Harm = Callable[[list[SourceEntry], tuple[int, int]], int]


def dropped(entries: list[SourceEntry], places: tuple[int, int]) -> int:
    """Take an entry out."""
    del entries[places[0]]
    return places[0]


def doubled(entries: list[SourceEntry], places: tuple[int, int]) -> int:
    """Put an entry in a second time, anywhere."""
    place, other = places
    entries.insert(other, entries[place])
    return other if other <= place else min(other, len(entries) - 1)


def swapped(entries: list[SourceEntry], places: tuple[int, int]) -> int:
    """Let two entries change places."""
    place, other = places
    entries[place], entries[other] = entries[other], entries[place]
    return min(place, other)


def cut(entries: list[SourceEntry], places: tuple[int, int]) -> int:
    """Cut the tail off."""
    del entries[places[0] :]
    return places[0]


@pytest.mark.parametrize("harm", [dropped, doubled, swapped, cut])
@settings(
    max_examples=EXAMPLES // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_is_dropped_doubled_swapped_or_cut_is_found_where_it_was(
    ledgers: tuple[Ledger, Ledger], data: st.DataObject, harm: Harm
) -> None:
    """Also when whoever did it numbered the rows anew."""
    ours = ledgers[0]
    places = st.integers(1, len(ours.entries) - 1)
    place, other = data.draw(places), data.draw(places)
    assume(place != other)
    entries = list(ours.entries)
    first = harm(entries, (place, other))
    if data.draw(st.booleans()):
        entries = [replace(one, position=number) for number, one in enumerate(entries)]

    report = ours.audit(entries)

    assert report.findings[0].position <= first
    assert any(
        finding.position <= first <= max(finding.position, finding.last or 0)
        for finding in report.findings
    ), report.findings


@FEW
@given(data=st.data())
def test_an_entry_of_another_ledger_does_not_fit_here(
    ledgers: tuple[Ledger, Ledger], data: st.DataObject
) -> None:
    """Its signature is good, its place and its time are right: it is not ours."""
    ours, theirs = ledgers
    place = data.draw(st.integers(0, len(ours.entries) - 1))
    entries = list(ours.entries)
    entries[place] = theirs.entries[place]
    assume(entries[place].raw != ours.entries[place].raw)

    try:
        report = ours.audit(entries)
    except WrongLedgerError:
        assert place == 0
        return

    assert any(
        finding.position <= place <= (finding.last or finding.position)
        for finding in report.findings
    )
