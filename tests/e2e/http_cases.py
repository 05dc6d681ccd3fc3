"""A served bank where two colleges exchange: rules agreed, a learner with results."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from httpx2 import Response

from tests.bank import LEARNER, SCHOOL, achievement
from tests.consortium_cases import (
    agree,
    case,
    give,
    publish_ground,
    request_body,
)
from tests.consortium_names import COMMITTEE, OTHER, SECOND, mandate
from tests.e2e.http_bank import HttpBank, serving

DESK = {"staff": "d1", "role": "dean"}


def sewing(bank: HttpBank, name: str, **changes: object) -> str:
    """Award two credits of sewing at the other college, and return the award's id."""
    return give(bank, OTHER, reference=name, credits="2", **changes)


@contextmanager
def exchanging(folder: Path, url: str) -> Iterator[HttpBank]:
    """Serve it. The second learner's home is the other college."""
    with serving(folder, url) as bank:
        given = {"mandate": mandate(bank)}
        for member, kind in ((OTHER, "school"), (COMMITTEE, "committee")):
            bank.admit(member, kind=kind)
        body = achievement(code="SEW-1")
        bank.post(OTHER, "achievement.published.v1", body=body)
        opened = {"learner_id": SECOND, "mode": "self"}
        bank.post(OTHER, "account.opened.v1", body=opened, **given)
        publish_ground(bank)
        agree(bank)
        sewing(bank, "second", learner_id=SECOND)
        yield bank


def send(
    bank: HttpBank,
    type_name: str,
    *,
    body: Mapping[str, object],
    iss: str = SCHOOL,
    **changes: object,
) -> Response:
    """Sign a statement on the learner's mandate, and post it over HTTP."""
    more = {"mandate": mandate(bank), **changes}
    return bank.send(bank.sign(bank.statement(iss, type_name, body=body, **more)))


def apply(
    bank: HttpBank, number: int, *, rule: str, lots: Sequence[tuple[str, str]]
) -> Response:
    """Apply for a case over HTTP."""
    body = request_body(bank, number, rule=rule, lots=lots)
    return send(bank, "exchange.requested.v1", body=body)


def about_case(
    bank: HttpBank, name: str, *, number: int, iss: str = SCHOOL, **more: object
) -> Response:
    """Say something about a case at the dean's desk, over HTTP."""
    body = {"exchange_id": case(number), **more}
    return send(bank, f"exchange.{name}.v1", body=body, iss=iss, actor=DESK)


def path_of(name: str, learner_id: str = LEARNER) -> str:
    """Return where a learner's list is."""
    return f"/v1/learners/{learner_id}/{name}"
