"""What ``audit replay`` is asked: how far, as of which date, against what."""

from dataclasses import dataclass
from typing import Annotated, Final

import typer
from pydantic import TypeAdapter, ValidationError

from ledger.audit.rebuild import Until
from ledger.domain.types import Date, Instant

_PAST: Final = "Which past"
_SHOWN: Final = "What is compared"
_INSTANT: Final = TypeAdapter(Instant)
_DATE: Final = TypeAdapter(Date)
_POSITION_DIGITS_MAX: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Which past is rebuilt."""

    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="POSITION|INSTANT",
            help="As recorded up to a position (序号) or an instant, inclusive.",
            rich_help_panel=_PAST,
        ),
    ] = None
    effective_on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="As it held in the world on a date (生效日期).",
            rich_help_panel=_PAST,
        ),
    ] = None

    def until(self) -> Until:
        """Return how far history is replayed.

        Raises:
            typer.BadParameter: neither a position nor an instant, or no date.
        """
        if self.effective_on is not None:
            _check(_DATE, self.effective_on, option="--effective-on")
        if self.as_of is None:
            return Until()
        if self.as_of.isascii() and self.as_of.isdecimal():
            if len(self.as_of) > _POSITION_DIGITS_MAX:
                raise typer.BadParameter(self.as_of, param_hint="--as-of")
            return Until(position=int(self.as_of))
        _check(_INSTANT, self.as_of, option="--as-of")
        return Until(instant=self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What the rebuilt figures are held against."""

    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL|DATABASE|FOLDER",
            help="Compare with what a bank shows (比对).",
            rich_help_panel=_SHOWN,
        ),
    ] = None
    projections: Annotated[
        str | None,
        typer.Option(
            metavar="DATABASE",
            help="Its projections, if they are not beside the ledger's database.",
            envvar="SKILLBANK_PROJECTIONS_URL",
            rich_help_panel=_SHOWN,
        ),
    ] = None
    learner: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEARNER",
            help="Of a running bank compare these learners only; may be repeated.",
            rich_help_panel=_SHOWN,
        ),
    ] = None

    @property
    def is_served(self) -> bool:
        """Tell whether a running bank is asked."""
        return self.against is not None and self.against.startswith(
            ("http://", "https://")
        )

    @property
    def is_database(self) -> bool:
        """Tell whether databases are read."""
        return self.against is not None and not self.is_served


def _check(adapter: TypeAdapter[str], text: str, *, option: str) -> None:
    try:
        adapter.validate_python(text)
    except ValidationError as error:
        hint = f"{text}: say a position, or an instant like 2026-09-01T08:00:00.000Z"
        if adapter is _DATE:
            hint = f"{text}: say a date like 2026-09-01"
        raise typer.BadParameter(hint, param_hint=option) from error
