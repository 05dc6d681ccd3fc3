"""The options that several commands share: who signs, which bank, which past."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from api.cli.terminal import say
from client.answers import When
from client.bank import Bank
from client.keyfolder import KeyFolder, read_key
from client.learners import LearnerBook
from client.patience import Patience
from client.references import MemberSecret
from client.statements import StatementFactory
from ledger.domain.statements.envelope import Actor
from ledger.integrity.keys import KeyUse, SigningKey

KEYS: Final = Path("keys")
_SIGNER: Final = "Who signs"
_BANK: Final = "Which bank"
_PAST: Final = "Which past"

KeysOption = Annotated[
    Path,
    typer.Option(
        envvar="SKILLBANK_KEYS_DIR",
        help="The folder with the member's keys (密钥目录).",
        rich_help_panel=_SIGNER,
    ),
]
MemberOption = Annotated[
    str | None,
    typer.Option(
        envvar="SKILLBANK_MEMBER",
        help="The member, if the folder holds keys of several (成员单位).",
        rich_help_panel=_SIGNER,
    ),
]
LedgerOption = Annotated[
    str,
    typer.Option(
        envvar="SKILLBANK_LEDGER",
        help="The ledger's name, as the consortium's office gave it (账本名称).",
        rich_help_panel=_BANK,
    ),
]
MaybeLedgerOption = Annotated[
    str | None,
    typer.Option(
        envvar="SKILLBANK_LEDGER",
        help="The ledger's name, as the consortium's office gave it (账本名称).",
        rich_help_panel=_BANK,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Where the key is, and who acts."""

    staff: Annotated[
        str,
        typer.Option(
            envvar="SKILLBANK_STAFF",
            help="A pseudonym of whoever acts, never a name (经办人代号).",
            rich_help_panel=_SIGNER,
        ),
    ]
    role: Annotated[
        str,
        typer.Option(
            envvar="SKILLBANK_ROLE", help="In which role.", rich_help_panel=_SIGNER
        ),
    ] = "registrar"
    keys: KeysOption = KEYS
    key: Annotated[
        Path | None,
        typer.Option(
            envvar="SKILLBANK_KEY",
            help="One key file, if several fit (密钥文件).",
            rich_help_panel=_SIGNER,
        ),
    ] = None
    member: MemberOption = None

    def signing_key(self) -> SigningKey:
        """Return the key to sign with.

        Raises:
            KeyFileError: there is none, or more than one.
        """
        if self.key is None:
            return KeyFolder(self.keys).member_key(self.member)
        key = read_key(self.key)
        if key.use is not KeyUse.MEMBER:
            hint = f"{self.key} is a {key.use} key, which signs no statements"
            raise typer.BadParameter(hint, param_hint="--key")
        return key

    def factory(self, ledger: str) -> StatementFactory:
        """Return what signs for one ledger."""
        try:
            actor = Actor(staff=self.staff, role=self.role)
        except ValidationError:
            hint = "letters, digits, and . _ - inside, at most 64"
            raise typer.BadParameter(hint, param_hint="--staff, --role") from None
        return StatementFactory(key=self.signing_key(), ledger=ledger, actor=actor)

    def secret(self) -> MemberSecret:
        """Return the member's secret for references."""
        return self._home().secret(self.signing_key().member_id)

    def learners(self) -> LearnerBook:
        """Open the member's list of learners."""
        return self._home().learners(self.signing_key().member_id)

    def _home(self) -> KeyFolder:
        return KeyFolder(self.keys if self.key is None else self.key.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAt:
    """Which bank is meant, and by which name it is trusted."""

    ledger: LedgerOption
    url: Annotated[
        str,
        typer.Option(
            envvar="SKILLBANK_URL", help="The bank's address.", rich_help_panel=_BANK
        ),
    ] = "http://127.0.0.1:8000"
    receipts: Annotated[
        Path | None,
        typer.Option(
            envvar="SKILLBANK_RECEIPTS_DIR",
            help="A folder in which to keep every receipt (存证回执).",
            rich_help_panel=_BANK,
        ),
    ] = None

    attempts: Annotated[
        int,
        typer.Option(
            envvar="SKILLBANK_ATTEMPTS",
            min=1,
            max=100,
            help="How often to try when the bank does not answer.",
            rich_help_panel=_BANK,
        ),
    ] = 6

    def open(self) -> Bank:
        """Return the bank.

        Raises:
            LedgerNameError: not a ledger's name.
            typer.BadParameter: not a bank's address.
        """
        if not self.url.startswith(("http://", "https://")):
            hint = f"{self.url!r}: an address begins with http:// or https://"
            raise typer.BadParameter(hint, param_hint="--url")
        return Bank(
            self.url,
            ledger=self.ledger,
            patience=Patience(attempts=self.attempts, sleep=_wait),
            keep_receipts=self.receipts,
        )


def _wait(seconds: float) -> None:
    say(f"No answer; trying again in {seconds:.1f} s (Ctrl-C stops).")
    time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Which past is asked for; without any of it the present."""

    as_of_position: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="As recorded up to a position (序号), inclusive.",
            rich_help_panel=_PAST,
        ),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="As recorded at an instant: 2026-11-22T08:00:00.000Z.",
            rich_help_panel=_PAST,
        ),
    ] = None
    effective_on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="As in force on a date: 2026-11-22.",
            rich_help_panel=_PAST,
        ),
    ] = None

    def when(self) -> When:
        """Return it as the client asks."""
        return When(
            as_of_position=self.as_of_position,
            as_of=self.as_of,
            effective_on=self.effective_on,
        )
