"""Lines of a list, by what they have otherwise than an award that is right."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st

from ledger.domain.rules.awards import award_id
from ledger.domain.types import instant_of
from tests.bank import LEARNER, SCHOOL, START, reference_tag
from tests.builders import MANDATE
from tests.property.listed_bank import (
    ABSORBED,
    ABSORBING,
    CLOSED,
    ID,
    LOST,
    OPENED,
    SCORE,
    UNKNOWN,
)
from tests.scenario.cases import VERIFIED

LINES: Final = 8
AT: Final = instant_of(START + timedelta(minutes=5))
DIGESTS: Final[Sequence[str]] = ["A" * 43, "b" * 42 + "A", "_" * 42 + "8", SCORE.digest]

Changes = Mapping[str, Any]
"""What a line has otherwise than an award that is right. Any: JSON."""

BODIES: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {},
        {"credits": "2"},
        {"credits": "3.001"},
        {"credits": "0", "passed": False},
        {"assessed_on": "2026-09-02"},
        {"basis": "attested"},
        {"achievement": f"{SCHOOL}/OLD-1@1"},
        {"achievement": f"{SCHOOL}/WELD-1@9"},
        {"achievement": f"{SCHOOL}/WELD-1@9", "revision": 1},
        {"revision": 1},
        {"claim": ID},
        {"learned_from": "2026-07-01"},
        {"workload": {"amount": "48", "unit": "hours"}},
    ]
)
LEARNERS: Final = st.sampled_from(
    [LEARNER, LEARNER, LEARNER, CLOSED, ABSORBED, ABSORBING, LOST, OPENED, UNKNOWN]
)
OWN: Final[st.SearchStrategy[Changes]] = st.fixed_dictionaries(
    {"learner_id": LEARNERS},
    optional={
        "reference_tag": st.sampled_from(["there", "one", "two"]).map(reference_tag),
        "_sd": st.lists(st.sampled_from(DIGESTS), max_size=3),
    },
)
ODD_OWN: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {"learner_id": "learner_" + "G" * 32},
        {"reference_tag": "*" * 43},
        {"reference_tag": "A" * 42},
        {"_sd": ["A" * 42]},
        {"_sd": ["A" * 43] * 33},
        {"learner_id": 'learner_","id":"' + "0" * 24},
        {"passed": 1},
        {"note": "x"},
    ]
)
ENVELOPES: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {},
        {},
        {"id": ID},
        {"id": "00000000-0000-4000-8000-00000000bbbb"},
        {"aud": "another.example/ledger"},
        {"exp": "2026-09-01T08:05:00.000Z"},
        {"exp": "2026-09-01T08:05:00.001Z"},
        {"exp": "2026-09-08T08:00:00.000Z"},
        {"exp": "2026-09-08T08:00:00.001Z"},
        {"iat": "2026-09-01T08:15:00.000Z"},
        {"iat": "2026-09-01T08:15:00.001Z"},
        {"mandate": MANDATE},
    ]
)
ODD_ENVELOPES: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [
        {},
        {},
        {"id": "00000000-0000-4000-8000-00000000BBBB"},
        {"iss": "operator"},
        {"exp": "2026-09-31T08:00:00.000Z"},
        {"iat": "2026-02-30T08:00:00.000Z"},
        {"type": "credit.awarded.v9"},
    ]
)
OPENS: Final[Changes] = {
    "type": "account.opened.v1",
    "body": {"learner_id": OPENED, "mode": "collective"},
}
CLOSES: Final[Changes] = {
    "type": "account.closed.v1",
    "body": {"learner_id": LEARNER, "reason_code": "other"},
}
RETIRES: Final[Changes] = {
    "type": "achievement.retired.v1",
    "body": {"achievement": f"{SCHOOL}/WELD-1@1"},
}
TAKEN: Final = award_id(member_id=SCHOOL, reference_tag="A" * 43, revision=0)
"""Made by a line with that reference."""
TAKES: Final[Changes] = {
    "type": "credit.revoked.v1",
    "body": {
        "award_id": TAKEN,
        "credits": "1",
        "class": "corrected",
        "reason_code": "amount_corrected",
    },
}
REFERRED: Final[Changes] = {"body": {"reference_tag": "A" * 43}}
OTHERS: Final[st.SearchStrategy[Changes]] = st.sampled_from(
    [OPENS, CLOSES, RETIRES, TAKES, REFERRED]
)
ATTESTED: Final[Changes] = {
    "achievement": f"{SCHOOL}/X-1@1",
    "basis": "attested",
    "verification": {**VERIFIED, "source": "original"},
}
AWARD: Final[Changes] = {"body": {}}
ONCE: Final[Changes] = {"body": {}, "id": "00000000-0000-4000-8000-00000000bbbb"}
THERE: Final[Changes] = {"body": {"reference_tag": reference_tag("there")}}
MET: Final[Mapping[str, tuple[Sequence[Changes], int]]] = {
    "nothing odd": ([AWARD] * 3, 0),
    "an account that is opened before": ([OPENS, {"body": {"learner_id": OPENED}}], 0),
    "an account that is closed before": ([AWARD, CLOSES, AWARD], 1),
    "a version that is retired before": ([AWARD, RETIRES, AWARD], 1),
    "an id that is used": ([AWARD, {"body": {}, "id": ID}], 1),
    "an id that is used before": ([AWARD, ONCE, ONCE], 1),
    "no account": ([{"body": {"learner_id": UNKNOWN}}], 1),
    "an account that is closed": ([{"body": {"learner_id": CLOSED}}], 1),
    "an account that another answers for": ([{"body": {"learner_id": ABSORBED}}], 0),
    "an award that is there": (
        [{"body": {"reference_tag": reference_tag("there")}}],
        1,
    ),
    "a reference twice": ([{"body": {"reference_tag": "A" * 43}}] * 2, 1),
    "a learner twice": ([{"body": {"learner_id": ABSORBING}}] * 2, 0),
    "what takes of an award behind it": ([AWARD, REFERRED, TAKES, AWARD], 0),
    "what takes of an award before it": ([AWARD, TAKES, REFERRED], 1),
    "odd lines in between": (
        [AWARD, {"body": {"learner_id": ABSORBED}}, *[AWARD] * 4, CLOSES],
        0,
    ),
    "its end": ([AWARD, {"body": {}, "exp": AT}], 1),
    "another ledger": ([{"body": {}, "aud": "another.example/ledger"}] * 2, 2),
    "a revision of nothing": ([{"body": {"revision": 1}}] * 2, 2),
    "a claim that is none": ([{"body": {"claim": ID}}] * 2, 2),
    "a certificate that is not disclosed": ([{"body": ATTESTED}] * 2, 2),
    "a basis without evidence": ([{"body": {"basis": "attested"}}] * 2, 2),
}
"""What lines meet, and how many of them are refused for it."""


@st.composite
def awards(draw: st.DrawFn, *, odd: bool) -> Changes:
    """Draw an award that is like others, or like none."""
    body, said = {**draw(BODIES), **draw(OWN)}, draw(ENVELOPES)
    if odd:
        return {"body": {**body, **draw(ODD_OWN)}, **draw(ODD_ENVELOPES)}
    return {"body": body, **said}


LIKE: Final = st.builds(lambda own, said: {"body": own, **said}, OWN, ENVELOPES)
PLAIN: Final = awards(odd=False)
LISTS: Final = st.lists(
    st.one_of(LIKE, LIKE, LIKE, LIKE, PLAIN, OTHERS), max_size=LINES
)
USUAL: Final = st.lists(
    st.one_of(
        st.builds(
            lambda own, said: {"body": own, **said},
            st.fixed_dictionaries(
                {"learner_id": st.sampled_from([LEARNER, LEARNER, ABSORBING])},
                optional={
                    "reference_tag": st.sampled_from(["A" * 43, reference_tag("one")])
                },
            ),
            st.sampled_from([{}, {}, {}, {"exp": AT}, {"id": ONCE["id"]}]),
        ),
        st.sampled_from([TAKES, CLOSES, RETIRES]),
    ),
    max_size=LINES,
)
"""Lists in which nothing meets what is in the store: only one another."""
AROUND: Final = st.lists(
    st.sampled_from([AWARD, ONCE, REFERRED, TAKES, OPENS, CLOSES, RETIRES]), max_size=3
)
"""What is said by itself before a list, and again behind it."""
ODD_LISTS: Final = st.lists(
    st.one_of(LIKE, PLAIN, awards(odd=True), OTHERS), max_size=LINES
)
