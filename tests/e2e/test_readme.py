"""The tour of the README is right: its blocks run in order, and show what it says."""

import re
from pathlib import Path

from tests.e2e.cli_shell import blocks, play
from tests.e2e.ports import free_port

README = Path(__file__).parents[2] / "README.md"
TOUR = "## A tour in ten minutes"
PORT = "8000"


def tour() -> str:
    """Return the part of the README that is run."""
    _, found, after = README.read_text().partition(f"{TOUR}\n")
    assert found
    return after.partition("\n## ")[0]


def squeezed(text: str) -> list[str]:
    """Return lines whose columns stand one space apart."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def assert_shown(promised: str, out: str) -> None:
    """Require every promised line, or a part of a line, in its order."""
    lines = iter(squeezed(out))
    for wanted in squeezed(promised):
        assert any(wanted in line for line in lines), (wanted, out)


def test_the_tour_runs_and_shows_what_it_says(tmp_path: Path) -> None:
    """As operator, school, learner and auditor, and nothing keeps running after."""
    text = tour()
    assert f"--port {PORT}" in text
    script = blocks(text, "sh").replace(PORT, str(free_port()))

    out = play(script, tmp_path, is_cold=True)

    assert_shown(blocks(text, "text"), out)
    name = (tmp_path / "ledger-name.txt").read_text().strip()
    assert re.fullmatch(r"bank\.example/demo#[\w-]{43}", name)
    assert (tmp_path / "proof.json").exists()


def test_every_page_that_is_named_is_there() -> None:
    """A reader who follows a link finds something."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text())

    assert links
    for link in links:
        assert (README.parent / link).exists(), link
