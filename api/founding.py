"""Founds a bank: its keys, its databases, and entry 0."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.bank import Bank
from api.settings import (
    CHECKPOINT_KEY_FILE,
    SERVICE_KEY_FILE,
    VAULT_KEY_FILE,
    Settings,
)
from client.clock import system_now
from client.ids import statement_id
from client.keyfolder import KeyFolder
from client.statements import LIFETIME
from ledger.domain.types import instant_of
from ledger.intake import receive_founding
from ledger.integrity import canonical
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.lists.drafts import hash_text
from ledger.sequencer import Clock

MEMBERS_FOLDER = "members"


class AlreadyFoundedError(Exception):
    """There is a bank here already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """Who founds: the operator, and where dates are counted."""

    origin: str
    operator: str
    name: str
    name_en: str | None = None
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """A new ledger. ``ledger`` is the name that auditors pin."""

    ledger: str
    operator_key: SigningKey
    operator_key_file: Path


def found_bank(
    settings: Settings, founder: Founder, *, clock: Clock | None = None
) -> Founded:
    """Make the bank's keys, the operator's first key, the databases and entry 0.

    The operator's key is put apart (``keys/members``): the server never needs it.
    Entry 0 is dated by ``clock``, or else by the machine's.

    Raises:
        AlreadyFoundedError: the keys' folder holds a bank's keys.
        RejectionError: origin, names or time zone have no legal form.
    """
    if (settings.keys / SERVICE_KEY_FILE).exists():
        raise AlreadyFoundedError
    operator = SigningKey.generate(founder.operator, KeyUse.MEMBER)
    service = SigningKey.generate(founder.operator, KeyUse.SERVICE)
    checkpoint = SigningKey.generate(founder.operator, KeyUse.CHECKPOINT)
    now = system_now() if clock is None else clock.now()
    payload = _payload(
        founder, now, operator=operator, service=service, other=checkpoint
    )
    draft = receive_founding(sign_jws(operator, payload, typ=STATEMENT_TYP))
    settings.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_secret(settings.keys / SERVICE_KEY_FILE, service.to_json())
    _write_secret(settings.keys / CHECKPOINT_KEY_FILE, checkpoint.to_json())
    if settings.vault_key is None:
        vault_key = b64encode(secrets.token_bytes(32)).encode()
        _write_secret(settings.keys / VAULT_KEY_FILE, vault_key)
    file = KeyFolder(settings.keys / MEMBERS_FOLDER).add(operator)
    bank = Bank(settings, origin=founder.origin, clock=clock)
    try:
        bank.sequencer.submit(draft).result()
    finally:
        bank.close()
    return Founded(
        ledger=f"{founder.origin}#{hash_text(payload)}",
        operator_key=operator,
        operator_key_file=file,
    )


def _payload(
    founder: Founder,
    now: datetime,
    *,
    operator: SigningKey,
    service: SigningKey,
    other: SigningKey,
) -> bytes:
    origin = founder.origin
    names = {"name": founder.name}
    if founder.name_en is not None:
        names["name_en"] = founder.name_en
    statement = {
        "type": "member.admitted.v1",
        "id": statement_id(),
        "iss": founder.operator,
        "aud": origin,
        "iat": instant_of(now),
        "exp": instant_of(now + LIFETIME),
        "actor": {"staff": "founder", "role": "operator"},
        "body": {
            "member_id": founder.operator,
            "kind": "operator",
            **names,
            "key": declare(operator, audience=origin),
            "founding": {
                "origin": origin,
                "nonce": b64encode(secrets.token_bytes(32)),
                "service_key": declare(service, audience=origin),
                "checkpoint_key": declare(other, audience=origin),
                "time_zone": founder.time_zone,
            },
        },
    }
    return canonical.dumps(statement)


def _write_secret(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
