"""The words of the rule language as a registrar says them, in Chinese and English."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "recognise": ("认定（来源学分保留在原单位）", "recognised (the source stays)"),
        "consume": ("转换核销（来源学分用掉）", "converted (the source is used up)"),
        "course_credit": ("课程学分", "course credit"),
        "elective_credit": ("任选课学分", "elective credit"),
        "attendance_waived": ("免修不免考", "attendance waived"),
        "exam_waived": ("免考", "exam waived"),
        "requirement_met": ("达到要求，不计学分", "requirement met, no credits"),
        "partial": ("部分认定", "partly recognised"),
        "enrolment": ("每一学籍", "each enrolment"),
        "programme": ("每一培养方案", "each programme"),
        "member": ("同一学校", "the same school"),
        "ever": ("终身", "ever"),
        "rule": ("本规则", "this rule"),
        "learner": ("该学习者", "the learner"),
        "drop": ("舍去", "is dropped"),
        "elective": ("计为任选课学分", "becomes elective credits"),
        "keep": ("保留在原批次", "stays available"),
        "top_up": ("补差额", "only the difference is given"),
        "replace": ("替换原认定", "the earlier one is replaced"),
        "refuse": ("不再认定", "it is refused"),
        "requested": ("申请日", "the day of application"),
        "learning_ended": ("学习结束日", "the end of learning"),
        "cohort": ("入学日", "the start of the enrolment"),
        "assessed": ("考核日", "the day of assessment"),
        "recorded": ("入账日", "the day it was recorded"),
        "enrolled": ("入学日", "the start of the enrolment"),
        "all_of": ("须全部具备", "all of these"),
        "any_of": ("任选其一", "any one of these"),
        "term": ("每学期", "each term"),
        "year": ("每学年", "each academic year"),
        "credits": ("学分", "credits"),
        "courses": ("门课程", "courses"),
        "exchanges": ("次转换", "exchanges"),
        "programme_credits": ("培养方案总学分", "the programme's credits"),
        "programme_courses": ("培养方案课程门数", "the programme's courses"),
        "root_credits": ("原始成果学分", "the original credits"),
        "root": ("每项原始成果", "each original result"),
        "root_member": ("每个来源单位", "each member it comes from"),
        "requirement": ("每项要求", "each requirement"),
        "content_group": ("每个同内容组", "each group of the same content"),
        "hour": ("学时", "hours"),
        "day": ("天", "days"),
        "practice_week": ("实践周", "practice weeks"),
        "down": ("舍去尾数", "rounded down"),
        "half_up": ("四舍五入", "half and more rounded up"),
        "lot": ("逐批取整", "each lot apart"),
        "case": ("按次取整", "per exchange"),
        "score": ("成绩", "score"),
        "attendance": ("出勤率", "attendance"),
        "grade": ("等第", "grade"),
        "course": ("课程", "courses"),
        "skill_certificate": ("职业技能证书", "skill certificates"),
        "training": ("培训", "trainings"),
        "internship": ("实习", "internships"),
        "competition": ("竞赛", "competitions"),
        "project": ("项目", "projects"),
        "school": ("学校", "schools"),
        "enterprise": ("企业", "enterprises"),
        "training_centre": ("实训中心", "training centres"),
        "assessment_body": ("评价机构", "assessment bodies"),
        "compulsory": ("必修", "compulsory"),
        "limited_elective": ("限选", "limited elective"),
        "common": ("公共基础", "common"),
        "basic": ("专业基础", "basic"),
        "core": ("专业核心", "core"),
        "practice": ("实践", "practice"),
        "self": ("本人", "self"),
        "collective": ("集体", "collective"),
        "provisional": ("临时", "provisional"),
        "proposed": ("待各方确认", "waits for its parties"),
        "agreed": ("已生效", "agreed by all"),
        "rejected": ("已否决", "rejected"),
        "suspended": ("已暂停", "suspended"),
        "retired": ("已停用", "retired"),
        "accepted": ("已认定", "accepted"),
        "declined": ("不予认定", "declined"),
        "returned": ("退回补正", "sent back to be completed"),
        "cancelled": ("已撤回", "cancelled"),
        "lapsed": ("逾期失效", "lapsed"),
        "reversed": ("已撤销", "reversed"),
        "certificate": ("证书", "the certificate"),
        "certificate_number": ("证书编号", "the certificate's number"),
        "certificate_illegible": ("证书不清晰", "a legible certificate"),
        "evidence": ("佐证材料", "evidence"),
        "identity": ("身份核验材料", "proof of identity"),
        "translation": ("译文", "a translation"),
        "other_achievement": ("应选其他成果目录项", "another achievement"),
        "guardian": ("监护人", "guardian"),
        "oidc": ("统一身份认证", "OpenID Connect"),
        "webauthn": ("通行密钥", "passkey"),
        "esign": ("电子签名", "electronic signature"),
        "paper": ("纸质签名", "on paper"),
        "retired-source": ("来源成果已停用", "the source is retired"),
        "never-reached": ("上限低于一次认定的学分", "the limit is below one exchange"),
        "gains-credit": ("认定学分多于来源学分", "it gives more than it asks for"),
        "overlaps": ("与现行规则来源和去向重叠", "overlaps with a rule in force"),
        "round-trip": ("与现行规则构成往返", "is the way back of a rule in force"),
    }
)
"""Of every word that is signed: Chinese, English."""


class Speech:
    """Says things in one of the two languages."""

    def __init__(self, language: str) -> None:
        """Take a language: Chinese if it begins with zh, else English."""
        self.chinese = language.startswith("zh")

    def word(self, code: str | StrEnum) -> str:
        """Return what a code means; an unknown one as it is."""
        words = WORDS.get(str(code))
        if words is None:
            return str(code)
        return words[0] if self.chinese else words[1]

    def words(self, codes: tuple[str, ...]) -> str:
        """Return several, joined."""
        return ("、" if self.chinese else ", ").join(map(self.word, codes))

    def say(self, chinese: str, english: str) -> str:
        """Return one of two texts."""
        return chinese if self.chinese else english
