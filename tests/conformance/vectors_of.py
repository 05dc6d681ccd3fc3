"""Reads the vectors beside this module."""

from pathlib import Path
from typing import Any, Final

import orjson

FOLDER: Final = Path(__file__).parent / "vectors"


def read_vectors(name: str) -> dict[str, Any]:  # Any: each file has its own shape.
    """Return one file of vectors, which says where they come from."""
    vectors: dict[str, Any] = orjson.loads((FOLDER / name).read_bytes())
    assert vectors["source"]
    return vectors
