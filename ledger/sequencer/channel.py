"""A socket between two processes of one bank, and what goes over it.

Values are pickled: it is the cheapest way to hand a checked statement on, and as safe
as a call. That holds for a socket that was made before the processes parted, and that
nobody else has an end of. Never read from any other with this.
"""

import io
import pickle  # noqa: TID251  # between processes of one bank, never from outside
import socket
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from types import MappingProxyType
from typing import Any, Final

from ledger.domain.types import Wire
from ledger.making import made_of

ITEMS_MAX: Final = 256
"""Of what waits, so much is sent at once."""
_LENGTH_BYTES: Final = 8


class Channel:
    """One end. Anybody may put; one thread reads."""

    def __init__(self, end: socket.socket) -> None:
        """Take an end over."""
        self._end = end
        self._incoming = end.makefile("rb")
        self._waiting: SimpleQueue[tuple[object, bool]] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Send what is put, from a thread of its own: a fork leaves it behind."""
        self._thread = Thread(target=self._send_all, name="channel", daemon=True)
        self._thread.start()

    def put(self, item: object) -> None:
        """Send an item, together with others that wait; lost if the other end is."""
        self._waiting.put((item, False))

    def read(self) -> list[object]:
        """Return what was sent at once, nothing at the end.

        What is cut off by the other's death is the end, too.
        """
        with suppress(OSError):
            length = int.from_bytes(self._incoming.read(_LENGTH_BYTES))
            raw = self._incoming.read(length)
            if length and len(raw) == length:
                return _unpack(raw)
        return []

    def finish(self) -> None:
        """Send what waits, and that there is no more; the other end may still send."""
        self._waiting.put((None, True))
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Let go of it. Whoever still reads here comes to the end."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self.finish()

    def drop(self) -> None:
        """Close this end where it is not used: the other process has it, too."""
        self._incoming.close()
        self._end.close()

    def _send_all(self) -> None:
        try:
            while items := self._gather():
                self._end.sendall(framed(items))
        except OSError:
            # The other end is lost, which its reader notices, too.
            pass
        finally:
            # Whatever ended this: the other end must not wait for more.
            with suppress(OSError):
                self._end.shutdown(socket.SHUT_WR)

    def _gather(self) -> list[object]:
        """Return what waits; nothing once all is sent."""
        items: list[object] = []
        with suppress(Empty):
            while len(items) < ITEMS_MAX:
                item, is_last = self._waiting.get(block=not items)
                if is_last:
                    self._waiting.put((item, is_last))
                    break
                items.append(item)
        return items


class _Packer(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:  # noqa: ANN401  # the library's own
        match value:
            case BaseException():
                # Their constructors take other arguments than they keep.
                return _made_error, ((type(value), value.args), value.__dict__)
            case Wire():
                # As it was checked, without the detours of the library's own way.
                given = value.__pydantic_fields_set__
                return _made_value, (type(value), (value.__dict__, given))
            case MappingProxyType():
                return _made_facts, (dict(value),)
            case _:
                return NotImplemented


def _made_error(
    made_of: tuple[type[BaseException], tuple[object, ...]], fields: dict[str, object]
) -> BaseException:
    kind, args = made_of
    made = kind.__new__(kind, *args)
    made.__dict__.update(fields)
    return made


def _made_value(model: type[Wire], fields: tuple[dict[str, object], set[str]]) -> Wire:
    values, given = fields
    return made_of(model, values, given=given)


def _made_facts(facts: dict[str, object]) -> MappingProxyType[str, object]:
    return MappingProxyType(facts)


def framed(items: list[object]) -> bytes:
    """Return what is sent of these items: a length, and so many bytes."""
    into = io.BytesIO()
    _Packer(into, pickle.HIGHEST_PROTOCOL).dump(items)
    raw = into.getvalue()
    return len(raw).to_bytes(_LENGTH_BYTES) + raw


def _unpack(raw: bytes) -> list[object]:
    found: list[object] = pickle.loads(raw)  # noqa: S301  # of this bank's own process
    return found
