"""A seed chooses a harm and where it is done; the same seed does the same again."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from tests.tampering.batches import BATCHES
from tests.tampering.cosigned import COSIGNED
from tests.tampering.crude import CRUDE
from tests.tampering.crude_heads import CRUDE_HEADS
from tests.tampering.exports import EXPORTS
from tests.tampering.folders import FOLDERS
from tests.tampering.followups import FOLLOWUPS
from tests.tampering.forged import FORGED
from tests.tampering.grounds import Ground, rich, small
from tests.tampering.notes import NOTES
from tests.tampering.outcomes import Operator, judge
from tests.tampering.papers import PAPERS, Paper
from tests.tampering.rewritten import REWRITTEN
from tests.tampering.sealed import SEALED
from tests.tampering.sealed_heads import HEADS
from tests.tampering.smuggled import SMUGGLED

ANYWHERE: Final[Mapping[str, Operator]] = MappingProxyType(
    {**CRUDE, **CRUDE_HEADS, **HEADS, **NOTES, **EXPORTS}
)
"""Harms that need no more of a ground than that it is a ledger."""

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        **ANYWHERE,
        **SEALED,
        **REWRITTEN,
        **COSIGNED,
        **SMUGGLED,
        **BATCHES,
        **FORGED,
        **FOLLOWUPS,
    }
)

GIVEN_OUT: Final[Mapping[str, Paper]] = MappingProxyType({**PAPERS, **FOLDERS})
"""Harms to what has left the bank as a file."""

NAMES: Final = (*OPERATORS, *GIVEN_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A seed whose harm was not found, or found as something else."""

    seed: int
    operator: str
    fault: str

    def __str__(self) -> str:
        """Name the seed first: it is what the next run is given."""
        return f"seed {self.seed}: {self.operator}: {self.fault}"


@cache
def small_grounds() -> tuple[Ground, Ground]:
    """Return the small ledger, and another of the same words. Written once."""
    return small("ours"), small("theirs")


@cache
def rich_grounds() -> tuple[Ground, Ground]:
    """Return the rich ledger, and another of the same words. Written once."""
    return rich("ours"), rich("theirs")


def operator_of(seed: int, names: Sequence[str] = NAMES) -> str:
    """Return the harm that a seed does: every one comes up in turn."""
    return names[seed % len(names)]


def run_seed(
    seed: int, grounds: tuple[Ground, Ground], *, names: Sequence[str] = NAMES
) -> Failure | None:
    """Do the harm of one seed and judge the audit."""
    chance = random.Random(seed)  # noqa: S311  # a test that can be run again
    name = operator_of(seed, names)
    ours, theirs = grounds
    if name in GIVEN_OUT:
        fault = GIVEN_OUT[name](ours, theirs, chance=chance)
    else:
        fault = judge(ours, OPERATORS[name](ours, theirs, chance=chance)) or ""
    return Failure(seed=seed, operator=name, fault=fault) if fault else None


def failures(
    seeds: Iterable[int],
    grounds: tuple[Ground, Ground],
    *,
    names: Sequence[str] = NAMES,
) -> list[Failure]:
    """Run seeds and return those that fail."""
    ran = (run_seed(seed, grounds, names=names) for seed in seeds)
    return [one for one in ran if one is not None]
