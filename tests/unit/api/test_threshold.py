"""A server's connections are a bank's, or are not made."""

import pytest
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from api.family import OPTIONS
from api.threshold import Threshold


def test_only_a_bank_has_a_threshold() -> None:
    """Another application is not served with it by mistake."""
    config = uvicorn.Config(FastAPI(), **OPTIONS)
    with pytest.raises(TypeError):
        Threshold(config, ServerState(), app_state={})
