"""A machine with a bank and a school, worked by command only."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from socket import create_connection

import httpx2
import orjson
from typer.testing import CliRunner

from api.cli.main import build
from client.certificates import believed
from tests.e2e.ports import free_port
from tests.forking.children import Child

DEADLINE_SECONDS = 300
SCHOOL = "cqvtc"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    def figures(self) -> dict[str, object]:
        """Return the object that it printed."""
        assert self.code == 0, self.err
        found: dict[str, object] = orjson.loads(self.out)
        return found


def run_command(*arguments: str | Path) -> Ran:
    """Run a command in this process, whatever its exit code."""
    words = [str(one) for one in arguments]
    found = CliRunner().invoke(build(words[0]), words)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Ran(code=found.exit_code, out=found.stdout, err=found.stderr)


def run_apart(*arguments: str | Path) -> Ran:
    """Run a command that takes long in a process of its own, which nobody traces."""
    child = Child(arguments)
    out, err = child.communicate()
    return Ran(code=child.wait(), out=out, err=err)


@dataclass
class Machine:
    """One machine with a bank's folder and a school's."""

    folder: Path
    port: int
    ledger: str = ""
    servers: list["Child | subprocess.Popen[bytes]"] = field(default_factory=list)
    command: tuple[str, ...] = ()

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

    def start(self, *arguments: str | Path) -> Child:
        """Start a command in a process of its own."""
        return Child(arguments, env=os.environ | self.settings())

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

    def serve(self, *options: str) -> None:
        """Start the bank and wait until it answers."""
        words = ("serve", "--data", str(self.bank), "--port", str(self.port), *options)
        with (self.folder / "serve.log").open("ab") as log:
            if self.command:
                server = subprocess.Popen([*self.command, *words], stderr=log)  # noqa: S603  # ours
                self.servers.append(server)
            else:
                self.servers.append(Child(words, err=log))
        url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + DEADLINE_SECONDS
        with httpx2.Client(base_url=url, verify=believed(url)) as asking:
            while True:
                try:
                    asking.get("/readyz").raise_for_status()
                except httpx2.HTTPError:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                else:
                    return

    def kill_server(self) -> None:
        """Kill the bank, without a word."""
        self.servers[-1].send_signal(signal.SIGKILL)
        self.servers[-1].wait()
        # Its other processes tell whoever asked before they end.
        deadline = time.monotonic() + DEADLINE_SECONDS
        with suppress(ConnectionError):
            while time.monotonic() < deadline:
                create_connection(("127.0.0.1", self.port)).close()
                time.sleep(0.01)

    def post(
        self, signer: Path, type_name: str, *, body: object, member: str = ""
    ) -> None:
        """Sign a statement with a folder's key, and post it."""
        of = ("--member", member) if member else ()
        draft = self.folder / "draft.json"
        draft.write_bytes(orjson.dumps({"type": type_name, "body": body}))
        signed = self.folder / "signed.jws"
        self.run("sign", draft, "--keys", signer, "--out", signed, *of)
        self.run("post", signed)

    def check_log(self, *, awards: int) -> None:
        """Require that an audit of the running bank and of its database passes."""
        for source in (f"http://127.0.0.1:{self.port}", self.bank):
            words = ("audit", "verify", source, "--ledger", self.ledger, "--json")
            out, err = (process := self.start(*words)).communicate()
            assert process.returncode == 0, err
            report = orjson.loads(out)
            assert (report["verdict"], report["awards"]) == ("pass", awards)

    def admit(self, declaration: str) -> None:
        """Let the operator admit the school with what ``keys new`` printed."""
        (declared,) = orjson.loads(declaration)["keys"]
        key = {n: v for n, v in declared.items() if n not in {"file", "member"}}
        body = {"member_id": SCHOOL, "kind": "school", "name": "学院", "key": key}
        self.post(self.bank / "keys", "member.admitted.v1", body=body)


def found(folder: Path) -> Machine:
    """Found a bank in a folder that nobody serves yet."""
    made = Machine(folder=folder, port=free_port())
    made.ledger = made.run(
        *("init", "--data", made.bank, "--origin", "bank.example/e2e"),
        *("--operator", "operator", "--name", "运营机构"),
    ).strip()
    return made


@contextmanager
def founded(folder: Path, *, command: tuple[str, ...] = ()) -> Iterator[Machine]:
    """Found a bank in a folder and serve it on a free port."""
    with anew(found(folder)) as made:
        made.command = command
        made.serve()
        yield made


@contextmanager
def anew(founding: Machine) -> Iterator[Machine]:
    """Let a bank be served anew, at a port of its own; it has said nothing yet."""
    made = replace(founding, port=free_port(), servers=[])
    (made.folder / "serve.log").unlink(missing_ok=True)
    try:
        yield made
    finally:
        for server in made.servers:
            server.kill()
            server.wait()
