"""What the store answers about log, tree and state."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger.database import open_engine
from ledger.domain.state import CertificateRecord, KeyOwnerRecord, TallyRecord
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.integrity.proofs import prove_inclusion, verify_inclusion
from ledger.integrity.tiles import TileEdge
from ledger.store import reader
from ledger.store.application import LedgerStore
from ledger.store.recorder import LedgerRecorder
from ledger.store.state_tables import Bounds
from tests.conformance.store_groups import (
    Group,
    count_rows,
    group_of,
    new_entry,
    next_group,
)

LEAVES = 700


@pytest.fixture
def store(database_url: str) -> Iterator[LedgerStore]:
    """Open a store on a fresh database."""
    opened = LedgerStore(open_engine(database_url))
    yield opened
    opened.close()


def write_groups(store: LedgerStore, *counts: int) -> list[Group]:
    """Append groups of so many entries, each recorded a minute after the other."""
    groups = []
    for minute, count in enumerate(counts):
        group = next_group(store, count=count)
        at = f"2026-09-01T08:{minute:02d}:00.000Z"
        groups.append(replace(group, head=replace(group.head, recorded_at=at)))
        groups[-1].append_to(store)
    return groups


def test_an_empty_log_has_no_head(store: LedgerStore) -> None:
    """Nor an entry, nor a group."""
    assert store.read_head() is None
    assert store.read_head_version(1) is None
    assert store.read_entries(after=-1, limit=1) == []
    assert store.log.size_at("2026-09-01T08:00:00.000Z") == 0
    assert LedgerRecorder(store.engine).max_notification_id() is None
    for ask in (store.read_raw, store.closing):
        with pytest.raises(LookupError):
            ask(0)


def test_each_entry_is_closed_by_the_checkpoint_of_its_group(
    store: LedgerStore,
) -> None:
    """That is the first one that covers it."""
    write_groups(store, 2, 1, 3)

    sizes = [store.closing(position)[0] for position in range(6)]

    assert sizes == [2, 2, 3, 6, 6, 6]
    assert store.closing(2) == (3, "note over 3")
    with pytest.raises(LookupError):
        store.closing(6)


def test_a_head_is_found_by_its_version(store: LedgerStore) -> None:
    """Not another one in its place."""
    heads = [group.head for group in write_groups(store, 2, 1)]

    assert [store.read_head_version(version) for version in (1, 2)] == heads
    assert store.read_head_version(3) is None
    assert store.read_head_version(-1) is None


def test_entries_are_read_from_a_position_on(store: LedgerStore) -> None:
    """Those past the end are none."""
    write_groups(store, 3)

    found = [one.position for one in store.read_entries(after=0, limit=2)]

    assert found == [1, 2]
    assert store.read_entries(after=2, limit=2) == []
    with pytest.raises(LookupError):
        store.read_raw(3)


def test_heads_are_read_page_by_page(
    store: LedgerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history is longer than one answer."""
    write_groups(store, 1, 1, 1, 1, 1)
    monkeypatch.setattr(reader, "PAGE", 2)

    assert [one.version for one in store.log.read_heads()] == [1, 2, 3, 4, 5]
    assert [one.version for one in store.log.read_heads(after=3)] == [4, 5]


def test_the_log_had_a_size_at_every_instant(store: LedgerStore) -> None:
    """An instant includes what was recorded in it."""
    write_groups(store, 2, 1)

    instants = ("07:59:59.999", "08:00:00.000", "08:00:59.999", "08:01:00.000")
    sizes = [store.log.size_at(f"2026-09-01T{one}Z") for one in instants]

    assert sizes == [0, 2, 2, 3]


def test_the_tree_is_read_from_tiles_and_at_its_edge_from_entries(
    store: LedgerStore,
) -> None:
    """Every entry is proven against the root of all."""
    entries = [new_entry(position) for position in range(LEAVES)]
    leaves = [leaf_hash(one.raw) for one in entries]
    edge = TileEdge(size=0, read_tile=store.log.tree.read_tile)
    group = replace(group_of(None, entries), tiles=tuple(edge.extend(leaves)))
    group.append_to(store)
    assert count_rows(store)["log_tiles"] == 2

    read_node = store.node_reader()
    for position in (0, 255, 256, 511, 512, 699):
        proof = prove_inclusion(position, LEAVES, read_node=read_node)
        verify_inclusion(leaves[position], proof, root=group.head.root)
    tree = store.log.tree
    assert tree.read_complete(0, 2) is None
    assert tree.read_tile(0, 2, width=3)[:96] == b"".join(leaves[512:515])
    roots = [EMPTY.extend(leaves[n : n + 256]).root() for n in (0, 256)]
    assert tree.read_tile(1, 0, width=2) == b"".join(roots)


def test_state_is_read_and_rebuilt(store: LedgerStore) -> None:
    """A rebuilt table holds what it was given last, and nothing from before."""
    write_groups(store, 1, 1)
    assert [one.key for one in store.scan("certificates")] == ["tag 1", "tag 2"]
    old, new = (CertificateRecord(tag="t", award_id=award) for award in "ab")
    owner = KeyOwnerRecord(thumbprint="k", member_id="north")

    store.rebuild_state([[old, owner], [], [new]])

    assert list(store.scan("certificates")) == [new]
    assert list(store.scan("certificates", award_id="a")) == []
    assert store.load("key_owners", ["k", "l"]) == {"k": owner}
    with store.snapshot() as view:
        assert list(view.scan("certificates", award_id="b")) == [new]
        assert view.columns("certificates", ["tag"], award_id="b") == [("t",)]
        for above, found in (("s", [new]), ("t", [])):
            bounds = Bounds(above={"tag": above})
            assert list(view.scan_within("certificates", bounds)) == found


def test_state_of_another_release_is_rebuilt(store: LedgerStore) -> None:
    """Its tables are made anew, with the columns that this one asks for."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE state_tallies")
        connection.exec_driver_sql("CREATE TABLE state_tallies (learner_id text)")
    page = TallyRecord(learner_id="one", page=0, pages=1, uses=())

    store.rebuild_state([[page]])

    assert list(store.scan("tallies")) == [page]


def test_a_group_may_complete_no_tile(store: LedgerStore) -> None:
    """Most do not."""
    group = replace(next_group(store), tiles=(), changes=())

    group.append_to(store)

    assert count_rows(store)["log_tiles"] == 0
    assert store.read_head() == group.head
