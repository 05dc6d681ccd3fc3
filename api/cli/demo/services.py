"""What learners ask for: what it can become, a claim, an appeal, may I graduate.

Each is done once or twice, as a school's office does it on the learner's mandate.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from api.cli.demo.consortium import Consortium, mandate
from api.cli.demo.office import Case, Office
from client.claims import Claim, claim_content
from client.ids import statement_id
from client.reconciliation import Wanted
from client.results import Content, Result, award_content
from ledger.domain.statements.envelope import Mandate
from ledger.domain.types import instant_of
from ledger.integrity.encoding import b64encode

PERIOD: Final = "2026-09-a"
_FORM: Final = b64encode(b"learner's form, a salted digest.")
_ASSESSED: Final = 3
"""So many graduations are assessed."""
_CERTIFICATE: Final = {"scheme": "1+X", "number": "X-DATA-CLAIM-001"}


class Services:
    """The learner's side of one school's office."""

    def __init__(self, consortium: Consortium, office: Office) -> None:
        """Open it for the learners of one programme."""
        self._consortium = consortium
        self._bank = consortium.bank
        self._office = office

    def play(self, declined: Sequence[Case]) -> list[str]:
        """Do everything; return what to tell."""
        return [
            self._look_ahead(),
            self._claim(),
            self._appeal(declined[0]),
            self._assess(),
            self._reconcile(),
            self._look_over(),
        ]

    def _by(self) -> Mandate:
        return mandate(_FORM, at=instant_of(self._consortium.clock.now()))

    def _look_ahead(self) -> str:
        """Ask what one learner's lots can become, and what to do first."""
        learner_id, enrolment_id = next(iter(self._office.enrolments.items()))
        options = self._bank.options(learner_id, enrolment_id)
        ready = [one for one in options.options if one.status == "available"]
        plan = self._bank.plan(learner_id, enrolment=enrolment_id)
        return (
            "one learner asked what the lots can become (可转换项): of "
            f"{len(options.options)} rules {len(ready)} can be applied now, and of "
            "each other it is told what is lacking; the plan (转换方案) has "
            f"{len(plan.steps)} steps that the "
            f"rules accept as they stand and covers {plan.covers} credits of the "
            "programme"
        )

    def _claim(self) -> str:
        """File a certificate, send it back, file it again, and attest it."""
        learner_id = next(reversed(self._office.enrolments))
        school, attester = self._office.desk, self._consortium.desks["shanyun"]
        claim = Claim(
            claim_id=statement_id(),
            learner_id=learner_id,
            attester=attester.member_id,
            achievement="yuqiao/X-DATA@1",
            disclosed={"certificate": _CERTIFICATE},
        )
        school.post(claim_content(claim, school.secret), by=self._by())
        attester.say(
            "claim.returned.v1",
            claim_id=claim.claim_id,
            revision=0,
            missing_codes=["certificate_illegible"],
            missing="证书扫描件不清晰",
        )
        again = replace(claim, revision=1)
        school.post(claim_content(again, school.secret), by=self._by())
        attester.post(award_content(self._attested(claim), attester.secret))
        ended = self._bank.claim(claim.claim_id)
        return (
            "a learner handed in an outside certificate (成果申报): it came back for a "
            f"better copy, was handed in again, and ended {ended.status}. It can be "
            "deposited once in the whole ledger"
        )

    def _attested(self, claim: Claim) -> Result:
        return Result(
            reference="X-DATA-CLAIM-001",
            learner_id=claim.learner_id,
            achievement=claim.achievement,
            basis="attested",
            public={
                "credits": "3",
                "assessed_on": "2026-06-15",
                "level": {"framework": "x-level", "code": "中级"},
                "claim": claim.claim_id,
                "verification": {
                    "method": "online_register",
                    "source": "职业技能等级证书信息管理服务平台",
                    "verified_on": "2026-09-28",
                },
            },
            disclosed={"certificate": _CERTIFICATE},
        )

    def _appeal(self, case: Case) -> str:
        """Appeal against a decline: the school's panel, then the committee."""
        school, committee = self._office.desk, self._consortium.desks["zhuanwei"]
        first, second = statement_id(), statement_id()
        for appeal_id, panel, follows in (
            (first, school, None),
            (second, committee, first),
        ):
            body: dict[str, object] = {
                "appeal_id": appeal_id,
                "learner_id": case.learner_id,
                "against": {"what": "exchange", "id": case.exchange_id},
                "panel": panel.member_id,
                "grounds": "facts_wrong",
                "reason": "课程内容已达到要求",
            }
            body |= {} if follows is None else {"follows": follows}
            content = Content(type="appeal.filed.v1", body=body)
            school.post(content, by=self._by())
            decided = {"outcome": "upheld", "reason_code": "facts_confirmed"}
            if follows is not None:
                decided = {"outcome": "remitted", "reason_code": "new_evidence"}
                decided["due_on"] = "2026-10-20"
            decided["reason"] = "经复核作出决定"
            panel.say("appeal.decided.v1", appeal_id=appeal_id, **decided)
        waiting = [
            one
            for one in self._bank.progress(case.learner_id)
            if one.kind == "appeal" and one.desk is not None
        ]
        return (
            "a declined applicant appealed (申诉): the school's own panel upheld the "
            "decision, the committee sent it back to be decided anew by 2026-10-20, "
            f"and the learner's progress (办理进度) shows {len(waiting)} case on the "
            "school's desk"
        )

    def _assess(self) -> str:
        """Sign whether some learners may graduate."""
        results = []
        for learner_id, enrolment_id in list(self._office.enrolments.items())[
            :_ASSESSED
        ]:
            found = self._bank.graduation(learner_id, enrolment=enrolment_id)
            body = {**(found.body or {}), "assessment_id": statement_id()}
            self._office.desk.post(Content(type="graduation.assessed.v1", body=body))
            results.append(found.result)
        return (
            f"{len(results)} graduation audits (毕业资格审核) were worked out from the "
            f"log and signed by the school: {results.count('not_met')} of these "
            "learners lack something yet, and were told what"
        )

    def _reconcile(self) -> str:
        closed = self._bank.reconciliation(Wanted(period=PERIOD))
        later = self._bank.reconciliation(Wanted(period="open"))
        lines = sum(one.lines for one in closed.totals)
        corrected = sum(one.lines for one in later.totals)
        return (
            f"the operator closed the period {PERIOD} (互认对账): {lines} lines "
            f"between {len(closed.net)} pairs of members and categories, netted; "
            f"{corrected} later corrections fall into the open one"
        )

    def _look_over(self) -> str:
        used = self._bank.overview().learners
        return (
            f"of {used.with_award} learners with results, {used.with_exchange} had "
            f"some recognised and {used.with_redemption} count them in a programme "
            "(总览)"
        )
