"""The files of events/ for session settings do what they were written for; see test_events.py."""

from event_support import CLIENT, POOL, covers, send


@covers("session-settings/basic", "session-settings/set")
def test_session_settings_of_the_demo_pool_are_shown_and_set(cognito):
    answer = send("session-settings/set")
    assert answer.status == 200
    assert send("session-settings/basic").body == answer.body
    assert answer.body["UserPoolId"] == POOL
    assert answer.body["UserSessionTracking"] == "DISABLED"


@covers("session-settings/client")
def test_session_settings_of_the_demo_client_are_shown(cognito):
    answer = send("session-settings/client")
    assert answer.status == 200
    assert answer.body == {"UserPoolId": POOL, "ClientId": CLIENT, "SSOSession": {"MaxValidityMinutes": 60}}


@covers("client-tokens/basic")
def test_get_client_token_wants_a_client_with_a_secret():
    assert send("client-tokens/basic").error == (400, "InvalidParameterException")


@covers("client-tokens/derived")
def test_get_derived_token_wants_a_client_that_may_exchange():
    assert send("client-tokens/derived").error == (400, "InvalidParameterException")
