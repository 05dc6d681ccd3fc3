"""Whose cosignatures suffice: witnesses, groups of them, and a quorum.

A policy is TOML. A group is "any ``needed`` of" its members, which are witnesses; the
quorum is "any ``needed`` of" groups or witnesses: nested once, after the policies of
C2SP and sigsum. An empty quorum (0) is always met.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.integrity.checkpoints import Checkpoint
from ledger.integrity.cosignatures import (
    Cosignature,
    NamedKey,
    cosignatures_in,
    read_vkey,
    verify_cosignature,
)
from ledger.integrity.errors import CheckpointError, IntegrityError, KeyMaterialError

POLICY_BYTES_MAX: Final = 64 * 1024
WITNESSES_MAX: Final = 64
WINDOW: Final = timedelta(hours=24)
"""How long before its first cosignature an entry may say that it was recorded."""
TOLERANCE: Final = timedelta(minutes=5)
"""How long after it: clocks differ a little, and a bank's own may jump by as much."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,100}$")]
_Members = Annotated[tuple[_Name, ...], Field(max_length=WITNESSES_MAX)]


class PolicyError(IntegrityError):
    """Not a policy of witnesses."""

    code = "invalid-witness-policy"


class _Part(BaseModel):
    # TOML gives lists: not strict, but nothing else than what is named.
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Part):
    """A witness: by what name the policy knows it, its key, its address."""

    name: _Name
    vkey: Annotated[str, Field(max_length=400)]
    url: Annotated[str, Field(max_length=400, pattern=r"^https?://[!-~]+$")]


class Group(_Part):
    """Any ``needed`` of its members."""

    needed: Annotated[int, Field(ge=0, le=WITNESSES_MAX)]
    of: _Members


class NamedGroup(Group):
    """A group that the quorum can name."""

    name: _Name


class _Written(_Part):
    witnesses: Annotated[tuple[Member, ...], Field(max_length=WITNESSES_MAX)] = ()
    groups: Annotated[tuple[NamedGroup, ...], Field(max_length=WITNESSES_MAX)] = ()
    quorum: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness of a policy."""

    name: str
    url: str
    key: NamedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Witnesses by name, groups by name, and the quorum over both."""

    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: Group

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Read a policy file.

        Raises:
            PolicyError: not TOML of this form, a name used twice or not at all, more
                needed than there are, or one key under two names.
        """
        if len(raw) > POLICY_BYTES_MAX:
            raise PolicyError(reason="too-large")
        try:
            found = _Written.model_validate(tomllib.loads(raw.decode()))
            witnesses = {
                one.name: Witness(name=one.name, url=one.url, key=read_vkey(one.vkey))
                for one in found.witnesses
            }
        except ValidationError as error:
            parts = map(str, error.errors()[0]["loc"])
            raise PolicyError(pointer="/" + "/".join(parts)) from error
        except KeyMaterialError as error:
            raise PolicyError(pointer="/witnesses", reason="vkey") from error
        except ValueError as error:
            raise PolicyError(reason="not-toml") from error
        groups = {one.name: Group(needed=one.needed, of=one.of) for one in found.groups}
        _check_names(found, witnesses=set(witnesses), groups=set(groups))
        # One holder of a key would else count as often as it has names.
        if len({one.key.key.raw() for one in witnesses.values()}) != len(witnesses):
            raise PolicyError(pointer="/witnesses", reason="same-key")
        return cls(witnesses=witnesses, groups=groups, quorum=found.quorum)

    def has_quorum(self, signed: frozenset[str]) -> bool:
        """Tell whether the witnesses of these names suffice."""
        met = {name for name, one in self.groups.items() if _suffices(one, signed)}
        return _suffices(self.quorum, (signed & self.witnesses.keys()) | met)

    def keys(self) -> tuple[NamedKey, ...]:
        """Return the keys of all witnesses."""
        return tuple(one.key for one in self.witnesses.values())

    def signers(self, cosignatures: list[Cosignature]) -> frozenset[str]:
        """Return whose cosignatures these are, by the policy's names."""
        by_key = {one.key.name: one.name for one in self.witnesses.values()}
        return frozenset(by_key[one.name] for one in cosignatures if one.name in by_key)


