"""The operator admits who declared a key for this ledger, and nobody else."""

from pathlib import Path

import orjson
import pytest

from client.keyfolder import KeyFolder
from tests.bank import OPERATOR, Bank
from tests.unit.cli.conftest import Run
from tests.unit.client.simulator import Face

KIND = ("--kind", "enterprise", "--name", "某企业")


@pytest.fixture
def operator(machine: Path, bank: Bank) -> tuple[str, str]:
    """Return the option for the folder with the operator's key."""
    folder = machine / "operator"
    KeyFolder(folder).add(bank.keys[OPERATOR])
    return "--keys", str(folder)


def declared(run: Run, folder: Path, *more: str) -> Path:
    """Make a member's key and keep what is printed."""
    ran = run("keys", "new", "factory", "--keys", folder / "factory", "--json", *more)
    assert ran.code == 0, ran.err
    folder.mkdir(exist_ok=True)
    path = folder / "factory.key.json"
    path.write_text(ran.out)
    return path


def test_a_member_is_admitted_with_what_it_printed(
    machine: Path, bank: Bank, operator: tuple[str, str], run: Run
) -> None:
    """Its key counts from then on."""
    file = declared(run, machine)

    ran = run("admit", file, *KIND, "--name-en", "A factory", *operator)
    again = run("admit", file, *KIND, *operator)

    assert (ran.code, ran.out) == (0, "factory is a member since position 4\n")
    assert (again.code, again.out) == (3, "")
    kid = orjson.loads(file.read_bytes())["keys"][0]["kid"]
    assert bank.find_key(kid) is not None
    assert bank.check_log().members == 3


def test_only_the_operator_admits(machine: Path, run: Run) -> None:
    """The bank refuses what a school signs."""
    assert run("admit", declared(run, machine), *KIND).code == 3


def test_a_declaration_must_be_for_this_ledger(
    machine: Path, face: Face, operator: tuple[str, str], run: Run
) -> None:
    """Another ledger's, a changed one, and anything else is sent nowhere."""
    file = declared(run, machine, "--ledger", "other.example#" + "A" * 43)
    texts = [file.read_text(), "no JSON", "[]", '{"keys": [{}, {}]}', '{"keys": [{}]}']
    file = declared(run, machine / "again")
    texts.append(file.read_text().replace('"factory"', '"another"'))

    for text in texts:
        file.write_text(text)
        ran = run("admit", file, *KIND, *operator)

        assert (ran.code, ran.out) == (3, ""), text
        assert "skillbank keys new --ledger" in ran.err
    assert face.posted == []
