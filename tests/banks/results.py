"""The results in a story: given, corrected, taken back, looked at, offered."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.domain.rules.awards import award_id
from ledger.domain.state import RuleRecord
from ledger.domain.types import credits_milli, credits_text
from tests.banks.bank import Step, StoryBank
from tests.builders import LEARNER, SECOND, reference

LEARNERS = {"first": LEARNER, "second": SECOND}


class Results:
    """The learners' lots by the names that a story gave them."""

    def __init__(self, bank: StoryBank) -> None:
        """Know no lot yet."""
        self.bank = bank
        self.ledger = bank.ledger
        self.lots: dict[str, str] = {}
        self.shown: dict[str, Step] = {}

    def award(self, step: Step) -> None:
        """Give a learner a result."""
        ref, name = step["of"], step["award"]
        member = step.get("by", ref.partition("/")[0])
        fields = ("credits", "workload", "learned_to", "valid_until", "level")
        body: dict[str, Any] = {
            "learner_id": LEARNERS[step.get("who", "first")],
            "achievement": f"{ref}@1",
            "basis": "attested" if "number" in step else "issued",
            "passed": step.get("passed", True),
            "reference_tag": reference(name),
            **{field: step[field] for field in fields if field in step},
        }
        if "learned_to" in step or "assessed_on" in step:
            body["assessed_on"] = step.get("assessed_on", step.get("learned_to"))
        if not {"score", "attendance", "grade"}.isdisjoint(step):
            body["_sd"] = [reference(f"values-of-{name}")]
        tags: tuple[str, ...] = ()
        if "number" in step:
            body["verification"] = {
                "method": "original_seen",
                "source": "original",
                "verified_on": self.bank.day,
            }
            tags = (str(step["number"]).ljust(43, "t"),)
        self.bank.say(member, "credit.awarded", body=body, tags=tags)
        tag = reference(name)
        self.lots[name] = award_id(member_id=member, reference_tag=tag, revision=0)
        self.shown[name] = step

    def amend(self, step: Step) -> None:
        """Correct a result; the amount stays."""
        identity = self.lots[step["amend"]]
        body = {"award_id": identity, "reason_code": "other", **step["to"]}
        self.bank.say(self.ledger.lot(identity).issuer, "credit.amended", body=body)

    def revoke(self, step: Step) -> None:
        """Take a result back."""
        lot = self.ledger.lot(self.lots[step["revoke"]])
        body = {
            "award_id": lot.award_id,
            "credits": step.get("credits", credits_text(lot.available_milli)),
            "class": "withdrawn",
            "reason_code": "recorded_in_error",
        }
        self.bank.say(step.get("by", lot.issuer), "credit.revoked", body=body)

    def look(self, step: Step) -> None:
        """Compare the parts of a lot, as thousandths' names without their unit."""
        lot = self.ledger.lot(self.lots[step["lot"]])
        for part, amount in step["has"].items():
            assert credits_text(getattr(lot, f"{part}_milli")) == amount, step
        assert bool(lot.flags) == step.get("flagged", False), step

    def offered(self, one: str | Step) -> dict[str, Any]:
        """Return a lot as a request offers it, by default all that is left."""
        step = {"award": one} if isinstance(one, str) else dict(one)
        lot = self.ledger.lot(self.lots[step["award"]])
        return {
            "award_id": lot.award_id,
            "credits": step.get("credits", credits_text(lot.available_milli)),
            "component": step.get("component", 0),
        }

    def predicates(
        self,
        rule: RuleRecord,
        names: Sequence[str | Step],
        *,
        offered: Sequence[Mapping[str, Any]],
    ) -> Sequence[dict[str, Any]]:
        """Return what a request can show of what its rule reads."""
        found = []
        for name, lot in zip(names, offered, strict=True):
            key = name if isinstance(name, str) else name["award"]
            component = rule.terms.source.components[lot["component"]]
            for one in component.predicates:
                value = self.shown.get(key, {}).get(one.name)
                least = one.at_least
                if value is None or not self._reaches(
                    value, least, framework=one.framework
                ):
                    continue
                plain = one.model_dump(mode="json", exclude_none=True)
                found.append({**plain, "award_id": lot["award_id"]})
        return found

    def _reaches(self, value: str, at_least: str, *, framework: str | None) -> bool:
        if framework is None:
            return credits_milli(value) >= credits_milli(at_least)
        scales = {one["code"]: one["levels"] for one in self.bank.data["frameworks"]}
        ranks = {level["code"]: level["rank"] for level in scales[framework]}
        return bool(ranks[value] >= ranks[at_least])
