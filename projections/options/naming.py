"""What the things are called that a learner's options speak of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection

from ledger.domain.state import MemberRecord, ProgrammeRecord
from projections.options.queries import Found
from projections.rows import rows_by
from projections.tables import register

Document = Mapping[str, Any]  # Any: plain JSON.


class Named(Protocol):
    """A lot as far as what it is called goes."""

    @property
    def issuer(self) -> str:
        """Return whom it was earned at."""
        ...

    @property
    def achievement(self) -> str | None:
        """Return what it was earned in, if that has a name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What things are called, by what they are known under; ids where nobody said."""

    achievements: Mapping[str, Document]
    members: Mapping[str, MemberRecord]
    programme: ProgrammeRecord
    lots: Mapping[str, Named]


def names_for(connection: Connection, found: Found) -> Names:
    """Return the names of everything that a learner's options speak of."""
    learner = found.learner
    lots = {one.award_id: one for one in learner.facts}
    items = {lots[one].achievement for one in found.touched}
    bases = {
        base
        for option in found.options
        for base in (
            *(one.of.achievement for one in option.rule.terms.source.components),
            *(one.achievement for one in option.rule.terms.targets),
        )
        if base is not None
    }
    firsts = {base if "@" in base else f"{base}@1" for base in bases}
    keys = firsts | {item for item in items if item is not None}
    rows = (
        rows_by(connection, register.c.key, keys=keys, kind="achievement")
        if keys
        else ()
    )
    return Names(
        achievements={row.key: orjson.loads(row.document) for row in rows},
        members={one.member_id: one for one in learner.members},
        programme=learner.programme,
        lots=lots,
    )
