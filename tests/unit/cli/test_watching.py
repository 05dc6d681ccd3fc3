"""``audit watch`` tells what is new, remembers it, and keeps what proves a fork."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from api.cli.watching import WAIT_SECONDS_MAX, Patience
from ledger.audit.bundles.form import Header, Line, Scope, ScopeKind, spell
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.encoding import b64encode
from ledger.integrity.merkle import root_of
from tests.bank import ORIGIN, SCHOOL, Bank
from tests.unit.cli.conftest import Run

IDS = "业务流水号,说明\n00000000-0000-4000-8000-000000000003,课程\n\n,\n"


@dataclass(frozen=True)
class Log:
    """A ledger's entries, in files as a bank would show them."""

    bank: Bank
    folder: Path

    @property
    def raw(self) -> list[bytes]:
        """All entries."""
        return list(self.bank.raw_entries())

    def show(self, raw: list[bytes], *, name: str = "log") -> Path:
        """Write entries with a checkpoint that the operator signed over them."""
        signed = Checkpoint(origin=ORIGIN, size=len(raw), root=root_of(raw))
        header = Header(
            checkpoint=sign_checkpoint(signed, self.bank.checkpoint),
            count=len(raw),
            ledger=self.bank.ledger,
            scope=Scope(kind=ScopeKind.WHOLE),
        )
        lines = (
            Line(entry=b64encode(one), position=position)
            for position, one in enumerate(raw)
        )
        path = self.folder / name
        path.write_bytes(spell(header) + b"".join(map(spell, lines)))
        return path


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Write a short history."""
    folder = tmp_path_factory.mktemp("watched")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        bank.submit(bank.receive(bank.sign(bank.award("1")))).result()
        yield bank


@pytest.fixture
def log(history: Bank, tmp_path: Path) -> Log:
    """Show it in a folder of one test."""
    return Log(history, tmp_path)


def test_a_member_is_told_what_its_records_lack_and_only_once(
    log: Log, tmp_path: Path, run: Run
) -> None:
    """From a spreadsheet or a folder of receipts; what concerns others is left out."""
    ids, receipts = tmp_path / "ids.csv", tmp_path / "receipts"
    ids.write_text(IDS, encoding="gb18030")
    receipts.mkdir()
    name = "00000000-0000-4000-8000-000000000005.receipt.json"
    (receipts / name).write_text("{}")
    source, named = log.show(log.raw), ("--ledger", log.bank.ledger, "--once")
    mine = ("audit", "watch", source, *named, "--member", SCHOOL)

    first = run(*mine, "--state", tmp_path / "a", "--records", ids)
    again = run(*mine, "--state", tmp_path / "a", "--records", ids)
    other = run(*mine, "--state", tmp_path / "b", "--records", receipts, "--json")

    assert [line.split()[:2] for line in first.out.splitlines()] == [
        ["1", "member"],
        ["3", "not-in-records"],
        ["4", "not-in-records"],
    ]
    assert (first.code, again.code, again.out) == (0, 0, "")
    told = [orjson.loads(line) for line in other.out.splitlines()]
    assert [(one["position"], one["kind"]) for one in told][1:] == [
        (2, "not-in-records"),
        (3, "not-in-records"),
    ]


def test_a_fork_leaves_the_state_and_both_notes(
    log: Log, tmp_path: Path, run: Run
) -> None:
    """Though the operator signed both; a log that shrank is one, too."""
    raw, state = log.raw, tmp_path / "state"
    words = ("--ledger", log.bank.ledger, "--once", "--state", state)
    assert run("audit", "watch", log.show(raw), *words).code == 0
    before = state.read_bytes()

    for changed in ([*raw[:-1], b"another"], raw[:-1]):
        shown = log.show(changed, name="changed")
        ran = run("audit", "watch", shown, *words)

        assert ran.code == 1
        kept = orjson.loads((tmp_path / "state.evidence.json").read_bytes())
        assert kept["seen"] == orjson.loads(before)["note"]
        assert (
            kept["shown"]
            == orjson.loads(shown.read_bytes().split(b"\n")[0])["checkpoint"]
        )
        assert state.read_bytes() == before


def test_a_fault_is_told_and_nothing_is_remembered(
    log: Log, tmp_path: Path, run: Run
) -> None:
    """The next watch tells it again, whoever it concerns."""
    raw, state = log.raw, tmp_path / "state"
    shown = log.show([*raw[:-1], b"another"])
    words = ("--ledger", log.bank.ledger, "--once", "--state", state)

    ran = run("audit", "watch", shown, *words, "--member", "nobody")

    assert (ran.code, ran.out.split()[:2]) == (1, ["4", "fault"])
    assert not state.exists()


def test_mistakes_have_their_codes(log: Log, tmp_path: Path, run: Run) -> None:
    """A wrong option 2, a wrong file 3, no answer 4, another ledger 1."""
    source, other = log.show(log.raw), f"{ORIGIN}#" + "A" * 43
    named = ("--ledger", log.bank.ledger, "--once", "--state", tmp_path / "state")
    wrong, taken = tmp_path / "wrong.csv", tmp_path / "taken"
    wrong.write_text("number\n1\n")
    taken.write_text("{}")
    bad = tmp_path / "bad.csv"
    bad.write_text("id\nnothing\n")
    record = ("--member", SCHOOL, "--records")

    assert run("audit", "watch", source, *named, "--records", wrong).code == 2
    assert run("audit", "watch", source, *named, *record, wrong).code == 3
    assert run("audit", "watch", source, *named, *record, bad).code == 3
    assert run("audit", "watch", source, *named, *record, tmp_path / "no").code == 3
    assert run("audit", "watch", wrong, *named).code == 3
    assert run("audit", "watch", "http://127.0.0.1:9", *named).code == 4
    assert run("audit", "watch", source, *named, "--state", taken).code == 3
    assert run("audit", "watch", source, *named, "--ledger", other).code == 1
    assert run("audit", "watch", source, *named, "--ledger", "x").code == 2
    assert not (tmp_path / "state").exists()


def test_everything_is_told_before_it_is_remembered(
    log: Log, tmp_path: Path, run: Run
) -> None:
    """Where the state cannot be written, the reports are out already."""
    words = ("--ledger", log.bank.ledger, "--once", "--state", tmp_path / "no" / "it")

    ran = run("audit", "watch", log.show(log.raw), *words)

    assert (ran.code, ran.out.count("\n")) == (3, 2)


def test_a_bank_that_does_not_answer_is_asked_less_and_less_often() -> None:
    """Up to a bound, and as often as before once it answers."""
    waited: list[float] = []
    patience = Patience(10.0, wait=waited.append)

    for failed in (False, True, True, *[True] * 10, False):
        patience.rest(failed=failed)

    assert waited[:3] == [10.0, 20.0, 40.0]
    assert waited[-2:] == [WAIT_SECONDS_MAX, 10.0]
