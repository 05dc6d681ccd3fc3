"""What clients mean by what they say, in the words of the model."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Award:
    """Credits for a learner."""

    award_id: str
    learner: str
    issuer: str
    achievement: str
    amount: int
    passed: bool = True


@dataclass(frozen=True, kw_only=True)
class Revoke:
    """Some of an award is taken back."""

    award_id: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class Apply:
    """A whole award shall count elsewhere; ``desks`` hold it until they decide."""

    case: str
    award_id: str
    elsewhere: str
    desks: bool


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Whoever applied takes it back."""

    case: str


@dataclass(frozen=True, kw_only=True)
class Redeem:
    """A whole award is used up in the programme of a learner."""

    award_id: str
    learner: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class Open:
    """A learner's account."""

    learner: str


@dataclass(frozen=True, kw_only=True)
class Publish:
    """An achievement that can be awarded from now on."""

    achievement: str


@dataclass(frozen=True, kw_only=True)
class AddKey:
    """A further key of a member."""

    kid: str


@dataclass(frozen=True, kw_only=True)
class RevokeKey:
    """A member's key counts no more."""

    kid: str


@dataclass(frozen=True, kw_only=True)
class Rename:
    """A member's name: it moves nothing."""


Effect = (
    Award
    | Revoke
    | Apply
    | Cancel
    | Redeem
    | Open
    | Publish
    | AddKey
    | RevokeKey
    | Rename
)


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What the model is told of what was said; the same bytes have one ``number``."""

    number: int
    names: tuple[tuple[str, str], ...]
    kid: str
    iat: str
    exp: str
    effects: tuple[Effect, ...]
    in_batch: bool = False
