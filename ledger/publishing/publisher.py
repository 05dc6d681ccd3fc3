"""Follows the head, and publishes at most one checkpoint a second.

What a crash leaves behind is a folder that shows an older checkpoint with all it needs,
and perhaps files of a newer one. The next round starts from that checkpoint, puts the
same bytes again where they are there already, and goes on.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from ledger.integrity.tile_names import CHECKPOINT
from ledger.publishing.disk import held
from ledger.publishing.folder import LogFolder, PublishingFaultError
from ledger.publishing.layout import Entries, Resources, write_log
from ledger.publishing.showing import head_shown
from ledger.store.asking import StoreUnavailableError
from ledger.store.heads import Head
from ledger.store.reader import LogReader

SECONDS: Final = 1
"""Between two checkpoints that are published; witnesses are asked about each."""
_LOG = logging.getLogger(__name__)

Hook = Callable[[Head], None]
"""Is told of each head that was published, in the publisher's thread: it must neither
raise nor wait for others, since nothing is published meanwhile."""


class Log(Entries, Protocol):
    """The store of a log."""

    @property
    def log(self) -> LogReader:
        """Return what reads heads and tiles."""
        ...

    def read_head(self) -> Head | None:
        """Return the newest head, None while the log is empty."""
        ...


class Publisher:
    """Publishes one log in one folder. Its questions may be asked from any thread."""

    def __init__(
        self, store: Log, folder: LogFolder, *, seconds: int = SECONDS
    ) -> None:
        """Stand before the first round; nothing is known to be published."""
        self.fault: PublishingFaultError | None = None
        self._store = store
        self._folder = folder
        self._resources = Resources(store, store.log.tree.read_tile)
        self._seconds = seconds
        self._published: Head | None = None
        self._hooks: list[Hook] = []
        self._changed = threading.Condition()
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def published(self) -> Head | None:
        """Return the newest head that is published, None before the first."""
        return self._published

    def on_published(self, hook: Hook) -> None:
        """Have somebody told of each publication from now on."""
        self._hooks.append(hook)

    def publish(self) -> Head | None:
        """Publish the newest head; return what is published then.

        Raises:
            PublishingFaultError: the folder is not as this log was published.
            StoreUnavailableError: the database did not answer.
            OSError: the disk refused; what was visible is so still.
        """
        head, before = self._store.read_head(), self._published
        if head is None or (before is not None and before.version == head.version):
            return before
        self._folder.prepare()
        with held(self._folder.path) as is_free:
            known = self._read_known()
            if is_free and (known is None or known.size < head.size):
                after = 0 if known is None else known.size
                write_log(self._folder, head, resources=self._resources, after=after)
                known = head
        # Where another process publishes, this one follows it.
        if known is not None and known != before:
            self._tell(known)
        return known

    def wait_for(self, position: int, *, timeout_seconds: float) -> Head | None:
        """Return the published head once it covers a position; None if not in time."""
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            while True:
                head = self._published
                if head is not None and head.size > position:
                    return head
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._wanted.set()
                self._changed.wait(left)

    def start(self) -> None:
        """Follow the log in a thread of its own until ``close``."""
        self._thread = threading.Thread(target=self.run, name="publisher", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Publish until ``close``, or until the folder is found to be at fault."""
        while not self._stop.is_set():
            self._wanted.clear()
            before = self._published
            try:
                self.publish()
            except PublishingFaultError as error:
                # Whoever reads the folder must not be shown more of it: two histories
                # would stand side by side. Only a person can say which is right.
                self.fault = error
                _LOG.exception("publishing stopped: %s has other bytes", error.name)
                return
            except (StoreUnavailableError, OSError) as error:
                _LOG.warning("nothing could be published now", exc_info=error)
                self._stop.wait(self._seconds)
            # After a publication a second passes in any case; else who waits is heard.
            resting = self._wanted if self._published is before else self._stop
            resting.wait(self._seconds)

    def close(self) -> None:
        """Stop following; what is not published yet is so after the next start."""
        self._stop.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _read_known(self) -> Head | None:
        """Return the head that the folder shows.

        Raises:
            PublishingFaultError: its checkpoint is none that this store has signed.
        """
        raw = self._folder.read(CHECKPOINT)
        if raw is None:
            return None
        known = self._published
        # Nearly always what this process has put there: the store need not be asked.
        if known is not None and raw == known.note.encode():
            return known
        found = head_shown(raw, self._store.log)
        if found is None:
            raise PublishingFaultError(CHECKPOINT)
        return found

    def _tell(self, head: Head) -> None:
        with self._changed:
            self._published = head
            self._changed.notify_all()
        for hook in self._hooks:
            hook(head)
