"""What clients say: statements of many kinds, right ones, wrong ones, and batches.

Most are about the few awards that were made last, so that they meet one another.
"""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence

from ledger.domain.types import credits_text
from ledger.intake import receive_batch, receive_single
from ledger.integrity.declarations import declare
from ledger.integrity.disclosures import Disclosure
from ledger.integrity.keys import SigningKey
from tests.bank import SCHOOL, achievement, award, tag
from tests.exchanging import (
    AUTOMATIC,
    DESKS,
    OTHER,
    Earned,
    enrolment_of,
)
from tests.simulation.effects import (
    AddKey,
    Apply,
    Award,
    Cancel,
    Effect,
    Meant,
    Open,
    Publish,
    Redeem,
    Rename,
    Revoke,
    RevokeKey,
)
from tests.simulation.ground import LEARNERS, GroundBank
from tests.simulation.said import Said, made_award

WELD = f"{SCHOOL}/WELD-1@1"
Body = Mapping[str, object]
Keys = list[SigningKey]


class Clients:
    """Draws what is said next."""

    def __init__(self, bank: GroundBank, chance: random.Random) -> None:
        """Know what the ground left."""
        self._bank, self._chance = bank, chance
        self.said: list[Said] = []
        self._lots = [made_award(f"old-{number}") for number in range(4)]
        self._amounts = dict.fromkeys(self._lots, 3000)
        self._scored: list[Earned] = []
        self._owners: dict[str, str] = {}
        self._cases: list[str] = [str(uuid.UUID(int=7, version=4))]
        self._learners, self._achievements = [*LEARNERS], [WELD, WELD]
        self._further: Keys = []

    def say(self) -> Said:
        """Return something new."""
        kinds: tuple[tuple[Callable[[], Said], int], ...] = (
            (self._award, 6),
            (self._scored_award, 4),
            (self._batch, 3),
            (self._revoke, 4),
            (self._apply, 5),
            (self._cancel, 2),
            (self._redeem, 3),
            (self._open, 2),
            (self._publish, 1),
            (self._key, 2),
            (self._rename, 1),
            (self._same_name, 2),
        )
        draws, weights = zip(*kinds, strict=True)
        (draw,) = self._chance.choices(draws, weights)
        said: Said = draw()
        self.said.append(said)
        return said

    def _award_body(self) -> tuple[Body, Award]:
        number = self._bank.next_number()
        reference = f"new-{number if self._chance.random() < 0.9 else 0}"
        amount = self._chance.choice((500, 1000, 3000))
        passed = self._chance.random() < 0.9
        effect = Award(
            award_id=made_award(reference),
            learner=self._chance.choice(self._learners[-4:]),
            issuer=SCHOOL,
            achievement=self._chance.choice(self._achievements[-3:]),
            amount=amount,
            passed=passed,
        )
        body = award(
            reference,
            learner_id=effect.learner,
            achievement=effect.achievement,
            credits=credits_text(amount),
            passed=passed,
        )
        if effect.achievement == WELD and effect.learner in LEARNERS:
            self._lots.append(effect.award_id)
            self._amounts[effect.award_id] = amount
        return body, effect

    def _award(self) -> Said:
        body, effect = self._award_body()
        return self._single(SCHOOL, "credit.awarded.v1", body=body, effect=effect)

    def _scored_award(self) -> Said:
        reference = f"scored-{self._bank.next_number()}"
        learner = self._chance.choice(LEARNERS)
        statement, earned = self._bank.awarding(reference, learner_id=learner)
        effect = Award(
            award_id=earned.award_id,
            learner=learner,
            issuer=SCHOOL,
            achievement=WELD,
            amount=3000,
        )
        self._scored.append(earned)
        self._lots.append(earned.award_id)
        self._amounts[earned.award_id] = 3000
        self._owners[earned.award_id] = learner
        return self._sealed(statement, "scored", effect=effect, shown=(earned.shown,))

    def _batch(self) -> Said:
        drawn = [self._award_body() for _ in range(self._chance.randint(1, 5))]
        lines = [
            self._bank.statement(SCHOOL, "credit.awarded.v1", body=body)
            for body, _ in drawn
        ]
        raw = self._bank.batch_bytes(SCHOOL, lines)
        batch = receive_batch(raw, find_key=self._bank.keyring.get, tagger=tag)
        payload = batch.payload
        names = [(payload.iss, payload.id)]
        names += [(SCHOOL, str(line["id"])) for line in lines]
        meant = Meant(
            number=self._bank.next_number(),
            names=tuple(names),
            kid=batch.header.kid,
            iat=payload.iat,
            exp=payload.exp,
            effects=tuple(effect for _, effect in drawn),
            in_batch=True,
        )
        entries = (batch.header.raw, *(one.member_bytes for one in batch.drafts))
        return Said(words="batch", meant=meant, submission=batch, entries=entries)

    def _revoke(self) -> Said:
        lot = self._chance.choice(self._lots[-5:])
        amount = self._chance.choice((1000, self._amounts[lot]))
        body = {
            "award_id": lot,
            "credits": credits_text(amount),
            "class": "corrected",
            "reason_code": "amount_corrected",
        }
        effect = Revoke(award_id=lot, amount=amount)
        return self._single(SCHOOL, "credit.revoked.v1", body=body, effect=effect)

    def _apply(self) -> Said:
        if not self._scored:
            return self._scored_award()
        earned = self._chance.choice(self._scored[-3:])
        desks = self._chance.random() < 0.5
        body = self._bank.application(
            earned,
            rule=DESKS if desks else AUTOMATIC,
            learner_id=self._owners[earned.award_id],
        )
        case = str(body["exchange_id"])
        self._cases += [case] if desks else []
        effect = Apply(
            case=case, award_id=earned.award_id, elsewhere=OTHER, desks=desks
        )
        statement = self._bank.statement(
            OTHER, "exchange.requested.v1", body=body, mandate=self._bank.mandate()
        )
        return self._sealed(statement, "apply", effect=effect, shown=(earned.shown,))

    def _cancel(self) -> Said:
        case = self._chance.choice(self._cases[-2:])
        body = {"exchange_id": case, "reason_code": "at_own_request"}
        effect = Cancel(case=case)
        return self._single(OTHER, "exchange.cancelled.v1", body=body, effect=effect)

    def _redeem(self) -> Said:
        lot = self._chance.choice(self._lots[-5:])
        learner = self._learner_of(lot)
        body = {
            "redemption_id": str(uuid.UUID(int=self._bank.next_number(), version=4)),
            "enrolment_id": enrolment_of(learner),
            "requirement": "WELD",
            "lots": [{"award_id": lot, "credits": credits_text(self._amounts[lot])}],
        }
        effect = Redeem(award_id=lot, learner=learner, amount=self._amounts[lot])
        return self._single(OTHER, "credit.redeemed.v1", body=body, effect=effect)

    def _learner_of(self, lot: str) -> str:
        for said in self.said:
            for effect in said.meant.effects:
                if isinstance(effect, Award) and effect.award_id == lot:
                    return effect.learner
        return LEARNERS[0]

    def _open(self) -> Said:
        learner = f"learner_{self._bank.next_number():032x}"
        self._learners.append(learner)
        body = {"learner_id": learner, "mode": "self"}
        effect = Open(learner=learner)
        return self._single(SCHOOL, "account.opened.v1", body=body, effect=effect)

    def _publish(self) -> Said:
        code = f"C-{self._bank.next_number()}"
        name = f"{SCHOOL}/{code}@1"
        self._achievements.append(name)
        body, effect = achievement(code=code), Publish(achievement=name)
        return self._single(
            SCHOOL, "achievement.published.v1", body=body, effect=effect
        )

    def _key(self) -> Said:
        if self._further and self._chance.random() < 0.6:
            key = self._chance.choice(self._further)
            body: Body = {
                "member_id": SCHOOL,
                "kid": key.kid,
                "reason_code": "rotated",
            }
            effect = RevokeKey(kid=key.kid)
            return self._single(SCHOOL, "key.revoked.v1", body=body, effect=effect)
        key = self._bank.another_key(SCHOOL, f"key-{self._bank.next_number()}")
        self._further.append(key)
        body = {
            "member_id": SCHOOL,
            "key": declare(key, audience=self._bank.ledger),
        }
        return self._single(
            SCHOOL, "key.added.v1", body=body, effect=AddKey(kid=key.kid)
        )

    def _rename(self) -> Said:
        body = {"member_id": OTHER, "name": f"南方学院{self._bank.next_number()}"}
        return self._single("operator", "member.renamed.v1", body=body, effect=Rename())

    def _same_name(self) -> Said:
        """Other bytes under an id that was used, or will be."""
        others = [one for one in self.said if one.meant.names[0][0] == SCHOOL]
        body, effect = self._award_body()
        more: dict[str, object] = {}
        if others:
            more["id"] = self._chance.choice(others).meant.names[0][1]
        return self._single(
            SCHOOL, "credit.awarded.v1", body=body, effect=effect, **more
        )

    def _single(
        self, iss: str, type_name: str, *, body: Body, effect: Effect, **more: object
    ) -> Said:
        if type_name in {"account.opened.v1", "credit.redeemed.v1"}:
            more["mandate"] = self._bank.mandate()
        statement = self._bank.statement(iss, type_name, body=body, **more)
        words = type_name.removesuffix(".v1")
        return self._sealed(statement, words, effect=effect)

    def _sealed(
        self,
        statement: Mapping[str, object],
        words: str,
        *,
        effect: Effect,
        shown: Sequence[Disclosure] = (),
    ) -> Said:
        key = self._bank.keys[str(statement["iss"])]
        if (
            key.member_id == SCHOOL
            and self._further
            and not isinstance(effect, RevokeKey)
        ):
            key = self._chance.choice((key, self._further[-1]))
        raw = self._bank.sign(statement, key=key, disclosures=shown)
        draft = receive_single(raw, find_key=self._bank.keyring.get, tagger=tag)
        meant = Meant(
            number=self._bank.next_number(),
            names=((draft.statement.iss, draft.statement.id),),
            kid=draft.kid,
            iat=draft.statement.iat,
            exp=draft.statement.exp,
            effects=(effect,),
        )
        return Said(
            words=words,
            meant=meant,
            submission=draft,
            entries=(draft.member_bytes,),
            disclosed=draft.disclosures,
        )
