"""What was told of requests that ran at once, and whether it fits one order of them.

Of each request is known when it began and when it ended; in an order that explains the answers it comes somewhere in
between. So whatever ended before another one began comes before it.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

FOREVER = float("inf")


@dataclass(eq=False)
class Span:
    """A request: when it began and ended, and what it wrote or was told."""

    begin: float = field(default_factory=time.monotonic)
    end: float = FOREVER
    value: object = None
    by: str = ""

    def before(self, other):
        return self.end <= other.begin

    def __repr__(self):
        # Values are passwords, too.
        return f"{self.by} {self.begin:.3f}–{self.end:.3f}"


class Register:
    """Something that requests write and others tell, such as a user's password."""

    def __init__(self):
        self.writes, self.reads, self.lock = [], [], Lock()

    @contextmanager
    def write(self, value, by):
        """A write, for as long as the request lasts; one that is refused has written nothing."""
        span = Span(value=value, by=by)
        with self.lock:
            self.writes.append(span)
        try:
            yield span
        except BaseException:
            with self.lock:
                self.writes.remove(span)
            raise
        span.end = time.monotonic()

    def read(self, value, span):
        """A request has shown that the value was this."""
        with self.lock:
            self.reads.append(Span(span.begin, time.monotonic(), value, span.by))

    def latest(self):
        """What was written last, as far as is known; None for nothing."""
        with self.lock:
            return self.writes[-1].value if self.writes else None

    def written(self):
        """Every write so far that was not refused."""
        with self.lock:
            return list(self.writes)

    def misfits(self):
        """Reads that fit no order: whoever wrote the value had been overwritten before."""
        for read in self.reads:
            wrote = [write for write in self.writes if write.value == read.value and write.begin <= read.end]
            others = [write for write in self.writes if write.value != read.value and write.before(read)]
            if not any(all(not write.before(other) for other in others) for write in wrote):
                yield f"{read} shows what {wrote} wrote and {others[-3:]} had overwritten"


class Life:
    """A sign-in: its uses, and what ends it."""

    def __init__(self, born):
        self.born, self.uses, self.refusals = born, [], []

    def misfits(self, endings):
        """Uses after its end, and refusals before anything could have ended it."""
        for use in self.uses:
            # What began when the sign-in was there and was over before the use has ended it.
            if ended := [end for end in endings if self.born.before(end) and end.before(use)]:
                yield f"{use} was answered after {ended[:3]}"
        for refusal in self.refusals:
            if not any(end.begin <= refusal.end and end.end >= self.born.begin for end in endings):
                yield f"{refusal} was refused, and nothing had ended the sign-in"
