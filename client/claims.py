"""What a member files for a learner who hands in a certificate, before it is signed."""

from dataclasses import dataclass, field

from client.references import MemberSecret
from client.results import Content, Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A certificate that a learner hands in (成果申报).

    ``disclosed`` goes to the bank's vault and never into the log: ``certificate``
    {scheme, number}, ``evidence``, ``reference``. ``workdays`` names the calendar that
    the attester's ``due_workdays`` are counted by.
    """

    claim_id: str
    learner_id: str
    attester: str
    achievement: str
    revision: int = 0
    workdays: str | None = None
    due_workdays: int | None = None
    note: str | None = None
    disclosed: Fields = field(default_factory=dict)


def claim_content(claim: Claim, secret: MemberSecret) -> Content:
    """Return what to sign for a claim: the same bytes for the same claim, always."""
    subject = ("claim", claim.claim_id, claim.revision)
    disclosures = secret.disclose(subject, claim.disclosed)
    body: dict[str, object] = {
        "claim_id": claim.claim_id,
        "revision": claim.revision,
        "learner_id": claim.learner_id,
        "attester": claim.attester,
        "achievement": claim.achievement,
    }
    more = {
        "workdays": claim.workdays,
        "due_workdays": claim.due_workdays,
        "note": claim.note,
    }
    body |= {name: value for name, value in more.items() if value is not None}
    if disclosures:
        body["_sd"] = [one.digest for one in disclosures]
    return Content(type="claim.filed.v1", body=body, disclosures=disclosures)
