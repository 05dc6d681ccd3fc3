"""A bank with one school, its HTTP face, and the school's own system."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from client.bank import Bank as RemoteBank
from client.imports.order import Order, Summary
from client.imports.run import Import
from client.learners import LearnerBook
from client.patience import Patience
from client.references import MemberSecret
from client.results import Content, Result, award_content
from client.statements import StatementFactory
from ledger.domain.statements.envelope import Actor
from tests.bank import LEARNER, SCHOOL, Bank
from tests.unit.client.simulator import Face

SECRET = MemberSecret(SCHOOL, b"s" * 32)
HEADER = "学号,姓名,成绩编号,课程代码,学分,考核日期,成绩"
TODAY = "2026-09-01"
Write = Callable[..., Path]
Run = Callable[..., Summary]


def rows(count: int, *, first: int = 1) -> str:
    """Return a right file."""
    lines = [
        f"2026{n:03d},学生{n},R-{n},WELD-1,3,2026-06-{1 + n % 28:02d},{60 + n % 40}"
        for n in range(first, first + count)
    ]
    return "\n".join([HEADER, *lines, ""])


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[Bank]:
    """Found a bank with a school, an achievement and an account."""
    with Bank(sqlite_url) as found:
        yield found


@pytest.fixture
def face(bank: Bank) -> Face:
    """Show the bank over HTTP."""
    return Face(bank)


@pytest.fixture
def waits() -> list[float]:
    """Collect the waits between attempts instead of waiting."""
    return []


@pytest.fixture
def remote(bank: Bank, face: Face, waits: list[float]) -> Iterator[RemoteBank]:
    """Return the bank as the school's system sees it."""
    patience = Patience(attempts=4, sleep=waits.append)
    with RemoteBank(
        "http://bank.example", ledger=bank.ledger, patience=patience, transport=face
    ) as opened:
        yield opened


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The registrar's desk: signs results of the test learner."""

    factory: StatementFactory
    secret: MemberSecret

    def content(self, reference: str, **public: object) -> Content:
        """Return a result under a reference."""
        result = Result(
            reference=reference,
            learner_id=LEARNER,
            achievement=f"{SCHOOL}/WELD-1@1",
            public={"credits": "3", **public},
            disclosed={"score": "95"},
        )
        return award_content(result, self.secret)

    def statement(self, reference: str, **public: object) -> bytes:
        """Return a signed result."""
        return self.factory.sign(self.content(reference, **public))

    def batch(self, *contents: Content) -> bytes:
        """Return a signed batch."""
        return self.factory.batch([self.factory.line(one) for one in contents])


@pytest.fixture
def desk(bank: Bank) -> Desk:
    """Return the school's desk, which goes by the bank's clock."""
    factory = StatementFactory(
        key=bank.keys[SCHOOL],
        ledger=bank.ledger,
        actor=Actor(staff="r7", role="registrar"),
        now=bank.clock.now,
    )
    return Desk(factory=factory, secret=SECRET)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[LearnerBook]:
    """Open the school's list of learners."""
    with LearnerBook(tmp_path / "learners.jsonl") as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the file to import."""

    def put(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "grades.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return put


@pytest.fixture
def run(remote: RemoteBank, desk: Desk, tmp_path: Path) -> Run:
    """Run an import as a process of its own would: with the list read from disk."""

    def go(path: Path, **changes: object) -> Summary:
        options: Mapping[str, object] = {"path": path, "today": TODAY, **changes}
        order = Order(**options)  # type: ignore[arg-type]  # as the test names them
        with LearnerBook(tmp_path / "learners.jsonl") as book:
            job = Import(order=order, secret=desk.secret, book=book)
            return job.run(remote, desk.factory)

    return go
