"""The house rules hold for every file, and each of them catches what it forbids."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import pytest

from tests.style import texts, tidy
from tests.style.tree import list_files, read_text

TextRule = Callable[[str], Iterator[tuple[int, str]]]

LONG = "def f():\n" + "    pass\n" * 40
BAD_SOURCES = {
    "long_module": ("a.py", "pass\n" * 301),
    "long_function": ("a.py", LONG),
    "long_function-nested": ("a.py", "class A:\n  " + LONG.replace("\n", "\n  ")),
    "many_parameters": ("a.py", "def f(a, b, *, c, d, e, g): ..."),
    "many_parameters-by-position": ("a.py", "def f(a, b, c): ..."),
    "many_parameters-of-a-method": ("a.py", "class A:\n def f(self, a, b, c): ..."),
    "many_parameters-of-init": ("a.py", "class A:\n def __init__(self, a, b, c): ..."),
    "deep_nesting": (
        "a.py",
        "def f():\n for a in b:\n  if a:\n   with a:\n    try: g()\n    finally: h()",
    ),
    "deep_nesting-in-match": (
        "a.py",
        "def f():\n match a:\n  case 1:\n   while b:\n    for c in d:\n     if c: g()",
    ),
    "deep_nesting-in-except": (
        "a.py",
        "def f():\n try: g()\n except E:\n  if a:\n   if b:\n    if c: h()",
    ),
    "deep_nesting-in-else": (
        "a.py",
        "def f():\n if a: g()\n else:\n  h()\n  if a:\n   if b:\n    if c: h()",
    ),
    "float_in_ledger": ("ledger/a.py", "A = 0.5"),
    "float_in_ledger-by-division": ("ledger/domain/a.py", "A = 1 / 2"),
    "skipped_validation": ("a.py", "a.model_copy(update={})"),
    "skipped_validation-construct": ("a.py", "A.model_construct()"),
    "open_match": ("ledger/a.py", "match a:\n case 1: pass"),
    "open_match-with-guard": ("ledger/a.py", "match a:\n case _ if b: pass"),
    "skipped_test": ("a.py", "@pytest.mark." + "skip\ndef test_a(): ..."),
    "skipped_test-at-run-time": ("a.py", "pytest." + "skip('later')"),
    "empty_name": ("api/utils/a.py", ""),
    "empty_name-of-a-module": ("api/helpers.py", ""),
}
GOOD_SOURCES = {
    "limits-reached": ("a.py", "pass\n" * 300),
    "forty-lines": ("a.py", "def f():\n" + "    pass\n" * 39),
    "five-parameters": ("a.py", "class A:\n def f(self, a, b, *, c, d, e): ..."),
    "route": ("a.py", "@router.post('/x')\ndef f(a, b, c, d): ..."),
    "command": ("a.py", "@app.command()\ndef f(a, b, c, d, e, g): ..."),
    "test": ("a.py", "def test_f(a, b, c, d, e, g): ..."),
    "fixture": ("a.py", "@pytest.fixture\ndef f(a, b, c): ..."),
    "override": ("a.py", "class A:\n @override\n def f(self, a, b, c): ..."),
    "exit": ("a.py", "class A:\n def __exit__(self, a, b, c): ..."),
    "elif": (
        "a.py",
        "def f():\n if a: g()\n elif b: g()\n elif c: g()\n elif d: g()",
    ),
    "nested-function": (
        "a.py",
        "def f():\n for a in b:\n  if a:\n   def g():\n    if a:\n     if b: h()",
    ),
    "float-outside": ("bench/a.py", "A = 1 / 0.5"),
    "path": ("ledger/store/a.py", "A = B / 'c'"),
    "match": ("ledger/a.py", "match a:\n case 1: pass\n case _: assert_never(a)"),
    "plain-dump": ("a.py", "a.model_dump()"),
}
BAD_TEXTS = {
    "unfinished": (texts.unfinished, "# TO" + "DO later"),
    "machine_path": (texts.machine_path, "open('/wo" + "rk/x')"),
    "download_address": (texts.download_address, "https://a.org/x-1.0.w" + "hl"),
    "download_address-index": (texts.download_address, "https://a.org/sim" + "ple/x"),
    "unfinished_comment": (texts.unfinished_comment, "# loop over all\nfor a in b: c"),
    "unfinished_comment-second": (texts.unfinished_comment, "# A.\n\n# b\nc = 1\n"),
}
GOOD_TEXTS = {
    "word-in-a-word": (texts.unfinished, "TO" + "DOS"),
    "address-path": (texts.machine_path, "https://a.org/wo" + "rk/x"),
    "standard": (texts.download_address, "https://www.rfc-editor.org/rfc/rfc6962"),
    "sentence": (texts.unfinished_comment, "# It may last\n# two lines.\na = 1\n"),
    "trailing": (texts.unfinished_comment, "a = 1  # why\n"),
    "check-number": (texts.unfinished_comment, "# 1\na = 1\n"),
    "directive": (texts.unfinished_comment, "# ruff: noqa: E501\na = 1\n"),
}
SOURCES = [p for p in list_files() if p.suffix == ".py"]
FOLDERS = sorted({p.parent for p in SOURCES})


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_python_files_keep_the_house_rules(folder: PurePosixPath) -> None:
    """Sizes, parameters, nesting, floats, validation, names, comments."""
    faults: list[str] = []

    for path in (p for p in SOURCES if p.parent == folder):
        text = read_text(path) or ""
        found = tidy.find_faults(tidy.Source(path=path, text=text))
        faults += [str(one) for one in found]
        said = texts.unfinished_comment(text)
        faults += [f"{path}:{line}: {why}" for line, why in said]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "rule", [texts.unfinished, texts.machine_path, texts.download_address]
)
def test_no_file_holds_what_belongs_elsewhere(rule: TextRule) -> None:
    """Unfinished work, a machine's paths and download addresses stay outside."""
    faults = [
        f"{path}:{line}: {found}"
        for path in list_files()
        for line, found in rule(read_text(path) or "")
    ]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_a_rule_catches_what_it_forbids(name: str) -> None:
    """Each rule finds its own fault, and no other rule does."""
    path, text = BAD_SOURCES[name]

    found = tidy.find_faults(tidy.Source(path=PurePosixPath(path), text=text))

    assert {finding.rule for finding in found} == {name.partition("-")[0]}


@pytest.mark.parametrize("name", GOOD_SOURCES)
def test_a_rule_leaves_the_rest_alone(name: str) -> None:
    """What a framework prescribes, or what just reaches a limit, is no fault."""
    path, text = GOOD_SOURCES[name]

    assert not [*tidy.find_faults(tidy.Source(path=PurePosixPath(path), text=text))]


def test_every_rule_is_proven() -> None:
    """A rule without a bad example may have stopped working unseen."""
    assert {rule.__name__ for rule in tidy.RULES} == {
        name.partition("-")[0] for name in BAD_SOURCES
    }


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_text_rule_catches_what_it_forbids(name: str) -> None:
    """Notes, paths, addresses and half sentences are seen."""
    rule, text = BAD_TEXTS[name]

    assert [*rule(text)]


@pytest.mark.parametrize("name", GOOD_TEXTS)
def test_a_text_rule_leaves_the_rest_alone(name: str) -> None:
    """Words inside words, links to standards and directives are no fault."""
    rule, text = GOOD_TEXTS[name]

    assert not [*rule(text)]
