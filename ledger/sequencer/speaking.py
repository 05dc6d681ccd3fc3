"""What the bank itself says in answer to a request.

The bank works its answer out from the very state that would be asked to judge it, by
the very function that would judge it: asking that function again could only agree. So
no more is checked than what holds of every statement: that the service key may sign
now, and that the answer's id is new. An auditor judges the answer in full.

Answers to requests that are alike differ in names only: what stands between those is
written once.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.domain.rules import evolve, said
from ledger.domain.rules.acceptance import automatic_acceptance, evolve_judged
from ledger.domain.rules.act import Act
from ledger.domain.rules.answers_alike import (
    Names,
    evolve_alike,
    names_of,
    with_names,
)
from ledger.domain.rules.counting import Judged
from ledger.domain.rules.requests_alike import Alike, JudgedAlike
from ledger.domain.state import Record, Slice
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.integrity import canonical

SPELLINGS_MAX: Final = 256
"""So many are remembered: a group's requests are of a few kinds."""
_STAND_IN: Final = re.compile(r"<(\d+)>")


class Spoken(NamedTuple):
    """What the bank says, and its canonical JSON."""

    statement: ExchangeAccepted
    payload: bytes


def spoken(
    judged: Judged | JudgedAlike, state: Slice, *, at: str, on: str
) -> Spoken | None:
    """Return what the bank has to say to a request at once; None if a desk decides."""
    if isinstance(judged, Judged):
        found = automatic_acceptance(judged, state, at=at, on=on)
        return None if found is None else Spoken(found, payload_of(found))
    alike = judged.alike
    if not alike.is_answered:
        return None
    names, between = names_of(judged, at=at), _spelling(alike)
    statement = with_names(alike.said, names)
    if between is None:
        return Spoken(statement, payload_of(statement))
    return Spoken(statement, between.filled(names))


def evolve_asked(
    act: Act[Statement], judged: object, *, state: Slice
) -> tuple[Record, ...]:
    """Return the records that an accepted statement changes before it is answered.

    What a request that is like others changes its answer does, at once.
    """
    if isinstance(judged, JudgedAlike) and judged.alike.is_answered:
        return (said(act),)
    return evolve(act, state)


def evolve_spoken(
    act: Act[ExchangeAccepted], judged: Judged | JudgedAlike, *, state: Slice
) -> tuple[Record, ...]:
    """Return the records that the bank's answer changes."""
    if isinstance(judged, Judged):
        return (*evolve_judged(act, judged, state=state), said(act))
    return (*evolve_alike(act, judged, state=state), said(act))


def payload_of(statement: Statement) -> bytes:
    """Return the canonical JSON of a statement."""
    plain = statement.model_dump(mode="json", by_alias=True, exclude_none=True)
    # A model has neither floats nor depth that would have to be looked for.
    return canonical.dumps_read(plain)


class _Spelling(NamedTuple):
    """An answer's JSON without its names, and which of them stands in each gap."""

    texts: Sequence[str]
    places: Sequence[int]

    def filled(self, names: Names) -> bytes:
        """Return the JSON with names, none of which has anything to be escaped."""
        values, parts = _in_order(names), list(self.texts)
        parts[1::2] = [values[place] for place in self.places]
        return "".join(parts).encode()


def _in_order(names: Names) -> tuple[str, ...]:
    return (*names[:-1], *names.lot_ids)


@lru_cache(maxsize=SPELLINGS_MAX)
def _spelling(alike: Alike) -> _Spelling | None:
    """Return how answers are spelled; None if that has something like a stand-in."""
    count = len(alike.lots)
    stand_ins = Names(
        identity="<0>",
        iat="<1>",
        exp="<2>",
        exchange_id="<3>",
        learner_id="<4>",
        award_id="<5>",
        lot_ids=tuple([f"<{6 + number}>" for number in range(count)]),
    )
    text = payload_of(with_names(alike.said, stand_ins)).decode()
    texts = _STAND_IN.split(text)
    places = [int(one) for one in texts[1::2]]
    whole = sorted(places) == list(range(6 + count))
    return _Spelling(texts, places) if whole else None
