"""The words of assessments and appeals, in Chinese and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from api.cli.rules.words import Speech

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "met": ("符合毕业条件", "met"),
        "not_met": ("未达到毕业条件", "not met"),
        "total": ("总学分", "credits in all"),
        "minimum": ("最低学分", "at least"),
        "home_at_least": ("本校修得", "learned at the school"),
        "last_at_home": ("最后在本校修得", "the last ones, at the school"),
        "limit": ("最高限额", "at most"),
        "another_learner": ("已不属该学习者", "no longer the learner's"),
        "revoked": ("已撤销", "revoked"),
        "not_passed": ("已改为未通过", "no longer passed"),
        "contested": ("签名存疑", "contested"),
        "flagged": ("来源有变，待处理", "flagged"),
        "filed": ("待处理", "waits for the panel"),
        "upheld": ("维持原决定", "upheld: the decision stands"),
        "overturned": ("撤销原决定", "overturned"),
        "remitted": ("责令重新办理", "remitted"),
        "exchange": ("学分转换", "exchange"),
        "award": ("学习成果", "award"),
        "claim": ("成果申报", "claim"),
        "graduation": ("毕业资格审核", "graduation"),
        "redemption": ("计入培养方案", "redemption"),
    }
)
"""Of every word that is signed: Chinese, English."""


def word(speech: Speech, code: str) -> str:
    """Return what a code means; an unknown one as it is."""
    chinese, english = WORDS.get(code, (code, code))
    return speech.say(chinese, english)
