"""Makes the vectors of bundles again: a log with an award in a batch, and its parts.

Run as ``python -m tests.conformance.make_bundle``; a test compares what it would write
with what is there. Keys and ledger are those of ``make_vectors``.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.audit.bundles.form import Scope, ScopeKind
from ledger.audit.bundles.making import make_bundle
from ledger.audit.ports import SourceEntry
from ledger.domain.rules.awards import award_id
from ledger.integrity.batch import BatchLine, read_batch, seal_batch
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.cosignatures import cosign, name_key, witness_vkey
from ledger.integrity.declarations import declare
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import BankLine, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.store.heads import StoredHead
from tests.conformance.make_vectors import (
    AT,
    CHECKPOINT,
    LEDGER,
    ORIGIN,
    SCHOOL,
    Vectors,
    entries,
    key_of,
    spell,
    statement_of,
)
from tests.conformance.vectors_of import FOLDER

LEARNER: Final = f"learner_{7:032x}"
AGREED: Final = {
    "by": "collective",
    "method": "paper",
    "proof": "o" * 43,
    "notice_version": "2026-1",
    "at": AT[0],
}
NAME: Final = "witness.example/one"
SECONDS: Final = 1_795_334_460
WITNESS: Final = key_of("witness", NAME, use=KeyUse.WITNESS)
SECOND: Final = key_of("cqvtc-2", "cqvtc")


def _tag(number: int) -> str:
    return b64encode(hashlib.sha256(b"%d" % number).digest())


def award_of(number: int) -> str:
    """Return the id of an award of the log."""
    return award_id(member_id="cqvtc", reference_tag=_tag(number), revision=0)


def _awarded(number: int) -> dict[str, object]:
    return {
        "learner_id": LEARNER,
        "achievement": "cqvtc/WELD-1@1",
        "basis": "issued",
        "credits": "3.5",
        "assessed_on": "2026-06-30",
        "passed": True,
        "reference_tag": _tag(number),
    }


def _singles() -> Iterator[tuple[SigningKey, str, Mapping[str, object]]]:
    named = {"code": "WELD-1", "version": 1, "title": "焊接基础", "kind": "course"}
    yield SCHOOL, "achievement.published.v1", {**named, "credits": "3.5"}
    yield SCHOOL, "account.opened.v1", {"learner_id": LEARNER, "mode": "collective"}
    yield SCHOOL, "credit.awarded.v1", _awarded(1)
    added = {"member_id": "cqvtc", "key": declare(SECOND, audience=LEDGER)}
    yield SCHOOL, "key.added.v1", added
    ended = {"member_id": "cqvtc", "kid": SCHOOL.kid, "reason_code": "rotated"}
    yield SECOND, "key.revoked.v1", ended
    revoked = {"award_id": award_of(1), "credits": "1", "class": "corrected"}
    yield SECOND, "credit.revoked.v1", {**revoked, "reason_code": "recorded_in_error"}


def log() -> list[bytes]:
    """Return the entries: founding, school, singles, and a batch of five awards."""
    made = entries()[:2]
    for key, kind, body in _singles():
        member = key.kid.partition("#")[0]
        more = {"mandate": AGREED} if kind == "account.opened.v1" else {}
        payload = statement_of(
            len(made), member, kind=kind, aud=LEDGER, body=body, **more
        )
        line = BankLine(position=len(made), recorded_at=AT[0])
        made.append(seal_entry(line, sign_jws(key, payload, typ=STATEMENT_TYP)))
    return made + _batch(len(made))


def _batch(position: int) -> list[bytes]:
    said = [
        statement_of(
            100 + number,
            "cqvtc",
            kind="credit.awarded.v1",
            aud=LEDGER,
            body=_awarded(number),
        )
        for number in range(2, 7)
    ]
    header = {
        "id": "00000000-0000-4000-8000-0000000000ff",
        "iss": "cqvtc",
        "aud": LEDGER,
        "iat": AT[0],
        "exp": "2026-11-23T08:00:00.000Z",
    }
    sealed = seal_batch(
        SECOND, header, lines=[BatchLine(statement=one) for one in said]
    )
    first = BankLine(position=position, recorded_at=AT[1])
    return [
        seal_entry(first, read_batch(sealed).header.raw),
        *(
            seal_entry(
                BankLine(
                    position=position + 1 + index,
                    recorded_at=AT[1],
                    batch=position,
                    index=index,
                ),
                one,
            )
            for index, one in enumerate(said)
        ),
    ]


@dataclass
class Log:
    """The log as a source."""

    raw: list[bytes]
    is_seen: bool = False

    def entries(self) -> Iterator[SourceEntry]:
        """Return the entries."""
        return (SourceEntry(raw=one) for one in self.raw)

    def heads(self) -> Iterator[StoredHead]:
        """Return none."""
        return iter(())

    def checkpoint(self) -> str | None:
        """Return the operator's note over all entries."""
        tree = EMPTY.extend(map(leaf_hash, self.raw))
        signed = Checkpoint(origin=ORIGIN, size=tree.size, root=tree.root())
        note = sign_checkpoint(signed, CHECKPOINT)
        if not self.is_seen:
            return note
        return note + cosign(signed, WITNESS, name=NAME, seconds=SECONDS)


def make_vectors() -> Vectors:
    """Return the content of each file by its name."""
    scopes = {
        "whole": Scope(kind=ScopeKind.WHOLE),
        "range": Scope(kind=ScopeKind.RANGE, first=4, last=5),
        "learner": Scope(kind=ScopeKind.LEARNER, id=LEARNER),
        "award": Scope(kind=ScopeKind.AWARD, id=award_of(1)),
        "award-of-batch": Scope(kind=ScopeKind.AWARD, id=award_of(4)),
    }
    source = Log(log())
    bundles = {
        name: b"".join(make_bundle(source, ledger=LEDGER, scope=scope)).decode()
        for name, scope in scopes.items()
    }
    seen = Log(log(), is_seen=True)
    for name in ("whole", "award"):
        made = make_bundle(seen, ledger=LEDGER, scope=scopes[name])
        bundles[f"{name}-cosigned"] = b"".join(made).decode()
    return {
        "bundle.json": {
            "ledger": LEDGER,
            "bundles": bundles,
            "policy": written_policy(),
        }
    }


def written_policy() -> str:
    """Return a policy by which the one witness suffices."""
    vkey = witness_vkey(name_key(NAME, WITNESS.public))
    return (
        f'[[witnesses]]\nname = "{NAME}"\nvkey = "{vkey}"\n'
        f'url = "http://127.0.0.1"\n[quorum]\nneeded = 1\nof = ["{NAME}"]\n'
    )


def main() -> None:
    """Write the file."""
    for name, content in make_vectors().items():
        (FOLDER / name).write_bytes(spell(content))


if __name__ == "__main__":
    main()
