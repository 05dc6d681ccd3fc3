"""Two thousand learners of four schools, over three academic years.

Everything but keys and times is drawn from one seed: the same numbers every time.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from api.cli.demo.calendar_clock import CalendarClock
from api.cli.demo.catalogue import (
    SCHOOLS,
    Offer,
    admit_all,
    offers,
    outside_offers,
    publish_all,
    read_plan,
)
from api.cli.demo.consortium import Consortium, mandate
from api.cli.demo.exchanging import Exchanging
from api.cli.demo.incidents import play_incidents
from api.cli.demo.services import Services
from api.cli.demo.story import Story
from client.results import Content, Result, account_content, award_content
from ledger.domain.types import instant_of
from ledger.integrity.encoding import b64encode

LEARNERS: Final = 2_000
SEED: Final = 20_261_123
BEGINS_AT: Final = "2026-09-03T00:30:00.000Z"
"""A Thursday in the first week of a term."""
_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_GIVEN: Final = "子轩雨桐浩然欣怡俊杰思远梓涵嘉懿明哲语嫣"
_TERMS: Final = (
    ("2023-2024-1", "2023-09-04", "2024-01-12"),
    ("2023-2024-2", "2024-02-26", "2024-06-28"),
    ("2024-2025-1", "2024-09-02", "2025-01-10"),
    ("2024-2025-2", "2025-02-24", "2025-06-27"),
    ("2025-2026-1", "2025-09-01", "2026-01-16"),
    ("2025-2026-2", "2026-03-02", "2026-07-03"),
)
_FAILED_IN: Final = 30
_OUTSIDE_IN: Final = 8
_LIST: Final = b64encode(b"signed list of a class, a digest")
_LOOKED_AT: Final = 2_000
"""Of each member's results, the first are enough to choose whom to tell about."""


@dataclass(slots=True)
class Drawn:
    """What the seed gave: learners by home, and results by who posts them."""

    homes: dict[str, str] = field(default_factory=dict)
    results: dict[str, list[Result]] = field(default_factory=dict)


