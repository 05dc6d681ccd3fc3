"""What a rule says, in plain words: one line for everything that its parties sign."""

from collections.abc import Iterable, Iterator
from typing import Final

from api.cli.rules.limits import describe_limit
from api.cli.rules.words import Speech
from ledger.domain.language.selectors import Component, Predicate, Selector
from ledger.domain.language.shapes import (
    Conversion,
    GradePolicy,
    Method,
    RoundAt,
    RuleTerms,
    Target,
)
from ledger.domain.measures import Workload

LOTS_MAX: Final = 64
"""As many as one component can have: said only if it is fewer."""


def describe(terms: RuleTerms, language: str) -> list[str]:
    """Return the lines that tell a registrar what a rule says."""
    speech = Speech(language)
    return [
        *_frame(terms, speech),
        *_source(terms, speech),
        *_targets(terms, speech),
        *_counting(terms, speech),
        *(describe_limit(one, speech) for one in terms.limits),
        *_path(terms, speech),
    ]


def _frame(terms: RuleTerms, speech: Speech) -> Iterator[str]:
    title = terms.title if speech.chinese else terms.title_en or terms.title
    yield speech.say(f"名称：{title}", f"Title: {title}")
    others = ", ".join(one for one in terms.parties if one != terms.recogniser)
    yield speech.say(
        f"认定单位：{terms.recogniser}；其他参与单位：{others or '无'}",
        f"Recognised by {terms.recogniser}; other parties: {others or 'none'}",
    )
    if terms.open_to_accession:
        yield speech.say("其他单位可加入", "Other members may join")
    if terms.committee is not None:
        yield speech.say(
            f"须经 {terms.committee} 审定",
            f"Needs the endorsement of {terms.committee}",
        )
    day, until = speech.word(terms.dated_by), terms.valid_until
    ends = speech.say("不设截止日", "without end")
    if until is not None:
        ends = speech.say(f"至 {until}", f"to {until}")
    yield speech.say(
        f"有效期：{terms.valid_from} 起，{ends}，以{day}为准",
        f"Valid from {terms.valid_from} {ends}, by {day}",
    )
    window = terms.request_window
    if window is not None:
        unit = speech.word(window.unit)
        first, last = window.first_day, window.last_day
        yield speech.say(
            f"申请窗口：{unit}第 {first} 至 {last} 天（校历 {window.calendar}）",
            f"One applies on days {first} to {last} of {unit} of {window.calendar}",
        )


def _source(terms: RuleTerms, speech: Speech) -> Iterator[str]:
    source, index = terms.source, 0
    if len(source.groups) > 1:
        mode = speech.word(source.mode)
        yield speech.say(f"学习者须提供（{mode}）：", f"The learner brings, {mode}:")
    else:
        yield speech.say("学习者须提供：", "The learner brings:")
    for group in source.groups:
        if len(group.components) > 1:
            yield f"  {speech.word(group.mode)}{speech.say('：', ':')}"
        for component in group.components:
            yield f"  [{index}] {_component(component, speech)}"
            index += 1


def _component(component: Component, speech: Speech) -> str:
    parts = [_selector(component.of, speech)]
    parts += [_predicate(one, speech) for one in component.predicates]
    if component.credits_at_least is not None:
        amount = component.credits_at_least
        parts.append(speech.say(f"不少于 {amount} 学分", f"at least {amount} credits"))
    if component.workload_at_least is not None:
        load = _load(component.workload_at_least, speech)
        parts.append(speech.say(f"不少于 {load}", f"at least {load}"))
    if component.lots_at_most < LOTS_MAX:
        count = component.lots_at_most
        parts.append(speech.say(f"最多 {count} 项", f"at most {count} results"))
    age = component.age
    if age is not None:
        since, at = speech.word(age.since), speech.word(age.at)
        parts.append(
            speech.say(
                f"{since}至{at}不超过 {age.months} 个月",
                f"not older than {age.months} months from {since} to {at}",
            )
        )
    return speech.say("，", ", ").join(parts)


def _load(load: Workload, speech: Speech) -> str:
    return f"{load.value} {speech.word(load.unit)}"


def _predicate(one: Predicate, speech: Speech) -> str:
    name = speech.word(one.name)
    on = one.framework or one.scale or "100"
    return speech.say(
        f"{name}不低于 {one.at_least}（{on} 制）",
        f"{name} at least {one.at_least} on {on}",
    )


def _selector(of: Selector, speech: Speech) -> str:
    level = of.level
    bounds: tuple[str, ...] = ()
    if level is not None:
        low, high = level.at_least, level.at_most
        bounds = (
            *(() if low is None else (speech.say(f"不低于 {low}", f"from {low}"),)),
            *(() if high is None else (speech.say(f"不高于 {high}", f"to {high}"),)),
        )
    pairs: Iterable[tuple[str, str, str]] = (
        ("成果", "achievement", of.achievement or ""),
        ("来源单位", "of", speech.words(of.members)),
        ("来源单位类别", "of", speech.words(of.member_kinds)),
        ("成果类别", "kind", speech.words(of.achievement_kinds)),
        ("证书体系", "scheme", speech.words(of.schemes)),
        ("同内容组", "content", speech.words(of.content_groups)),
        ("等级", "level", f"{level.framework} {' '.join(bounds)}" if level else ""),
        ("技能", "skill", speech.words(of.skills)),
        ("性质不含", "not", speech.words(of.excluded_natures)),
        ("模块不含", "not", speech.words(of.excluded_modules)),
        ("内容不含", "not", speech.words(of.excluded_content_groups)),
    )
    said = [f"{speech.say(zh, en)} {value}" for zh, en, value in pairs if value]
    anything = speech.say("任何成果", "any result")
    return speech.say("，", ", ").join(said) or anything


