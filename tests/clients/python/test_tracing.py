"""X-Ray: what a function is told of the trace goes on to what it calls, and into its log."""

import json
import os
from pathlib import Path

import pytest
from event_support import load
from own_functions import TRACE, Function


@pytest.mark.parametrize(("function", "called"), [("initiate-auth", "GetItem"), ("front-door", "POST /2015-03-31")])
def test_the_trace_goes_on(function, called):
    """A function calls DynamoDB; the front door invokes another function, as functions invoke those of triggers."""
    process = Function(function)
    try:
        process.invoke(load(f"{function}/basic"))
        calls = process.counter.calls()
    finally:
        process.stop()
    assert any(call["name"].startswith(called) for call in calls)
    assert {call["trace"] for call in calls} == {TRACE}
    log = (Path(os.environ["GATEHOUSE_LOGS"]) / f"own-{function}.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if '"message":"request"' in line]
    assert lines[-1]["trace_id"] == TRACE
