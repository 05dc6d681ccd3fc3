"""What options say after every step of every real bank's stories is what happens."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.rules.options.lacks import CODES
from ledger.domain.state import EnrolmentRecord
from tests.banks.bank import FOLDER, Step, StoryBank, read_bank
from tests.banks.story import Player
from tests.learner_options import options_of, refusal_of

Story = tuple[str, dict[str, Any]]  # Any: what a data file says.


def stories() -> Iterator[Story]:
    """Return every story of every bank."""
    for path in sorted(FOLDER.glob("*.toml")):
        for story in read_bank(path.stem)["stories"]:
            yield path.stem, story


class Asker(Player):
    """Asks what is open before every step."""

    def ask(self) -> None:
        """Require that what is open is accepted, and what is not says why."""
        for code, identity in self.bank.enrolments.items():
            enrolment = self.ledger.state.find(EnrolmentRecord, identity)
            assert enrolment is not None
            if enrolment.ended_on is not None:
                continue
            school = self.bank.schools[code]
            options = options_of(self.ledger.state, enrolment, on=self.bank.day)
            for option in options:
                assert {one.code for one in option.lacks} <= CODES
                assert option.is_available or option.lacks
                if not option.is_available:
                    continue
                refusal = refusal_of(
                    option,
                    self.ledger,
                    iss=school,
                    day=self.bank.day,
                    number=self.bank.new_id(),
                )
                assert refusal is None, (option, refusal, dict(refusal.details))

    def open_rules(self, step: Step) -> list[str]:
        """Return the rules that are open for the enrolment that a step is about."""
        code = step.get("into", self.bank.first_programme())
        identity = self.bank.enrolments[code]
        enrolment = self.ledger.state.find(EnrolmentRecord, identity)
        assert enrolment is not None
        options = options_of(self.ledger.state, enrolment, on=self.bank.day)
        return [one.rule.rule for one in options if one.is_available]


@pytest.mark.parametrize(
    ("bank", "story"),
    list(stories()),
    ids=[f"{bank}: {story['name']}" for bank, story in stories()],
)
def test_what_is_open_is_accepted_and_what_was_accepted_was_open(
    bank: str, story: dict[str, Any]
) -> None:
    """Every open option could be applied for, and what is applied for was open."""
    asker = Asker(StoryBank(read_bank(bank)))
    for step in story["steps"]:
        asker.bank.day = step.get("on", asker.bank.day)
        asker.ask()
        verb = "exchange" if "exchange" in step else "request"
        asked = step.get(verb)
        plain = (
            asked
            and "refused" not in step
            and "again" not in step
            and "who" not in step
        )
        found = asker.open_rules(step) if plain else []
        try:
            asker.play([step])
        except RejectionError:
            raise AssertionError(step) from None
        if plain:
            school = asker.bank.schools[step.get("into", asker.bank.first_programme())]
            assert f"{school}/{asked}@{step.get('version', 1)}" in found, step
