"""Who may sign what, as far as a part of a ledger tells it.

What admits members and adds or ends keys is decided and applied by the ledger's own
rules; of everything else only what those records decide is asked.
"""

from collections.abc import Iterator

from ledger.audit.findings import Finding
from ledger.audit.history import Recorded
from ledger.audit.replay import AnyAct, Replay
from ledger.domain.errors import RejectionError
from ledger.domain.rules.batches import BatchAct
from ledger.domain.rules.envelope import (
    Signer,
    check_signer,
    check_standing,
    check_times,
    is_contested,
)
from ledger.domain.state import KeyringRecord, LedgerRecord, RegisteredKey
from ledger.domain.statements.members import KeyUse
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import verify_jws
from ledger.integrity.keys import PublicKey, read_public_key

_APPLIED = ("member.", "key.", "entries.")


class Rights:
    """The keys and members that a part told so far."""

    def __init__(self) -> None:
        """Know nobody."""
        self.signatures = 0
        self._replay = Replay()
        self._material: dict[str, PublicKey] = {}

    @property
    def ledger(self) -> LedgerRecord | None:
        """What the first entry declared."""
        return self._replay.state.find(LedgerRecord, 0)

    def check(self, recorded: Recorded) -> Iterator[Finding]:
        """Yield what is wrong with an entry's signature and with the right to it."""
        act = recorded.act
        if act.position == 0:
            yield from self._replay.apply(act)
        yield from self._check_signature(recorded)
        if act.position == 0:
            return
        if isinstance(act, BatchAct) or act.statement.type.startswith(_APPLIED):
            yield from self._replay.apply(act)
            return
        statement = act.statement
        signer = Signer(
            iss=statement.iss, aud=statement.aud, kid=act.kid, type_name=statement.type
        )
        try:
            at = act.recorded_at
            member = check_signer(self._replay.state, signer, at=at)
            check_times(iat=statement.iat, exp=statement.exp, at=at)
            check_standing(member, statement.type)
        except (RejectionError, LookupError) as error:
            code = getattr(error, "code", "no ledger")
            yield Finding(position=act.position, code="not-allowed", detail=code)

    def checkpoint_keys(self) -> list[PublicKey]:
        """Return the operator's checkpoint keys."""
        ledger = self.ledger
        operator = "" if ledger is None else ledger.operator
        ring = self._replay.state.find(KeyringRecord, operator)
        keys = () if ring is None else ring.keys
        return [self._public(key) for key in keys if key.use is KeyUse.CHECKPOINT]

    def is_in_doubt(self, act: AnyAct) -> bool:
        """Tell whether an entry's key was reported stolen and nobody stood by it."""
        if self._replay.signing_key(act) is None:
            return False
        return is_contested(self._replay.state, kid=act.kid, position=act.position)

    def _check_signature(self, recorded: Recorded) -> Iterator[Finding]:
        position = recorded.act.position
        key = self._replay.signing_key(recorded.act)
        if key is None:
            yield Finding(position=position, code="unknown-key")
        elif recorded.signed is not None:
            self.signatures += 1
            try:
                verify_jws(recorded.signed, self._public(key))
            except IntegrityError as error:
                yield Finding(position=position, code=error.code)

    def _public(self, key: RegisteredKey) -> PublicKey:
        public = self._material.get(key.kid)
        if public is None:
            jwk = key.jwk.model_dump(exclude_none=True)
            public = read_public_key(jwk, algorithm=key.alg)
            self._material[key.kid] = public
        return public
