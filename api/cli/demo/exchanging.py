"""The sample's exchanges: under every rule, over every desk, and what becomes of them.

Everything follows from the drawn results in their order: the same cases every time.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from api.cli.demo.agreements import Agreed, agree, read_agreements
from api.cli.demo.calendar_clock import CalendarClock
from api.cli.demo.consortium import Consortium
from api.cli.demo.holdings import (
    CHARGED,
    COURSE,
    SCORES,
    Holdings,
    Way,
    further_results,
)
from api.cli.demo.office import Case, Office
from api.cli.demo.services import PERIOD
from client.results import Result

ENROLLED: Final = 160
WEEKS_LATER: Final = "2026-09-29T01:00:00.000Z"
"""After the desks' workdays, and after the window of the term."""

AUTOMATIC: Final[tuple[tuple[str, tuple[Way, ...], int], ...]] = (
    ("NEV-PRACTICE", (("PX-01",),), 36),
    ("NEV-PROJECT", (("PX-02",),), 24),
    ("NEV-ROBOT", (("JL-01", "JL-02"),), 6),
    ("NEV-TRAINING", (("CT-01",), ("CT-02",), ("JL-01",)), 48),
    ("DATA-ELECTRICIAN", (("YP-ELE4",),), 24),
    ("DATA-HALF", (("CT-01",), ("JL-02",), ("CT-02",)), 40),
    ("DATA-COURSE", ((COURSE,),), 10),
    ("DATA-CHARGING-5", (("LD-EV5",),), 8),
    ("DATA-CHARGING-4", (("LD-EV4",),), 8),
    ("DATA-X", (("X-DATA",),), 2),
)
"""Rule, the achievements that go together under it, and at most how many cases."""
DESKS: Final[tuple[tuple[str, tuple[Way, ...], int], ...]] = (
    ("NEV-REPAIR", (("YP-MEC4",),), 14),
    ("NEV-OTHER", (("RC-01",),), 6),
    ("DATA-PRACTICE", (("PX-01",), (None, "RC-01")), 20),
)
_CORE: Final = ("NEV-101", "NEV-102", "NEV-201", "NEV-202")
REVERSED: Final = (("NEV-TRAINING", 2), ("DATA-HALF", 1))
REDEEMED: Final = 12


