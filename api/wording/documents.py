"""What documents print, in Chinese and English: labels, words for codes, sentences."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

Words = Mapping[str, Mapping[str, str]]

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


@lru_cache(maxsize=1)
def _sections() -> Mapping[str, Words]:
    text = files(__package__).joinpath("documents.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def labels(document: str, language: str) -> dict[str, str]:
    """Return what the fields of a document are called."""
    sections = _sections()
    found = {**sections["common"], **sections[document]}
    return {field: texts[language] for field, texts in found.items()}


def words(language: str) -> dict[str, str]:
    """Return what codes mean."""
    return {code: texts[language] for code, texts in _sections()["words"].items()}


def word(code: str, language: str, *, section: str = "words") -> str:
    """Return what a code means; an unknown one as it is."""
    texts = _sections()[section].get(code)
    return code if texts is None else texts[language]


def sentence(name: str, language: str, **facts: str | int) -> str:
    """Return part of a sentence with facts in it."""
    return _sections()["sentences"][name][language].format_map(facts)


def day_text(day: str, language: str, *, today: str) -> str:
    """Return a date as people write it; the year only if it is not this one."""
    found = date.fromisoformat(day)
    this_year = day[:4] == today[:4]
    if language.startswith("zh"):
        text = f"{found.month}月{found.day}日"
        return text if this_year else f"{found.year}年{text}"
    text = f"{found.day} {_MONTHS[found.month - 1]}"
    return text if this_year else f"{text} {found.year}"
