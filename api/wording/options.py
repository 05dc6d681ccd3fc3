"""What a learner's options say in plain sentences, in Chinese and English."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from ledger.domain.language.selectors import Component, Predicate
from ledger.domain.rules.options.lacks import Lack
from ledger.domain.rules.options.option import Option
from ledger.domain.rules.settlement import Gain
from ledger.domain.types import credits_text
from projections.options.naming import Names

_PLACE: Final = {"en": 0, "zh-CN": 1}
_UNKNOWN: Final = "?"


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Any]:  # Any: sentences by language, and words.
    """Return the sentences by code and language, and single words."""
    text = files(__package__).joinpath("options.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return _UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Speaks of options to one learner in one language."""

    language: str
    names: Names

    def say(self, code: str, reason: object = None, /, **facts: str) -> str:
        """Return the sentence of a code, the closest that there is for a reason."""
        sentences = texts()["sentences"]
        found = sentences.get(f"{code}.{reason}") or sentences[code]
        return str(found[self.language].format_map(_Facts(facts)))

    def word(self, name: str) -> str:
        """Return a word; what has none is said as it is."""
        found = texts()["words"].get(name)
        return name if found is None else str(found[_PLACE[self.language]])

    def join(self, parts: Iterable[str]) -> str:
        """Return a list of things."""
        return ("、" if self.language == "zh-CN" else ", ").join(parts)

    def member(self, member_id: str) -> str:
        """Return a member's name."""
        found = self.names.members.get(member_id)
        if found is None:
            return member_id
        english = found.name_en if self.language == "en" else None
        return english or found.name

    def achievement(self, ref: str) -> str:
        """Return what an achievement is called."""
        full = ref if "@" in ref else f"{ref}@1"
        return self._title(self.names.achievements.get(full, {}), ref)

    def _title(self, document: Mapping[str, Any], name: str) -> str:  # Any: JSON.
        english = document.get("title_en") if self.language == "en" else None
        return str(english or document.get("title") or name)

    def lot(self, award_id: object) -> str:
        """Return what a lot is called: what it was earned in, and at whom."""
        found = self.names.lots.get(str(award_id))
        if found is None:
            return self.word("result")
        named = found.achievement
        title = self.word("result") if named is None else self.achievement(named)
        by = self.member(found.issuer)
        return f"《{title}》（{by}）" if self.language == "zh-CN" else f"{title} ({by})"

    def rule(self, option: Option) -> str:
        """Return a rule's title."""
        terms = option.rule.terms
        english = terms.title_en if self.language == "en" else None
        return english or terms.title

    def gain(self, gain: Gain) -> str:
        """Return what an exchange gives, and toward what."""
        aim = ""
        if gain.requirement is not None:
            code = gain.requirement.code
            found = self.names.programme.requirement(code)
            document = {} if found is None else dict(found)
            aim = self._title(document, code)
        elif gain.achievement is not None:
            aim = self.achievement(gain.achievement)
        outcome = self.word(gain.outcome.value)
        amount = credits_text(gain.amount_milli) if gain.amount_milli else ""
        chinese = self.language == "zh-CN"
        named = f"{amount}{outcome}" if chinese else f"{outcome}: {amount}"
        said = named if amount else outcome
        if not aim:
            return said
        return f"{said}（{aim}）" if chinese else f"{said} ({aim})"

    def component(self, component: Component) -> str:
        """Return what a component means, in a few words."""
        of = component.of
        parts: list[str] = []
        if of.achievement is not None:
            parts.append(self.achievement(of.achievement))
        parts += [self.word(kind.value) for kind in of.achievement_kinds]
        parts += [*of.schemes, *of.content_groups, *of.skills]
        if of.level is not None:
            parts.append(self.level(of.level.at_least, of.level.at_most))
        said = self.join(parts) or self.word("result")
        whom = [self.member(one) for one in of.members]
        whom += [self.word(kind.value) for kind in of.member_kinds]
        if not whom:
            return said
        return f"{said} ({self.word('from')} {self.join(whom)})"

    def level(self, at_least: object, at_most: object) -> str:
        """Return a range of levels."""
        ends = (("at_least", at_least), ("at_most", at_most))
        return " ".join(f"{self.word(name)} {end}" for name, end in ends if end)

    def predicate(self, one: Predicate, award_id: str) -> str:
        """Return what is to be shown of a lot, and who has it."""
        lot = self.names.lots[award_id]
        return self.say(
            "to-show",
            name=self.word(one.name),
            at_least=one.at_least,
            lot=self.lot(award_id),
            issuer=self.member(lot.issuer),
        )