def _suffices(group: Group, present: frozenset[str]) -> bool:
    return len(present & set(group.of)) >= group.needed


def _check_names(found: _Written, *, witnesses: set[str], groups: set[str]) -> None:
    counted = len(found.witnesses) + len(found.groups)
    key_names = {one.vkey.partition("+")[0] for one in found.witnesses}
    if len(witnesses | groups) != counted or len(key_names) != len(found.witnesses):
        raise PolicyError(pointer="/witnesses", reason="name-used-twice")
    known = [(one, witnesses) for one in found.groups]
    for group, names in [*known, (found.quorum, witnesses | groups)]:
        if not set(group.of) <= names or len(set(group.of)) != len(group.of):
            raise PolicyError(pointer="/of", reason="unknown-name")
        if group.needed > len(group.of):
            raise PolicyError(pointer="/needed", reason="more-than-there-are")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """What a policy finds in a note.

    ``forged`` are witnesses whose line does not hold. ``first_seconds`` is when the
    first of the others cosigned (POSIX time), None if none did.
    """

    signers: frozenset[str]
    forged: frozenset[str]
    quorum: bool
    first_seconds: int | None


def check_cosigned(
    checkpoint: Checkpoint, signatures: list[tuple[str, bytes]], *, policy: Policy
) -> Cosigned:
    """Return what a policy finds among a note's signature lines; never raises."""
    good: list[Cosignature] = []
    forged: set[str] = set()
    for one in policy.witnesses.values():
        try:
            found = verify_cosignature(checkpoint, signatures, witness=one.key)
        except CheckpointError:
            forged.add(one.name)
            continue
        if found is not None:
            good.append(found)
    signers = policy.signers(good)
    return Cosigned(
        signers=signers,
        forged=frozenset(forged),
        quorum=policy.has_quorum(signers),
        first_seconds=min((one.seconds for one in good), default=None),
    )


def verify_quorum(note: str, policy: Policy) -> frozenset[str]:
    """Return who cosigned a note that has quorum.

    Raises:
        CheckpointError: not a note, a forged cosignature, or no quorum.
    """
    signers = policy.signers(cosignatures_in(note, policy.keys()))
    if not policy.has_quorum(signers):
        raise CheckpointError(pointer="/quorum")
    return signers


class Timing(Enum):
    """How an entry's recorded time stands to the first cosignature that covers it."""

    WITHIN = "within"
    EARLY = "early"
    LATE = "late"


def microseconds_of(instant: str) -> int:
    """Return an instant as POSIX time, in microseconds.

    Raises:
        ValueError: there is no such instant.
    """
    return (datetime.fromisoformat(instant) - _EPOCH) // _MICROSECOND


def timing_of(recorded: int, *, first_seconds: int) -> Timing:
    """Tell whether an entry was cosigned within a day after it was recorded.

    ``recorded`` is in microseconds. A second is whole in a cosignature: what was
    recorded within that second is no later than it. Nor is what was recorded a few
    minutes later, by a clock that differs a little from the witness's.
    """
    since = timedelta(microseconds=(first_seconds + 1) * 1_000_000 - recorded)
    if since <= -TOLERANCE:
        return Timing.EARLY
    return Timing.LATE if since > WINDOW + timedelta(seconds=1) else Timing.WITHIN


def is_past_window(recorded: int, *, seen: int) -> bool:
    """Tell whether an instant is over a day after another, both in microseconds."""
    return timedelta(microseconds=seen - recorded) > WINDOW


def in_window(recorded_at: str, *, first_seconds: int) -> bool:
    """Tell whether an entry was recorded within a day before its first cosignature.

    Or later than that by no more than clocks may differ.
    """
    timing = timing_of(microseconds_of(recorded_at), first_seconds=first_seconds)
    return timing is Timing.WITHIN
