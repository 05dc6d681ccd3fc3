"""Rules over any text of the tree: comments, unfinished work, foreign addresses.

The words that are looked for are put together here, so that this file holds none.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from typing import Final

UNFINISHED: Final = re.compile(
    r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b"
)
# A machine's own folders, and places that packages are fetched from.
MACHINE: Final = re.compile(
    r"(?<![\w.~}-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)/"
)
DOWNLOAD: Final = re.compile(
    r"https?://[^\s\"'<>)]+(?:/simple\b|/packages/|\.whl\b|\.tgz\b|\.deb\b)"
    r"|\b(?:pythonhos" + r"ted\.org|registry\.np" + r"mjs|npmmir" + r"ror|proxy\.gol"
    r"ang)"
)
SENTENCE_END: Final = (".", ":", "?", "!", "…", "。", ".)", ".`", '."', "```")
# Directives to tools, rulers, and the numbers of a verification's checks.
NOT_PROSE: Final = re.compile(
    r"#!|# ?(?:noqa|type:|mypy:|ruff:|fmt:|pragma:|isort:|-{3,}|={3,}|[\d.,–§ ()-]+$)"
)


def unfinished(text: str) -> Iterator[tuple[int, str]]:
    """Work is done or stands in an issue, never in a note inside the tree."""
    return _lines_with(text, UNFINISHED)


def machine_path(text: str) -> Iterator[tuple[int, str]]:
    """No path of one machine is written down: it is no other machine's."""
    return _lines_with(text, MACHINE)


def download_address(text: str) -> Iterator[tuple[int, str]]:
    """Where packages come from is the machine's matter, not the tree's."""
    return _lines_with(text, DOWNLOAD)


def unfinished_comment(text: str) -> Iterator[tuple[int, str]]:
    """A comment on lines of its own is a sentence, and ends like one.

    Comments at the end of a line of code may be a word or two.
    """
    for line, block in _comment_blocks(text):
        if not block.rstrip().endswith(SENTENCE_END):
            yield line, f"no full stop: {block}"


def _lines_with(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.search(line):
            yield number, line.strip()


def _comment_blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the last line of each run of comment lines, with its number."""
    last: tuple[int, str] | None = None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or token.line.strip() != token.string:
            continue
        number = token.start[0]
        if last and number != last[0] + 1:
            yield last
        last = None if NOT_PROSE.match(token.string) else (number, token.string)
    if last:
        yield last