def whom(lack: Lack, option: Option, *, names: Names) -> list[str]:
    """Return the members to ask about something that is missing."""
    lot = names.lots.get(str(lack.fact("award_id")))
    terms = option.rule.terms
    if lack.code in {"level-outside", "value-unknown", "lot-unusable"} and lot:
        return [lot.issuer]
    number = lack.fact("component")
    if isinstance(number, int):
        of = terms.source.components[number].of
        owner = () if of.achievement is None else (of.achievement.partition("/")[0],)
        return sorted({*of.members, *owner}) or [terms.recogniser]
    return [terms.recogniser]


def missing(lack: Lack, option: Option, *, speaker: Speaker) -> str:
    """Return the sentence for something that is missing."""
    facts = dict(lack.facts)
    said = {name: str(value) for name, value in facts.items()}
    for name, value in facts.items():
        if name.endswith("_milli") and isinstance(value, int):
            said[name.removesuffix("_milli")] = credits_text(value)
    allowed, reached = facts.get("allowed_milli"), facts.get("reached_milli")
    if isinstance(allowed, int) and isinstance(reached, int):
        said["over"] = credits_text(reached - allowed)
    number = facts.get("component")
    if isinstance(number, int):
        component = option.rule.terms.source.components[number]
        said["what"] = speaker.component(component)
    for name in ("name", "unit"):
        if name in facts:
            words = str(facts[name]).split(", ")
            said[name] = speaker.join(speaker.word(word) for word in words)
    said["lot"] = speaker.lot(facts.get("award_id"))
    said["root"] = speaker.lot(facts.get("root"))
    said.setdefault("has", speaker.word("none"))
    said["wanted"] = speaker.level(facts.get("at_least"), facts.get("at_most"))
    asked = whom(lack, option, names=speaker.names)
    said["ask"] = speaker.join(speaker.member(one) for one in asked)
    return speaker.say(lack.code, facts.get("reason", facts.get("at")), **said)


def sentences(option: Option, *, speaker: Speaker) -> list[str]:
    """Return what there is to say of an option, in the order to read it."""
    if not option.is_available:
        return [missing(one, option, speaker=speaker) for one in option.lacks]
    return [*_gives(option, speaker), *_conditions(option, speaker)]


def _gives(option: Option, speaker: Speaker) -> Iterable[str]:
    settlement = option.settlement
    if settlement is None:
        return
    lots = speaker.join(
        f"{speaker.lot(part.award_id)} {credits_text(part.amount_milli)}"
        for part in settlement.used
    )
    effect = option.rule.terms.effect.value
    yield speaker.say(f"uses-{effect}", rule=speaker.rule(option), lots=lots)
    gains = speaker.join(speaker.gain(gain) for gain in settlement.gains)
    yield speaker.say("gives", gains=gains)
    if option.capped is not None:
        why = missing(option.capped, option, speaker=speaker)
        yield speaker.say("capped", why=why)


def _conditions(option: Option, speaker: Speaker) -> Iterable[str]:
    for shown in option.to_show:
        yield speaker.predicate(shown, shown.award_id)
    steps = option.rule.terms.approval
    desk = speaker.member(option.rule.recogniser)
    for vouched in option.to_vouch:
        yield speaker.say(
            "to-vouch", name=vouched.code, at_least=vouched.at_least, desk=desk
        )
    if not steps:
        yield speaker.say("automatic")
        return
    yield speaker.say(
        "desks",
        role=steps[0].role,
        member=speaker.member(steps[0].member),
        days=str(steps[0].due_workdays),
        count=str(len(steps)),
    )
