"""What errors say to people, in Chinese and English; codes are what programs read."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

LANGUAGES: Final = ("en", "zh-CN")
"""The first is spoken to whoever does not say."""


@lru_cache(maxsize=1)
def wordings() -> Mapping[str, Mapping[str, str]]:
    """Return the texts by code and language."""
    text = files(__package__).joinpath("problems.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(code: str, language: str, *, details: Mapping[str, str | int]) -> str:
    """Return what an error of this code says in a language.

    A text that names a fact the error does not carry is shown without its clause.
    """
    known = wordings().get(code)
    if known is None:
        return code
    return known[language].format_map(_Facts(details))


class _Facts(dict[str, str | int]):
    def __missing__(self, name: str) -> str:
        return "…"


def choose_language(accept_language: str) -> str:
    """Return the language a header prefers among ours (RFC 9110 §12.5.4)."""
    best, best_quality = LANGUAGES[0], 0
    for part in accept_language.split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        primary = tag.strip().lower().partition("-")[0]
        found = {"zh": "zh-CN", "en": "en", "*": LANGUAGES[0]}.get(primary)
        if found is not None and quality > best_quality:
            best, best_quality = found, quality
    return best


def _quality(parameter: str) -> int:
    """Return the thousandths of ``q=…``, 1000 if it is not given."""
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1000
    whole, _, decimals = value.strip().partition(".")
    digits = (whole + (decimals + "000")[:3]) if whole in {"0", "1"} else "0"
    return int(digits) if digits.isdecimal() else 0
