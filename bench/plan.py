"""How much is done in each form of the benchmark."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Bounds of one form. Requests are the most per run; ``runs`` is how often."""

    runs: int
    database_seconds: float
    """After this long on one database, what is left is done once and no more."""
    run_seconds: float
    """How long one load on one server lasts."""
    singles: int
    audited: int
    """How many singles lie in the ledger whose audit is measured."""
    hundreds: int
    thousands: int
    sustained: int
    """How many batches of a thousand are sent in one go, without a rest."""
    reads: int
    learners: int
    tree_size: int
    proofs: int
    verifications: int
    peer_events: int
    peer_seconds: int
    """How long one peer or floor may take."""
    repeat_seconds: int
    """A measure is repeated until this is used up, at most ``runs`` times."""
    sizes: tuple[int, ...]
    """Of a crowd of rules, or of a learner's account, around one exchange."""
    awards: tuple[int, ...]
    """How many the consortium has when its figures and its trail are read."""
    peers: tuple[int, ...]
    """How many rows the peers write at once: a thousand may lose a minute to one that
    hangs."""
    curve: tuple[int, ...]
    """Sizes of the ledger, in entries, at which everything is measured again."""


TINY: Final = Plan(
    runs=1,
    database_seconds=10,
    run_seconds=0.2,
    singles=30,
    audited=100,
    hundreds=2,
    thousands=1,
    sustained=2,
    reads=40,
    learners=100,
    tree_size=20_000,
    proofs=10,
    verifications=50,
    peer_events=20,
    peer_seconds=20,
    repeat_seconds=1,
    sizes=(10,),
    awards=(1_000, 2_000),
    peers=(1,),
    curve=(2_000, 4_000),
)
SHORT: Final = Plan(
    runs=3,
    database_seconds=45,
    run_seconds=1,
    singles=6_000,
    audited=60_000,
    hundreds=400,
    thousands=60,
    sustained=300,
    reads=8_000,
    learners=2_000,
    tree_size=1_000_000,
    proofs=200,
    verifications=4_000,
    peer_events=1_000,
    peer_seconds=20,
    repeat_seconds=4,
    sizes=(10, 1_000),
    awards=(10_000, 100_000),
    peers=(1, 100),
    curve=(10_000, 100_000, 1_000_000),
)
FULL: Final = Plan(
    runs=5,
    database_seconds=1_200,
    run_seconds=5,
    singles=30_000,
    audited=60_000,
    hundreds=2_000,
    thousands=300,
    sustained=600,
    reads=50_000,
    learners=5_000,
    tree_size=1_000_000,
    proofs=200,
    verifications=20_000,
    peer_events=10_000,
    peer_seconds=60,
    repeat_seconds=60,
    sizes=(10, 100, 1_000, 5_000),
    awards=(10_000, 100_000, 1_000_000),
    peers=(1, 100, 1_000),
    curve=(10_000, 100_000, 1_000_000, 10_000_000),
)
