"""A witness on a port of this machine, and policies that name it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from api.witness_app import Cosigner, create_witness
from ledger.integrity.cosignatures import name_key, witness_vkey
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.quorum import Policy
from ledger.witnessing.memory import Memory

NAME: Final = "witness.example/north"
KEY: Final = SigningKey.generate("north", KeyUse.WITNESS)
VKEY: Final = witness_vkey(name_key(NAME, KEY.public))


def policy_text(url: str, *, needed: int = 1) -> str:
    """Return the file of a policy of the one witness."""
    return (
        f'[[witnesses]]\nname = "north"\nvkey = "{VKEY}"\nurl = "{url}"\n'
        f'[quorum]\nneeded = {needed}\nof = ["north"]\n'
    )


def policy_at(url: str, *, needed: int = 1) -> Policy:
    """Return the same as it is read."""
    return Policy.read(policy_text(url, needed=needed).encode())


@contextmanager
def witness_at(memory: Memory) -> Iterator[str]:
    """Run a witness on a port of its own."""
    cosigner = Cosigner(name=NAME, key=KEY, memory=memory)
    config = uvicorn.Config(create_witness(cosigner), log_level="error")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
