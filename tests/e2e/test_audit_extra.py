"""An auditor installs little: what ``skillbank[audit]`` brings is enough to verify."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ledger.audit.bundles.form import Scope, ScopeKind
from ledger.publishing.folder import LogFolder
from ledger.publishing.rebuilding import rebuild_log
from tests.bank import Bank
from tests.bundled import export
from tests.histories import award_of, write_history
from tests.style.tree import ROOT

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

RUN: Final = """
import contextlib, importlib.metadata, io, sys

refused = set(sys.argv[1].split(","))
commands = [line.split("|") for line in sys.argv[2].splitlines()]


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(name, name=name)


sys.meta_path.insert(0, Absent())
from api.cli.main import main

for words in commands:
    sys.argv = ["skillbank", *words]
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    print("=", " ".join(words[:2]), code, told.getvalue().replace("\\n", " "))
"""


def installed_with(lines: list[str]) -> set[str]:
    """Return the distributions that requirements bring here, with all they need."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in lines]
    while waiting:
        one = waiting.pop()
        extras = [*one.extras, ""]
        if one.marker and not any(one.marker.evaluate({"extra": e}) for e in extras):
            continue
        name = canonicalize_name(one.name)
        if name in found:
            continue
        found.add(name)
        for line in requires(one.name) or ():
            needed = Requirement(line)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
    return found


def refused() -> list[str]:
    """Return every module here that an auditor's installation does not have."""
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["audit"]]
    allowed = installed_with(wanted) | {"skillbank"}
    return sorted(
        module
        for module, names in packages_distributions().items()
        if not {canonicalize_name(name) for name in names} & allowed
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Write a ledger as a database, as files, and as bundles; tell its name."""
    folder = tmp_path_factory.mktemp("extra")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        write_history(bank)
        head = bank.store.log.read_head()
        assert head is not None
        shown = LogFolder(folder / "log")
        rebuild_log(shown, bank.store.log, head=head, with_entries=True)
        whole = export(bank, Scope(kind=ScopeKind.WHOLE))
        (folder / "whole.bundle").write_bytes(whole)
        award = Scope(kind=ScopeKind.AWARD, id=award_of("a-1"))
        (folder / "award.bundle").write_bytes(export(bank, award))
        name = bank.ledger
    return folder, name


def test_the_extra_has_no_part_of_a_server() -> None:
    """Or the test below would prove nothing."""
    missing = refused()

    assert {"sqlalchemy", "eventsourcing", "fastapi", "numpy", "pytest"} <= {*missing}
    assert {"typer", "rich", "httpx2", "pydantic"}.isdisjoint(missing)


def test_an_auditor_needs_nothing_but_the_extra(place: tuple[Path, str]) -> None:
    """Bundles and the log's files verify and replay; the rest says what is missing."""
    folder, ledger = place
    copy, pin = folder / "copy.bundle", ("--ledger", ledger)
    nowhere = "http://127.0.0.1:9"
    commands = [
        ("audit", "verify", folder / "whole.bundle", *pin),
        ("audit", "verify", folder / "award.bundle", *pin),
        ("audit", "verify", folder / "log", *pin),
        ("audit", "replay", folder / "whole.bundle", *pin),
        ("audit", "export", folder / "log", *pin, "--out", copy),
        ("audit", "verify", copy, *pin, "--json", "--resume", folder / "progress"),
        ("audit", "verify", nowhere, *pin),
        ("prove", "a", "--url", nowhere, "--attempts", "1", *pin),
        ("audit", "verify", folder / "ledger.db", *pin),
        ("serve", "--data", folder),
    ]
    said = "\n".join("|".join(map(str, words)) for words in commands)
    words = [sys.executable, "-c", RUN, ",".join(refused()), said]

    ran = subprocess.run(  # noqa: S603  # our own words
        words, capture_output=True, text=True, check=True, cwd=ROOT
    )

    told = [line for line in ran.stdout.splitlines() if line.startswith("=")]
    assert [line.split()[3] for line in told if line.startswith("= audit")] == [
        *"000000",
        "4",
        "4",
    ], ran.stdout
    assert ran.stdout.count("PASS") >= 3
    assert 'pip install "skillbank[bank]"' in told[-2]
    assert told[-1].startswith("= serve --data 4 error: this needs ")
    assert 'pip install "skillbank[bank]"' in told[-1]
