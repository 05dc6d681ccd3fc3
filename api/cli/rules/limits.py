"""What a limit of a rule says, in plain words."""

from api.cli.rules.words import Speech
from ledger.domain.language.caps import Limit, Period, UseFilter


def describe_limit(limit: Limit, speech: Speech) -> str:
    """Return what a limit allows, of what, and within what."""
    measure, within = speech.word(limit.measure), speech.word(limit.within)
    if limit.share is not None and limit.share_of is not None:
        share = f"{limit.share.numerator}/{limit.share.denominator}"
        whole = speech.word(limit.share_of)
        most = speech.say(f"{whole}的 {share}", f"{share} of {whole}")
    else:
        most = speech.say(f"{limit.at_most} {measure}", f"{limit.at_most} {measure}")
    per = [within]
    if limit.period is not None:
        per.append(_period(limit.period, speech))
    if limit.each is not None:
        per.append(speech.word(limit.each))
    counted = _filter(limit.over, speech)
    scope = speech.say("、", ", ").join(per)
    text = speech.say(
        f"上限 {limit.code}：{scope}不超过 {most}",
        f"Limit {limit.code}: at most {most} for {scope}",
    )
    if counted:
        text += speech.say(f"（只计 {counted}）", f" (counting {counted})")
    if limit.only_if is not None:
        other = _filter(limit.only_if, speech)
        text += speech.say(f"，且同期须有 {other}", f", only beside {other}")
    return text


def _period(period: Period, speech: Speech) -> str:
    unit, by = speech.word(period.unit), speech.word(period.by)
    return speech.say(
        f"{unit}（校历 {period.calendar}，以{by}为准）",
        f"{unit} of {period.calendar} by {by}",
    )


def _filter(over: UseFilter, speech: Speech) -> str:
    pairs: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("来源单位", "from", over.root_members),
        ("来源单位类别", "from", over.root_kinds),
        ("成果类别", "kind", over.achievement_kinds),
        ("证书体系", "scheme", over.schemes),
        ("同内容组", "content", over.content_groups),
        ("性质", "nature", over.natures),
        ("模块", "module", over.modules),
        ("要求", "requirement", over.requirements),
    )
    said = [
        f"{speech.say(zh, en)} {speech.words(values)}"
        for zh, en, values in pairs
        if values
    ]
    return speech.say("，", ", ").join(said)
