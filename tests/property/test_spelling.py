"""A statement read off its spelling is the one that its own checks would return."""

import copy
from typing import Any, Final, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.domain.errors import RejectionError
from ledger.domain.statements import BY_NAME, read_statement, recognise
from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.statements.spelling import Spelling
from ledger.domain.types import Code
from ledger.integrity import canonical
from ledger.integrity.errors import IntegrityError
from tests.bank import LEARNER, ORIGIN, SCHOOL, reference_tag

INSTANT: Final = "2026-09-01T08:00:00.000Z"
UUID: Final = "50a201bc-0939-474f-b0af-a7faa65f1b30"
MANDATE: Final = {
    "by": "collective",
    "method": "paper",
    "proof": "o" * 43,
    "notice_version": "2026-1",
    "at": INSTANT,
}
AWARD: Final = {
    "learner_id": LEARNER,
    "achievement": f"{SCHOOL}/WELD-1@1",
    "basis": "issued",
    "credits": "3",
    "assessed_on": "2026-06-30",
    "passed": True,
    "reference_tag": reference_tag("1"),
}
AWARD_ID: Final = "award_50a201bc-0939-574f-b0af-a7faa65f1b30"
PART: Final[dict[str, object]] = {"award_id": AWARD_ID, "credits": "3"}
REQUEST: Final[dict[str, object]] = {
    "exchange_id": UUID,
    "learner_id": LEARNER,
    "enrolment_id": UUID,
    "rule": f"{SCHOOL}/WELD@1",
    "rule_digest": "o" * 43,
    "lots": [{**PART, "component": 0}, {**PART, "component": 12}],
    "predicates": [
        {"award_id": AWARD_ID, "name": "score", "at_least": "60"},
        {"award_id": AWARD_ID, "name": "grade", "at_least": "B", "scale": "100"},
    ],
    "vouched": [{"code": "hours", "value": "12.5"}],
}
ACCEPTANCE: Final[dict[str, object]] = {
    "exchange_id": UUID,
    "learner_id": LEARNER,
    "member": SCHOOL,
    "effect": "consume",
    "used": [PART],
    "created": [
        {
            "lot_id": AWARD_ID,
            "outcome": "course_credit",
            "credits": "3",
            "requirement": {"programme": f"{SCHOOL}/WELDER", "code": "W"},
            "supplement_due_on": "2026-09-30",
        }
    ],
    "superseded": [],
}
BODIES: Final[dict[str, dict[str, object]]] = {
    "credit.redeemed.v1": {
        "redemption_id": UUID,
        "enrolment_id": UUID,
        "requirement": "W",
        "lots": [PART, PART],
    },
    "exchange.accepted.v1": ACCEPTANCE,
    "exchange.requested.v1": REQUEST,
    "credit.awarded.v1": AWARD,
    "account.opened.v1": {"learner_id": LEARNER, "mode": "collective"},
    "credit.revoked.v1": {
        "award_id": "award_50a201bc-0939-574f-b0af-a7faa65f1b30",
        "credits": "1.5",
        "class": "corrected",
        "reason_code": "amount_corrected",
    },
}
MORE: Final[dict[str, object]] = {
    "_sd": ["A" * 43, "B" * 42 + "E"],
    "attempt": "resit",
    "claim": UUID,
    "learned_from": "2026-03-01",
    "learned_to": "2026-06-01",
    "level": {"framework": "nqf", "code": "5"},
    "term": {"calendar": f"{SCHOOL}/cal", "code": "2026-1"},
    "valid_until": "2030-01-01",
    "revision": 7,
    "replaces": "award_50a201bc-0939-574f-b0af-a7faa65f1b30",
    "verification": {
        "method": "original_seen",
        "source": "the register",
        "verified_on": "2026-06-30",
    },
    "workload": {"unit": "hour", "value": "54"},
}
WORDS: Final = (
    st.sampled_from(
        ["", "a", "0", "3.1415", "2026-02-30", "初级", 'say "no"', "a\\b", "x" * 400]
    )
    | st.sampled_from([INSTANT, UUID, "B" * 43, "13912345678", "\x7f", "\n", "issued"])
    | st.text(max_size=12)
)
VALUES: Final = (
    WORDS
    | st.integers(-3, 2**53)
    | st.booleans()
    | st.none()
    | st.lists(WORDS, max_size=3)
    | st.sampled_from([{}, MANDATE, MORE["level"], MORE["workload"], ["A" * 43]])
)


def statement(type_name: str, body: dict[str, object]) -> dict[str, Any]:
    """Return a statement as JSON. Any: whatever a test puts into it."""
    return {
        "type": type_name,
        "id": UUID,
        "iss": SCHOOL,
        "aud": f"{ORIGIN}#{'a' * 43}",
        "iat": INSTANT,
        "exp": "2026-09-02T08:00:00.000Z",
        "actor": {"staff": "r7", "role": "registrar"},
        "body": body,
    }


PLAIN: Final = canonical.dumps(statement("credit.awarded.v1", AWARD))


