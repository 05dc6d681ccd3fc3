"""Verifies a part of a ledger with nothing in hand but the ledger's name.

The file is read twice: first for the keys that the part tells, which the checkpoint
must be signed with; then line by line. The checks, numbered in the code:

1. The file is of this ledger, and its first entry is the one that the name pins.
2. The checkpoint is signed with a checkpoint key of the operator.
3. Lines can be read, stand in order, and are as many as the header says.
4. Each leads to the checkpoint: by its own path, or as part of the run (``tree``).
5. Each has the form of an entry; a batch's line leads to its header (``reading``).
6. Each is signed by a key that its member held then, and may be said (``rights``).
7. What is disclosed stands in its statement as a digest.
8. What the part was asked to hold is there.
9. Under a policy of witnesses its checkpoint has their quorum.

A part cannot prove that nothing is missing, nor any balance.
"""

from dataclasses import dataclass
from typing import Final

from ledger.audit.bundles.form import Bundle, Header, Line, Scope, ScopeKind
from ledger.audit.bundles.reading import PartReader
from ledger.audit.bundles.rights import Rights
from ledger.audit.bundles.tree import PartTree, read_signed
from ledger.audit.findings import FINDINGS_MAX, Finding
from ledger.audit.replay import AnyAct
from ledger.audit.verify import WrongLedgerError
from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import DisclosingBody
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.integrity.checkpoints import Checkpoint, parse_note
from ledger.integrity.disclosures import digest_of
from ledger.integrity.quorum import Cosigned, Policy, check_cosigned

