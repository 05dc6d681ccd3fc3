"""For all that is submitted: the writer and the auditor decide alike."""

from collections.abc import Mapping
from typing import Final, Protocol

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.audit.history import HistoryReader
from ledger.audit.replay import Replay
from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.types import instant_of
from ledger.lists.drafts import Draft
from ledger.sequencer import RefusedError
from tests.bank import LEARNER, OPERATOR, SCHOOL, Bank, achievement
from tests.consortium_names import mandate
from tests.histories import award_of

BANKS: Final = 6
STEPS: Final = 25

BODIES: Final = st.sampled_from(
    [
        ("credit.awarded.v1", {"credits": "3"}),
        ("credit.awarded.v1", {"credits": "3.001"}),
        ("credit.awarded.v1", {"credits": "0", "passed": False}),
        ("credit.awarded.v1", {"assessed_on": "2026-09-02"}),
        ("credit.awarded.v1", {"learner_id": "learner_" + "e" * 32}),
        ("credit.revoked.v1", {"credits": "1"}),
        ("credit.revoked.v1", {"credits": "3"}),
        ("credit.revoked.v1", {"credits": "2", "effective_on": "2026-06-29"}),
        ("credit.amended.v1", {"assessed_on": "2026-08-01"}),
        ("account.claimed.v1", {"learner_id": LEARNER}),
        ("account.closed.v1", {"learner_id": LEARNER, "reason_code": "other"}),
        ("achievement.published.v1", achievement(version=2)),
        ("achievement.retired.v1", {"achievement": f"{SCHOOL}/WELD-1@1"}),
        ("member.suspended.v1", {"member_id": SCHOOL, "reason_code": "other"}),
        ("member.reinstated.v1", {"member_id": SCHOOL, "reason_code": "other"}),
    ]
)


class Outcome(Protocol):
    """What the writer will say."""

    def result(self) -> object:
        """Return a receipt, or raise."""
        ...


class Watched:
    """A bank, and an auditor who decides everything beside it."""

    def __init__(self, bank: Bank) -> None:
        """Read what is there already."""
        self.bank = bank
        self.replay = Replay()
        self.reader = HistoryReader()
        self.read = 0

    def follow(self) -> None:
        """Apply the entries that came since."""
        for raw in list(self.bank.raw_entries())[self.read :]:
            recorded = self.reader.read(raw, position=self.read)
            assert recorded is not None
            assert list(self.replay.apply(recorded.act)) == []
            self.read += 1

    def say(self, draft: Draft) -> None:
        """Have both decide; they agree, to the field."""
        self.follow()
        act = Act(
            statement=draft.statement,
            kid=draft.kid,
            payload_hash=draft.payload_hash,
            body_hash=draft.body_hash,
            position=self.read,
            recorded_at=instant_of(self.bank.clock.now()),
            recorded_on="2026-09-01",
        )
        expected: tuple[str, str] | None = None
        try:
            rules.decide(act, self.replay.state)
        except RejectionError as error:
            expected = (error.code, error.pointer)
        assert _refusal(self.bank.submit(draft)) == expected


def _refusal(outcome: Outcome) -> tuple[str, str] | None:
    try:
        outcome.result()
    except RefusedError as refused:
        error = refused.faults[0].error
        return error.code, error.pointer
    return None


def _body(
    type_name: str, changes: Mapping[str, object], *, name: str
) -> dict[str, object]:
    body = dict(changes)
    if type_name == "credit.revoked.v1":
        body |= {"class": "corrected", "reason_code": "other"}
    if type_name in {"credit.revoked.v1", "credit.amended.v1"}:
        body |= {"award_id": award_of(name)}
    if type_name == "credit.amended.v1":
        body |= {"reason_code": "other"}
    return body


# Every example founds a bank: shrinking one that fails would take minutes.
@settings(
    max_examples=BANKS,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    said=st.lists(
        st.tuples(BODIES, st.sampled_from("ab")), min_size=STEPS, max_size=STEPS
    )
)
def test_writer_and_auditor_decide_alike(
    tmp_path_factory: pytest.TempPathFactory,
    said: list[tuple[tuple[str, dict[str, object]], str]],
) -> None:
    """What one refuses the other refuses, and why; what is written is clean."""
    folder = tmp_path_factory.mktemp("alike")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        watched = Watched(bank)
        for (type_name, changes), name in said:
            iss = OPERATOR if type_name.startswith("member.") else SCHOOL
            if type_name == "credit.awarded.v1":
                statement = bank.award(name, **changes)
            else:
                statement = bank.statement(
                    iss,
                    type_name,
                    body=_body(type_name, changes, name=name),
                    mandate=mandate(bank),
                )
            watched.say(bank.receive(bank.sign(statement)))
        watched.follow()

        assert bank.check_log().entries == watched.read
