"""Mistakes that people make: each is named with what to do, and has the right code."""

import socket
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.bank import LEARNER, Bank
from tests.unit.cli.conftest import Run
from tests.unit.client.simulator import Face, lose, problem

FOUND = ("init", "--origin", "bank.example/x", "--name", "运营机构")


@pytest.mark.parametrize("name", ["Bad Name", "op", "9north", "north-", "北方"])
def test_no_key_is_made_for_an_id_that_no_ledger_takes(
    tmp_path: Path, run: Run, name: str
) -> None:
    """It would be found out only when the operator admits the member."""
    ran = run("keys", "new", name, "--keys", tmp_path / "keys")

    assert (ran.code, ran.out) == (2, "")
    assert "cqvtc" in ran.err
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--operator", "Bad Id", "--operator is 3 to 32"),
        ("--operator", "op", "--operator is 3 to 32"),
        ("--origin", "https://bank example", "--origin is a name such as"),
        ("--time-zone", "Nowhere/Zone", "--time-zone is one such as"),
    ],
)
def test_a_founder_is_told_which_option_is_wrong(
    tmp_path: Path, run: Run, option: str, value: str, said: str
) -> None:
    """And no folder is left behind."""
    given = {"--operator": "operator", option: value}
    words = [word for pair in given.items() for word in pair]

    ran = run(*FOUND, *words, "--data", tmp_path / "bank")

    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err
    assert not (tmp_path / "bank").exists()


def test_a_port_in_use_is_named_before_anything_is_opened(
    tmp_path: Path, run: Run
) -> None:
    """Nothing says that the bank is served."""
    run(*FOUND, "--operator", "operator", "--data", tmp_path / "bank")
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]

        ran = run("serve", "--data", tmp_path / "bank", "--port", str(port))

    assert ran.code == 2
    assert "in use already" in ran.err
    assert "Serving" not in ran.err


def test_an_address_without_its_scheme_is_a_misspelling(
    machine: Path, run: Run
) -> None:
    """It is not tried six times."""
    ran = run("balance", LEARNER, "--url", "127.0.0.1:8000")

    assert ran.code == 2
    assert "http://" in ran.err
    assert machine.exists()


def test_whoever_waits_is_told_so(
    machine: Path, face: Face, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the bank did not answer."""
    monkeypatch.setattr("api.cli.options.time.sleep", lambda _: None)
    award = ("award", "--achievement", "WELD-1", "--reference", "R", "--credits", "3")
    face.before.append(lose)

    ran = run(*award, "--learner", LEARNER)

    assert ran.code == 0, ran.err
    assert ran.err.count("trying again") == 1
    assert machine.exists()


def test_a_refusal_is_told_once(machine: Path, face: Face, run: Run) -> None:
    """What the error says is not said again for its only fault."""
    award = ("award", "--achievement", "WELD-1", "--reference", "R", "--credits", "3")
    fault = {"code": "member-suspended", "pointer": "/iss", "detail": "Suspended."}
    face.before.append(
        lambda _: problem("member-suspended", 403, detail="Suspended.", errors=[fault])
    )

    ran = run(*award, "--learner", LEARNER)

    assert (ran.code, ran.err.count("Suspended.")) == (3, 1)
    assert machine.exists()


def test_a_student_number_needs_the_schools_list(
    machine: Path, tmp_path: Path, run: Run
) -> None:
    """Without keys, or without the number: what else to give is said."""
    nowhere = run("balance", "S1", "--keys", tmp_path / "none")
    unknown = run("balance", "S1")

    assert (nowhere.code, unknown.code) == (3, 3)
    for ran in (nowhere, unknown):
        assert "learner_…" in ran.err
    assert "S1" not in unknown.err
    assert machine.exists()


def test_an_auditor_is_told_what_a_source_is(tmp_path: Path, run: Run) -> None:
    """3 for no ledger, 4 for no answer, 2 for what is no ledger's name; all as JSON."""
    name = "bank.example#" + "A" * 43
    for source, ledger, code, error in (
        (str(tmp_path), name, 3, "not-a-ledger"),
        ("http://127.0.0.1:1", name, 4, "unreachable"),
        (str(tmp_path), "bank", 2, "ledger-name"),
    ):
        ran = run("audit", "verify", source, "--ledger", ledger, "--json")

        assert (ran.code, orjson.loads(ran.out)["error"]) == (code, error)
        assert ran.err.startswith("error:")


def test_a_mistyped_ledger_is_no_fault_of_a_bank_in_disguise(
    bank: Bank, run: Run, sqlite_url: str
) -> None:
    """Both names are shown, to be compared; so they are if none is given."""
    file = sqlite_url.removeprefix("sqlite:///")

    wrong = run("audit", "verify", file, "--ledger", bank.ledger[:-1] + "_")
    nameless = run("audit", "verify", file)
    right = run("audit", "verify", file, "--ledger", bank.ledger)

    assert (wrong.code, nameless.code, right.code) == (1, 4, 0)
    assert bank.ledger in wrong.err
    assert nameless.out.strip() == bank.ledger
    assert f"ledger             {bank.ledger}\n" in right.out


def test_a_reader_that_leaves_is_no_proven_fault(bank: Bank, sqlite_url: str) -> None:
    """``audit verify … | head`` must not look like code 1."""
    source = sqlite_url.removeprefix("sqlite:///")
    words = ("audit", "verify", source, "--ledger", bank.ledger)
    main = "from api.cli.main import main; main()"
    for more in ((), ("--json",)):
        process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-c", main, *words, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.stderr.close()

        assert (process.wait(), err) == (141, b"")
