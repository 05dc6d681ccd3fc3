"""What the lines of an explained number say, in Chinese and English."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

Texts = Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def _sections() -> Mapping[str, Texts]:
    text = files(__package__).joinpath("story.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def told(name: str, language: str, **facts: str | int) -> str:
    """Return a sentence with facts in it."""
    return _sections()["said"][name][language].format_map(facts)


def moved(
    type_name: str, way: str, *, language: str, facts: Mapping[str, str]
) -> str | None:
    """Return what a movement is called; None if this one has no words."""
    sections = _sections()
    own = sections["types"].get(f"{type_name}:{way}")
    texts = own or sections["moves"].get(way) or sections["types"].get(way)
    return None if texts is None else texts[language].format_map(facts)


def amount(credits_: str, language: str) -> str:
    """Return an amount with its unit."""
    if language.startswith("zh"):
        return f"{credits_} 学分"
    return f"{credits_} credit" if credits_ == "1" else f"{credits_} credits"
