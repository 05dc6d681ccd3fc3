"""The reader's own policy of witnesses: whose cosignatures suffice for whoever asks."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from api.cli.terminal import WRONG_INPUT, stop
from ledger.integrity.quorum import POLICY_BYTES_MAX, Policy, PolicyError

WitnessPolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--witness-policy",
        help="Your own file of witnesses, and how many suffice (见证策略).",
    ),
]


def read_policy_file(file: Path | None, *, as_json: bool) -> Policy | None:
    """Return the policy in a file, None where no file was named.

    Raises:
        typer.Exit: there is none in it.
    """
    if file is None:
        return None
    try:
        with file.open("rb") as opened:
            return Policy.read(opened.read(POLICY_BYTES_MAX + 1))
    except OSError as error:
        text = f"cannot be read: {error.strerror or type(error).__name__}"
        _stop(text, as_json=as_json)
    except PolicyError as error:
        # A policy is written by hand: the place of the mistake is what helps.
        place = error.pointer or "/"
        text = f"is no policy of witnesses (at {place}): see docs/spec/witness.md"
        _stop(text, as_json=as_json)


def _stop(text: str, *, as_json: bool) -> NoReturn:
    text = f"the file named with --witness-policy {text}"
    stop(PolicyError.code, text, exit_code=WRONG_INPUT, as_json=as_json)
