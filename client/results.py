"""A learner's result in the member's own words, before it is signed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Self

from client.references import MemberSecret
from ledger.domain.rules.awards import award_id
from ledger.integrity.disclosures import Disclosure

Fields = Mapping[str, object]
NOTHING: Final[Fields] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The body of a statement to be, and what is disclosed to the bank only."""

    type: str
    body: Fields
    disclosures: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One learner's result in one achievement.

    ``reference`` is the member's own number for it, unique and kept for ever.
    ``public`` are further fields of the body as the wire spells them (credits, dates,
    level …); ``disclosed`` goes to the bank's vault and never into the log.
    """

    reference: str
    learner_id: str
    achievement: str
    passed: bool = True
    basis: str = "issued"
    revision: int = 0
    public: Fields = field(default_factory=dict)
    disclosed: Fields = field(default_factory=dict)

    def of(self, learner_id: str) -> Self:
        """Return the same result of this learner."""
        return replace(self, learner_id=learner_id)

    def award_id(self, secret: MemberSecret) -> str:
        """Return the one id that the award of this result has."""
        return _award_id(self, secret, revision=self.revision)


def award_content(result: Result, secret: MemberSecret) -> Content:
    """Return what to sign for a result: the same bytes for the same result, always.

    A revision names the award that it replaces: the one before it.
    """
    body: dict[str, object] = {
        **result.public,
        "learner_id": result.learner_id,
        "achievement": result.achievement,
        "basis": result.basis,
        "passed": result.passed,
        "reference_tag": secret.tag(result.reference),
        "revision": result.revision,
    }
    if result.revision > 0:
        body["replaces"] = _award_id(result, secret, revision=result.revision - 1)
    subject = ("award", result.reference, result.revision)
    disclosures = secret.disclose(subject, result.disclosed)
    return _content("credit.awarded.v1", body, disclosures=disclosures)


def account_content(
    learner_id: str, secret: MemberSecret, *, mode: str, disclosed: Fields = NOTHING
) -> Content:
    """Return what to sign to open a learner's account (开户)."""
    disclosures = secret.disclose(("account", learner_id), disclosed)
    body: dict[str, object] = {"learner_id": learner_id, "mode": mode}
    return _content("account.opened.v1", body, disclosures=disclosures)


def _content(
    type_name: str, body: dict[str, object], *, disclosures: tuple[Disclosure, ...]
) -> Content:
    if disclosures:
        body["_sd"] = [one.digest for one in disclosures]
    return Content(type=type_name, body=body, disclosures=disclosures)


def _award_id(result: Result, secret: MemberSecret, *, revision: int) -> str:
    return award_id(
        member_id=secret.member_id,
        reference_tag=secret.tag(result.reference),
        revision=revision,
    )
