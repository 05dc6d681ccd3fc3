"""What the bank answers about what a learner's lots can become, and why not."""

from pydantic import ConfigDict

from client.answers import Answer


class MissingView(Answer):
    """One thing that is missing, with the members to ask about it.

    Beside the code there are facts, which depend on it.
    """

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str
    ask: tuple[str, ...] = ()


class OfferedView(Answer):
    """Part of a lot, as an application offers it."""

    award_id: str
    credits: str
    component: int = 0


class ApplicationView(Answer):
    """The body of an application but for its id, which whoever applies chooses."""

    revision: int = 0
    learner_id: str
    enrolment_id: str
    rule: str
    rule_digest: str
    lots: tuple[OfferedView, ...]


class OptionView(Answer):
    """What one rule makes of a learner's lots, today; with what it uses and gives."""

    model_config = ConfigDict(extra="allow")

    rule: str
    title: str
    status: str
    sentences: tuple[str, ...] = ()
    missing: tuple[MissingView, ...] = ()
    application: ApplicationView | None = None


class OptionsView(Answer):
    """All options of a learner for one enrolment, in the order to read them."""

    learner_id: str
    enrolment_id: str
    on: str
    open: bool
    options: tuple[OptionView, ...] = ()
    left_out: int = 0
