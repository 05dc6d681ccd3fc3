"""The sample consortium's members and catalogue, read from ``sample.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from api.cli.demo.consortium import Consortium, NewMember

SCHOOLS: Final = ("yuqiao", "linjiang", "baling", "shanyun")
COMMITTEE: Final = "zhuanwei"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A catalogue item: what it is called, and what it grants."""

    member: str
    code: str
    title: str
    kind: str
    credits: str
    hours: str = ""
    level: str = ""
    chain: str = ""
    body: str = ""
    scheme: str = ""
    version: int = 1

    @property
    def ref(self) -> str:
        """The version that awards name."""
        return f"{self.member}/{self.code}@{self.version}"

    def fields(self) -> dict[str, object]:
        """Return the body of its publication."""
        fields: dict[str, object] = {
            "code": self.code,
            "version": self.version,
            "title": self.title,
            "kind": self.kind,
            "credits": self.credits,
        }
        if self.hours:
            fields["workload"] = {"value": self.hours, "unit": "hour"}
        if self.level:
            fields["level"] = self.level_fields()
        if self.chain:
            fields["industry_chain"] = self.chain
        if self.body:
            fields["awarding_body"] = {"name": self.body, "scheme": self.scheme}
            fields["content_group"] = self.code.lower()
        return fields

    def level_fields(self) -> dict[str, str]:
        """Return its level as statements spell it."""
        framework, _, code = self.level.partition(":")
        return {"framework": framework, "code": code}


Plan = Mapping[str, Any]  # Any: plain TOML.


def read_plan() -> Plan:
    """Return the sample as written down."""
    text = files(__package__).joinpath("sample.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def admit_all(consortium: Consortium, plan: Plan) -> None:
    """Admit every member, and publish frameworks and the calendar."""
    for member in plan["members"]:
        consortium.admit(NewMember(**member))
    for framework in plan["frameworks"]:
        consortium.operator.say("framework.published.v1", version=1, **framework)
    calendar = plan["calendar"]
    years = [
        _year(first)
        for first in range(calendar["first_year"], calendar["last_year"] + 1)
    ]
    consortium.operator.say(
        "calendar.published.v1",
        code=calendar["code"],
        title=calendar["title"],
        version=1,
        years=years,
        workdays={"weekdays": [1, 2, 3, 4, 5]},
    )


def _year(first: int) -> dict[str, object]:
    name, last = f"{first}-{first + 1}", first + 1
    terms = (
        ("1", f"{first}-09-01", f"{last}-01-31"),
        ("2", f"{last}-02-01", f"{last}-08-31"),
    )
    return {
        "code": name,
        "starts_on": f"{first}-09-01",
        "ends_on": f"{last}-08-31",
        "terms": [
            {"code": f"{name}-{number}", "starts_on": start, "ends_on": end}
            for number, start, end in terms
        ],
    }


def offers(plan: Plan) -> list[Offer]:
    """Return the whole catalogue, in the order it is published."""
    found = []
    for member, lines in plan["courses"].items():
        for line in lines:
            code, title, amount, chain = _parts(line)
            found.append(
                Offer(
                    member=member,
                    code=code,
                    title=title,
                    kind="course",
                    credits=amount,
                    chain=chain,
                )
            )
    for other in plan["others"]:
        member, code, title, kind, amount, hours, level, chain = _parts(other["line"])
        found.append(
            Offer(
                member=member,
                code=code,
                title=title,
                kind=kind,
                credits=amount,
                hours=hours,
                level=level,
                chain=chain,
            )
        )
    return found


def outside_offers(plan: Plan) -> list[Offer]:
    """Return the certificates of bodies outside; the first school lists them."""
    found = []
    for code, line in plan["outside"].items():
        title, amount, level, body, scheme = _parts(line)
        found.append(
            Offer(
                member=SCHOOLS[0],
                code=code,
                title=title,
                kind="skill_certificate",
                credits=amount,
                level=level,
                body=body,
                scheme=scheme,
            )
        )
    return found


def publish_all(consortium: Consortium, catalogue: list[Offer]) -> None:
    """Publish, have the committee endorse certificates, and retire one old version."""
    for offer in catalogue:
        consortium.desks[offer.member].say("achievement.published.v1", **offer.fields())
        if offer.kind == "skill_certificate":
            consortium.desks[COMMITTEE].say(
                "achievement.endorsed.v1",
                achievement=offer.ref,
                document_number=f"专指委 2023-{offer.code} 号",
                decided_on="2023-08-20",
            )
    old = catalogue[0]
    consortium.desks[old.member].say(
        "achievement.published.v1", **{**old.fields(), "version": 2}
    )
    consortium.desks[old.member].say(
        "achievement.retired.v1", achievement=old.ref, reason="课程标准已修订"
    )


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]
