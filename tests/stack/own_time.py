"""How much of an operation's time is ours, where AWS answers as it does in its own Region: the rest is waiting for it."""

import statistics

from .config import say
from .run import running
from .scenarios import SCENARIOS, Caller


def measure(profile, runs):
    """A row per operation: median seconds in all, and those during which no call of AWS was under way."""
    say("Measuring with DynamoDB at 5 ms and KMS at 8 ms …")
    rows = []
    with running(profile, instances=1, count=True, simulated=True) as (stack, _, counter):
        caller = Caller(stack, direct=True)
        for scenario in SCENARIOS:
            scenario.prepare(caller)()  # Configuration and keys are cached from here on.
            whole, ours = [], []
            for _ in range(runs):
                call = scenario.prepare(caller)
                counter.reset()
                seconds, _ = call()
                whole.append(seconds)
                ours.append(seconds - covered((c["start"], c["end"]) for c in counter.calls()))
            rows.append(
                {"operation": scenario.name, "whole": statistics.median(whole), "ours": statistics.median(ours)}
            )
    return rows


def covered(spans):
    """How much time lies within any of the spans."""
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total
