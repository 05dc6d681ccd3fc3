"""A bundle carries what witnesses cosigned, as far as its source shows it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import orjson
import pytest
from typer.testing import CliRunner

from api.cli.audit import app
from ledger.audit.bundles.form import Bundle, Scope, ScopeKind
from ledger.audit.bundles.making import make_bundle
from ledger.audit.bundles.part import PartReport, verify_part
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.findings import AuditReport
from ledger.audit.parts import HeldAgainst
from ledger.audit.ports import CosignedNote
from ledger.audit.verify import verify
from ledger.audit.witnessed import Witnesses
from ledger.domain.types import instant_of
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from tests.bank import LEARNER, ORIGIN
from tests.bundled import read_lines, write_bundle
from tests.cosigning import checked, cosigned, found, instant
from tests.histories import award_of
from tests.tampering.campaign import small_grounds
from tests.tampering.copies import Copy, copy_of
from tests.tampering.cosigned import POLICY, POLICY_TEXT, Shown
from tests.tampering.grounds import Ground

WHOLE: Final = Scope(kind=ScopeKind.WHOLE)
PARTS: Final = {
    "range": Scope(kind=ScopeKind.RANGE, first=3, last=6),
    "range-from-the-start": Scope(kind=ScopeKind.RANGE, first=0, last=6),
    "learner": Scope(kind=ScopeKind.LEARNER, id=LEARNER),
    "award": Scope(kind=ScopeKind.AWARD, id=award_of("one")),
}


@cache
def ground() -> Ground:
    """Return the small ledger."""
    return small_grounds()[0]


def seen(*, without_last: int = 0) -> Copy:
    """Return a source whose checkpoints were cosigned by all, but the last ones."""
    copy = Shown.of(ground()).harm(None).copy
    kept = copy.cosigned_kept[: len(copy.cosigned_kept) - without_last]
    return replace(copy, cosigned_kept=kept)


def bundle_of(copy: Copy, scope: Scope, *, folder: Path) -> Bundle:
    """Write a bundle of a source."""
    lines = make_bundle(copy, ledger=ground().bank.ledger, scope=scope)
    path = folder / "made.bundle"
    path.write_bytes(b"".join(lines))
    return Bundle(path)


def audited(bundle: Bundle) -> AuditReport:
    """Audit a whole bundle two days later, under a policy."""
    newest = datetime.fromisoformat(ground().read_heads[-1].recorded_at)
    now = instant_of(newest + timedelta(days=2))
    against = HeldAgainst(witnesses=Witnesses(policy=POLICY, now=now))
    ledger = ground().bank.ledger
    return verify(BundleSource(bundle), ledger=ledger, against=against)


def checked_part(bundle: Bundle) -> PartReport:
    """Verify a part under a policy."""
    return verify_part(bundle, ledger=ground().bank.ledger, policy=POLICY)


def codes(report: AuditReport | PartReport) -> list[str]:
    """Return the codes of what was found."""
    return [one.code for one in report.findings]


def test_a_whole_bundle_has_the_quorum_of_its_checkpoint(tmp_path: Path) -> None:
    """And a bundle made of it has it, too."""
    bundle = bundle_of(seen(), WHOLE, folder=tmp_path)
    again = make_bundle(BundleSource(bundle), ledger=ground().bank.ledger, scope=WHOLE)

    report = audited(bundle)

    assert report.passed
    assert report.witnesses is not None
    assert report.witnesses.quorum_size == ground().size
    assert b"".join(again) == bundle.path.read_bytes()


def test_without_cosignatures_nothing_has_quorum(tmp_path: Path) -> None:
    """Such a bundle is what it was before, byte for byte."""
    bundle = bundle_of(copy_of(ground()), WHOLE, folder=tmp_path)

    assert codes(audited(bundle)) == ["quorum-missing"]
    assert set(read_lines(bundle.path.read_bytes())[0]) == {
        "bundle",
        "checkpoint",
        "count",
        "ledger",
        "scope",
    }


def test_what_was_cosigned_last_is_kept_beside_a_newer_checkpoint(
    tmp_path: Path,
) -> None:
    """A bank that is written to has nearly always one that nobody has seen yet."""
    bundle = bundle_of(seen(without_last=2), WHOLE, folder=tmp_path)
    again = make_bundle(BundleSource(bundle), ledger=ground().bank.ledger, scope=WHOLE)

    report = audited(bundle)

    size = ground().read_heads[-3].size
    assert [(one.code, one.position) for one in report.findings] == [
        ("quorum-missing", size)
    ]
    assert report.witnesses is not None
    assert report.witnesses.quorum_size == size
    assert b"".join(again) == bundle.path.read_bytes()


def test_a_cosigned_checkpoint_of_another_history_is_not_taken_for_ones_own(
    tmp_path: Path,
) -> None:
    """Its lines say nothing of this log; an audit of the source reports it."""
    copy = seen()
    last = copy.cosigned_kept[-1]
    fork = Checkpoint(origin=ORIGIN, size=last.size, root=b"\1" * 32)
    other = sign_checkpoint(fork, ground().bank.checkpoint)
    kept = [CosignedNote(size=last.size, note=other)]
    kept += [CosignedNote(size=last.size + 1, note=last.note)]
    kept += [CosignedNote(size=2, note=None)]

    bundle = bundle_of(replace(copy, cosigned_kept=kept), WHOLE, folder=tmp_path)

    assert bundle.header is not None
    assert bundle.header.checkpoint == ground().read_heads[-1].note
    assert bundle.header.cosigned is None


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("without_last", [0, 1, 99])
def test_a_part_is_under_a_checkpoint_that_was_seen_if_that_covers_it(
    tmp_path: Path, name: str, without_last: int
) -> None:
    """Else under the newest one, which lacks the quorum that a policy asks for."""
    places = ground().read_heads[: max(len(ground().read_heads) - without_last, 0)]
    unseen = len(ground().read_heads) - len(places)
    bundle = bundle_of(seen(without_last=unseen), PARTS[name], folder=tmp_path)

    report = checked_part(bundle)

    assert verify_part(bundle, ledger=ground().bank.ledger).findings == ()
    lines = read_lines(bundle.path.read_bytes())[1:]
    newest = max(int(line["position"]) for line in lines) + 1
    enough = [head.size for head in places if head.size >= newest]
    if enough:
        assert report.checkpoint_size == enough[-1]
        assert codes(report) == []
    else:
        assert report.checkpoint_size == ground().size
        assert codes(report) == ["quorum-missing"]
    assert report.cosigned is not None
    assert report.cosigned.quorum is bool(enough)


def test_a_forged_line_in_a_part_is_found(tmp_path: Path) -> None:
    """And of a checkpoint that nobody signed no line is looked at."""
    lines = read_lines(
        bundle_of(seen(), PARTS["award"], folder=tmp_path).path.read_bytes()
    )
    note = lines[0]["checkpoint"]
    at = note.index("east ") + 40
    other = "B" if note[at] == "A" else "A"
    lines[0]["checkpoint"] = f"{note[:at]}{other}{note[at + 1 :]}"
    forged = checked_part(write_bundle(tmp_path, lines))
    body, _, signed = note.partition("\n\n")
    lines[0]["checkpoint"] = "\n\n".join((body, signed.partition("\n")[2]))
    unsigned = checked_part(write_bundle(tmp_path, lines))

    assert codes(forged) == ["cosignature-invalid"]
    assert forged.cosigned is not None
    assert forged.cosigned.quorum
    assert codes(unsigned) == ["checkpoint-signature"]
    assert unsigned.cosigned is None


def test_a_part_has_one_checkpoint_only(tmp_path: Path) -> None:
    """A second one would be held against nothing there."""
    lines = read_lines(
        bundle_of(seen(), PARTS["award"], folder=tmp_path).path.read_bytes()
    )
    lines[0]["cosigned"] = lines[0]["checkpoint"]

    assert write_bundle(tmp_path, lines).header is None


def test_what_is_not_shown_may_have_been_cosigned_in_time() -> None:
    """A source of the newest checkpoints proves nobody late; early it does."""
    notes = [cosigned(2, {"east": 29}), cosigned(4, {"east": 29})]
    recorded = [instant(hour) for hour in (0, 1, 30, 30)]

    assert found(checked(notes, recorded)) == {
        (0, "cosigned-late"),
        (1, "cosigned-late"),
        (2, "cosigned-early"),
        (3, "cosigned-early"),
        (0, "quorum-missing"),
        (1, "quorum-missing"),
    }
    assert found(checked(notes, recorded, shows_all=False)) == {
        (2, "cosigned-early"),
        (3, "cosigned-early"),
        (0, "quorum-missing"),
        (1, "quorum-missing"),
    }


def test_the_command_says_who_stands_behind_a_part(tmp_path: Path) -> None:
    """In words and as JSON, and nothing without a policy."""
    bundle = bundle_of(seen(), PARTS["award"], folder=tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY_TEXT)
    words = ["verify", str(bundle.path), "--ledger", ground().bank.ledger]
    asked = [*words, "--witness-policy", str(policy)]

    told, as_json = (CliRunner().invoke(app, [*asked, *m]) for m in ([], ["--json"]))
    plain = CliRunner().invoke(app, [*words, "--json"])
    none = bundle_of(copy_of(ground()), PARTS["award"], folder=tmp_path)
    missing = CliRunner().invoke(app, asked)

    assert none.path == bundle.path
    assert "witnesses   east, north, south; quorum\n" in told.stdout
    assert orjson.loads(as_json.stdout)["cosigned_by"] == ["east", "north", "south"]
    assert orjson.loads(plain.stdout)["cosigned_by"] is None
    assert (told.exit_code, plain.exit_code, missing.exit_code) == (0, 0, 1)
    assert "witnesses   none of your policy; no quorum\n" in missing.stdout
