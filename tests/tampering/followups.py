"""Harm that shows in what follows from it: overdrawn lots, no subject, no such form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger.integrity.declarations import declare
from ledger.integrity.keys import KeyUse
from tests.bank import OPERATOR, SCHOOL
from tests.histories import award_of
from tests.tampering.copies import Draft, draft_of
from tests.tampering.forged import awarded, new_id, statement, used_up
from tests.tampering.grounds import Ground, seeded_key
from tests.tampering.outcomes import Chance, Harm, Operator, at, within
from tests.tampering.sealed import body_of, payload_at, sign, singles


def _first_of(draft: Draft, type_name: str) -> dict[str, object]:
    said = (payload_at(draft, place) for place in singles(draft))
    return next(one for one in said if one["type"] == type_name)


def overdraw_a_lot(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Hold credits that are used up: the lot has less than nothing left."""
    draft = draft_of(ground)
    said = used_up(ground, chance) | {"id": new_id(chance)}
    position = draft.append(sign(ground.bank.keys[str(said["iss"])], said))
    return Harm(copy=draft.seal(), expected=at(position, "lot-unsound"))


def accept_nothing(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Accept, as the bank, an exchange that nobody asked for."""
    draft = draft_of(ground)
    honest = _first_of(draft, "exchange.accepted.v1")
    body = {**body_of(honest), "exchange_id": new_id(chance)}
    said = {**honest, "id": new_id(chance), "body": body}
    position = draft.append(sign(ground.bank.service, said))
    return Harm(copy=draft.seal(), expected=at(position, "no-subject"))


def hide_what_others_need(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Make a course unreadable that an exchange is decided by later."""
    draft = draft_of(ground)
    topics = [entry.topic for entry in ground.entries]
    position = topics.index("achievement.published.v1")
    draft.raw[position] = draft.raw[position].replace(
        b"\n", chance.choice((b" ", b"")), 1
    )
    asked = topics.index("exchange.requested.v1")
    expected = within(position, asked, "not-decidable")
    return Harm(copy=draft.seal(), expected=expected)


def borrow_a_key(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Register a key with a proof that is another's, or for another ledger."""
    bank = ground.bank
    theirs = seeded_key("theirs", SCHOOL, use=KeyUse.MEMBER)
    ours = seeded_key("mine", SCHOOL, use=KeyUse.MEMBER)
    declared = dict(declare(ours, audience=bank.ledger))
    if chance.randrange(2):
        proof = declare(theirs, audience=bank.ledger)["possession"]
    else:
        proof = declare(ours, audience="bank.example/other")["possession"]
    body = {"member_id": SCHOOL, "key": {**declared, "possession": proof}}
    said = statement(ground, SCHOOL, type_name="key.added", body=body)
    draft = draft_of(ground)
    position = draft.append(sign(bank.keys[SCHOOL], said | {"id": new_id(chance)}))
    return Harm(copy=draft.seal(), expected=at(position, "possession-not-proven"))


def misname_a_key(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Register a key under the id of another."""
    bank = ground.bank
    key, other = (
        seeded_key(name, SCHOOL, use=KeyUse.MEMBER) for name in ("mine", "yours")
    )
    declared = {**declare(key, audience=bank.ledger), "kid": other.kid}
    body = {"member_id": SCHOOL, "key": declared}
    said = statement(ground, SCHOOL, type_name="key.added", body=body)
    draft = draft_of(ground)
    position = draft.append(sign(bank.keys[SCHOOL], said | {"id": new_id(chance)}))
    return Harm(copy=draft.seal(), expected=at(position, "key-id-mismatch"))


def say_what_nobody_can(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take in a statement of a type, a version or a shape that does not exist."""
    honest = awarded(ground) | {"id": new_id(chance)}
    changes, code = chance.choice(
        (
            ({"type": "credit.invented.v1"}, "unknown-type"),
            ({"type": "credit.awarded.v9"}, "unknown-type-version"),
            ({"extra": True}, "invalid-statement"),
            ({"body": {"credits": "3"}}, "invalid-statement"),
        )
    )
    draft = draft_of(ground)
    key = ground.bank.keys[SCHOOL]
    position = draft.append(sign(key, {**honest, **changes}))
    return Harm(copy=draft.seal(), expected=at(position, code))


def name_a_person(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Take in free text with the number of a person, which can never be taken out."""
    body = {
        "award_id": award_of("two"),
        "credits": "0.5",
        "class": "corrected",
        "reason_code": "amount_corrected",
        "reason": "11010519491231002X",
    }
    said = statement(ground, SCHOOL, type_name="credit.revoked", body=body)
    draft = draft_of(ground)
    position = draft.append(
        sign(ground.bank.keys[SCHOOL], said | {"id": new_id(chance)})
    )
    return Harm(copy=draft.seal(), expected=at(position, "personal-data"))


def found_a_second_ledger(ground: Ground, _: Ground, *, chance: Chance) -> Harm:
    """Admit, in the midst of a ledger, somebody who founds another."""
    draft = draft_of(ground)
    said = payload_at(draft, 0) | {"id": new_id(chance), "aud": ground.bank.ledger}
    position = draft.append(sign(ground.bank.keys[OPERATOR], said))
    return Harm(
        copy=draft.seal(),
        expected=at(position, "not-allowed", "possession-not-proven"),
    )


_ALL: Final = (
    overdraw_a_lot,
    accept_nothing,
    hide_what_others_need,
    borrow_a_key,
    misname_a_key,
    say_what_nobody_can,
    name_a_person,
    found_a_second_ledger,
)
FOLLOWUPS: Final[Mapping[str, Operator]] = MappingProxyType(
    {one.__name__.replace("_", "-"): one for one in _ALL}
)
