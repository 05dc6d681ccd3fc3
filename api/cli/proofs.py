"""``skillbank prove`` makes a proof, ``skillbank audit proof`` checks it offline.

Both trust the ledger's name alone, and the checker asks no bank.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption
from api.cli.terminal import (
    FAULT,
    NOT_CHECKED,
    answering,
    harmless,
    say,
    show,
    show_json,
    stop,
)
from api.cli.witness.policies import WitnessPolicyOption, read_policy_file
from client.errors import (
    AnotherLedgerError,
    BankFaultError,
    NoQuorumError,
    StatementFileError,
)
from client.files import write_whole
from client.proven import ProvenEntry
from client.witnessed import cosigned_in, require_quorum
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements import read_statement
from ledger.domain.statements.awards import CreditAwarded
from ledger.integrity import canonical
from ledger.integrity.entries import Entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws
from ledger.integrity.quorum import Cosigned, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An award that a proof proves, ready to be shown."""

    award_id: str
    statement: CreditAwarded
    recorded_at: str
    size: int
    proven: ProvenEntry
    cosigned: Cosigned | None = None

    def as_object(self) -> dict[str, object]:
        """Return it as ``--json`` prints it."""
        return {
            "award_id": self.award_id,
            "verified": True,
            "recorded_at": self.recorded_at,
            "size": self.size,
            "witnesses": self._witnesses(),
            "statement": self.statement.model_dump(
                mode="json", by_alias=True, exclude_none=True
            ),
            "proof": self.proven.model_dump(),
        }

    def show(self) -> None:
        """Print it."""
        body, position = self.statement.body, self.proven.position
        show(f"{self.award_id} is entry {position} of {self.proven.ledger}")
        for name, value in (
            ("signed by", self.statement.iss),
            ("learner", body.learner_id),
            ("for", body.achievement),
            ("credits", str(body.credits or "0")),
            ("recorded", self.recorded_at),
            ("proven", f"under the checkpoint of {self.size} entries"),
            ("witnesses", self._told()),
        ):
            show(harmless(f"{name:<11}{value}"))

    def _witnesses(self) -> dict[str, object]:
        """Return who is said to have cosigned, and what a policy makes of it."""
        found = self.cosigned
        return {
            "named": list(self.proven.signed_by()),
            "verified": None if found is None else sorted(found.signers),
            "quorum": None if found is None else found.quorum,
        }

    def _told(self) -> str:
        if self.cosigned is None:
            named = ", ".join(self.proven.signed_by())
            return f"{named}; not verified (--witness-policy)" if named else "none"
        names = ", ".join(sorted(self.cosigned.signers)) or "none of your policy"
        return f"{names}; {'quorum' if self.cosigned.quorum else 'no quorum'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where and how a proof is written."""

    out: Annotated[
        Path | None, typer.Option(help="Write the proof to a file (证明文件).")
    ] = None
    text: Annotated[
        bool,
        typer.Option("--text", help="As text that other tools read (C2SP tlog-proof)."),
    ] = False


