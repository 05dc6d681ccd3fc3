"""An audit goes on from a file where it has stopped, and over the same source only."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.audit import spilling
from ledger.audit.findings import AuditReport
from ledger.audit.parts import HeldAgainst
from ledger.audit.progress.errors import (
    ProgressOfAnotherError,
    SourceChangedError,
)
from ledger.audit.verify import Audit
from ledger.audit.witnessed import Witnesses
from tests.resuming import (
    HALF,
    audit_of,
    changed,
    honest,
    keeping_in,
    resumed,
    stopped_half_way,
)
from tests.tampering.campaign import small_grounds
from tests.tampering.copies import Copy
from tests.tampering.cosigned import POLICY, Shown
from tests.tampering.crude import flipped
from tests.tampering.outcomes import Harm


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


def test_it_goes_on_where_it_stopped(path: Path) -> None:
    """Nothing before is checked again, and nobody else may read the file."""
    ground = small_grounds()[0]
    told: list[int] = []

    with keeping_in(path) as keeping:
        audit = Audit(honest().copy, ledger=ground.bank.ledger, keeping=keeping)
        report = audit.run(told.append)

    assert report == audit_of(honest(), ground)
    assert told[0] == HALF + 1
    assert path.stat().st_mode & 0o077 == 0


def misfiled(copy: Copy, position: int) -> Copy:
    """Return a copy with an entry in another stream."""
    entries = list(copy.entries_kept)
    entries[position] = replace(entries[position], stream="elsewhere")
    return Copy(entries, copy.heads_kept)


def other_head(copy: Copy, place: int) -> Copy:
    """Return a copy with another head."""
    heads = list(copy.heads_kept)
    heads[place] = replace(heads[place], state=flipped(heads[place].state, 300))
    return Copy(copy.entries_kept, heads)


@pytest.mark.parametrize(
    "harm",
    [
        lambda copy: changed(copy, HALF - 5),
        lambda copy: misfiled(copy, 3),
        lambda copy: other_head(copy, 2),
        lambda copy: Copy(copy.entries_kept[:5], copy.heads_kept),
        lambda copy: Copy(copy.entries_kept, copy.heads_kept[:2]),
    ],
    ids=["entry", "filing", "head", "fewer-entries", "fewer-heads"],
)
def test_a_source_that_reads_differently_now_proves_nothing(
    path: Path, harm: Callable[[Copy], Copy]
) -> None:
    """What was found of it before says nothing about what is there now."""
    now = Harm(copy=harm(honest().copy), expected=None)

    with keeping_in(path) as keeping, pytest.raises(SourceChangedError):
        audit_of(now, small_grounds()[0], keeping=keeping)


def test_what_comes_after_may_have_changed(path: Path) -> None:
    """It was not looked at yet: now it is, and is found."""
    now = Harm(copy=changed(honest().copy, HALF + 5), expected=None)

    with keeping_in(path) as keeping:
        report = audit_of(now, small_grounds()[0], keeping=keeping)

    assert isinstance(report, AuditReport)
    assert report == audit_of(now, small_grounds()[0])
    assert not report.passed


def test_another_audit_cannot_go_on_from_it(path: Path) -> None:
    """Of another ledger, with other witnesses, or with other notes to agree with."""
    ours, theirs = small_grounds()
    note = ours.read_heads[1].note
    watched = HeldAgainst(witnesses=Witnesses(policy=POLICY))
    with keeping_in(path) as keeping:
        copy = honest().copy
        others: list[Callable[[], Audit]] = [
            lambda: Audit(copy, ledger=theirs.bank.ledger, keeping=keeping),
            lambda: Audit(
                copy, ledger=ours.bank.ledger, remembered=[note], keeping=keeping
            ),
            lambda: Audit(
                copy, ledger=ours.bank.ledger, against=watched, keeping=keeping
            ),
        ]
        for begin in others:
            with pytest.raises(ProgressOfAnotherError):
                begin()


def test_what_was_cosigned_meanwhile_belongs_to_the_next_audit(tmp_path: Path) -> None:
    """A bank gathers cosignatures of old checkpoints, too, while it is audited."""
    ground = small_grounds()[0]
    harm = Shown.of(ground).harm(None)
    few = harm.copy.cosigned_kept[::2]
    before = replace(harm, copy=replace(harm.copy, cosigned_kept=few))
    stopped_half_way(tmp_path / "progress", before)

    with keeping_in(tmp_path / "progress") as keeping:
        report = audit_of(harm, ground, keeping=keeping)

    assert isinstance(report, AuditReport)
    assert report.passed
    assert report.witnesses is not None
    assert len(few) < report.witnesses.cosigned < len(harm.copy.cosigned_kept)


def test_a_log_that_went_on_is_audited_to_its_new_end(tmp_path: Path) -> None:
    """A bank does not wait: the second call finds more than the first knew of."""
    ground = small_grounds()[0]
    size = ground.read_heads[-3].size
    short = Copy(list(ground.entries[:size]), list(ground.heads[:-2]))
    with keeping_in(tmp_path / "progress") as keeping:
        audit_of(Harm(copy=short, expected=None), ground, keeping=keeping)

    with keeping_in(tmp_path / "progress") as keeping:
        assert keeping.begun == size
        report = audit_of(honest(), ground, keeping=keeping)

    assert report == audit_of(honest(), ground)


def test_findings_on_both_sides_of_a_stop_are_told(tmp_path: Path) -> None:
    """Those of before come from the file, the other ones from the source."""
    ground = small_grounds()[0]
    harm = Harm(copy=changed(changed(honest().copy, 3), HALF + 6), expected=None)

    report = resumed(harm, ground, path=tmp_path / "progress", stops=[(HALF, 1)])

    assert isinstance(report, AuditReport)
    assert report == audit_of(harm, ground)
    assert min(one.position for one in report.findings) <= 3
    assert max(one.position for one in report.findings) > HALF
