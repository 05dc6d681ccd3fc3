"""What happened and how things stand, as a registrar says it in both languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from api.cli.rules.words import Speech

ACTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "member.admitted.v1": ("成员加入", "member admitted"),
        "member.renamed.v1": ("成员更名", "member renamed"),
        "member.suspended.v1": ("成员暂停", "member suspended"),
        "member.reinstated.v1": ("成员恢复", "member reinstated"),
        "member.withdrawn.v1": ("成员退出", "member withdrawn"),
        "member.succeeded.v1": ("成员承继", "member succeeded"),
        "key.added.v1": ("新增密钥", "key added"),
        "key.revoked.v1": ("吊销密钥", "key revoked"),
        "entries.confirmed.v1": ("确认存疑账目", "entries confirmed"),
        "framework.published.v1": ("发布等级标准", "level framework published"),
        "calendar.published.v1": ("发布校历", "calendar published"),
        "achievement.published.v1": ("发布成果目录项", "achievement published"),
        "achievement.endorsed.v1": ("成果专家认可", "achievement endorsed"),
        "achievement.retired.v1": ("成果目录项停用", "achievement retired"),
        "account.opened.v1": ("开户", "account opened"),
        "account.claimed.v1": ("账户认领", "account claimed"),
        "account.closed.v1": ("销户", "account closed"),
        "accounts.merged.v1": ("账户合并", "accounts merged"),
        "accounts.unmerged.v1": ("账户拆分", "accounts separated"),
        "relation.opened.v1": ("开通授权", "relation opened"),
        "relation.ended.v1": ("终止授权", "relation ended"),
        "credit.awarded.v1": ("学习成果存入", "credits awarded"),
        "credit.amended.v1": ("更正信息", "award amended"),
        "credit.revoked.v1": ("撤销学分", "credits revoked"),
        "programme.published.v1": ("发布培养方案", "programme published"),
        "programme.retired.v1": ("培养方案停用", "programme retired"),
        "enrolment.opened.v1": ("学籍注册", "enrolment opened"),
        "enrolment.changed.v1": ("学籍变动", "enrolment changed"),
        "enrolment.ended.v1": ("学籍终止", "enrolment ended"),
        "policy.published.v1": ("发布统一政策", "policy published"),
        "policy.endorsed.v1": ("政策审定", "policy endorsed"),
        "rule.proposed.v1": ("规则提出", "rule proposed"),
        "rule.endorsed.v1": ("规则专家认可", "rule endorsed"),
        "rule.ratified.v1": ("规则确认", "rule ratified"),
        "rule.acceded.v1": ("加入规则", "rule acceded to"),
        "rule.rejected.v1": ("规则否决", "rule rejected"),
        "rule.suspended.v1": ("规则暂停", "rule suspended"),
        "rule.resumed.v1": ("规则恢复", "rule resumed"),
        "rule.retired.v1": ("规则停用", "rule retired"),
        "exchange.requested.v1": ("转换申请", "exchange requested"),
        "exchange.endorsed.v1": ("审核通过", "passed on by a desk"),
        "exchange.returned.v1": ("退回补正", "sent back"),
        "exchange.accepted.v1": ("认定/转换", "exchange accepted"),
        "exchange.declined.v1": ("不予认定", "exchange declined"),
        "exchange.cancelled.v1": ("撤回申请", "exchange cancelled"),
        "exchange.lapsed.v1": ("逾期失效", "exchange lapsed"),
        "exchange.reversed.v1": ("撤销转换", "exchange reversed"),
        "credit.redeemed.v1": ("计入培养方案", "credits redeemed"),
        "redemption.reversed.v1": ("撤销计入", "redemption reversed"),
        "credit.expired.v1": ("学分到期", "credits expired"),
        "claim.filed.v1": ("成果申报", "claim filed"),
        "claim.returned.v1": ("申报退回补正", "claim sent back"),
        "claim.refused.v1": ("不予认证", "claim refused"),
        "claim.withdrawn.v1": ("撤回申报", "claim withdrawn"),
        "graduation.assessed.v1": ("毕业资格审核", "graduation assessed"),
        "appeal.filed.v1": ("申诉", "appeal filed"),
        "appeal.decided.v1": ("申诉处理决定", "appeal decided"),
        "period.closed.v1": ("互认对账结账", "period closed"),
    }
)
"""Of every type of statement: Chinese, English."""

STATES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "operator": ("运营机构", "operator"),
        "committee": ("专业委员会", "committee"),
        "auditor": ("审计方", "auditor"),
        "active": ("正常", "active"),
        "withdrawn": ("已退出", "withdrawn"),
        "succeeded": ("已由他方承继", "succeeded"),
        "available": ("可用", "available"),
        "held": ("冻结", "held"),
        "exchanged": ("已转换", "exchanged"),
        "redeemed": ("已计入", "redeemed"),
        "expired": ("已到期", "expired"),
        "revoked": ("已撤销", "revoked"),
        "partly_revoked": ("部分撤销", "partly revoked"),
    }
)
"""Of every state that the words of rules do not have: Chinese, English."""


class Telling(Speech):
    """Says what happened and how things stand, in one of the two languages."""

    def act(self, type_name: str) -> str:
        """Return what a statement of this type does; an unknown one as it is."""
        chinese, english = ACTS.get(type_name, (type_name, type_name))
        return self.say(chinese, english)

    def state(self, code: str) -> str:
        """Return a state, or a kind of member or achievement."""
        if code in STATES:
            return self.say(*STATES[code])
        return self.word(code)
