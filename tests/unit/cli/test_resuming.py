"""``audit verify --resume`` keeps its progress, and says why it cannot go on."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson
import pytest
from typer.testing import CliRunner

from api.cli import resuming
from api.cli.audit import app
from api.cli.auditing import Lines
from api.cli.resuming import Every
from ledger.audit import verify as module
from tests.bank import Bank
from tests.resuming import honest, keeping_in, stopped_half_way

FIRST: Final = 3


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """Run a bank."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


def asked(bank: Bank, progress: Path, *more: str) -> list[str]:
    """Return the words of a command that verifies the bank."""
    database = bank.url.removeprefix("sqlite:///")
    return [
        "verify",
        database,
        "--ledger",
        bank.ledger,
        "--resume",
        str(progress),
        *more,
    ]


def interrupt(bank: Bank, progress: Path, *, monkeypatch: pytest.MonkeyPatch) -> None:
    """End an audit after a few entries, as its user would."""
    entry, seen = module.Audit._check_entry, list[int]()  # noqa: SLF001

    def check(self: module.Audit, *given: object, run: object) -> None:
        seen.append(1)
        if len(seen) > FIRST:
            raise KeyboardInterrupt
        entry(self, *given, run=run)  # type: ignore[arg-type]  # handed through

    with monkeypatch.context() as patch:
        patch.setattr(module.Audit, "_check_entry", check)
        patch.setattr(resuming, "SECONDS_BETWEEN", 0)
        CliRunner().invoke(app, asked(bank, progress))


def test_an_interrupted_audit_goes_on(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, finds what it would have found, and leaves no file."""
    progress = tmp_path / "progress"
    plain = CliRunner().invoke(app, asked(bank, progress, "--json"))
    interrupt(bank, progress, monkeypatch=monkeypatch)
    assert progress.exists()

    found = CliRunner().invoke(app, asked(bank, progress))

    assert found.exit_code == 0
    assert f"going on after {FIRST} entries" in found.stderr
    assert not progress.exists()
    interrupt(bank, progress, monkeypatch=monkeypatch)
    again = CliRunner().invoke(app, asked(bank, progress, "--json"))
    assert orjson.loads(again.stdout) == orjson.loads(plain.stdout)
    assert again.stderr == ""


def test_an_audit_that_saved_nothing_leaves_nothing(bank: Bank, tmp_path: Path) -> None:
    """As with a source that is no ledger, or the wrong one."""
    progress = tmp_path / "progress"
    words = asked(bank, progress)
    words[3] = words[3][:-1] + ("A" if words[3][-1] != "A" else "E")

    found = CliRunner().invoke(app, words)

    assert found.exit_code == 1
    assert not progress.exists()


def test_why_it_cannot_go_on_is_said(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with a code of its own, and what to do."""
    progress = tmp_path / "progress"
    stopped_half_way(progress, honest())

    def code(place: Path, *more: str) -> tuple[str, int]:
        found = CliRunner().invoke(app, asked(bank, place, "--json", *more))
        return orjson.loads(found.stdout)["error"], found.exit_code

    assert code(progress) == ("progress-of-another", 3)
    with keeping_in(progress):
        assert code(progress) == ("progress-in-use", 4)
    with monkeypatch.context() as patch:
        patch.setattr("ledger.audit.progress.file.form_of", lambda: "other")
        assert code(progress) == ("progress-release", 3)
    assert code(tmp_path / "ledger.db") == ("not-a-progress", 3)
    assert code(tmp_path / "no" / "folder") == ("progress-place", 3)
    assert code(progress, "--vault", "sqlite:///x") == ("usage", 2)
    interrupt(bank, tmp_path / "own", monkeypatch=monkeypatch)
    monkeypatch.setattr(
        "ledger.audit.progress.trace.leaf_hash", lambda _: b"something else"
    )
    assert code(tmp_path / "own") == ("source-changed", 4)


def test_it_is_time_once_in_so_many_seconds() -> None:
    """However often it is asked."""
    clock = iter([0.0, 29.0, 30.0, 31.0, 61.0])
    due = Every(30, clock=lambda: next(clock))

    assert [due() for _ in range(4)] == [False, True, False, True]


def test_what_was_done_before_says_nothing_about_the_rate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Or the time left would be too short."""
    clock = iter([0.0, 10.0])

    Lines(3_000, begun=1_000, clock=lambda: next(clock)).tell(2_000)

    told = "verified 2,000 of 3,000 entries, 100 entries/s, about 10 s left"
    assert capsys.readouterr().err.splitlines() == [told]


def signalled(file: Path, times: int) -> list[bool]:
    """Interrupt an audit so often; return what it is told of its time to save."""
    told: list[bool] = []
    with suppress(KeyboardInterrupt), resuming.resuming(file, as_json=True) as keeping:
        assert keeping is not None
        told.append(keeping.is_due())
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
        told.append(keeping.is_due())
        told.append(keeping.is_due())
    return told


@pytest.mark.parametrize(("times", "told"), [(1, [False, True]), (2, [False])])
def test_whoever_interrupts_waits_until_it_is_kept_and_twice_for_nothing(
    tmp_path: Path, times: int, told: list[bool]
) -> None:
    """Perhaps nobody asks soon whether it is time."""
    before = signal.getsignal(signal.SIGINT)

    assert signalled(tmp_path / "progress", times) == told

    assert signal.getsignal(signal.SIGINT) is before
