"""Refusals about accounts, merges and relations."""

from ledger.domain.errors import RejectionError


class AccountExistsError(RejectionError):
    """An account for this learner id was opened before."""

    code = "account-exists"


class UnknownAccountError(RejectionError):
    """No account was opened for this learner id."""

    code = "unknown-account"


class AccountClosedError(RejectionError):
    """The account is closed."""

    code = "account-closed"


class AccountModeError(RejectionError):
    """The account's mode does not allow this."""

    code = "account-mode"


class AccountProvisionalError(RejectionError):
    """Nobody answers for the account yet: its learner has to claim it first."""

    code = "account-provisional"


class NotTheHomeError(RejectionError):
    """Only the account's home member may do this."""

    code = "not-the-home"


class MergePartyError(RejectionError):
    """Only the homes of both accounts and the operator take part in a merge."""

    code = "merge-party"


class MergeDiffersError(RejectionError):
    """The first party named other accounts under this merge id."""

    code = "merge-differs"


class MergeStateError(RejectionError):
    """The merge is not in a state that allows this, or this party signed before."""

    code = "merge-state"


class AccountMergedError(RejectionError):
    """An account can be absorbed once, by an account that is not absorbed itself."""

    code = "account-merged"


class RelationMemberError(RejectionError):
    """The relation names a member that was never admitted."""

    code = "relation-member"


class RelationUntilError(RejectionError):
    """The relation would end before it begins."""

    code = "relation-until"


class RelationExistsError(RejectionError):
    """A relation of this id was opened before."""

    code = "relation-exists"


class UnknownRelationError(RejectionError):
    """No open relation of this id."""

    code = "unknown-relation"