def _objects(part: object) -> list[dict[str, Any]]:
    """Return the objects of a list, for a test to change. Any: as above."""
    parts = part if isinstance(part, list) else []
    return [one for one in parts if isinstance(one, dict)]


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """Return the canonical form of a statement with a few fields put in or changed."""
    name = draw(st.sampled_from(sorted(BODIES)))
    said = copy.deepcopy(statement(name, BODIES[name]))
    if draw(st.booleans()):
        said["mandate"] = dict(MANDATE)
    known = draw(st.sets(st.sampled_from(sorted(MORE)), max_size=4))
    if name == "credit.awarded.v1":
        said["body"].update({one: MORE[one] for one in known})
    for _ in range(draw(st.integers(0, 2))):
        listed = [one for part in said["body"].values() for one in _objects(part)]
        inside = draw(st.sampled_from([said, said["body"], said["actor"], *listed]))
        if isinstance(inside, dict):
            inside[draw(st.sampled_from(sorted({*inside, "more"})))] = draw(VALUES)
        if not isinstance(said["body"], dict) or not isinstance(said["actor"], dict):
            break
    return canonical.dumps(said)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """Return the bytes of a statement, some of which were lost, doubled or changed."""
    raw = draw(changed())
    at = draw(st.integers(0, len(raw)))
    lost = draw(st.integers(0, 3))
    put = draw(st.binary(max_size=2) | st.sampled_from([b" ", b'"', b",", b"\\u0061"]))
    return raw[:at] + put + raw[at + lost :]


def check(raw: bytes) -> bool:
    """Hold what is recognised against what the slow way reads, if anything is."""
    known = recognise(raw)
    if known is None:
        return False
    value = canonical.loads_canonical(raw)
    assert isinstance(value, dict)
    read = read_statement(raw, type_name=value["type"])
    for fast, slow in ((known.statement, read), (known.statement.body, read.body)):
        assert fast == slow
        assert repr(fast) == repr(slow)
        assert fast.model_fields_set == slow.model_fields_set
    assert known.body == canonical.dumps(value["body"])
    return True


@given(changed())
def test_what_is_recognised_is_what_is_read(raw: bytes) -> None:
    """The same value and the same bytes of its body, whatever stands in its fields."""
    check(raw)


@given(mangled())
@example(PLAIN + b"\n")
@example(PLAIN.replace(b",", b", "))
@example(PLAIN.replace(b'"r7"', b'"\\u00727"'))
def test_other_bytes_are_never_taken_for_it(raw: bytes) -> None:
    """A second spelling is left to the reader that refuses it."""
    try:
        canonical.loads_canonical(raw)
    except IntegrityError:
        assert recognise(raw) is None
    else:
        check(raw)


@pytest.mark.traced
@pytest.mark.parametrize("name", BODIES)
def test_plain_statements_are_recognised(name: str) -> None:
    """What comes in by the thousand takes the short way."""
    said = statement(name, BODIES[name]) | {"mandate": MANDATE}

    assert check(canonical.dumps(said))


@pytest.mark.traced
@pytest.mark.parametrize("field", MORE)
def test_every_field_of_an_award_is_recognised(field: str) -> None:
    """A field left out of the pattern would send its batches the long way."""
    body = {**AWARD, field: MORE[field]}

    assert check(canonical.dumps(statement("credit.awarded.v1", body)))


@pytest.mark.traced
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("credits", "03"),
        ("assessed_on", "2026-02-30"),
        ("revision", 1000),
        ("learner_id", "learner_" + "0" * 33),
        ("reference_tag", "B" * 43),
        ("basis", "given"),
        ("passed", None),
        ("more", "x"),
    ],
)
def test_a_wrong_field_is_left_to_the_checks_that_name_it(
    field: str, value: object
) -> None:
    """The short way knows no faults: the long way says which."""
    raw = canonical.dumps(statement("credit.awarded.v1", {**AWARD, field: value}))

    assert recognise(raw) is None
    with pytest.raises(RejectionError):
        read_statement(raw, type_name="credit.awarded.v1")


class Loose(Body):
    """A body that may be empty: no field tells where the commas are."""

    code: Code | None = None


class Pair(Body):
    """A body of a form that is not read off."""

    code: Code
    pair: tuple[str, str]


class LooselySaid(Statement):
    """A statement of such a body."""

    type: Literal["loose.v1"] = "loose.v1"
    body: Loose


class SaidInPairs(Statement):
    """Another one."""

    type: Literal["pairs.v1"] = "pairs.v1"
    body: Pair


@pytest.mark.traced
@pytest.mark.parametrize("kind", [LooselySaid, SaidInPairs])
def test_types_of_other_forms_have_no_spelling(kind: type[Statement]) -> None:
    """They are read by their own checks."""
    with pytest.raises(LookupError):
        Spelling(kind)


@pytest.mark.traced
def test_types_of_every_name_can_be_asked_for() -> None:
    """Those with forms of their own are read the long way, and unknown ones, too."""
    for name in (*BY_NAME, "credit.awarded.v2", ""):
        assert recognise(b'{"type":"%b"}' % name.encode()) is None
    assert recognise("初级".encode()) is None
