"""What must be known to decide: small records, each a fold of the log.

The store keeps one table per kind; the columns are the record's fields.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger.domain.state.accounts import (
    AccountRecord,
    GrantRecord,
    MergeRecord,
    RelationRecord,
)
from ledger.domain.state.agreements import RuleRecord
from ledger.domain.state.catalogue import (
    AchievementRecord,
    CalendarRecord,
    CatalogueItemRecord,
    FrameworkRecord,
)
from ledger.domain.state.claims import ClaimRecord, ClaimStatus
from ledger.domain.state.exchanges import (
    ExchangeRecord,
    ExchangeStatus,
    HeldLot,
    Part,
    RedemptionRecord,
    RootCountRecord,
    TallyRecord,
)
from ledger.domain.state.graduation import (
    AppealedRecord,
    AppealRecord,
    AssessmentRecord,
)
from ledger.domain.state.lots import (
    CertificateRecord,
    Flag,
    LotRecord,
    LotSketch,
    Root,
)
from ledger.domain.state.members import (
    ConfirmationRecord,
    KeyOwnerRecord,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    RegisteredKey,
    StatementRecord,
)
from ledger.domain.state.periods import NewestPeriodRecord, PeriodRecord
from ledger.domain.state.programmes import (
    Counted,
    EnrolmentRecord,
    PolicyListRecord,
    PolicyRecord,
    ProgrammeRecord,
)
from ledger.domain.state.record import Key, Record
from ledger.domain.state.slices import NotLoadedError, Place, R, Ref, Slice

__all__ = [
    "KINDS",
    "AccountRecord",
    "AchievementRecord",
    "AppealRecord",
    "AppealedRecord",
    "AssessmentRecord",
    "CalendarRecord",
    "CatalogueItemRecord",
    "CertificateRecord",
    "ClaimRecord",
    "ClaimStatus",
    "ConfirmationRecord",
    "Counted",
    "EnrolmentRecord",
    "ExchangeRecord",
    "ExchangeStatus",
    "Flag",
    "FrameworkRecord",
    "GrantRecord",
    "HeldLot",
    "Key",
    "KeyOwnerRecord",
    "KeyringRecord",
    "LedgerRecord",
    "LotRecord",
    "LotSketch",
    "MemberRecord",
    "MergeRecord",
    "NewestPeriodRecord",
    "NotLoadedError",
    "Part",
    "PeriodRecord",
    "Place",
    "PolicyListRecord",
    "PolicyRecord",
    "ProgrammeRecord",
    "R",
    "Record",
    "RedemptionRecord",
    "Ref",
    "RegisteredKey",
    "RelationRecord",
    "Root",
    "RootCountRecord",
    "RuleRecord",
    "Slice",
    "StatementRecord",
    "TallyRecord",
]

KINDS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {
        record.kind: record
        for record in (
            LedgerRecord,
            MemberRecord,
            KeyringRecord,
            KeyOwnerRecord,
            ConfirmationRecord,
            StatementRecord,
            FrameworkRecord,
            CalendarRecord,
            CatalogueItemRecord,
            AchievementRecord,
            AccountRecord,
            MergeRecord,
            RelationRecord,
            GrantRecord,
            CertificateRecord,
            ClaimRecord,
            LotRecord,
            ProgrammeRecord,
            EnrolmentRecord,
            PolicyRecord,
            PolicyListRecord,
            RuleRecord,
            ExchangeRecord,
            TallyRecord,
            RedemptionRecord,
            RootCountRecord,
            PeriodRecord,
            NewestPeriodRecord,
            AssessmentRecord,
            AppealRecord,
            AppealedRecord,
        )
    }
)
"""Every kind of record by the name of its table."""
