"""The locks pin what pyproject.toml asks for, by hash and without an address."""

import json
import re
import tomllib
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.style.tree import ROOT

LOCK: Final = (ROOT / "requirements.lock").read_text()
NODE_LOCK: Final = ROOT / "tests/conformance/node/package-lock.json"
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN: Final = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
PINS: Final = dict(PIN.findall(LOCK))
ASKED: Final = [
    *PROJECT["project"]["dependencies"],
    *(
        line
        for extra in PROJECT["project"]["optional-dependencies"].values()
        for line in extra
        if not line.startswith(PROJECT["project"]["name"])
    ),
    *(r for group in PROJECT["dependency-groups"].values() for r in group),
]


@pytest.mark.parametrize("line", ASKED)
def test_what_the_project_asks_for_is_pinned(line: str) -> None:
    """A dependency without a fitting pin means that `make lock` was forgotten."""
    asked = Requirement(line)

    assert asked.specifier.contains(PINS[canonicalize_name(asked.name)])


def test_every_pin_has_a_hash() -> None:
    """Without its hash a file could be exchanged on the way."""
    entries = re.split(r"\n(?=[a-z])", LOCK)[1:]

    assert len(entries) == len(PINS)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_place() -> None:
    """Which index or mirror serves the files is the machine's matter."""
    options = [line for line in LOCK.splitlines() if line.startswith("-")]

    assert options == []
    assert "://" not in LOCK
    assert " @ " not in LOCK


def test_the_node_lock_has_hashes_and_names_no_place() -> None:
    """The same holds for what runs under Node.js."""
    packages = json.loads(NODE_LOCK.read_text())["packages"]

    locked = [entry for name, entry in packages.items() if name]
    assert locked
    assert all(entry["integrity"].startswith("sha512-") for entry in locked)
    assert not any("resolved" in entry for entry in locked)
