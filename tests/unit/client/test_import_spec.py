"""The page about CSV files says what the code does."""

import re
from pathlib import Path

from client.imports.cells import ATTEMPTS, BASES, METHODS, PASSED, UNITS
from client.imports.columns import CHINESE
from client.imports.faults import KEPT_MAX, SHOWN_MAX
from client.imports.source import CELL_CHARACTERS_MAX
from tests.bank import Bank
from tests.unit.client.conftest import Run, Write

SPEC = Path(__file__).parents[3] / "docs" / "spec" / "csv-import.md"


def test_the_columns_are_those_of_the_code() -> None:
    """Every name, in both languages, in the same order."""
    rows = re.findall(r"^\| ([a-z_]+) \| ([^|]+) \| ", SPEC.read_text(), re.MULTILINE)

    assert [(name, tuple(chinese.strip().split(", "))) for name, chinese in rows] == [
        (str(column), chinese) for column, chinese in CHINESE.items()
    ]


def test_the_words_are_those_of_the_code() -> None:
    """Every choice is on the page."""
    text = SPEC.read_text()

    for word in (*ATTEMPTS, *BASES, *METHODS, *UNITS, *PASSED):
        assert re.search(rf"(?:^|\W){word}\W", text), word
    assert f"{CELL_CHARACTERS_MAX:,} characters" in text
    assert (SHOWN_MAX, KEPT_MAX) == (50, 1000)


def test_the_example_is_imported(bank: Bank, write: Write, run: Run) -> None:
    """As it stands there."""
    (example,) = re.findall(r"```csv\n(.*?)```", SPEC.read_text(), re.DOTALL)

    assert run(write(example)).posted == 2
    assert bank.check_log().awards == 2
