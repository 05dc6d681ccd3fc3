"""What errors say to people, in Chinese and English; codes are what programs read."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from ledger.domain.types import credits_text

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
        # Programs are told thousandths, people credits.
        amount = self.get(f"{name}_milli")
        return credits_text(amount) if isinstance(amount, int) else "…"


def choose_language(accept_language: str) -> str:
    """Return the language a header prefers among ours (RFC 9110 §12.5.4)."""
    wanted: dict[str, int] = {}
    for part in accept_language.split(","):
        tag, _, parameter = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        # Of several tags of one language the one that is liked best counts.
        wanted[primary] = max(wanted.get(primary, 0), _quality(parameter))
    rest = wanted.get("*", 0)
    liked = {name: wanted.get(name.partition("-")[0], rest) for name in LANGUAGES}
    first_named = sorted(LANGUAGES, key=lambda name: _place(name, list(wanted)))
    best = max(first_named, key=lambda name: liked[name])
    return best if liked[best] else LANGUAGES[0]


def _place(language: str, named: list[str]) -> int:
    """Return where a header first names a language; last if it does not."""
    primary = language.partition("-")[0]
    return named.index(primary) if primary in named else len(named)


def _quality(parameter: str) -> int:
    """Return the thousandths of ``q=…``, 1000 if it is not given."""
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1000
    whole, _, decimals = value.strip().partition(".")
    digits = (whole + (decimals + "000")[:3]) if whole in {"0", "1"} else "0"
    return int(digits) if digits.isascii() and digits.isdecimal() else 0
