"""``audit export`` writes a bundle; ``audit verify`` says what it proves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from ledger.integrity.disclosures import make_disclosure
from tests.bank import LEARNER, SCHOOL, Bank
from tests.histories import award_of, write_history
from tests.unit.cli.conftest import Run

SCORE = make_disclosure("score", "87.5", salt="A" * 22)


@dataclass(frozen=True)
class Stored:
    """A ledger in a folder, and its name."""

    folder: Path
    ledger: str


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """Write a history in which a value was disclosed."""
    folder = tmp_path_factory.mktemp("exported")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        raw = bank.sign(bank.award("s", _sd=[SCORE.digest]), disclosures=[SCORE])
        bank.submit(bank.receive(raw)).result()
        write_history(bank)
        yield Stored(folder, bank.ledger)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "PASS nothing was found"),
        (("--from", "9", "--to", "12"), "PASS of a part"),
        (("--award", award_of("a-2")), "credit.revoked.v1 by north-college"),
        (("--learner", LEARNER), "… and"),
    ],
    ids=["whole", "range", "award", "learner"],
)
def test_what_is_exported_is_verified(
    stored: Stored, tmp_path: Path, run: Run, *, options: tuple[str, ...], said: str
) -> None:
    """From the file and the name alone; a part says what it does not prove."""
    out, named = tmp_path / "bundle", ("--ledger", stored.ledger)

    written = run("audit", "export", stored.folder, *named, "--out", out, *options)
    verified = run("audit", "verify", out, *named)
    shown = run("audit", "verify", out, *named, "--json")

    assert written.code == 0, written.err
    assert (verified.code, said in verified.out) == (0, True), verified.out
    assert ("not proven" in verified.out) == bool(options)
    assert orjson.loads(shown.out)["verdict"] == "pass"


def test_a_learner_shows_a_value_with_an_award(
    stored: Stored, tmp_path: Path, run: Run
) -> None:
    """It stands in the bundle because the learner handed it over."""
    shown, out = tmp_path / "shown.json", tmp_path / "bundle"
    shown.write_bytes(orjson.dumps([SCORE.encoded]))
    named = ("audit", "export", stored.folder, "--ledger", stored.ledger)
    words = (*named, "--disclosures", shown, "--json", "--out", out)

    ran = run(*words, "--award", award_of("s"))

    assert ran.code == 0, ran.err
    assert orjson.loads(ran.out)["bytes"] == out.stat().st_size
    assert SCORE.encoded.encode() in out.read_bytes()
    out.unlink()
    other = run(*words, "--award", award_of("a-2"))
    assert (other.code, "leave it out" in other.err) == (3, True)
    shown.write_text("{}")
    assert run(*words, "--award", award_of("s")).code == 3
    assert not out.exists()


WRONG = (
    (("--from", "1"), 2, "go together"),
    (("--from", "3", "--to", "1"), 2, "the smaller first"),
    (("--award", "x", "--learner", "y"), 2, "name one of"),
    (("--disclosures", "x"), 2, "goes with"),
    (("--award", "award_none"), 3, "has no such"),
    (("--from", "1", "--to", "999"), 3, "has no such"),
)


def test_a_scope_that_makes_no_sense_is_named(
    stored: Stored, tmp_path: Path, run: Run
) -> None:
    """And no file is left behind."""
    out, named = tmp_path / "bundle", ("--ledger", stored.ledger)

    for options, code, said in WRONG:
        ran = run("audit", "export", stored.folder, *named, "--out", out, *options)

        assert (ran.code, said in ran.err) == (code, True), ran.err
    assert list(tmp_path.iterdir()) == []


def test_sources_and_files_that_are_wrong_are_told_apart(
    stored: Stored, tmp_path: Path, run: Run
) -> None:
    """A mistyped path is 3, a forgery is 1, and nothing is overwritten."""
    out, other = tmp_path / "bundle", stored.ledger[:-43] + "A" * 43
    export = ("audit", "export", stored.folder, "--out", out)
    award = ("--award", award_of("a-2"))
    assert run(*export, "--ledger", stored.ledger, *award).code == 0
    raw = out.read_bytes()

    again = run(*export, "--ledger", stored.ledger, *award)
    assert (again.code, "nothing is overwritten" in again.err) == (3, True)
    assert out.read_bytes() == raw
    fresh = ("--out", tmp_path / "fresh", "--ledger")
    assert run("audit", "export", tmp_path / "no", *fresh, stored.ledger).code == 3
    assert run("audit", "export", out, *fresh, stored.ledger).code == 3
    assert run("audit", "export", stored.folder, *fresh, other).code == 1
    assert run("audit", "export", stored.folder, *fresh, "x").code == 2
    address = "http://127.0.0.1:9"
    assert run("audit", "export", address, *fresh, stored.ledger).code == 4
    unnamed = run("audit", "verify", out)
    assert (unnamed.code, unnamed.out.strip()) == (4, stored.ledger)
    assert run("audit", "verify", out, "--ledger", other).code == 1
    out.write_bytes(raw.replace(b'"count":8', b'"count":9'))
    forged = run("audit", "verify", out, "--ledger", stored.ledger)
    assert (forged.code, "lines-missing" in forged.out) == (1, True)
    out.write_bytes(raw[5:])
    assert run("audit", "verify", out, "--ledger", stored.ledger).code == 1
    out.write_bytes(raw.replace(b'"count":8', b'"count":"8"'))
    assert run("audit", "verify", out, "--ledger", stored.ledger).code == 1
    assert SCHOOL in forged.out
