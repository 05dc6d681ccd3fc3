"""``skillbank mandate``: prove a learner's mandate without storing its document."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from pydantic import ValidationError

from api.cli.groups import grouped
from api.cli.options import JsonOption
from api.cli.rules.words import Speech
from api.cli.terminal import answering, say, show, show_json
from client.clock import system_now
from client.errors import StatementFileError
from client.exchange import preferred_language
from client.files import write_whole
from client.mandates import Given, read_sealed, seal_mandate, verify_mandate
from ledger.domain.statements.envelope import Mandate, MandateBy, MandateMethod
from ledger.domain.types import instant_of
from ledger.integrity.disclosures import split
from ledger.integrity.jws import STATEMENT_TYP, read_jws

app = typer.Typer(name="mandate", no_args_is_help=True)

_PROOF: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
DocumentArgument = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help="The signed form, id token or assertion, byte for byte (授权材料).",
    ),
]


@app.callback()
def mandate() -> None:
    """Seal a learner's mandate, and check it later (授权存证)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who gave the mandate, and how."""

    by: Annotated[MandateBy, typer.Option(help="Who gave it (授权人).")] = (
        MandateBy.LEARNER
    )
    method: Annotated[MandateMethod, typer.Option(help="How (授权方式).")] = (
        MandateMethod.PAPER
    )
    notice: Annotated[
        str, typer.Option(help="The version of the notice they read (告知书版本).")
    ]
    at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="When; now if left out (授权时间)."),
    ] = None
    out: Annotated[
        Path | None, typer.Option(help="Write to a file instead of stdout.")
    ] = None


@app.command("seal")
@grouped
def seal(document: DocumentArgument, *, how: Circumstances) -> None:
    """Print the mandate with its proof, and the salt that opens it (存证).

    Keep what is printed with the document; give it to commands as --mandate. The
    salt is never sent.
    """
    with answering(as_json=False):
        given = Given(
            by=how.by,
            method=how.method,
            notice_version=how.notice,
            at=how.at or instant_of(system_now()),
        )
        try:
            sealed = seal_mandate(document.read_bytes(), given=given)
        except ValidationError as error:
            field = "/".join(map(str, error.errors()[0]["loc"]))
            raise StatementFileError(wanted="a mandate", found=field) from None
        if how.out is None:
            show(sealed.to_json().decode())
        else:
            write_whole(how.out, sealed.to_json() + b"\n")
            show(sealed.mandate.proof)


@app.command("check")
@grouped
def check(
    document: DocumentArgument,
    opening: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="What `seal` printed (存证)."),
    ],
    stated: Annotated[
        str,
        typer.Argument(
            metavar="STATEMENT|PROOF",
            help="A signed statement's file, or the proof itself (业务单或授权摘要).",
        ),
    ],
    *,
    as_json: JsonOption = False,
) -> None:
    """Check that a statement's mandate was given in this document (核验).

    Exit code 0 if it was, 1 if not.
    """
    with answering(as_json=as_json):
        sealed = read_sealed(opening.read_bytes())
        named = stated if _PROOF.fullmatch(stated) else _mandate_in(Path(stated))
        verify_mandate(document.read_bytes(), sealed, stated=named)
        if as_json:
            shown = sealed.mandate.model_dump(mode="json")
            show_json({"proven": True, "mandate": shown})
            return
        speech, given = Speech(preferred_language()), sealed.mandate
        by, method = speech.word(given.by), speech.word(given.method)
        text = speech.say(
            f"相符：{by}，{method}，{given.at}",
            f"Proven: {by}, {method}, {given.at}",
        )
        say(text)


def _mandate_in(path: Path) -> Mandate:
    """Return the mandate of a statement, as ``sign`` wrote it or before that.

    Raises:
        StatementFileError: the file holds none.
    """
    raw = path.read_bytes().strip()
    if not raw.startswith(b"{"):
        token, _ = split(raw)
        raw = read_jws(token, typ=STATEMENT_TYP).payload
    try:
        document = orjson.loads(raw)
        return Mandate.model_validate_json(orjson.dumps(document["mandate"]))
    except (orjson.JSONDecodeError, ValidationError, KeyError, TypeError):
        wanted = "a statement with a mandate"
        raise StatementFileError(wanted=wanted, found="another form") from None