NOT_PROVEN: Final = (
    "that nothing was left out: only a whole ledger proves that",
    "what came after the checkpoint",
    "any balance, cap or rule that other entries decide",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry of a part in a line: where, what, and who signed it."""

    position: int
    type: str
    iss: str
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReport:
    """What a part proves, and what was found.

    ``story`` lists the entries of an award's or learner's part; ``in_doubt`` are
    positions under a key that was reported stolen, which nobody stood by. ``cosigned``
    is what a policy of witnesses finds, None without one.
    """

    ledger: str
    scope: str
    entries: int
    signatures: int
    checkpoint_size: int
    story: tuple[Told, ...]
    in_doubt: tuple[int, ...]
    findings: tuple[Finding, ...]
    cosigned: Cosigned | None = None

    @property
    def passed(self) -> bool:
        """Tell whether nothing at all was found."""
        return not self.findings


def verify_part(
    bundle: Bundle, *, ledger: str, policy: Policy | None = None
) -> PartReport:
    """Verify a part against the ledger's pinned name, and a policy of witnesses.

    Raises:
        WrongLedgerError: it is a part of another ledger.
    """
    header = bundle.header
    if header is None or header.ledger != ledger:  # 1
        raise WrongLedgerError(found=header.ledger if header else "", pinned=ledger)
    keys = _read_keys(bundle)
    if keys.ledger is None or keys.ledger.name != ledger:
        name = "" if keys.ledger is None else keys.ledger.name
        raise WrongLedgerError(found=name, pinned=ledger)
    return _Check(bundle, header, keys=keys, policy=policy).run()


def _read_keys(bundle: Bundle) -> Rights:
    """Read only what tells keys; whether it is right is found in the second reading."""
    rights, reader = Rights(), PartReader()
    for line in bundle.lines():
        recorded = None if line is None else reader.read(line)
        if recorded is not None:
            list(rights.check(recorded))
    return rights


class _Check:
    def __init__(
        self, bundle: Bundle, header: Header, *, keys: Rights, policy: Policy | None
    ) -> None:
        origin = header.ledger.rpartition("#")[0]
        signed = read_signed(
            header.checkpoint, origin=origin, keys=keys.checkpoint_keys()
        )
        self.findings: list[Finding] = []
        if signed is None:  # 2
            self._report(0, "checkpoint-signature")
        self._bundle = bundle
        self._header = header
        self._cosigned = None if policy is None else self._look_for(policy, signed)
        self._tree = PartTree(header, checkpoint=signed)
        self._reader = PartReader()
        self._rights = Rights()
        self._story: list[Told] = []
        self._acts: list[AnyAct] = []
        self._found = False
        self._count = 0
        self._next = 0

    def run(self) -> PartReport:
        """Check everything and report."""
        for line in self._bundle.lines():
            self._count += 1
            if line is None:  # 3
                self._report(self._next, "line-unreadable")
            else:
                self._take(line)
        if self._count != self._header.count:
            detail = f"{self._count} of {self._header.count}"
            self._report(self._next, "lines-missing", detail=detail)
        self._reader.finish()
        self._tree.finish()
        if not self._found:  # 8
            self._report(self._next, "scope-not-there")
        return self._report_all()

    def _look_for(self, policy: Policy, signed: Checkpoint | None) -> Cosigned | None:
        """Hold the cosignatures of the checkpoint against a policy."""
        if signed is None:
            return None
        _, signatures = parse_note(self._header.checkpoint)
        found = check_cosigned(signed, signatures, policy=policy)
        last = signed.size - 1
        for name in sorted(found.forged):  # 9
            self._report(last, "cosignature-invalid", detail=name)
        if not found.quorum:
            missing = Finding(position=0, code="quorum-missing", last=last)
            self.findings.append(missing)
        return found

    def _take(self, line: Line) -> None:
        if line.position < self._next:  # 3
            self._report(line.position, "line-out-of-order")
        self._next = line.position + 1
        self._tree.take(line)  # 4
        recorded = self._reader.read(line)  # 5
        if recorded is None:
            return
        self.findings += self._rights.check(recorded)  # 6
        ledger, act = self._rights.ledger, recorded.act
        self._reader.time_zone = "UTC" if ledger is None else ledger.time_zone
        digests = _digests(act)
        if not digests.issuperset(map(digest_of, line.disclosures or ())):  # 7
            self._report(line.position, "not-disclosed-here")
        self._note(act)

    def _note(self, act: AnyAct) -> None:
        scope = self._header.scope
        if scope.kind is ScopeKind.RANGE:
            self._found = self._found or act.position == scope.first
            return
        self._found = self._found or _concerns(act, scope)
        self._acts.append(act)
        if isinstance(act, Act):
            self._story.append(
                Told(
                    position=act.position,
                    type=act.statement.type,
                    iss=act.statement.iss,
                    recorded_at=act.recorded_at,
                )
            )

    def _report_all(self) -> PartReport:
        scope = self._header.scope
        name = scope.id or f"{scope.first} to {scope.last}"
        found = {*self.findings, *self._reader.findings, *self._tree.findings}
        ordered = sorted(found, key=lambda one: (one.position, one.code, one.detail))
        signed = self._tree.checkpoint
        return PartReport(
            ledger=self._header.ledger,
            scope=f"{scope.kind.value} {name}",
            entries=self._count,
            signatures=self._rights.signatures,
            checkpoint_size=0 if signed is None else signed.size,
            story=tuple(self._story),
            in_doubt=tuple(
                act.position for act in self._acts if self._rights.is_in_doubt(act)
            ),
            findings=tuple(ordered[:FINDINGS_MAX]),
            cosigned=self._cosigned,
        )

    def _report(self, position: int, code: str, *, detail: str = "") -> None:
        self.findings.append(Finding(position=position, code=code, detail=detail))


def _digests(act: AnyAct) -> set[str]:
    if not isinstance(act, Act):
        return set()
    body = act.statement.body
    return set(body.sd) if isinstance(body, DisclosingBody) else set()


def _concerns(act: AnyAct, scope: Scope) -> bool:
    """Tell whether an act makes the award of a scope, or names its learner."""
    if not isinstance(act, Act):
        return False
    statement, wanted = act.statement, scope.id or ""
    if scope.kind is ScopeKind.LEARNER:
        return f'"{wanted}"' in statement.model_dump_json()
    if isinstance(statement, CreditAwarded):
        return id_of_award(statement) == wanted
    return isinstance(statement, ExchangeAccepted) and any(
        lot.lot_id == wanted for lot in statement.body.created
    )
