"""What the primitives alone can do on this machine, on one core and on all."""

import os
from concurrent.futures import ProcessPoolExecutor

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.spending import rate, spend

_MESSAGE = bytes(900)
"""About as long as what is signed of a statement."""


def measure_verify(*, count: int) -> dict[str, float]:
    """Return Ed25519 verifications per second on one core and on all; a task.

    All cores are used by processes: threads would share one interpreter's lock.
    """
    one = rate(spend(lambda: _verify(count)), items=count)
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as pool:
        # Started before the clock runs.
        list(pool.map(_verify, [1] * cores))
        every = spend(lambda: list(pool.map(_verify, [count] * cores)))
    all_cores = rate(every, items=count * cores)["rate"]
    return {"rate": one["rate"], "cpu_us": one["cpu_us"], "all_cores": all_cores}


def _verify(count: int) -> None:
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key(), private.sign(_MESSAGE)
    for _ in range(count):
        public.verify(signature, _MESSAGE)
