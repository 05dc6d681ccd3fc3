"""The keys that history has registered, read when they are first needed."""

from collections.abc import Iterable, Mapping

from ledger.audit.progress.form import KeyKept
from ledger.domain.state import KeyringRecord, RegisteredKey
from ledger.integrity.keys import PublicKey, read_public_key


class Keys:
    """Every key that was registered so far."""

    def __init__(self, kept: Iterable[KeyKept] = ()) -> None:
        """Know none, or those that were known where another call has stopped."""
        self.materials: dict[str, tuple[str, Mapping[str, str]]] = {
            one.kid: (one.alg, one.jwk) for one in kept
        }
        self._read: dict[str, PublicKey] = {}

    def kept(self) -> tuple[KeyKept, ...]:
        """Return what to keep, to go on from here."""
        return tuple(
            KeyKept(alg=alg, jwk=dict(jwk), kid=kid)
            for kid, (alg, jwk) in self.materials.items()
        )

    def note(self, rings: Iterable[KeyringRecord]) -> None:
        """Make keys that were just registered known to those who verify ahead."""
        for ring in rings:
            for key in ring.keys:
                jwk = key.jwk.model_dump(exclude_none=True)
                # Of one id the first is found and used, here and by the rules.
                self.materials.setdefault(key.kid, (key.alg, jwk))

    def public(self, key: RegisteredKey) -> PublicKey:
        """Return a key as it verifies."""
        public = self._read.get(key.kid)
        if public is None:
            jwk = key.jwk.model_dump(exclude_none=True)
            public = read_public_key(jwk, algorithm=key.alg)
            self._read[key.kid] = public
        return public
