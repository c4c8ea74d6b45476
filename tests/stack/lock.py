"""One development stack per directory: a lock that dies with its holder."""

import fcntl
import os

from .config import StackError


class Lock:
    """Holds `directory`/lock, in which the holder's process id stands."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "lock"
        self.file = None

    def __enter__(self):
        self.file = self.path.open("a+")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.seek(0)
            holder = self.file.read().strip()
            self.file.close()
            raise StackError(
                f"`make dev` is already running here ({holder or 'it has just begun'}). "
                "Stop it with Ctrl-C in its terminal first."
            ) from None
        self.describe(f"process {os.getpid()}")
        return self

    def describe(self, text):
        """What a second `make dev` is told about the holder."""
        self.file.truncate(0)
        self.file.write(text)
        self.file.flush()

    def __exit__(self, *_):
        self.file.truncate(0)
        self.file.close()
