"""``skillbank witness``: run a witness, show its key, and answer to a fork."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn

from api.cli.folders import fail
from api.cli.groups import grouped
from api.cli.options import JsonOption
from api.cli.terminal import FAULT, answering, say, show, show_json
from api.ending import GRACE_SECONDS, Deadline, Stoppable
from api.main import PublicAddressError, check_loopback
from api.witness_app import Cosigner, create_witness
from client.bank import Bank
from client.keyfolder import read_key
from ledger.database import open_engine
from ledger.integrity.cosignatures import (
    ED25519_TYPE,
    name_key,
    read_vkey,
    witness_vkey,
)
from ledger.integrity.errors import KeyMaterialError
from ledger.integrity.keys import KeyUse, PublicKey
from ledger.witnessing.memory import Memory

app: Final = typer.Typer(name="witness", no_args_is_help=True)

_State = Annotated[
    Path, typer.Option("--state", help="The file in which it remembers (状态文件).")
]
_STATE: Final = Path("witness.db")
_Key = Annotated[
    Path, typer.Option("--key", help="Its key, of use witness (见证密钥).")
]
_Name = Annotated[
    str, typer.Option("--name", help="Its name in notes: witness.school.example.")
]


@app.callback()
def witness() -> None:
    """Cosign a bank's checkpoints as a witness, and keep evidence of forks (见证)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The log to cosign: by its verifier key, or by its bank and the ledger's name."""

    log: Annotated[
        str | None,
        typer.Option("--log-key", help="The log's key: <origin>+<id>+<base64>."),
    ] = None
    ledger: Annotated[
        str | None,
        typer.Option(envvar="SKILLBANK_LEDGER", help="The ledger's name (账本名称)."),
    ] = None
    bank: Annotated[
        str | None,
        typer.Option(
            envvar="SKILLBANK_BANK", help="Where entry 0 is read, and checked."
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a witness listens."""

    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1"
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8100


@app.command("serve")
@grouped
def serve(
    *,
    key: _Key,
    name: _Name,
    watched: Watched,
    listening: Listening,
    state: _State = _STATE,
) -> None:
    """Run the witness until it is stopped (运行见证)."""
    with answering(as_json=False):
        try:
            check_loopback(listening.host)
        except PublicAddressError:
            hint = f"{listening.host} is not a loopback address; put a proxy before it"
            raise typer.BadParameter(hint, param_hint="--host") from None
        signing = read_key(key)
        if signing.use is not KeyUse.WITNESS:
            fail(f"{key} is no key of a witness: `skillbank keys new --use witness`")
        logs = _logs(watched)
        named = name_key(name, signing.public)
        with _memory(state, logs) as memory:
            cosigner = Cosigner(name=name, key=signing, memory=memory)
            say(f"Witness of {', '.join(logs)} at port {listening.port}.")
            say(f"For the bank's policy: {witness_vkey(named)}")
            logging.basicConfig(format="%(message)s")
            config = uvicorn.Config(
                create_witness(cosigner),
                host=listening.host,
                port=listening.port,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
            deadline = Deadline()
            Stoppable(config, deadline=deadline).run()
        deadline.lift()


def _logs(watched: Watched) -> dict[str, PublicKey]:
    if watched.log is not None:
        try:
            named = read_vkey(watched.log, kind=ED25519_TYPE)
        except KeyMaterialError:
            hint = "a log's verifier key is <origin>+<8 hex digits>+<base64>"
            raise typer.BadParameter(hint, param_hint="--log-key") from None
        return {named.name: named.key}
    if watched.ledger is None or watched.bank is None:
        hint = "say which log: --log-key, or --ledger and --bank"
        raise typer.BadParameter(hint, param_hint="--log-key")
    with Bank(watched.bank, ledger=watched.ledger) as bank:
        pinned = bank.pinned()
    return {pinned.origin: pinned.checkpoint_key}


@contextmanager
def _memory(state: Path, logs: dict[str, PublicKey]) -> Iterator[Memory]:
    memory = Memory(open_engine(f"sqlite:///{state}"), logs)
    try:
        yield memory
    finally:
        memory.close()


@app.command("key")
def show_key(*, key: _Key, name: _Name) -> None:
    """Print the witness's key as the bank's policy takes it (见证公钥)."""
    with answering(as_json=False):
        show(witness_vkey(name_key(name, read_key(key).public)))


@app.command("evidence")
def show_evidence(*, state: _State = _STATE, as_json: JsonOption = False) -> None:
    """Show what speaks against a log; exit code 1 if a fork is proven (证据)."""
    _check_there(state)
    with answering(as_json=as_json), _memory(state, {}) as memory:
        found = memory.evidence()
    proven = [one for one in found if one.proven]
    if as_json:
        fields = ("number", "origin", "found_at", "proven", "seen_note", "request")
        show_json(
            {
                "evidence": [
                    {name: getattr(one, name) for name in fields} for one in found
                ]
            }
        )
    else:
        for one in found:
            show(f"{one.number}  {'FORK' if one.proven else 'wrong proof'}")
            show(f"cosigned before:\n{one.seen_note}\nasked for:\n{one.request}")
        say(f"{len(proven)} proven forks, {len(found) - len(proven)} wrong proofs.")
    if proven:
        raise typer.Exit(FAULT)


@app.command("resume")
def resume(
    origin: Annotated[str, typer.Argument(help="The log's origin.")],
    *,
    state: _State = _STATE,
) -> None:
    """Cosign again after a fork, on your word; the evidence stays (恢复见证)."""
    _check_there(state)
    with answering(as_json=False), _memory(state, {}) as memory:
        resumed = memory.resume(origin)
    if not resumed:
        fail(f"the witness did not stop cosigning {origin}")
    say(f"The witness cosigns {origin} again.")


def _check_there(state: Path) -> None:
    if not state.exists():
        fail(f"there is no {state}: name the witness's file with --state")
