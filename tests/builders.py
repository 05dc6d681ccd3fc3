"""A ledger of rules only: acts are decided and evolved, nothing is signed or stored."""

import hashlib
import itertools
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import orjson

from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.moving import moved_by
from ledger.domain.postings import postings
from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import award_id
from ledger.domain.rules.dates import date_in
from ledger.domain.state import LotRecord, Slice
from ledger.domain.statements import read_statement
from ledger.domain.statements.envelope import Statement
from ledger.domain.types import instant_of, moment_of

ORIGIN = "bank.example/rules"
LEDGER = f"{ORIGIN}#{'h' * 43}"
OPERATOR = "operator"
SCHOOL = "north-college"
OTHER = "south-college"
COMMITTEE = "committee"
TIME_ZONE = "Asia/Shanghai"
AT = "2026-09-01T08:00:00.000Z"
TODAY = "2026-09-01"
LEARNER = "learner_" + "1" * 32
SECOND = "learner_" + "2" * 32
STRANGER = "learner_" + "9" * 32

ACTOR = {"staff": "r7", "role": "registrar"}

Body = Mapping[str, object]

MANDATE = {
    "by": "learner",
    "method": "paper",
    "proof": "o" * 43,
    "notice_version": "2026-1",
    "at": AT,
}


def kid(member: str, name: str = "a") -> str:
    """Return a key id of a member; rules never look at the key itself."""
    letters = f"{member}-{name}-".ljust(43, "k")[:43]
    return f"{member}#{letters}"


def declared(
    member: str, name: str = "a", *, use: str = "member", **changes: object
) -> dict[str, object]:
    """Return a declared key."""
    return {
        "kid": kid(member, name),
        "use": use,
        "alg": "EdDSA",
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "x" * 43},
        "possession": "proof",
        **changes,
    }


def admitted(member: str, kind: str = "school", **changes: object) -> Body:
    """Return the body of an admission."""
    body = {"member_id": member, "kind": kind, "name": member, "key": declared(member)}
    return {**body, **changes}


def founding(**changes: object) -> Body:
    """Return the body of entry 0."""
    declares = {
        "origin": ORIGIN,
        "nonce": "n" * 22,
        "service_key": declared(OPERATOR, "s", use="service"),
        "checkpoint_key": declared(OPERATOR, "c", use="checkpoint"),
        "time_zone": TIME_ZONE,
    }
    return admitted(OPERATOR, "operator", founding={**declares, **changes})


def achievement(code: str = "WELD-1", **changes: object) -> Body:
    """Return the body of a course of three credits."""
    body = {"code": code, "version": 1, "title": "焊接基础", "kind": "course"}
    return {**body, "credits": "3", **changes}


def digest(body: Body) -> str:
    """Return what stands for a body's hash: the same for the same fields."""
    text = repr(sorted(body.items())).encode()
    return hashlib.sha256(text).hexdigest()[:42] + "A"


def reference(name: str) -> str:
    """Return a reference tag."""
    return name.ljust(43, "o")[:43]


def award(name: str = "one", **changes: object) -> Body:
    """Return the body of an award of three credits."""
    body = {
        "learner_id": LEARNER,
        "achievement": f"{SCHOOL}/WELD-1@1",
        "basis": "issued",
        "credits": "3",
        "assessed_on": "2026-06-30",
        "passed": True,
        "reference_tag": reference(name),
    }
    return {**body, **changes}


def award_of(name: str = "one", revision: int = 0, *, member: str = SCHOOL) -> str:
    """Return the id of an award."""
    return award_id(member_id=member, reference_tag=reference(name), revision=revision)


def revocation(name: str = "one", amount: str = "3", **changes: object) -> Body:
    """Return the body of a revocation."""
    body = {
        "award_id": award_of(name),
        "credits": amount,
        "class": "withdrawn",
        "reason_code": "recorded_in_error",
    }
    return {**body, **changes}


