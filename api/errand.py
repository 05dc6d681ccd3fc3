"""A request that is answered without a task of its own, as its connection sees it.

A server's connection knows a request by a few names: whether it is answered, whether
another one may follow. The server itself knows tasks: told to stop it waits for them,
and cancels them in the end. An errand goes by the same names, so that all of this holds
for it as it is. Nobody waits in it: what comes of the request is told to it.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from api.answers import Answer
from api.mailbox import Take
from ledger.sequencer import UncertainError

Begin = Callable[[bytes, Take[Answer]], None]
"""Has done what is to be done with a body, and what comes of it taken."""
Finish = Callable[[Answer | Exception], Answer]
"""Makes the whole answer of what came of it."""
_LOG = logging.getLogger(__name__)
_TEXT: Final = b"Internal Server Error"


class Errand:
    """One request under way, from a connection that has read all of it."""

    more_body: Final = False

    def __init__(
        self,
        *,
        begin: Begin,
        finish: Finish,
        send: "Callable[[Errand, Answer], None]",
    ) -> None:
        """Stand by; ``send`` is called once, even if nobody is there any more."""
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = asyncio.Event()
        self._begin, self._finish, self._send = begin, finish, send

    def run(self, body: bytes) -> None:
        """Have done what is asked; it may be answered at once."""
        self._begin(body, self._tell)

    def cancel(self, msg: str | None = None) -> bool:
        """Answer soon, since the bank stops: what becomes of it is not known."""
        del msg
        # Whoever cancels goes through the very set that an answer is taken out of.
        asyncio.get_running_loop().call_soon(self._tell, UncertainError())
        return True

    def _tell(self, outcome: Answer | Exception) -> None:
        if self.response_complete:
            return
        self.response_complete = True
        try:
            answer = self._finish(outcome)
        except Exception:  # noqa: BLE001  # whoever asks is always answered
            _LOG.exception("a request could not be answered")
            # In the server's own words, and as it ends such a connection.
            self.keep_alive = False
            length = (b"content-length", b"%d" % len(_TEXT))
            kind = (b"content-type", b"text/plain; charset=utf-8")
            answer = Answer(500, [kind, length], _TEXT)
        self._send(self, answer)
