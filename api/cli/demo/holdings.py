"""Which learner holds which result: what can be brought to an exchange."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from api.cli.demo.consortium import Consortium
from api.cli.demo.office import Found
from client.results import Result, award_content

Way = tuple[str | None, ...]
"""One result for each component of a rule, by achievement code; None for no result."""

_CHARGING: Final = (("LD-EV5", "2", "5"), ("LD-EV4", "4", "4"))
CHARGED: Final = 8
COURSE: Final = "DAT-101"
SCORES: Final = ("92", "71", "70", "88", "79", "85", "74", "90", "77", "81", "69")
"""Of the course; all but the last reach the 70 that its rule asks."""


class Holdings:
    """The passed results of all learners by achievement code; each is used once."""

    def __init__(self, results: Mapping[str, Sequence[Result]]) -> None:
        """Take the drawn results over."""
        self._held: dict[str, dict[str, tuple[str, Result]]] = {}
        self._used: set[tuple[str, str]] = set()
        for member, own in results.items():
            self._keep(member, own)

    def _keep(self, member: str, results: Iterable[Result]) -> None:
        for one in results:
            code = one.achievement.partition("/")[2].partition("@")[0]
            if one.passed:
                self._held.setdefault(one.learner_id, {}).setdefault(
                    code, (member, one)
                )

    def add(
        self, consortium: Consortium, member: str, *, results: Sequence[Result]
    ) -> None:
        """Post further results of a member, and keep them."""
        desk = consortium.desks[member]
        desk.post_all(award_content(one, desk.secret) for one in results)
        self._keep(member, results)

    def find(self, learner_id: str, way: Way) -> list[Found]:
        """Return the results that a way needs; none if one is missing or was used."""
        held = self._held.get(learner_id, {})
        found = []
        for number, code in enumerate(way):
            if code is None:
                continue
            if code not in held or (learner_id, code) in self._used:
                return []
            found.append((number, *held[code]))
        return found

    def use(self, learner_id: str, way: Way) -> None:
        """Note that a way was gone."""
        self._used.update((learner_id, code) for code in way if code is not None)

    def first_of(self, learner_id: str, codes: Iterable[str]) -> tuple[str, Result]:
        """Return the first of these that a learner holds; everybody holds one."""
        held = self._held[learner_id]
        return next(held[code] for code in codes if code in held)


def further_results(learners: Sequence[str]) -> Iterator[tuple[str, list[Result]]]:
    """Yield what two more members awarded to learners of another school.

    Certificates of two levels, and a course with scores around its rule's minimum.
    """
    certificates = [
        Result(
            reference=f"{code}-{number:03d}",
            learner_id=learner_id,
            achievement=f"lvdian/{code}@1",
            public={
                "credits": amount,
                "assessed_on": f"202{10 - int(level)}-06-20",
                "level": {"framework": "skill-level", "code": level},
            },
        )
        for code, amount, level in _CHARGING
        for number, learner_id in enumerate(learners[:CHARGED])
    ]
    yield "lvdian", certificates
    visitors = learners[CHARGED : CHARGED + len(SCORES)]
    courses = [
        Result(
            reference=f"VISIT-{number:03d}",
            learner_id=learner_id,
            achievement=f"baling/{COURSE}@1",
            public={"credits": "2", "assessed_on": "2026-06-26"},
            disclosed={"score": score},
        )
        for number, (learner_id, score) in enumerate(zip(visitors, SCORES, strict=True))
    ]
    yield "baling", courses
