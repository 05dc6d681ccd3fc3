"""What a request offers: lots from options, predicates from the rule, values shown."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import typer
from pydantic import TypeAdapter, ValidationError

from client.bank import Bank
from client.errors import StatementFileError
from client.requests import Brought
from ledger.domain.language.shapes import RuleTerms
from ledger.domain.types import AwardId, Credits, Quantity
from ledger.integrity.disclosures import Disclosure, read_shown
from ledger.integrity.errors import IntegrityError

_AWARD: Final = TypeAdapter(AwardId)
_AMOUNT: Final = TypeAdapter(Credits)
_NUMBER: Final = TypeAdapter(Quantity)


def read_lot(text: str) -> tuple[str, str | None, int]:
    """Read ``AWARD[:CREDITS][@COMPONENT]``; without credits the whole lot is meant.

    Raises:
        typer.BadParameter: it has another form.
    """
    offered, _, component = text.partition("@")
    award, _, amount = offered.partition(":")
    try:
        _AWARD.validate_python(award)
        if amount:
            _AMOUNT.validate_python(amount)
        return award, amount or None, int(component or "0")
    except ValueError:
        hint = f"{text!r}: write AWARD, AWARD:CREDITS or AWARD:CREDITS@COMPONENT"
        raise typer.BadParameter(hint, param_hint="--lot") from None


def read_vouched(pairs: Iterable[str]) -> tuple[Mapping[str, object], ...]:
    """Read CODE=NUMBER options.

    Raises:
        typer.BadParameter: one has another form.
    """
    found = []
    for pair in pairs:
        code, _, value = pair.partition("=")
        try:
            _NUMBER.validate_python(value)
        except ValidationError:
            hint = f"{pair!r}: write CODE=NUMBER"
            raise typer.BadParameter(hint, param_hint="--vouch") from None
        found.append({"code": code, "value": value})
    return tuple(found)


def read_disclosed(files: Iterable[Path]) -> tuple[Disclosure, ...]:
    """Read the disclosures in files, one a line as ``exchange disclose`` prints them.

    Raises:
        StatementFileError: a line is none.
    """
    lines = [
        line.strip()
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if line.strip()
    ]
    try:
        return tuple(read_shown(lines))
    except IntegrityError as error:
        raise StatementFileError(wanted="disclosures", found=error.code) from error


def bring(
    bank: Bank, texts: Sequence[str], *, terms: RuleTerms, shown: tuple[Disclosure, ...]
) -> tuple[Brought, ...]:
    """Return the lots to offer, each with what the rule asks of its values.

    Raises:
        typer.BadParameter: a lot has another form, or the rule no such component.
        BankRefusedError: there is no such lot.
    """
    components = terms.source.components
    found = []
    for number, text in enumerate(texts):
        award, amount, component = read_lot(text)
        if component >= len(components):
            hint = f"the rule has components 0 to {len(components) - 1}"
            raise typer.BadParameter(hint, param_hint="--lot")
        asked = (
            one.model_dump(mode="json", exclude_none=True)
            for one in components[component].predicates
        )
        found.append(
            Brought(
                award_id=award,
                credits=amount or bank.award(award).available,
                component=component,
                predicates=tuple(asked),
                shown=shown if number == 0 else (),
            )
        )
    return tuple(found)
