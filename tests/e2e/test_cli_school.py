"""The whole thread by command: found, serve, admit, import, ask, prove, audit."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import orjson
import pytest
from typer.testing import CliRunner

from api.cli.main import build

COMMAND = (sys.executable, "-c", "from api.cli.main import main; main()")
DEADLINE_SECONDS = 60
SCHOOL = "cqvtc"
HEADER = "学号,姓名,成绩编号,课程代码,学分,考核日期,成绩"


def rows(count: int) -> str:
    """Return an import file."""
    lines = [f"S{n},生{n},R-{n},WELD-1,3,2026/6/1,{60 + n % 40}" for n in range(count)]
    return "\n".join([HEADER, *lines, ""])


@dataclass
class Machine:
    """One machine with a bank's folder and a school's."""

    folder: Path
    port: int
    ledger: str = ""
    servers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def bank(self) -> Path:
        """The bank's folder."""
        return self.folder / "bank"

    @property
    def school(self) -> Path:
        """The school's folder of keys."""
        return self.folder / "school"

    def settings(self) -> dict[str, str]:
        """Return the environment of a command."""
        found = {
            "SKILLBANK_URL": f"http://127.0.0.1:{self.port}",
            "SKILLBANK_STAFF": "r7",
            "SKILLBANK_LEDGER": self.ledger,
        }
        return {name: text for name, text in found.items() if text}

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        """Start a command."""
        words = [*COMMAND, *map(str, arguments)]
        return subprocess.Popen(  # noqa: S603  # our own command
            words,
            env=os.environ | self.settings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path) -> str:
        """Run a command in this process; return what it prints."""
        words = [str(one) for one in arguments]
        found = CliRunner().invoke(build(words[0]), words, env=self.settings())
        assert found.exit_code == 0, found.stderr
        return found.stdout

    def show(self, *arguments: str | Path) -> dict[str, object]:
        """Run a command that prints one object."""
        found: dict[str, object] = orjson.loads(self.run(*arguments, "--json"))
        return found

    def serve(self) -> None:
        """Start the bank and wait until it answers."""
        words = [*COMMAND, "serve", "--data", str(self.bank), "--port", str(self.port)]
        self.servers.append(
            subprocess.Popen(  # noqa: S603  # our own command
                words,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                httpx2.get(f"http://127.0.0.1:{self.port}/readyz").raise_for_status()
            except httpx2.HTTPError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def kill_server(self) -> None:
        """Kill the bank, without a word."""
        self.servers[-1].send_signal(signal.SIGKILL)
        self.servers[-1].wait()

    def post(self, signer: Path, type_name: str, *, body: object) -> None:
        """Sign a statement with a folder's key, and post it."""
        draft = self.folder / "draft.json"
        draft.write_bytes(orjson.dumps({"type": type_name, "body": body}))
        signed = self.folder / "signed.jws"
        self.run("sign", draft, "--keys", signer, "--out", signed)
        self.run("post", signed)

    def check_log(self, *, awards: int) -> None:
        """Require that an audit of the running bank and of its database passes."""
        for source in (f"http://127.0.0.1:{self.port}", self.bank):
            words = ("audit", "verify", source, "--ledger", self.ledger, "--json")
            out, err = (process := self.start(*words)).communicate()
            assert process.returncode == 0, err
            report = orjson.loads(out)
            assert (report["verdict"], report["awards"]) == ("pass", awards)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Found and serve a bank, and admit a school with one course."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Machine(folder=tmp_path, port=port)
    made.ledger = made.run(
        *("init", "--data", made.bank, "--origin", "bank.example/e2e"),
        *("--operator", "operator", "--name", "运营机构"),
    ).strip()
    made.serve()
    key = made.run("keys", "new", SCHOOL, "--keys", made.school)
    (declared,) = orjson.loads(key)["keys"]
    admitted = {
        "member_id": SCHOOL,
        "kind": "school",
        "name": "职业学院",
        "key": {n: v for n, v in declared.items() if n not in {"file", "member"}},
    }
    made.post(made.bank / "keys", "member.admitted.v1", body=admitted)
    course = {"code": "WELD-1", "version": 1, "title": "焊接", "kind": "course"}
    made.post(made.school, "achievement.published.v1", body={**course, "credits": "3"})
    yield made
    for server in made.servers:
        server.kill()
        server.wait()


def test_a_school_goes_from_a_file_to_a_proof(machine: Machine) -> None:
    """Every answer agrees, and the audit trusts nothing but the ledger's name."""
    file = machine.folder / "grades.csv"
    file.write_bytes(rows(1200).encode("gb18030"))
    school = ("--keys", machine.school)

    dry = machine.show("import", file, *school, "--dry-run")
    first = machine.show("import", file, *school)
    again = machine.show("import", file, *school)
    award = machine.run(
        *("award", "--student", "S7", "--achievement", "WELD-1"),
        *("--reference", "R-extra", "--credits", "2.5", *school),
    ).strip()
    balance = machine.show("balance", "S7", *school)
    trail = machine.show("trail", "S7", *school)
    proof = machine.show("prove", award, "--out", machine.folder / "proof.json")

    assert (dry["rows"], dry["encoding"]) == (1200, "gb18030")
    assert (first["posted"], first["accounts_opened"]) == (1200, 1200)
    assert (again["posted"], again["known"]) == (0, 1200)
    assert balance["earned"] == "5.5"
    events = trail["events"]
    assert isinstance(events, list)
    assert [event["type"] for event in events] == [
        "account.opened.v1",
        "credit.awarded.v1",
        "credit.awarded.v1",
    ]
    assert proof["verified"] is True
    machine.check_log(awards=1201)


def test_a_faulty_file_is_refused_with_its_rows(machine: Machine) -> None:
    """Exit code 3; the rows on stderr and, as JSON, on stdout."""
    file = machine.folder / "grades.csv"
    file.write_text(rows(5).replace("2026/6/1", "6/1/2026", 2) + "S0,,R-0,WELD-1,3,,\n")

    process = machine.start("import", file, "--keys", machine.school, "--json")
    out, err = process.communicate()

    assert process.returncode == 3
    assert [e["row"] for e in orjson.loads(out)["errors"]] == [2, 3, 7]
    assert "row 7: the same reference is in row 2 already" in err
    machine.check_log(awards=0)


def test_killing_client_and_server_in_the_middle_loses_nothing(
    machine: Machine,
) -> None:
    """Whoever dies and when: the import run again ends in the same ledger."""
    file = machine.folder / "grades.csv"
    file.write_text(rows(3000))
    journal = machine.folder / "grades.csv.import"

    for batches, victim in ((2, "client"), (5, "server")):
        process = machine.start("import", file, "--keys", machine.school)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(list(journal.rglob("*.batch"))) < batches:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        if victim == "server":
            machine.kill_server()
        process.kill()
        process.communicate()
    machine.serve()
    last = machine.show("import", file, "--keys", machine.school)

    posted, known = last["posted"], last["known"]
    assert isinstance(posted, int)
    assert isinstance(known, int)
    assert posted + known == 3000
    machine.check_log(awards=3000)


def test_without_a_bank_the_command_says_so(machine: Machine) -> None:
    """Exit code 4: nothing could be checked."""
    machine.kill_server()
    learner = "learner_" + "0" * 32
    other = machine.start("balance", learner, "--attempts", "1")
    _, err = other.communicate()

    assert other.returncode == 4
    assert "nothing counts twice" in err
