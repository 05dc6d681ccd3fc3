"""What a plan says in sentences, in Chinese and English."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return the sentences of a plan by name and language."""
    text = files(__package__).joinpath("plan.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def sentence(which: str, language: str, /, **facts: str | int) -> str:
    """Return a sentence with facts in it."""
    return sentences()[which][language].format_map(facts)


def listed(parts: list[str], language: str) -> str:
    """Return a list as people write it."""
    return ("、" if language.startswith("zh") else ", ").join(parts)
