"""What witnesses say of a restored bank, asked and told for ``skillbank confirm``."""

from collections.abc import Sequence
from typing import Final

from api.cli.terminal import NOT_CHECKED, USAGE, say, stop
from api.witness_asking import HttpAsking
from ledger.backup.comparing import Seen
from ledger.integrity.quorum import Policy
from ledger.store.application import LedgerStore
from ledger.witnessing.recalling import Asked, Recalled, Standing, recall

_TOLD: Final = {
    Standing.AGREES: "has seen {size} entries, the same ones",
    Standing.AHEAD: "has seen {size} entries, more than there are here",
    Standing.DIFFERS: "has seen another history",
    Standing.SILENT: "says nothing: {reason}",
}


def ask_witnesses(
    store: LedgerStore, urls: Sequence[str], *, policy: Policy | None
) -> list[Recalled]:
    """Ask the witnesses of a policy and those at these addresses; tell of each."""
    head = store.read_head()
    known = () if policy is None else policy.witnesses.values()
    asked = [Asked(name=one.name, url=one.url, key=one.key) for one in known]
    asked += [Asked(name=url, url=url) for url in urls]
    if head is None:
        return []
    found = []
    for one in asked:
        recalled = recall(one, head, read_node=store.node_reader(), asking=HttpAsking())
        text = _TOLD[recalled.standing]
        told = text.format(size=recalled.size, reason=recalled.reason)
        say(f"Witness {one.name} {told}.")
        found.append(recalled)
    return found


def seen_by(recalled: Sequence[Recalled]) -> list[Seen]:
    """Return what counts in a comparison: the word of all that said one."""
    return [
        Seen(
            name=f"witness {one.name}",
            size=one.size,
            agrees=one.standing is not Standing.DIFFERS,
        )
        for one in recalled
        if one.standing is not Standing.SILENT
    ]


def speak_against(recalled: Sequence[Recalled]) -> bool:
    """Tell whether a witness has seen more, or other entries."""
    against = {Standing.AHEAD, Standing.DIFFERS}
    return any(one.standing in against for one in recalled)


def require_word(given: int, *, as_json: bool) -> None:
    """Require that somebody's checkpoint or word is there to compare with.

    Raises:
        typer.Exit: nobody's is.
    """
    if given:
        return
    text = (
        "nothing to compare with: give a checkpoint that others hold, name a witness "
        "with --witness, or set SKILLBANK_WITNESS_POLICY"
    )
    stop("nothing-given", text, exit_code=USAGE, as_json=as_json)


def require_answers(
    recalled: Sequence[Recalled], *, policy: Policy | None, as_json: bool
) -> None:
    """Require a quorum of a policy's witnesses, and all that were named one by one.

    Raises:
        typer.Exit: too few have answered.
    """
    answered = {one.name for one in recalled if one.standing is not Standing.SILENT}
    by_policy = frozenset[str]() if policy is None else policy.witnesses.keys()
    has_quorum = policy is None or policy.has_quorum(frozenset(answered & by_policy))
    missing = [one.name for one in recalled if one.name not in answered]
    named = [name for name in missing if name not in by_policy]
    if has_quorum and not named:
        return
    text = (
        f"too few witnesses have answered: {', '.join(missing)} said nothing. The bank "
        "signs nothing. Ask their holders, and run this again"
    )
    stop(
        "witnesses-silent",
        text,
        exit_code=NOT_CHECKED,
        as_json=as_json,
        silent=missing,
    )
