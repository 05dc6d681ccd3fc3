"""What a source leaves to be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Where to look in a finished demo.

    ``learner`` is whose balance is shown, ``award`` what is proven; ``events`` say in a
    sentence each what went wrong, ``deals`` what was agreed on and exchanged,
    ``services`` what learners asked for.
    """

    title: str
    source: str
    learner: str
    learner_about: str
    award: str
    events: tuple[str, ...]
    deals: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
