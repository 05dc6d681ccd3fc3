"""What goes wrong in a real consortium, and how the bank shows it without erasing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from api.cli.demo.consortium import Consortium, Desk, mandate
from client.ids import statement_id
from client.results import Content, Result, account_content, award_content
from ledger.domain.types import instant_of
from ledger.integrity.encoding import b64encode

Results = Mapping[str, Sequence[Result]]

CORRECTED = 30
WITHDRAWN = 10
ANNULLED = 5
HALVED = 25
AMENDED = 25


def play_incidents(
    consortium: Consortium, results: Results, *, homes: Mapping[str, str]
) -> list[str]:
    """Correct, revoke, amend, merge, rotate a key and lose another."""
    return [
        *_correct(consortium, results),
        _amend(consortium, results),
        _merge(consortium, homes),
        _relate(consortium, homes),
        _rotate(consortium),
        _lose(consortium, results),
    ]


def _revocation(
    desk: Desk, result: Result, *, kind: str, reason: str, amount: str | None = None
) -> Content:
    body = {
        "award_id": result.award_id(desk.secret),
        "credits": amount or result.public["credits"],
        "class": kind,
        "reason_code": reason,
    }
    return Content(type="credit.revoked.v1", body=body)


def _correct(consortium: Consortium, results: Results) -> list[str]:
    desk = consortium.desks["linjiang"]
    passed = _issued(results["linjiang"])
    wrong = passed[:CORRECTED]
    desk.post_all(
        _revocation(desk, one, kind="corrected", reason="amount_corrected")
        for one in wrong
    )
    desk.post_all(
        award_content(_revised(one, credits_text="1"), desk.secret) for one in wrong
    )
    place = CORRECTED
    for count, kind, reason, amount in (
        (WITHDRAWN, "withdrawn", "recorded_in_error", None),
        (ANNULLED, "annulled", "misconduct", None),
        (HALVED, "corrected", "amount_corrected", "0.5"),
    ):
        desk.post_all(
            _revocation(desk, one, kind=kind, reason=reason, amount=amount)
            for one in passed[place : place + count]
        )
        place += count
    corrected = (
        f"{CORRECTED} awards of 临江智造职业学院 had a wrong amount: each was revoked "
        "(更正) and posted again as its next revision"
    )
    revoked = (
        f"{WITHDRAWN} awards were withdrawn (撤回), {ANNULLED} annulled for misconduct "
        f"(撤销), and half a credit was taken back from {HALVED} more"
    )
    return [corrected, revoked]


def _issued(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.passed and one.basis == "issued"]


def _revised(result: Result, *, credits_text: str) -> Result:
    public = {**result.public, "credits": credits_text}
    return replace(result, revision=1, public=public)


def _amend(consortium: Consortium, results: Results) -> str:
    desk = consortium.desks["baling"]
    passed = _issued(results["baling"])
    for one in passed[:AMENDED]:
        desk.say(
            "credit.amended.v1",
            award_id=one.award_id(desk.secret),
            assessed_on="2026-07-10",
            learned_to="2026-07-10",
            reason_code="clerical_error",
            reason="考试日期录入有误",
        )
    return f"{AMENDED} awards of 巴岭健康职业学院 had a wrong date, which was amended"


def _merge(consortium: Consortium, homes: Mapping[str, str]) -> str:
    survivor = next(one for one, home in homes.items() if home == "yuqiao")
    centre = consortium.desks["changtan"]
    absorbed = "learner_" + b64encode(b"second account").encode().hex()[:32].ljust(
        32, "0"
    )
    centre.post(account_content(absorbed, centre.secret, mode="provisional"))
    result = Result(
        reference="CT-MERGE-1",
        learner_id=absorbed,
        achievement="changtan/CT-01@1",
        public={"credits": "2", "assessed_on": "2026-05-20"},
    )
    centre.post(award_content(result, centre.secret))
    merge = {
        "merge_id": statement_id(),
        "survivor": survivor,
        "absorbed": absorbed,
        "reason_code": "duplicate",
    }
    for desk in (consortium.desks["yuqiao"], centre, consortium.operator):
        desk.say("accounts.merged.v1", **merge)
    return (
        "a learner had a second account at 长滩智慧物流公共实训基地: both homes "
        "and the operator signed the merge (合并), and the first answers for both"
    )


def _relate(consortium: Consortium, homes: Mapping[str, str]) -> str:
    learner_id = next(one for one, home in homes.items() if home == "baling")
    body = {
        "relation_id": statement_id(),
        "learner_id": learner_id,
        "member_id": "shanyun",
        "scopes": ["read", "exchange"],
        "purpose": "转学学分认定",
        "basis": "学习者书面授权",
    }
    by = mandate(
        b64encode(b"paper form, 32 bytes of digest.."),
        at=instant_of(consortium.clock.now()),
    )
    content = Content(type="relation.opened.v1", body=body)
    consortium.desks["baling"].post(content, by=by)
    return "a learner who changes schools let 山云数字职业学院 read and exchange (授权)"


def _rotate(consortium: Consortium) -> str:
    desk = consortium.desks["yuping"]
    old, new = desk.key, consortium.add_key(desk)
    desk.key = new
    desk.say(
        "key.revoked.v1", member_id=desk.member_id, kid=old.kid, reason_code="rotated"
    )
    return "渝衡职业技能评价中心 rotated its key (轮换密钥)"


def _lose(consortium: Consortium, results: Results) -> str:
    desk = consortium.desks["jialing"]
    safe, stolen = desk.key, consortium.add_key(desk)
    templates = [one for one in results["jialing"] if one.passed][:3]
    positions = []
    for number, template in enumerate(templates):
        result = Result(
            reference=f"JL-LOST-{number}",
            learner_id=template.learner_id,
            achievement=template.achievement,
            public=template.public,
        )
        posted = desk.post(award_content(result, desk.secret), key=stolen)
        positions.append(posted.receipt.position)
    desk.key = safe
    desk.say(
        "key.revoked.v1",
        member_id=desk.member_id,
        kid=stolen.kid,
        reason_code="compromised",
        since_position=positions[0],
    )
    desk.say("entries.confirmed.v1", positions=positions[:2])
    return (
        "嘉泉高端装备实训中心 lost a key: all it signed since is in doubt (存疑); "
        "two entries were confirmed, one award stays frozen"
    )
