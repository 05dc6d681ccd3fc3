"""Refusals about programmes and enrolments."""

from typing import Final

from ledger.domain.errors import accounts, catalogue
from ledger.domain.errors import programmes as errors
from tests.builders import (
    LEARNER,
    OTHER,
    STRANGER,
    Body,
)
from tests.scenario.agreements import (
    ENROLMENT,
    WEST,
    enrolment,
    ground,
    number,
    programme,
    requirement,
)
from tests.scenario.cases import CLOSED, say
from tests.scenario.lives import case_at


def change(**changes: object) -> Body:
    """Return the body of a change to the enrolment."""
    return {"enrolment_id": ENROLMENT, **changes}


def end(**changes: object) -> Body:
    """Return the body that ends the enrolment."""
    body = {"enrolment_id": ENROLMENT, "outcome": "graduated"}
    return {**body, "ended_on": "2026-08-31", **changes}


SECOND: Final = programme(version=2)
LIMIT: Final = {"code": "many", "at_most": "2"}
HALF: Final = {"numerator": 1, "denominator": 2}
NOWHERE: Final = {"calendar": f"{OTHER}/none", "unit": "term"}
RETIRED: Final = say(
    OTHER, "programme.retired", body={"programme": f"{OTHER}/WELDER@1"}
)
ENDED: Final = say(OTHER, "enrolment.ended", body=end())
AGAIN: Final = enrolment(enrolment_id=number(9))


def published(**changes: object) -> tuple[str, str, Body]:
    """Return the publication of the programme's second version."""
    return say(OTHER, "programme.published", body={**SECOND, **changes})


PROGRAMMES = [
    case_at(
        ground,
        catalogue.VersionNotNextError,
        pointer="/body/version",
        when=say(OTHER, "programme.published", body=programme()),
    ),
    case_at(
        ground,
        errors.RequirementRepeatedError,
        pointer="/body/requirements",
        when=published(requirements=[requirement(), requirement()], credits="1"),
    ),
    case_at(
        ground,
        errors.RequirementRepeatedError,
        pointer="/body/minima",
        when=published(minima=[{"code": "m", "credits": "1"}] * 2),
    ),
    case_at(
        ground,
        errors.RequirementRepeatedError,
        pointer="/body/limits/1/code",
        when=published(limits=[LIMIT, LIMIT]),
    ),
    *(
        case_at(
            ground,
            errors.LimitShapeError,
            pointer=f"/body/limits/0/{field}",
            when=published(limits=[{"code": "many", **limit}]),
        )
        for field, limit in (
            ("at_most", {}),
            ("share_of", {"share": HALF}),
            ("share_of", {"share_of": "programme_credits", "at_most": "1"}),
            (
                "at_most",
                {"share": HALF, "share_of": "programme_credits", "at_most": "1"},
            ),
        )
    ),
    case_at(
        ground,
        catalogue.UnknownCalendarError,
        pointer="/body/limits/0/period/calendar",
        when=published(limits=[{**LIMIT, "period": NOWHERE}]),
    ),
    case_at(
        ground,
        errors.ProgrammeCreditsError,
        pointer="/body/requirements",
        when=published(requirements=[requirement()]),
    ),
    *(
        case_at(
            ground,
            errors.ProgrammeCreditsError,
            pointer=f"/body/{field}",
            when=published(**{field: "10.001"}),
        )
        for field in ("home_at_least", "last_at_home")
    ),
    case_at(
        ground,
        errors.ProgrammeCreditsError,
        pointer="/body/minima/0/credits",
        when=published(minima=[{"code": "m", "credits": "11"}]),
    ),
    case_at(
        ground,
        errors.UnknownProgrammeError,
        pointer="/body/programme",
        when=say(OTHER, "programme.retired", body={"programme": f"{OTHER}/WELDER@2"}),
    ),
    case_at(
        ground,
        errors.ProgrammeRetiredError,
        pointer="/body/programme",
        given=(RETIRED,),
        when=RETIRED,
    ),
    case_at(
        ground,
        errors.ProgrammeRetiredError,
        pointer="/body/programme",
        given=(RETIRED,),
        when=say(OTHER, "enrolment.opened", body=AGAIN),
    ),
    case_at(
        ground,
        catalogue.NotTheOwnerError,
        pointer="/body/programme",
        when=say(WEST, "programme.retired", body=RETIRED[2]),
    ),
    case_at(
        ground,
        catalogue.NotTheOwnerError,
        pointer="/body/programme",
        when=say(WEST, "enrolment.opened", body=AGAIN),
    ),
]

ENROLMENTS = [
    case_at(
        ground,
        errors.UnknownProgrammeError,
        pointer="/body/programme",
        when=say(
            OTHER, "enrolment.opened", body={**AGAIN, "programme": f"{OTHER}/NONE@1"}
        ),
    ),
    case_at(
        ground,
        errors.EnrolmentExistsError,
        pointer="/body/enrolment_id",
        when=say(OTHER, "enrolment.opened", body=enrolment()),
    ),
    case_at(
        ground,
        errors.EnrolmentDatesError,
        pointer="/body/started_on",
        when=say(OTHER, "enrolment.opened", body={**AGAIN, "started_on": "2026-09-02"}),
    ),
    case_at(
        ground,
        accounts.UnknownAccountError,
        pointer="/body/learner_id",
        when=say(OTHER, "enrolment.opened", body={**AGAIN, "learner_id": STRANGER}),
    ),
    case_at(
        ground,
        accounts.AccountClosedError,
        pointer="/body/learner_id",
        given=(CLOSED,),
        when=say(OTHER, "enrolment.opened", body={**AGAIN, "learner_id": LEARNER}),
    ),
    case_at(
        ground,
        errors.UnknownEnrolmentError,
        pointer="/body/enrolment_id",
        when=say(OTHER, "enrolment.changed", body=change(enrolment_id=number(9))),
    ),
    case_at(
        ground,
        errors.NotTheSchoolError,
        pointer="/body/enrolment_id",
        when=say(WEST, "enrolment.ended", body=end()),
    ),
    case_at(
        ground,
        errors.EnrolmentEndedError,
        pointer="/body/enrolment_id",
        given=(ENDED,),
        when=ENDED,
    ),
    *(
        case_at(
            ground,
            errors.EnrolmentDatesError,
            pointer="/body/ended_on",
            when=say(OTHER, "enrolment.ended", body=end(ended_on=day)),
        )
        for day in ("2025-08-31", "2026-09-02")
    ),
    case_at(
        ground,
        errors.NothingToChangeError,
        pointer="/body",
        when=say(OTHER, "enrolment.changed", body=change(cohort="2025")),
    ),
    case_at(
        ground,
        errors.UnknownProgrammeError,
        pointer="/body/programme",
        when=say(
            OTHER, "enrolment.changed", body=change(programme=f"{OTHER}/WELDER@2")
        ),
    ),
]
