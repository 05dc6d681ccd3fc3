"""The file of an audit's progress: whole or refused, and never another one's."""

import random
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from ledger.audit import spilling
from ledger.audit.progress import file as module
from ledger.audit.progress.errors import (
    ProgressFormError,
    ProgressInUseError,
    ProgressPlaceError,
    ProgressReleaseError,
)
from ledger.audit.progress.form import form_of
from ledger.audit.spilling import NoRoomError
from ledger.audit.verify import Audit
from ledger.domain.state import LedgerRecord
from tests.resuming import (
    audit_of,
    changed,
    honest,
    keeping_in,
    one_of,
    stopped_half_way,
)
from tests.tampering.campaign import small_grounds
from tests.tampering.crude import flipped
from tests.tampering.outcomes import Harm

DAMAGES: Final = 30


@pytest.fixture(autouse=True)
def _few_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a small filter: one for a hundred million records is slow to make."""
    monkeypatch.setattr(spilling, "_FILTER_BYTES", 1 << 12)
    monkeypatch.setattr(spilling, "_FILTER_BITS", (1 << 15) - 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Leave the progress of half an audit of an honest ledger."""
    stopped_half_way(tmp_path / "progress", honest())
    return tmp_path / "progress"


def test_two_audits_do_not_share_a_file(path: Path) -> None:
    """The second is told, and the first goes on."""
    with keeping_in(path) as keeping:
        with pytest.raises(ProgressInUseError), keeping_in(path):
            pass
        report = audit_of(honest(), small_grounds()[0], keeping=keeping)

    assert report == audit_of(honest(), small_grounds()[0])


def test_a_file_of_another_release_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an audit by the rules of each is none."""
    monkeypatch.setattr(module, "form_of", lambda: "other")

    with pytest.raises(ProgressReleaseError), keeping_in(path):
        pass


def test_the_form_is_one_in_a_release() -> None:
    """It is worked out from what is kept, and not from who works it out."""
    assert form_of.__wrapped__() == form_of()


def test_a_damaged_file_is_refused_or_tells_the_same(path: Path) -> None:
    """Bits flipped anywhere, and pages put back as they were or cut off."""
    whole, ground = path.read_bytes(), small_grounds()[0]
    expected = audit_of(honest(), ground)
    chance = random.Random(5)  # noqa: S311  # the same in every run
    bits = [chance.randrange(len(whole) * 8) for _ in range(DAMAGES)]
    damaged = [flipped(whole, bit) for bit in bits]
    damaged += [whole[: len(whole) // 2], whole[:4096], whole[:50], b"no database"]
    refused = 0

    for raw in damaged:
        path.write_bytes(raw)
        try:
            with keeping_in(path) as keeping:
                assert audit_of(honest(), ground, keeping=keeping) == expected
        except ProgressFormError:
            refused += 1

    assert refused > DAMAGES // 4


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM records WHERE kind = 'statements'",
        "UPDATE records SET name = x'5b2278222c2279225d' WHERE kind = 'ledger'",
        "INSERT INTO records VALUES ('statements', '[\"x\",\"y\"]', '{}')",
        "INSERT INTO records VALUES ('no-kind', '1', x'00')",
        "DELETE FROM lists",
        "DELETE FROM progress",
        "UPDATE progress SET rows = rows + 1",
        "UPDATE progress SET value = x'7b7d'",
        "INSERT INTO progress SELECT 7, form, rows, total, value, digest FROM progress",
        "DROP TABLE lists",
    ],
)
def test_rows_that_are_lost_or_changed_are_noticed(tmp_path: Path, damage: str) -> None:
    """Each by itself, also where the database is sound."""
    path = tmp_path / "progress"
    harm = Harm(copy=changed(honest().copy, 3), expected=None)
    stopped_half_way(path, harm)
    with sqlite3.connect(path) as file:
        file.execute(damage)
    file.close()

    with pytest.raises(ProgressFormError), keeping_in(path):
        pass


def test_a_file_that_was_left_at_any_moment_is_the_last_saving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kill leaves it: without its journal it is refused, or is a saving, too."""
    monkeypatch.setattr(module, "CACHE_KIB", 1)
    ground, path, begun = small_grounds()[0], tmp_path / "progress", list[int]()
    left, journals = [tmp_path / f"left-{done}" for done in range(ground.size)], 0

    def leave(done: int) -> None:
        for name in ("", "-journal"):
            file = path.with_name(path.name + name)
            if file.exists():
                copied = left[done - 1].with_name(left[done - 1].name + name)
                copied.write_bytes(file.read_bytes())

    with keeping_in(path, is_due=one_of(6), in_memory_max=1) as keeping:
        Audit(honest().copy, ledger=ground.bank.ledger, keeping=keeping).run(leave)
    expected = audit_of(honest(), ground)
    for one in left:
        alone = one.read_bytes()
        with keeping_in(one) as keeping:
            begun.append(keeping.begun)
            assert audit_of(honest(), ground, keeping=keeping) == expected
        one.write_bytes(alone)
        with suppress(ProgressFormError), keeping_in(one) as keeping:
            assert audit_of(honest(), ground, keeping=keeping) == expected
            journals += 1

    assert begun == sorted(begun)
    assert {0, 6, 12} <= set(begun)
    assert 0 < journals < ground.size


def test_another_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Whoever names the bank's own file by mistake does not lose it."""
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE stored_events (a)")
    file.close()
    before = path.read_bytes()

    with pytest.raises(ProgressFormError), keeping_in(path):
        pass

    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Before anything is checked."""
    with pytest.raises(ProgressPlaceError), keeping_in(tmp_path / "none" / "progress"):
        pass
    with pytest.raises(ProgressPlaceError), keeping_in(tmp_path):
        pass


def test_an_empty_file_is_one_in_which_nothing_was_saved(tmp_path: Path) -> None:
    """So it is if an audit was killed while it made it; so is one without a saving."""
    path = tmp_path / "progress"
    path.touch()

    for _ in range(2):
        with keeping_in(path) as keeping:
            assert keeping.begun == 0
    with keeping_in(path) as keeping:
        assert keeping.file.state.find(LedgerRecord, 0) is None
        keeping.file.remove()

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(path: Path) -> None:
    """What was not saved is not taken for saved."""
    with keeping_in(path) as keeping:
        keeping.file.close()
        with pytest.raises(NoRoomError):
            audit_of(honest(), small_grounds()[0], keeping=keeping)
