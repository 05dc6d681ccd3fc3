"""What a rule is given, and what a rule is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ledger.domain.state import Record, Ref, Slice
from ledger.domain.statements.envelope import Statement

S_co = TypeVar("S_co", bound=Statement, covariant=True)
S = TypeVar("S", bound=Statement)


class Act(NamedTuple, Generic[S_co]):
    """A statement at its place in the log, with the facts that the edge worked out.

    ``payload_hash`` and ``body_hash`` are base64url SHA-256 of the signed payload and
    of the canonical body; ``recorded_on`` is the date of ``recorded_at`` in the
    ledger's time zone; ``tags`` are keyed hashes of outside certificates. ``shown`` are
    disclosed values by their digest, as (name, value); None where none are at hand, as
    for an auditor, who takes a signed predicate as the bank once found it.
    """

    statement: S_co
    kid: str
    payload_hash: str
    body_hash: str
    position: int
    recorded_at: str
    recorded_on: str
    tags: tuple[str, ...] = ()
    shown: Mapping[str, tuple[str, object]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[S]):
    """How one type of statement is decided and what it changes.

    ``stream`` names the statement's subject. ``needs`` names the records known to be
    looked at from the statement alone. ``decide`` raises a ``RejectionError`` or
    returns, with what it worked out if that is of use to an answer given at once.
    ``evolve`` cannot refuse: it returns the changed records.
    """

    stream: Callable[[S], str]
    needs: Callable[[S], Iterable[Ref]]
    decide: Callable[[Act[S], Slice], object]
    evolve: Callable[[Act[S], Slice], Iterable[Record]]
