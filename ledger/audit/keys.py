"""The keys that history has registered, read when they are first needed."""

from ledger.domain.state import RegisteredKey
from ledger.integrity.keys import PublicKey, read_public_key


class Keys:
    """Registered keys as they verify."""

    def __init__(self) -> None:
        """Have read none yet."""
        self._read: dict[str, PublicKey] = {}

    def public(self, key: RegisteredKey) -> PublicKey:
        """Return a key as it verifies."""
        public = self._read.get(key.kid)
        if public is None:
            jwk = key.jwk.model_dump(exclude_none=True)
            public = read_public_key(jwk, algorithm=key.alg)
            self._read[key.kid] = public
        return public
