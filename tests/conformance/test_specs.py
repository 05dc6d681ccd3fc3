"""Each page on a format names its code and vectors, and these are there and used."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
# Each has a test of its own, and is no document that is signed.
UNSIGNED: Final = frozenset({"csv-import", "findings"})
PAGES: Final = sorted(
    page for page in (ROOT / "docs/spec").glob("*.md") if page.stem not in UNSIGNED
)
QUOTED: Final = re.compile(r"`([\w./-]+\.(?:json|py))`")
TESTS: Final = "\n".join(
    path.read_text() for path in (ROOT / "tests").rglob("test_*.py")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_a_page_names_code_and_vectors_that_exist(page: Path) -> None:
    """Whoever implements the format finds both."""
    intro = page.read_text().partition("\n\n")[2].partition("\n## ")[0]
    code = [name for name in QUOTED.findall(intro) if name.endswith(".py")]
    vectors = [name for name in QUOTED.findall(intro) if name.endswith(".json")]

    assert code
    assert vectors
    for name in code:
        in_room = ROOT / "ledger/integrity" / name
        assert in_room.exists() or (ROOT / name).exists(), name
    for name in vectors:
        file = Path(name).name
        assert (ROOT / "tests/conformance/vectors" / file).exists(), name
        assert f'read_vectors("{file}")' in TESTS, name


def test_every_vector_is_named_by_the_list_of_vectors() -> None:
    """With where it comes from."""
    folder = ROOT / "tests/conformance/vectors"
    named = QUOTED.findall((folder / "README.md").read_text())

    listed = {name for name in named if name.endswith(".json")}
    assert {one.name for one in folder.glob("*.json")} == listed
