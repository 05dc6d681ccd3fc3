"""How far an audit has come is told seldom, on stderr, and to people only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from api.cli import auditing
from api.cli.audit import app
from api.cli.auditing import Lines, progress_text, seldom, showing_progress
from ledger.audit.database import DatabaseSource
from ledger.audit.verify import verify
from tests.bank import Bank


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """Run a bank."""
    with Bank(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


def test_a_line_comes_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """With the rate since the beginning."""
    clock = iter([0.0, 4.9, 5.0, 9.9, 10.5])
    lines = Lines(4_200, clock=lambda: next(clock))

    for done in (1_000, 1_000, 2_000, 2_100):
        lines.tell(done)

    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "verified 1,000 of 4,200 entries, 200 entries/s, about 16 s left",
        "verified 2,100 of 4,200 entries, 200 entries/s, about 10 s left",
    ]


@pytest.mark.parametrize(
    ("done", "total", "rate", "text"),
    [
        (640, None, 64.0, "verified 640 entries, 64 entries/s"),
        (640, 600, 64.0, "verified 640 entries, 64 entries/s"),
        (0, 600, 0.0, "verified 0 entries, 0 entries/s"),
        (
            1_000,
            100_000,
            1_000.0,
            "verified 1,000 of 100,000 entries, 1,000 entries/s, about 1 min 39 s left",
        ),
    ],
    ids=["unknown", "longer-than-said", "standing", "minutes"],
)
def test_time_is_left_where_the_end_is_known(
    done: int, total: int | None, rate: float, text: str
) -> None:
    """A source that holds more than it said promises no time."""
    assert progress_text(done, total=total, rate=rate) == text


def test_few_of_many_entries_are_told() -> None:
    """Telling is not what an audit spends its time on."""
    told: list[int] = []
    tell = seldom(told.append)

    for done in range(1, 1_001):
        tell(done)

    assert told == [128, 256, 384, 512, 640, 768, 896]


def test_an_audit_counts_its_entries_up_to_the_size_of_its_source(bank: Bank) -> None:
    """One by one."""
    source, told = DatabaseSource(bank.url), list[int]()

    report = verify(source, ledger=bank.ledger, on_entries=told.append)
    size = source.size()
    source.close()

    assert told == list(range(1, report.entries + 1))
    assert size == report.entries


def test_a_database_that_fails_has_no_size(tmp_path: Path) -> None:
    """Whoever reads its entries is told; how far one is never stops an audit."""
    file = tmp_path / "ledger.db"
    with Bank(f"sqlite:///{file}") as written:
        url = written.url
    source = DatabaseSource(url)
    source.close()
    file.unlink()

    assert source.size() is None


def test_a_program_that_reads_json_sees_progress_only_on_a_terminal(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A terminal gets a bar even then; data alone is on stdout."""
    source = DatabaseSource(bank.url)
    with showing_progress(source, as_json=True) as unheard:
        assert unheard is None
    source.close()

    with (tmp_path / "terminal").open("w+") as terminal:
        console = Console(file=terminal, force_terminal=True, width=80)
        monkeypatch.setattr(auditing, "errors", console)
        words = ["verify", bank.url, "--ledger", bank.ledger, "--json"]
        result = CliRunner().invoke(app, words)
        terminal.seek(0)
        assert "Verifying" in terminal.read()

    assert (result.exit_code, result.stdout[:1], result.stderr) == (0, "{", "")
