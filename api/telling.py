"""Sentences that tell a learner where a case stands, in either language."""

from typing import Any

from api.wording.documents import day_text, sentence, word

Answer = dict[str, Any]  # Any: plain JSON.


def tell_case(case: Answer, language: str, *, today: str) -> Answer:
    """Return a case of the progress with what it says to people."""
    told = {**case, "text": _text(case, language, today=today)}
    told["can_do"] = [
        {**one, "text": word(one["action"], language, section="actions")}
        for one in case["can_do"]
    ]
    told["history"] = [
        {**one, "text": _event(one, language, today=today)} for one in case["history"]
    ]
    return told


def _text(case: Answer, language: str, *, today: str) -> str:
    def day(on: str | None) -> str:
        return "…" if on is None else day_text(on, language, today=today)

    desk = case["desk"]
    status = word(case["status"], language, section="statuses")
    if desk is None:
        text = sentence("closed", language, status=status, day=day(case["closed_on"]))
        return text + sentence("full_stop", language)
    member, due = name_of(desk["member"], language), desk["due_on"]
    if case["kind"] == "review":
        facts = {"member": member, "cause": status, "day": day(due)}
        text = sentence("review", language, **facts)
    elif case["missing"] is not None:
        text = sentence(
            "returned", language, member=member, missing=_inside(case["missing"])
        )
    else:
        text = _at_desk(desk, member, language=language)
    if case["overdue"] or (due is not None and case["kind"] != "review"):
        late = "overdue" if case["overdue"] else "due"
        text += sentence(late, language, day=day(due))
    return text + sentence("full_stop", language)


def _inside(text: str) -> str:
    """Return a text without the stop that the sentence around it has already."""
    return text.rstrip("。.")


def _at_desk(desk: Answer, member: str, *, language: str) -> str:
    if desk["role"] is None:
        return sentence("desk_without_role", language, member=member)
    role = word(desk["role"], language, section="roles")
    text = sentence("desk", language, member=member, role=role)
    if desk["step"] is None:
        return text
    steps = {"step": desk["step"] + 1, "steps": desk["steps"]}
    return text + sentence("of_steps", language, **steps)


def _event(event: Answer, language: str, *, today: str) -> str:
    act = event["type"].split(".")[1]
    on = day_text(event["on"], language, today=today)
    who = name_of(event["member"], language)
    reason = event.get("reason_code")
    why = "" if reason is None else word(reason, language)
    mark = "，" if language.startswith("zh") else ", "
    parts = (on, who, word(act, language, section="acts"), why)
    return mark.join(filter(None, parts))


def name_of(member: Answer, language: str) -> str:
    """Return a member's name in a language; its id if it has none."""
    chinese, english = member["name"], member["name_en"]
    chosen = chinese if language.startswith("zh") else (english or chinese)
    return str(chosen or member["member_id"])
