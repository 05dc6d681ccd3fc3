"""Runs one function of this package and prints what it returns, as JSON.

The other half of ``processes.run_task``: ``python -m bench.task module:function {…}``.
"""

import importlib
import sys

import orjson

from api.cli.main import settle_memory


def main() -> None:
    """Run the function that the first argument names with the options in the second."""
    module, _, function = sys.argv[1].partition(":")
    measure = getattr(importlib.import_module(f"bench.{module}"), function)
    # As in a server: what is loaded for good is not walked again and again.
    settle_memory()
    result = measure(**orjson.loads(sys.argv[2]))
    sys.stdout.buffer.write(orjson.dumps(result))


if __name__ == "__main__":
    main()
