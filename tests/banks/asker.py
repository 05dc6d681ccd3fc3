"""Plays a story and asks on the way what the learner's lots can become."""

from collections.abc import Sequence
from typing import Final

from api.wording import LANGUAGES
from api.wording.options import sentences
from ledger.domain.rules.options.lacks import CODES
from ledger.domain.rules.options.option import Option
from ledger.domain.state import EnrolmentRecord
from tests.banks.bank import Step
from tests.banks.story import Player
from tests.learner_options import options_of, refusal_of, speaker_for

ASKED_BEFORE: Final = ("exchange", "request")


class Asker(Player):
    """Asks before every application, and at the end of the story."""

    def play(self, steps: Sequence[Step]) -> None:
        """Play the steps of a story; what is accepted was open before."""
        for step in steps:
            self.bank.day = step.get("on", self.bank.day)
            asked = next((step[verb] for verb in ASKED_BEFORE if verb in step), None)
            if asked is None:
                super().play([step])
                continue
            found = self.open_rules(step)
            super().play([step])
            if {"refused", "again", "who"}.isdisjoint(step):
                school = self.bank.schools[self._programme(step)]
                assert f"{school}/{asked}@{step.get('version', 1)}" in found, step
        self.tell()

    def tell(self) -> None:
        """Say in every language what is open and what is missing, without a gap."""
        for identity in self.bank.enrolments.values():
            state = self.ledger.state
            enrolment = state.find(EnrolmentRecord, identity)
            assert enrolment is not None
            options = options_of(state, enrolment, on=self.bank.day)
            for language in LANGUAGES:
                speaker = speaker_for(state, enrolment, language=language)
                for option in options:
                    said = sentences(option, speaker=speaker)
                    assert said, option
                    assert not any("?" in one for one in said), said

    def open_rules(self, step: Step) -> list[str]:
        """Return the rules open for an enrolment; what is open would be accepted."""
        code = self._programme(step)
        identity = self.bank.enrolments[code]
        enrolment = self.ledger.state.find(EnrolmentRecord, identity)
        assert enrolment is not None
        options = options_of(self.ledger.state, enrolment, on=self.bank.day)
        for option in options:
            assert {one.code for one in option.lacks} <= CODES
            assert option.is_available == (not option.lacks)
            if option.is_available:
                self._check(option, iss=enrolment.school)
        return [one.rule.rule for one in options if one.is_available]

    def _check(self, option: Option, *, iss: str) -> None:
        number, day = self.bank.new_id(), self.bank.day
        refusal = refusal_of(option, self.ledger, iss=iss, day=day, number=number)
        assert refusal is None, (option, refusal.code, refusal.details)

    def _programme(self, step: Step) -> str:
        return str(step.get("into", self.bank.first_programme()))
