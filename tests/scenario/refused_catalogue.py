"""Refusals about frameworks, calendars and achievements."""

from ledger.domain.errors import awards, catalogue
from tests.builders import COMMITTEE, OPERATOR, OTHER, SCHOOL, achievement, award
from tests.scenario.cases import (
    AWARDED,
    DATED,
    ENDORSED,
    LEVEL,
    LEVELLED,
    LEVELS,
    RETIRED,
    YEAR,
    calendar,
    case,
    say,
)

CATALOGUE = [
    case(
        catalogue.VersionNotNextError,
        "/body/version",
        when=say(SCHOOL, "achievement.published", body=achievement()),
    ),
    case(
        catalogue.VersionNotNextError,
        "/body/version",
        given=(LEVELLED,),
        when=LEVELLED,
    ),
    case(
        catalogue.LevelRepeatedError,
        "/body/levels",
        when=say(
            OPERATOR,
            "framework.published",
            body={**LEVELS, "levels": [LEVEL, {"code": "4", "rank": 1, "name": "x"}]},
        ),
    ),
    case(
        catalogue.UnknownFrameworkError,
        "/body/level/framework",
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(level={"framework": "none", "code": "1"}),
        ),
    ),
    case(
        catalogue.UnknownLevelError,
        "/body/level/code",
        given=(LEVELLED,),
        when=say(
            SCHOOL,
            "achievement.published",
            body=achievement("B-1", level={"framework": "skill-level", "code": "9"}),
        ),
    ),
    case(
        catalogue.TermRepeatedError,
        "/body/years/1/terms/0/code",
        when=say(
            SCHOOL,
            "calendar.published",
            body=calendar(years=[YEAR, {**YEAR, "code": "Y2"}]),
        ),
    ),
    case(
        catalogue.TermRepeatedError,
        "/body/years/1/code",
        when=say(
            SCHOOL,
            "calendar.published",
            body=calendar(years=[YEAR, {**YEAR, "terms": []}]),
        ),
    ),
    case(
        awards.DateInFutureError,
        "/body/decided_on",
        when=say(
            COMMITTEE,
            "achievement.endorsed",
            body={"achievement": f"{SCHOOL}/WELD-1@1", "decided_on": "2026-09-02"},
        ),
    ),
    case(
        catalogue.UnknownCalendarError,
        "/body/term/calendar",
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(term={"calendar": f"{SCHOOL}/cal", "code": "T1"}),
        ),
    ),
    case(
        catalogue.UnknownTermError,
        "/body/term/code",
        given=(DATED,),
        when=say(
            SCHOOL,
            "credit.awarded",
            body=award(term={"calendar": f"{SCHOOL}/cal", "code": "T9"}),
        ),
    ),
    case(
        catalogue.AchievementEmptyError,
        "/body/credits",
        when=say(
            SCHOOL, "achievement.published", body=achievement("E-1", credits=None)
        ),
    ),
    case(
        catalogue.UnknownAchievementError,
        "/body/achievement",
        when=say(
            SCHOOL, "credit.awarded", body=award(achievement=f"{SCHOOL}/WELD-1@2")
        ),
    ),
    case(
        catalogue.UnknownAchievementError,
        "/body/achievement",
        when=say(
            COMMITTEE,
            "achievement.endorsed",
            body={"achievement": f"{SCHOOL}/WELD-1@2"},
        ),
    ),
    case(
        catalogue.AchievementRetiredError,
        "/body/achievement",
        given=(RETIRED,),
        when=AWARDED,
    ),
    case(
        catalogue.AchievementRetiredError,
        "/body/achievement",
        given=(RETIRED,),
        when=RETIRED,
    ),
    case(
        catalogue.NotTheOwnerError,
        "/body/achievement",
        when=(OTHER, RETIRED[1], RETIRED[2]),
    ),
    case(
        catalogue.AlreadyEndorsedError,
        "/body/achievement",
        given=(ENDORSED,),
        when=ENDORSED,
    ),
    case(
        awards.DateOrderError,
        "/body/years/0/ends_on",
        when=say(
            SCHOOL,
            "calendar.published",
            body=calendar(
                years=[
                    {"code": "Y", "starts_on": "2026-01-02", "ends_on": "2026-01-01"}
                ]
            ),
        ),
    ),
    case(
        awards.DateOrderError,
        "/body/years/0/terms/0/ends_on",
        when=say(
            SCHOOL,
            "calendar.published",
            body=calendar(
                years=[
                    {
                        "code": "Y",
                        "starts_on": "2026-01-01",
                        "ends_on": "2026-02-01",
                        "terms": [
                            {
                                "code": "T",
                                "starts_on": "2026-01-01",
                                "ends_on": "2026-03-01",
                            }
                        ],
                    }
                ]
            ),
        ),
    ),
]
