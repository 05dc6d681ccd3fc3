"""Harm in the form of a checkpoint's note, which the operator signs as it is.

Each says the right size and root, and its signature is right: only its form is not.
Two readers that took two forms for one note would disagree about what was signed.
"""

import functools
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ledger.integrity.checkpoints import note_key_id
from ledger.integrity.keys import SigningKey
from ledger.store.heads import Head
from tests.bank import ORIGIN
from tests.tampering.copies import draft_of, sealed_with
from tests.tampering.grounds import Ground
from tests.tampering.outcomes import Chance, Harm, Operator, at

DASH: Final = "\u2014 "
STRANGER: Final = f"{DASH}witness.example/w {b64encode(b'x' * 68).decode()}\n"

Form = Callable[[Head, SigningKey], str]


def note(body: str, key: SigningKey, *, origin: str = ORIGIN) -> str:
    """Return a signed note over any body."""
    signature = note_key_id(origin, key.public) + key.sign(body.encode())
    return f"{body}\n{DASH}{origin} {b64encode(signature).decode()}\n"


def body(head: Head, *, size: str | None = None, end: str = "") -> str:
    """Return the body of a head's note, with another spelling of its size."""
    root = b64encode(head.root).decode()
    return f"{ORIGIN}\n{size or head.size}\n{root}\n{end}"


def _other_origin(head: Head, key: SigningKey) -> str:
    said = body(head).replace(ORIGIN, "bank.example/other", 1)
    return note(said, key, origin="bank.example/other")


def _of(change: Callable[[str], str]) -> Form:
    return lambda head, key: change(note(body(head), key))


def _short_root(head: Head, key: SigningKey) -> str:
    root = b64encode(head.root[:31]).decode()
    return note(f"{ORIGIN}\n{head.size}\n{root}\n", key)


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "for-another-origin": _other_origin,
        "with-zeros-before-its-size": lambda head, key: note(
            body(head, size=f"0{head.size}"), key
        ),
        "with-a-sign-before-its-size": lambda head, key: note(
            body(head, size=f"+{head.size}"), key
        ),
        "with-a-word-for-its-size": lambda head, key: note(
            body(head, size="many"), key
        ),
        "with-a-further-line": lambda head, key: note(body(head, end="more\n"), key),
        "with-a-short-root": _short_root,
        "with-two-lines-only": lambda head, key: note(f"{ORIGIN}\n{head.size}\n", key),
        "without-its-end": _of(lambda said: said.removesuffix("\n")),
        "without-a-signature": _of(lambda said: said.partition("\n\n")[0] + "\n\n"),
        "without-an-empty-line": _of(lambda said: said.replace("\n\n", "\n", 1)),
        "of-a-hundred-strangers": _of(lambda said: said + STRANGER * 100),
        "longer-than-any": _of(lambda said: said + STRANGER * 99 + "x" * 65_536),
        "with-a-line-of-no-form": _of(lambda said: said + "signed by hand\n"),
        "with-a-signature-of-nothing": _of(
            lambda said: f"{said}{DASH}w {b64encode(b'four').decode()}\n"
        ),
        "with-stray-bits": _of(lambda said: f"{said}{DASH}w eHh4eHh=\n"),
        "with-a-broken-base64": _of(lambda said: f"{said}{DASH}w eHh4e\n"),
    }
)


def _misform(ground: Ground, _: Ground, *, chance: Chance, form: Form) -> Harm:
    draft = draft_of(ground)
    heads = draft.heads()
    place = chance.randrange(1, len(heads))
    said = form(heads[place], ground.bank.checkpoint)
    heads[place] = replace(heads[place], note=said)
    expected = at(draft.groups[place].first, "checkpoint-signature")
    return Harm(copy=sealed_with(draft, heads), expected=expected)


def strangers_beside(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Add witnesses' lines to a note: they are passed over, and no harm is done."""
    draft = draft_of(ground)
    heads = draft.heads()
    place = chance.randrange(1, len(heads))
    said = heads[place].note + STRANGER * chance.randrange(1, 99)
    heads[place] = replace(heads[place], note=said)
    return Harm(copy=sealed_with(draft, heads), expected=None)


NOTES: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        f"note-{name}": functools.partial(_misform, form=form)
        for name, form in FORMS.items()
    }
    | {"note-with-witnesses": strangers_beside}
)