@grouped
def prove(
    award: Annotated[
        str, typer.Argument(help="award_… (`skillbank awards` lists them)")
    ],
    *,
    at: BankAt,
    written: Written,
    witness_policy: WitnessPolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that the ledger holds an award (学分证明).

    Only the ledger's name is trusted: the proof leads from the award's signed bytes
    over the Merkle tree to a checkpoint signed with the key that entry 0 declares.
    Whoever gets the file checks it with `skillbank audit proof`, without the bank.
    Who cosigned the checkpoint stands in the proof as well.
    """
    out, text = written.out, written.text
    with answering(as_json=as_json), at.open() as bank:
        bank.witnesses = read_policy_file(witness_policy, as_json=as_json)
        found = bank.award(award)
        shown = _read_answer(bank.proof(found.position), at.ledger, award=award)
        shown = _held_against(shown, bank.witnesses)
        if out is not None:
            proof = shown.proven.model_dump_json(indent=2)
            write_whole(out, (shown.proven.as_text() if text else proof).encode())
            say(f"The proof is in {out}.")
        if shown.cosigned is not None and not shown.cosigned.quorum:
            say("No quorum of your witnesses covers it yet: ask again in a minute.")
        if text and out is None:
            show(shown.proven.as_text().removesuffix("\n"))
        elif as_json:
            show_json(shown.as_object())
        else:
            shown.show()


def check_proof(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="What `prove --out` wrote."),
    ],
    *,
    ledger: Annotated[
        str | None,
        typer.Option(help="The ledger's name, as you learned it from elsewhere."),
    ] = None,
    witness_policy: WitnessPolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the proof of an award, offline: no bank is asked (离线核验).

    It proves that the ledger held the award when the checkpoint was signed. What became
    of it later, such as a revocation, only the bank or an audit can tell.

    With --witness-policy it must be under a checkpoint with their quorum, too.

    Exit codes: 0 proven · 1 it proves nothing · 3 not a proof · 4 no name was given.
    """
    with answering(as_json=as_json):
        policy = read_policy_file(witness_policy, as_json=as_json)
        proven = ProvenEntry.read(file.read_bytes())
        if ledger is None:
            _ask_for_name(proven, as_json=as_json)
        try:
            shown = _held_against(read_proof(proven, ledger=ledger), policy)
            if shown.cosigned is not None:
                require_quorum(shown.cosigned)
        except BankFaultError as error:
            text = _why_not(error, proven, ledger=ledger)
            stop(error.code, text, exit_code=FAULT, as_json=as_json)
        if as_json:
            show_json(shown.as_object())
        else:
            shown.show()
            say("Proven. What became of it later is not in a proof: ask the bank.")


def _ask_for_name(proven: ProvenEntry, *, as_json: bool) -> NoReturn:
    show(harmless(proven.ledger))
    text = (
        "This is the name that the proof gives. Compare it with the one you "
        "were given, and say it with --ledger: without it nothing is proven."
    )
    stop("no-name", text, exit_code=NOT_CHECKED, as_json=as_json)


def _held_against(shown: Shown, policy: Policy | None) -> Shown:
    """Look what a policy finds among the cosignatures.

    Raises:
        BankFaultError: one of them is forged.
    """
    if policy is None:
        return shown
    return replace(shown, cosigned=cosigned_in(shown.proven.checkpoint, policy))


def _why_not(error: BankFaultError, proven: ProvenEntry, *, ledger: str) -> str:
    if isinstance(error, NoQuorumError):
        return str(error)
    found = error.facts["found"]
    text = f"the file does not prove that {ledger} holds this entry ({found})"
    if isinstance(error, AnotherLedgerError):
        text += f"; it says it is from {proven.ledger}: compare the names"
    return text


def _read_answer(proven: ProvenEntry, ledger: str, *, award: str) -> Shown:
    """Return the award that was asked for.

    Raises:
        BankFaultError: the bank proves something else.
    """
    another = BankFaultError(found=f"entry {proven.position} is another one")
    try:
        shown = read_proof(proven, ledger=ledger)
    except StatementFileError:
        raise another from None
    if shown.award_id != award:
        raise another
    return shown


def read_proof(proven: ProvenEntry, *, ledger: str) -> Shown:
    """Verify a proof, and return the award that it proves.

    Raises:
        LedgerNameError: not a ledger's name.
        BankFaultError: it does not prove that this ledger holds the entry.
        StatementFileError: it proves an entry that is no award.
    """
    entry, checkpoint = proven.verify(ledger=ledger)
    statement = _award_in(entry)
    return Shown(
        award_id=id_of_award(statement),
        statement=statement,
        recorded_at=entry.line.recorded_at,
        size=checkpoint.size,
        proven=proven,
    )


def _award_in(entry: Entry) -> CreditAwarded:
    payload = entry.member_bytes
    try:
        if not payload.startswith(b"{"):
            payload = read_jws(payload, typ=STATEMENT_TYP).payload
        value = canonical.loads(payload)
        type_name = value.get("type") if isinstance(value, dict) else None
        statement = read_statement(payload, type_name=type_name)
    except (IntegrityError, RejectionError) as error:
        raise BankFaultError(found=error.code) from error
    if not isinstance(statement, CreditAwarded):
        raise StatementFileError(wanted="a proof of an award", found=statement.type)
    return statement
