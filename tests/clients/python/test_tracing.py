"""X-Ray: what a function is told of the trace goes on to what it calls, and into its log."""

import json

import pytest
from event_support import load
from own_functions import TRACE, Function, event_of
from support import make_app  # noqa: F401 - fixture


def traced(function, event, *called):
    process = Function(function)
    try:
        process.invoke(event)
        calls = process.counter.calls()
        lines, _ = process.lines()
    finally:
        process.stop()
    for name in called:
        assert any(call["name"].startswith(name) for call in calls), (name, [call["name"] for call in calls])
    assert {call["trace"] for call in calls} == {TRACE}
    assert lines[-1]["trace_id"] == TRACE


@pytest.mark.parametrize(
    ("function", "event", "called"),
    [
        ("initiate-auth", "basic", "GetItem"),
        # Invokes another function, as functions invoke those of triggers.
        ("front-door", "basic", "Invoke"),
        ("oauth-token", "unknown-client", "GetItem"),
        ("login", "unknown-client", "GetItem"),
        ("oidc-discovery", "basic", "GetItem"),
        ("get-id", "guest", "GetItem"),
        ("groups", "basic", "GetItem"),
    ],
)
def test_the_trace_goes_on(function, event, called):
    traced(function, load(f"{function}/{event}"), called)


def test_the_trace_goes_on_to_every_service(make_app):
    """The table, the keys, the mail."""
    app = make_app()
    name = app.unique("user")
    body = {"ClientId": app.client_id, "Username": name, "Password": "Correct-Horse-7"}
    body["UserAttributes"] = [{"Name": "email", "Value": f"{name}@example.com"}]
    event = event_of("sign-up", "SignUp", json.dumps(body))
    traced("sign-up", event, "TransactWriteItems", "Decrypt", "POST /v2/email")
