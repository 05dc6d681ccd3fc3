"""Refusals about rules: how they are put together, and what parties may do."""

from ledger.domain.errors import RejectionError


class RuleTermsError(RejectionError):
    """The terms contradict themselves; ``reason`` says how."""

    code = "rule-terms"


class RulePartyError(RejectionError):
    """A member named in the terms is no party, or cannot be one."""

    code = "rule-party"


class UnknownRuleError(RejectionError):
    """No such rule, or not this version."""

    code = "unknown-rule"


class StaleRuleError(RejectionError):
    """The digest is not that of the rule version: read it again."""

    code = "stale-rule"


class NotAPartyError(RejectionError):
    """Only a party, or the named committee, may do this."""

    code = "not-a-party"


class RuleNotOpenError(RejectionError):
    """The rule takes no new parties."""

    code = "rule-not-open"


class RuleStateError(RejectionError):
    """The rule is not in the state that this needs."""

    code = "rule-state"