class Exchanging:
    """Plays exchanges and redemptions toward the programmes of two schools."""

    def __init__(
        self,
        consortium: Consortium,
        results: Mapping[str, Sequence[Result]],
        *,
        homes: Mapping[str, str],
    ) -> None:
        """Take the drawn results over, and agree on the rules."""
        self._consortium = consortium
        self._holdings = Holdings(results)
        self._homes = homes
        self._rules: dict[str, Agreed] = {}
        self._cases: dict[str, list[Case]] = {}
        self.declined: list[Case] = []
        self.offices = {
            "NEV": Office(consortium, "yuqiao", programme="NEV-TECH"),
            "DATA": Office(consortium, "shanyun", programme="DATA-TECH"),
        }

    def play(self) -> list[str]:
        """Play everything; return what to tell."""
        self._rules = agree(self._consortium, read_agreements())
        for office in self.offices.values():
            own = (one for one, home in self._homes.items() if home == office.school)
            office.enrol(islice(own, ENROLLED))
        for member, results in further_results(list(self.offices["DATA"].enrolments)):
            self._holdings.add(self._consortium, member, results=results)
        for code, ways, count in (*AUTOMATIC, *DESKS):
            self._apply(code, ways, count=count)
        agreed = (
            f"{len(self._rules)} rules (互认规则) were agreed on: a party signed the "
            "digest it saw, one version was rejected (否决) and proposed anew. By the "
            "operator's policy (统一政策) at most half of a programme is converted"
        )
        return [
            agreed,
            self._applied(),
            self._refused(),
            self._over_desks(),
            self._redeem(),
            self._weeks_later(),
        ]

    def _office(self, code: str) -> Office:
        return self.offices[code.partition("-")[0]]

    def _apply(self, code: str, ways: Sequence[Way], *, count: int) -> None:
        office, cases = self._office(code), self._cases.setdefault(code, [])
        for learner_id in office.enrolments:
            for way in ways:
                found = self._holdings.find(learner_id, way)
                if not found or len(cases) == count:
                    continue
                case = office.draft(learner_id, self._rules[code], lots=found)
                office.apply(case)
                cases.append(case)
                self._holdings.use(learner_id, way)
                break

    def _applied(self) -> str:
        count = sum(len(self._cases[code]) for code, _, _ in AUTOMATIC)
        return (
            f"{count} applications (转换申请) under {len(AUTOMATIC)} rules were "
            "accepted by the bank itself, at once, as anybody can recompute"
        )

    def _refused(self) -> str:
        """Try what no rule allows: nothing of it is recorded."""
        data, first = self.offices["DATA"], self._cases["NEV-PRACTICE"][0]
        self.offices["NEV"].expect_refusal("root-used", first)
        late = list(data.enrolments)[CHARGED + len(SCORES) - 1]
        visit = self._holdings.find(late, (COURSE,))
        low = data.draft(late, self._rules["DATA-COURSE"], lots=visit)
        data.expect_refusal("predicate-false", low)
        return (
            "the same internship a second time, and a course with 69 points where 70 "
            "are asked: both were refused, and nothing was recorded"
        )

    def _over_desks(self) -> str:
        """Approve most, and let the last ones end otherwise."""
        count = sum(len(self._cases[code]) for code, _, _ in DESKS)
        for code, _, _ in DESKS:
            office, cases = self._office(code), self._cases[code]
            *most, returned, again, declined, cancelled, _ = cases
            for case in most:
                office.approve(case)
            for case in (returned, again):
                office.send_back(case)
            office.approve(office.hand_in_again(again))
            office.decline(declined)
            self.declined.append(declined)
            office.cancel(cancelled)
        return (
            f"{count} cases went over the desks of their rules: a dean's, the "
            "committee's, a registrar's. Three were sent back and wait (退回补正), "
            "three came back complete, three were declined (不予认定), three cancelled "
            "(撤回申请)"
        )

    def _redeem(self) -> str:
        """Count converted and own credits toward requirements, and undo one."""
        nev, data = self.offices["NEV"], self.offices["DATA"]
        last = ""
        for case in self._cases["NEV-PRACTICE"][:REDEEMED]:
            nev.redeem(case.learner_id, "PRACTICE", lots=[(case.created(), "6")])
            member, own = self._holdings.first_of(case.learner_id, _CORE)
            award = own.award_id(self._consortium.desks[member].secret)
            amount = str(own.public["credits"])
            last = nev.redeem(case.learner_id, "CORE", lots=[(award, amount)])
        for case in self._cases["DATA-ELECTRICIAN"][:REDEEMED]:
            data.redeem(case.learner_id, "SKILL", lots=[(case.created(), "4")])
        nev.desk.say(
            "redemption.reversed.v1",
            redemption_id=last,
            reason_code="recorded_in_error",
            reason="课程选择有误",
        )
        return (
            f"{3 * REDEEMED} times credits were counted toward a requirement of two "
            "programmes (计入培养方案); one of these was undone, with its reason"
        )

    def _weeks_later(self) -> str:
        """Lapse what lay too long, revoke a source, and undo some exchanges."""
        clock = self._consortium.clock
        if isinstance(clock, CalendarClock):
            clock.move_to(WEEKS_LATER)
        # What is corrected from here on falls into the next period.
        days = {"first_day": "2026-09-01", "last_day": "2026-09-28"}
        self._consortium.operator.say("period.closed.v1", code=PERIOD, **days)
        data = self.offices["DATA"]
        late = next(filter(None, map(self._electrician, data.enrolments)))
        data.expect_refusal("outside-window", late)
        lapsed = [self._cases[code][-1] for code, _, _ in DESKS]
        for case in lapsed:
            self._office(case.code).lapse(case)
        for code, count in REVERSED:
            for case in self._cases[code][-count:]:
                self._office(code).reverse(case)
        self._revoke_source(self._cases["NEV-PRACTICE"][REDEEMED])
        return (
            f"weeks later {len(lapsed)} cases that no desk touched lapsed (逾期失效), "
            "an application came after the first two weeks of term and was refused, 3 "
            "exchanges were undone (撤销转换), and an internship was annulled for "
            "misconduct: what was recognised for it is flagged, its school decides"
        )

    def _electrician(self, learner_id: str) -> Case | None:
        found = self._holdings.find(learner_id, ("YP-ELE4",))
        rule = self._rules["DATA-ELECTRICIAN"]
        return (
            self.offices["DATA"].draft(learner_id, rule, lots=found) if found else None
        )

    def _revoke_source(self, case: Case) -> None:
        (lot,) = case.request.lots
        self._consortium.desks["pandong"].say(
            "credit.revoked.v1",
            **{"class": "annulled"},
            award_id=lot.award_id,
            credits=lot.credits,
            reason_code="misconduct",
        )