class Ledger:
    """Decides and evolves acts over everything that was said so far."""

    def __init__(self) -> None:
        """Stand before entry 0."""
        self.state = Slice(complete=True)
        self.position = 0
        self.accounts: Counter[str] = Counter()
        self.lots: set[str] = set()
        self.said: list[Act[Statement]] = []
        self._ids = itertools.count(1)

    def act(
        self,
        iss: str,
        type_name: str,
        *,
        body: Body,
        **more: object,
    ) -> Act[Statement]:
        """Return an act at the end of the log.

        ``more`` may say ``at``, ``key``, ``tags``, ``shown`` and ``body_hash``, or
        change the envelope.
        """
        at, key = str(more.pop("at", AT)), str(more.pop("key", kid(iss)))
        tags = more.pop("tags", ())
        body_hash = str(more.pop("body_hash", digest(body)))
        shown = more.pop("shown", None)
        assert isinstance(tags, tuple)
        assert shown is None or isinstance(shown, dict)
        identity = str(uuid.UUID(int=next(self._ids), version=4))
        envelope = {"id": identity, "iss": iss, "iat": at, "exp": _next_day(at)}
        said = {"type": type_name, "aud": LEDGER, "actor": ACTOR, "body": body}
        payload = orjson.dumps({**envelope, **said, **more})
        return Act(
            statement=read_statement(payload, type_name=type_name),
            kid=key,
            payload_hash=identity.ljust(43, "h") if self.position else "h" * 43,
            body_hash=body_hash,
            position=self.position,
            recorded_at=at,
            recorded_on=date_in(TIME_ZONE, at),
            tags=tags,
            shown=shown,
        )

    def say(self, iss: str, type_name: str, *, body: Body, **more: object) -> None:
        """Decide and evolve one act."""
        self.apply(self.act(iss, type_name, body=body, **more))

    def apply(self, act: Act[Statement]) -> None:
        """Decide and evolve an act, and check every invariant."""
        known = dict(self.state.known)
        try:
            rules.decide(act, self.state)
        except RejectionError:
            assert self.state.known == known
            raise
        changes = rules.evolve(act, self.state)
        self._post(act)
        self.state.put(changes)
        self.lots |= {one.award_id for one in changes if isinstance(one, LotRecord)}
        self.position += 1
        self.said.append(act)
        self.check_log()

    def _post(self, act: Act[Statement]) -> None:
        for one in postings(act.statement, moved_by(act, self.state)[0]):
            self.accounts[one.account] += one.amount_milli

    def lot(self, identity: str) -> LotRecord:
        """Return a lot that must be there."""
        lot = self.state.find(LotRecord, identity)
        assert lot is not None
        return lot

    def check_log(self) -> None:
        """Require that lots add up, postings balance, and both agree."""
        assert sum(self.accounts.values()) == 0
        available: Counter[str] = Counter()
        for identity in self.lots:
            lot = self.lot(identity)
            parts = (
                lot.available_milli,
                lot.held_milli,
                lot.exchanged_milli,
                lot.redeemed_milli,
                lot.expired_milli,
                lot.revoked_milli,
            )
            assert min(parts) >= 0
            assert sum(parts) == lot.awarded_milli
            available[f"available:{lot.learner_id}:{lot.issuer}"] += parts[0]
        for account, amount in available.items():
            assert self.accounts[account] == amount


def _next_day(at: str) -> str:
    return instant_of(moment_of(at) + timedelta(days=1))


def founded() -> Ledger:
    """Return a ledger with its operator alone."""
    ledger = Ledger()
    ledger.say(OPERATOR, "member.admitted.v1", body=founding(), aud=ORIGIN)
    return ledger


def opened(mode: str = "collective") -> Ledger:
    """Return a ledger with members, an achievement and two accounts."""
    ledger = founded()
    for member, kind in ((SCHOOL, "school"), (OTHER, "school"), (COMMITTEE, COMMITTEE)):
        ledger.say(OPERATOR, "member.admitted.v1", body=admitted(member, kind))
    ledger.say(SCHOOL, "achievement.published.v1", body=achievement())
    for learner, home in ((LEARNER, SCHOOL), (SECOND, OTHER)):
        body = {"learner_id": learner, "mode": mode}
        ledger.say(home, "account.opened.v1", body=body, mandate=MANDATE)
    return ledger
