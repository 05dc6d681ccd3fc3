"""Claims as people read them."""

from collections.abc import Iterable

from api.cli.rules.words import Speech
from api.cli.terminal import harmless, new_table, say, show_json, stdout_console
from client.bank import Bank
from client.exchange import preferred_language
from client.recognition_answers import ClaimView


def show_claims(found: Iterable[ClaimView]) -> None:
    """Print one line for each claim."""
    speech = Speech(preferred_language())
    heads = speech.say("申报业务号 成果 申报日 状态", "claim achievement on state")
    table = new_table(*heads.split())
    for one in found:
        cells = (one.claim_id, one.achievement, one.filed_on, _state(one, speech))
        table.add_row(*map(harmless, cells))
    stdout_console().print(table)


def _state(one: ClaimView, speech: Speech) -> str:
    match one.status:
        case "filed":
            return speech.say(
                f"待 {one.attester} 认证，截至 {one.due_on}",
                f"waits for {one.attester}, by {one.due_on}",
            )
        case "returned":
            codes = speech.words(one.missing_codes)
            return speech.say(
                f"退回 {one.filed_by} 补正：{codes}",
                f"sent back to {one.filed_by}, which lacks: {codes}",
            )
        case "awarded":
            return speech.say(f"已存入 {one.award_id}", f"awarded {one.award_id}")
        case "withdrawn":
            return speech.say("已撤回", "withdrawn")
        case "refused":
            return speech.say("不予认证", "refused")
        case other:
            return other


def tell_claim(bank: Bank, claim_id: str, *, as_json: bool) -> None:
    """Tell where a claim stands, as the bank has it now."""
    found = bank.claim(claim_id)
    if as_json:
        show_json(found.model_dump(exclude_none=True))
        return
    say(f"{found.claim_id}  {_state(found, Speech(preferred_language()))}")
