"""A number of a person that a bank let into the log for ever is found out."""

from collections.abc import Iterator, Mapping

import pytest

from ledger.audit.findings import AuditReport
from ledger.audit.personal import read_without
from ledger.audit.verify import verify
from ledger.domain.statements.catalogue import AchievementPublished
from ledger.intake import read_recorded
from ledger.integrity.batch import read_batch
from ledger.integrity.entries import BankLine, read_entry, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, read_jws
from tests.bank import LEARNER, SCHOOL, Bank, achievement, award, reference_tag
from tests.e2e.test_audit_sources import Bundle, note_over

pytestmark = pytest.mark.traced

NUMBER = "13800138000"
CARD = "11010519491231002X"


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[Bank]:
    """Run a bank."""
    with Bank(sqlite_url) as opened:
        yield opened


class Forged:
    """A history that goes on as its operator likes, well signed and under a note."""

    def __init__(self, bank: Bank) -> None:
        """Begin with what the bank wrote itself."""
        self.bank = bank
        self.raw = list(bank.raw_entries())
        self._now = read_entry(self.raw[-1]).line.recorded_at

    def post(self, type_name: str, body: Mapping[str, object], *tags: str) -> int:
        """Add a statement of the school, whatever it says; return its position."""
        signed = self.bank.sign(self.bank.statement(SCHOOL, type_name, body=body))
        return self._seal(signed, tags=tags or None)

    def publish_batch(self, *bodies: Mapping[str, object]) -> int:
        """Add a batch of achievements; return the position of its header."""
        name = "achievement.published.v1"
        said = [self.bank.statement(SCHOOL, name, body=body) for body in bodies]
        batch = read_batch(self.bank.batch_bytes(SCHOOL, said))
        header = self._seal(batch.header.raw)
        for index, line in enumerate(batch.lines):
            self._seal(line.statement, batch=header, index=index)
        return header

    def audit(self) -> AuditReport:
        """Audit it."""
        source = Bundle(self.raw, note_over(self.bank, self.raw))
        return verify(source, ledger=self.bank.ledger)

    def _seal(
        self,
        signed: bytes,
        *,
        tags: tuple[str, ...] | None = None,
        batch: int | None = None,
        index: int | None = None,
    ) -> int:
        position = len(self.raw)
        line = BankLine(
            position=position,
            recorded_at=self._now,
            batch=batch,
            index=index,
            tags=tags,
        )
        self.raw.append(seal_entry(line, signed))
        return position


def test_a_number_in_free_text_is_found_at_its_place_and_not_told(bank: Bank) -> None:
    """The entry counts all the same: an award of what it published is sound."""
    forged = Forged(bank)
    first = forged.post(
        "achievement.published.v1",
        achievement(code="CALL-1", title=f"电焊，咨询 {NUMBER}"),
    )
    named = award("call", achievement=f"{SCHOOL}/CALL-1@1", learner_id=LEARNER)
    forged.post("credit.awarded.v1", named, reference_tag("call"))
    skilled = achievement(code="CARD-1", title=CARD, skills=["焊接", NUMBER])
    header = forged.publish_batch(achievement(code="WELD-2"), skilled)

    report = forged.audit()

    assert [(one.position, one.code, one.detail) for one in report.findings] == [
        (first, "personal-data", "/body/title"),
        (header + 2, "personal-data", "/body/skills/1"),
        (header + 2, "personal-data", "/body/title"),
    ]
    assert report.classes == {"personal": 3}
    assert report.awards == 1
    assert NUMBER not in str(report)
    assert CARD not in str(report)


def test_what_else_is_wrong_with_such_an_entry_is_told_beside_it(bank: Bank) -> None:
    """And it does not count: nobody knows what it says."""
    forged = Forged(bank)
    other = achievement(code="CALL-1", title=NUMBER, colour="red")
    position = forged.post("achievement.published.v1", other)

    report = forged.audit()

    assert {(one.position, one.code, one.detail) for one in report.findings} == {
        (position, "personal-data", "/body/title"),
        (position, "invalid-statement", "/body/colour"),
    }


def test_a_place_that_is_not_there_changes_nothing(bank: Bank) -> None:
    """Steps that name a choice among forms lead nowhere and are passed over."""
    entry = read_entry(list(bank.raw_entries())[2])
    signed = read_jws(entry.member_bytes, typ=STATEMENT_TYP)

    places = ("/body/version/no/x", "/body/choice/code/deeper", "/body/skills/7")
    draft = read_without(places, signed, payload=signed.payload)

    assert draft.payload_hash == read_recorded(signed, signed.payload).payload_hash
    assert isinstance(draft.statement, AchievementPublished)
    assert draft.statement.body.title == "焊接基础"
