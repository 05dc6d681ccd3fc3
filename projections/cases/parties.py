"""Which rule a statement is about, and which members besides its issuer."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ledger.domain.state import (
    AppealRecord,
    ClaimRecord,
    ExchangeRecord,
    R,
    RedemptionRecord,
    RuleRecord,
)
from ledger.domain.statements import agreements
from ledger.domain.statements import exchanges as x
from ledger.domain.statements.appeals import AppealDecidedBody, AppealFiledBody
from ledger.domain.statements.envelope import Statement
from projections.known import KnownAward


class Records(Protocol):
    """Records and awards as they are after the statement."""

    def find(self, record: type[R], key: str) -> R | None:
        """Return a record."""
        ...

    def award(self, award_id: str) -> KnownAward:
        """Return what is known of an award."""
        ...


class Parties(NamedTuple):
    """The rule version, if any, and every member that it or the case concerns."""

    rule: str | None = None
    members: frozenset[str] = frozenset()


def parties_of(statement: Statement, records: Records) -> Parties:
    """Return whom a statement about a rule, an exchange or a redemption concerns.

    Of a rule these are its parties, recogniser, committee and desks; of an exchange
    its recogniser and desks, whoever applied, and the issuers of its lots.
    """
    body = statement.body
    match body:
        case agreements.RuleProposedBody():
            return _of_rule(f"{statement.iss}/{body.code}@{body.version}", records)
        case agreements.RuleAgreementBody() | agreements.RuleActionBody():
            return _of_rule(body.rule, records)
        case x.CreditRedeemedBody() | x.RedemptionReversedBody():
            redeemed = records.find(RedemptionRecord, body.redemption_id)
            lots = () if redeemed is None else redeemed.lots
            return Parties(members=_issuers((one.award_id for one in lots), records))
        case x.CreditExpiredBody():
            return Parties(members=_issuers((body.award_id,), records))
        case _:
            return _of_file(statement, records)


def _of_file(statement: Statement, records: Records) -> Parties:
    """Return the parties of a claim or an appeal, or else of an exchange."""
    body = statement.body
    claim_id = str(getattr(body, "claim_id", ""))
    claim = records.find(ClaimRecord, claim_id) if claim_id else None
    if claim is not None:
        return Parties(members=frozenset((claim.filed_by, claim.attester)))
    if isinstance(body, AppealFiledBody | AppealDecidedBody):
        appeal = records.find(AppealRecord, body.appeal_id)
        named = () if appeal is None else (appeal.member, appeal.panel)
        return Parties(members=frozenset(named))
    return _of_exchange(str(getattr(body, "exchange_id", "")), records)


def _of_rule(name: str, records: Records) -> Parties:
    rule = records.find(RuleRecord, name)
    members: frozenset[str] = frozenset()
    if rule is not None:
        named = {*rule.parties, rule.proposer, *_deciding(rule)}
        committee = rule.terms.committee
        members = frozenset(named if committee is None else {*named, committee})
    return Parties(rule=name, members=members)


def _of_exchange(exchange_id: str, records: Records) -> Parties:
    record = records.find(ExchangeRecord, exchange_id) if exchange_id else None
    if record is None:
        return Parties()
    rule = records.find(RuleRecord, record.rule)
    issuers = _issuers((lot.award_id for lot in record.lots), records)
    deciding = set() if rule is None else _deciding(rule)
    return Parties(rule=record.rule, members=issuers | {record.requested_by} | deciding)


def _deciding(rule: RuleRecord) -> set[str]:
    return {rule.recogniser, *(step.member for step in rule.terms.approval)}


def _issuers(award_ids: Iterable[str], records: Records) -> frozenset[str]:
    return frozenset(records.award(one).issuer for one in award_ids)