class Sample:
    """The built-in source of the demo."""

    def __init__(self) -> None:
        """Draw everything."""
        self.clock = CalendarClock(BEGINS_AT)
        self._plan = read_plan()
        self._chance = random.Random(SEED)  # noqa: S311  # a sample, not a secret
        self._catalogue = offers(self._plan)
        self._outside = outside_offers(self._plan)
        self._current = {offer.code: offer for offer in self._catalogue}
        # The first course is published in a second version; awards name that one.
        first = self._catalogue[0]
        self._current[first.code] = replace(first, version=2)
        self.drawn = Drawn()
        for number in range(LEARNERS):
            self._draw(number)

    def play(self, consortium: Consortium) -> Story:
        """Post the whole sample."""
        admit_all(consortium, self._plan)
        publish_all(consortium, [*self._catalogue, *self._outside])
        for school in SCHOOLS:
            # A class signed for itself; provisional accounts could use nothing yet.
            by = mandate(_LIST, at=instant_of(consortium.clock.now()))
            openings = self._openings(consortium, school)
            consortium.desks[school].post_all(openings, by=by)
        for member, results in self.drawn.results.items():
            desk = consortium.desks[member]
            desk.post_all(award_content(result, desk.secret) for result in results)
        homes = self.drawn.homes
        events = play_incidents(consortium, self.drawn.results, homes=homes)
        exchanging = Exchanging(consortium, self.drawn.results, homes=homes)
        deals = exchanging.play()
        served = Services(consortium, exchanging.offices["NEV"])
        services = served.play(exchanging.declined)
        learner_id = self._richest()
        own = self.drawn.results[self.drawn.homes[learner_id]]
        result = next(one for one in own if one.learner_id == learner_id and one.passed)
        secret = consortium.desks[self.drawn.homes[learner_id]].secret
        return Story(
            title="A sample consortium over nine industry chains",
            source="built in; every organisation, person and number is invented",
            learner=learner_id,
            learner_about="the learner with results from most members",
            award=result.award_id(secret),
            events=tuple(events),
            deals=tuple(deals),
            services=tuple(services),
        )

    def _richest(self) -> str:
        """Return the learner with results from most members."""
        members = Counter(dict.fromkeys(self.drawn.homes, 0))
        for results in self.drawn.results.values():
            members.update({one.learner_id for one in results[:_LOOKED_AT]})
        return max(members, key=lambda learner_id: (members[learner_id], learner_id))

    def _openings(self, consortium: Consortium, school: str) -> Iterator[Content]:
        secret = consortium.desks[school].secret
        own = [one for one, home in self.drawn.homes.items() if home == school]
        for number, learner_id in enumerate(own):
            name = (
                _SURNAMES[number % 20] + _GIVEN[number * 7 % 20] + _GIVEN[number % 19]
            )
            disclosed = {"name": name, "student_number": f"{school}-{number:05d}"}
            yield account_content(
                learner_id, secret, mode="collective", disclosed=disclosed
            )

    def _draw(self, number: int) -> None:
        chance = self._chance
        learner_id = f"learner_{chance.getrandbits(128):032x}"
        school = SCHOOLS[number % len(SCHOOLS)]
        self.drawn.homes[learner_id] = school
        courses = [one for one in self._current.values() if one.member == school]
        for offer in chance.sample(courses, k=chance.randint(6, 7)):
            self._course(learner_id, offer)
        others = [one for one in self._current.values() if one.member not in SCHOOLS]
        for offer in chance.sample(others, k=chance.randint(2, 4)):
            self._once(learner_id, offer)
        if chance.randrange(_OUTSIDE_IN) == 0:
            self._attested(learner_id, school, offer=chance.choice(self._outside))

    def _course(self, learner_id: str, offer: Offer) -> None:
        chance = self._chance
        place = chance.randrange(len(_TERMS) - 1)
        if chance.randrange(_FAILED_IN) == 0:
            self._result(learner_id, offer, term=place, attempt="first", passed=False)
            self._result(
                learner_id, offer, term=place + 1, attempt="resit", passed=True
            )
        else:
            self._result(learner_id, offer, term=place, attempt="first", passed=True)

    def _once(self, learner_id: str, offer: Offer) -> None:
        place = self._chance.randrange(len(_TERMS))
        self._result(learner_id, offer, term=place, attempt=None, passed=True)

    def _result(
        self,
        learner_id: str,
        offer: Offer,
        *,
        term: int,
        attempt: str | None,
        passed: bool,
    ) -> None:
        code, start, end = _TERMS[term]
        public: dict[str, object] = {
            "credits": offer.credits if passed else "0",
            "learned_from": start,
            "learned_to": end,
            "assessed_on": end,
        }
        if attempt is not None:
            calendar = self._plan["operator"]["member_id"]
            public["attempt"] = attempt
            public["term"] = {"calendar": f"{calendar}/xiaoli", "code": code}
        if offer.level:
            public["level"] = offer.level_fields()
        score = self._chance.randint(60, 98) if passed else self._chance.randint(30, 59)
        self._add(
            offer.member,
            learner_id,
            offer=offer,
            public=public,
            disclosed={"score": str(score)},
            passed=passed,
        )

    def _attested(self, learner_id: str, school: str, *, offer: Offer) -> None:
        number = f"{offer.code}-{self._chance.randrange(10**9):09d}"
        public: dict[str, object] = {
            "credits": offer.credits,
            "assessed_on": "2025-06-15",
            "level": offer.level_fields(),
            "verification": {
                "method": "online_register",
                "source": "职业技能等级证书信息管理服务平台",
                "verified_on": "2025-09-10",
            },
        }
        disclosed = {"certificate": {"scheme": offer.scheme, "number": number}}
        self._add(
            school,
            learner_id,
            offer=offer,
            public=public,
            disclosed=disclosed,
            passed=True,
            basis="attested",
        )

    def _add(
        self, member: str, learner_id: str, *, offer: Offer, **fields: object
    ) -> None:
        own = self.drawn.results.setdefault(member, [])
        reference = f"{offer.code}-{len(own) + 1:06d}"
        own.append(
            Result(
                reference=reference,
                learner_id=learner_id,
                achievement=offer.ref,
                **fields,  # type: ignore[arg-type]  # the callers above name them
            )
        )
