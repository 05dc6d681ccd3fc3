"""The very bytes are refused once, also when they wait twice in one group."""

from tests.bank import SCHOOL, Bank
from tests.unit.sequencer.writing import awarding, commit, committer_of, failures


def test_bytes_refused_in_a_group_are_not_accepted_later_in_it(sqlite_url: str) -> None:
    """What they lacked comes between the two copies; the evidence is the same."""
    with Bank(sqlite_url) as bank:
        learner = "learner_" + "e" * 32
        early = awarding(bank, "1", learner_id=learner)
        body = {"learner_id": learner, "mode": "provisional"}
        opened = bank.statement(SCHOOL, "account.opened.v1", body=body)
        anew = awarding(bank, "1", learner_id=learner)

        group = [early, bank.receive(bank.sign(opened)), early, anew]
        answers = commit(committer_of(bank), group)

        assert failures(answers) == ["RefusedError", "", "RefusedError", ""]
        assert answers[0].exception() is answers[2].exception()
        assert bank.check_log().awards == 1