def _targets(terms: RuleTerms, speech: Speech) -> Iterator[str]:
    yield speech.say("认定结果：", "It gives:")
    for one in terms.targets:
        yield f"  {_target(one, speech, conversion=terms.conversion)}"
    yield speech.say("效力：", "Effect: ") + speech.word(terms.effect)


def _target(one: Target, speech: Speech, *, conversion: Conversion) -> str:
    aim = one.achievement or ""
    if one.requirement is not None:
        aim = f"{one.requirement.programme} {one.requirement.code}"
    outcome = speech.word(one.outcome)
    if one.credits is not None:
        amount = speech.say(f"{one.credits} 学分", f"{one.credits} credits")
    else:
        amount = _converted(conversion, speech)
    parts = [f"{outcome} → {aim}", amount]
    if one.credits_at_most is not None:
        most = one.credits_at_most
        parts.append(speech.say(f"最多 {most} 学分", f"at most {most}"))
    if one.supplement is not None:
        tasks, days = one.supplement.tasks, one.supplement.due_days
        parts.append(
            speech.say(f"{days} 天内补：{tasks}", f"within {days} days: {tasks}")
        )
    parts += _grade(one, speech)
    return speech.say("，", ", ").join(parts)


def _grade(one: Target, speech: Speech) -> Iterator[str]:
    policies = {
        GradePolicy.KEEP: ("保留原成绩", "keeps its grade"),
        GradePolicy.FIXED: ("成绩固定为", "with the grade"),
        GradePolicy.TABLE: ("成绩按对照表：", "graded by table:"),
        GradePolicy.CAP: ("成绩最高为", "graded at most"),
        GradePolicy.NONE: ("不记成绩", "without a grade"),
    }
    steps = (f"≥{step.from_at_least} {step.grade}" for step in one.grade_table)
    yield " ".join(
        filter(None, (speech.say(*policies[one.grade_policy]), one.grade, *steps))
    )
    if one.counts_in_gpa:
        yield speech.say("计入平均学分绩点", "counts in the average grade")


def _converted(conversion: Conversion, speech: Speech) -> str:
    if conversion.method is Method.RATIO and conversion.ratio is not None:
        ratio = f"{conversion.ratio.numerator}/{conversion.ratio.denominator}"
        how = speech.say(f"来源学分 × {ratio}", f"credits × {ratio}")
    else:
        loads = [_load(one, speech) for one in conversion.per_credit]
        each = speech.say(" 或 ", " or ").join(loads)
        how = speech.say(f"每 {each} 折 1 学分", f"1 credit for {each}")
    rounding, place = speech.word(conversion.rounding), speech.word(conversion.round_at)
    if conversion.round_at is RoundAt.PROGRAMME:
        place = speech.say("按学籍累计取整", "over all exchanges of the enrolment")
    return speech.say(
        f"{how}（以 {conversion.step} 学分为单位，{rounding}，{place}）",
        f"{how} (in steps of {conversion.step}, {rounding}, {place})",
    )


def _counting(terms: RuleTerms, speech: Speech) -> Iterator[str]:
    once, rest = speech.word(terms.once_per), speech.word(terms.remainder)
    yield speech.say(
        f"同一成果{once}只计一次；余数{rest}",
        f"The same result counts once for {once}; what is left over {rest}",
    )
    if terms.supersede is not None:
        mode = speech.word(terms.supersede)
        yield speech.say(
            f"同内容取得更高等级时：{mode}", f"If a higher level arrives: {mode}"
        )
    if terms.shortfall_at_most is not None:
        most = terms.shortfall_at_most
        yield speech.say(
            f"来源学分可少于认定学分，最多少 {most}",
            f"The source may be smaller than what is given by {most} at most",
        )
    for one in terms.attestations:
        yield speech.say(
            f"须有经办人证明：{one.code} 不低于 {one.at_least}",
            f"Somebody on the path vouches for {one.code} of at least {one.at_least}",
        )


def _path(terms: RuleTerms, speech: Speech) -> Iterator[str]:
    if not terms.approval:
        yield speech.say(
            "审批：自动，符合条件即时认定", "Decided by the bank itself, at once"
        )
        return
    calendar = terms.workdays or ""
    yield speech.say(
        f"审批流程（工作日按校历 {calendar}）：",
        f"Desks, by the workdays of {calendar}:",
    )
    for number, step in enumerate(terms.approval):
        days = step.due_workdays
        yield speech.say(
            f"  {number + 1}. {step.member}（{step.role}），{days} 个工作日内",
            f"  {number + 1}. {step.member} as {step.role}, within {days} workdays",
        )
