"""A learner's lots find the rules that could touch them, in the very next request."""

from collections.abc import Sequence

import pytest

from ledger.domain.language.matching import matches
from ledger.domain.rules.cases import facts_of
from ledger.domain.state import EnrolmentRecord
from projections.asking import Asking
from projections.options.index import RuleIndex
from projections.options.reach import rules_in_reach
from tests.bank import LEARNER, OPERATOR, SCHOOL
from tests.exchanging import (
    AUTOMATIC,
    DESKS,
    OTHER,
    TODAY,
    Body,
    Earned,
    ExchangeBank,
    enrolment_of,
    terms,
)

SELECTORS: Sequence[Body] = (
    {"achievement": f"{SCHOOL}/WELD-1@1"},
    {"members": [SCHOOL]},
    {"member_kinds": ["school"]},
    {"achievement_kinds": ["course"]},
    {},
)
STRANGE: Sequence[Body] = (
    {"achievement": f"{SCHOOL}/SEW-1"},
    {"members": [OTHER]},
    {"member_kinds": ["enterprise"]},
    {"achievement_kinds": ["internship"]},
    {"schemes": ["1+X"]},
    {"skills": ["焊接"]},
    {"content_groups": ["welding"]},
)


def asking_for(selector: Body, **changes: object) -> Body:
    """Return terms with one component."""
    return terms(source={"groups": [{"components": [{"of": selector}]}]}, **changes)


class Reach:
    """One learner of a bank asks, day after day, of one index."""

    def __init__(self, bank: ExchangeBank, earned: Earned) -> None:
        """Know nothing yet."""
        self.bank, self.earned = bank, earned
        self.index = RuleIndex()

    def names(self, *, on: str = TODAY, school: str = OTHER) -> list[str]:
        """Return the rules in reach without their school."""
        lot = self.bank.lot(self.earned.award_id)
        with self.bank.store.snapshot() as state:
            facts = Asking(state).ask(lambda known: facts_of(known, lot))
            enrolment = self.bank.find(EnrolmentRecord, enrolment_of(LEARNER))
            assert isinstance(enrolment, EnrolmentRecord)
            enrolled = EnrolmentRecord(**{**dict(enrolment), "school": school})
            found = rules_in_reach(
                self.index, state, enrolment=enrolled, facts=[facts], on=on
            )
        for rule in found:
            components = rule.terms.source.components
            assert any(matches(facts, one.of, ranks={}) for one in components)
        return [one.rule.partition("/")[2] for one in found]


def test_a_rule_is_in_reach_as_soon_and_as_long_as_it_could_apply(
    database_url: str,
) -> None:
    """Proposals are not, agreements are, and what ended long ago is not."""
    with ExchangeBank(database_url) as bank:
        reach = Reach(bank, bank.earn("one"))
        assert reach.names() == ["AUTOMATIC@1", "DESKS@1"]

        later = bank.propose("LATER", terms(valid_from="2027-01-01"))
        assert "LATER@1" not in reach.names()
        agreed = {"rule": later, "digest": bank.digests[later]}
        bank.post(SCHOOL, "rule.ratified.v1", body=agreed)
        assert "LATER@1" in reach.names()
        assert "LATER@1" not in reach.names(on="2026-06-01")

        paused = {"rule": DESKS, "reason_code": "under_review"}
        bank.post(SCHOOL, "rule.suspended.v1", body=paused)
        assert "DESKS@1" in reach.names()

        ended = {"rule": AUTOMATIC, "last_day": TODAY, "reason_code": "replaced"}
        bank.post(OTHER, "rule.retired.v1", body=ended)
        assert "AUTOMATIC@1" in reach.names(on="2027-03-01")
        assert "AUTOMATIC@1" not in reach.names(on="2027-03-05")
        assert reach.names(on="9999-12-30") == ["DESKS@1", "LATER@1"]


def test_every_kind_of_selector_is_found_by_what_it_means(sqlite_url: str) -> None:
    """A rule is found by the narrowest thing it says, and by nothing else."""
    with ExchangeBank(sqlite_url) as bank:
        sewing = {"code": "SEW-1", "version": 1, "title": "缝纫", "kind": "course"}
        body = {**sewing, "credits": "3"}
        bank.post(SCHOOL, "achievement.published.v1", body=body)
        reach = Reach(bank, bank.earn("one"))
        meant = {
            bank.agree(f"M{number}", asking_for(one)).partition("/")[2]
            for number, one in enumerate(SELECTORS)
        }
        for number, one in enumerate(STRANGE):
            bank.agree(f"S{number}", asking_for(one))

        assert set(reach.names()) == {"AUTOMATIC@1", "DESKS@1", *meant}


def test_a_successor_inherits_the_rules_of_the_member_it_succeeded(
    sqlite_url: str,
) -> None:
    """Rules of a predecessor lead to its successor's enrolments, and from its lots."""
    with ExchangeBank(sqlite_url) as bank:
        reach = Reach(bank, bank.earn("one"))
        bank.admit("new-college", kind="school")
        for member in (SCHOOL, OTHER):
            body = {"predecessor": member, "successor": "new-college"}
            merged = {**body, "reason_code": "merged"}
            bank.post(OPERATOR, "member.succeeded.v1", body=merged)

        assert reach.names() == ["AUTOMATIC@1", "DESKS@1"]
        assert reach.names(school="new-college") == ["AUTOMATIC@1", "DESKS@1"]
        assert reach.names(school="operator") == []


@pytest.mark.parametrize("kept", [1, 10])
def test_an_index_that_is_full_forgets_schools_and_not_rules(
    sqlite_url: str, kept: int
) -> None:
    """What was dropped is read again; the answer is the same."""
    with ExchangeBank(sqlite_url) as bank:
        reach = Reach(bank, bank.earn("one"))
        reach.index = RuleIndex(rules_max=kept)
        with bank.store.snapshot() as state:
            for school in (OTHER, SCHOOL):
                reach.index.touching(state, school, facts=[])

        assert reach.index.count == (0 if kept == 1 else 2)
        assert reach.names() == ["AUTOMATIC@1", "DESKS@1"]
